//! A credential in a command, a here-document, the URL of an ADD, or a comment.

use super::leaked;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, LeakPlace},
    rule::{Family, Rule, Sink},
};
use crate::project::dockerfile::{Instruction, Kind};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG202",
    name: "secret-in-run",
    family: Family::Secrets,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG202.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for leak in leaked::at(facts, &[LeakPlace::Command, LeakPlace::Copy, LeakPlace::Comment]) {
        let instruction = leak.instruction.map(|index| facts.instruction(index));
        let keyword = instruction.map_or("", keyword);
        let place = match leak.place {
            LeakPlace::Comment if keyword.is_empty() => "a comment".to_owned(),
            _ => format!("`{keyword}`"),
        };
        let name = leak.name.as_deref().filter(|name| leaked::is_variable(name)).unwrap_or("TOKEN");
        let (why, help) = match keyword {
            "RUN" => (
                "the command is part of the history of the image, also where a later one deletes what it wrote",
                format!("give it to the command with `RUN {}`, and revoke the old one", leaked::mount(name)),
            ),
            "CMD" | "ENTRYPOINT" | "HEALTHCHECK" => (
                "the command is part of the configuration of the image, and every process of the sandbox can read it",
                "read it from a variable that the sandbox gets in `envs` when it is created, and revoke the old one".to_owned(),
            ),
            "COPY" | "ADD" => (
                "it is part of the image and of its history",
                format!("fetch or write it in a `RUN {}`, and revoke the old one", leaked::mount(name)),
            ),
            _ => (
                "everybody who gets the Dockerfile can read it",
                "delete it here, and revoke it".to_owned(),
            ),
        };
        leaked::report(facts, sink, leak, &place, why, help);
    }
}

fn keyword(instruction: &Instruction) -> &'static str {
    match &instruction.kind {
        Kind::Onbuild(inner) => keyword(inner),
        Kind::Run(_) => "RUN",
        Kind::Cmd(_) => "CMD",
        Kind::Entrypoint(_) => "ENTRYPOINT",
        Kind::Healthcheck(_) => "HEALTHCHECK",
        Kind::Copy(_) => "COPY",
        Kind::Add(_) => "ADD",
        Kind::From { .. } => "FROM",
        _ => "the Dockerfile",
    }
}
