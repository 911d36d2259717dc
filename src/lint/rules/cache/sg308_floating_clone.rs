//! A repository is cloned at whatever its branch points to.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    secrets::name_of_url,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG308",
    name: "floating-clone",
    family: Family::Cache,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG308.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if !facts.calls(&["git"]) {
        return;
    }
    for (_, run, held) in facts.final_commands() {
        if held.program() != Some("git") {
            continue;
        }
        let Some((_, args)) = held.call() else { continue };
        if args.first() != Some(&"clone") || args.contains(&"?") {
            continue;
        }
        let said = args.iter().any(|arg| {
            matches!(*arg, "-b" | "--branch" | "--revision" | "--no-checkout" | "-n")
                || arg.starts_with("--branch=")
                || arg.starts_with("--revision=")
        });
        let later = run.commands.iter().any(|other| {
            matches!(other.call(), Some(("git", args)) if args.iter().any(|arg| matches!(*arg, "checkout" | "reset" | "switch" | "fetch" | "submodule")))
        });
        let Some(url) = args.iter().find(|arg| arg.contains("://") || arg.starts_with("git@"))
        else {
            continue;
        };
        if said || later || held.command.place.conditional {
            continue;
        }
        let name = name_of_url(url).trim_end_matches(".git");
        sink.report(
            facts.at(held.span),
            format!("`{name}` is cloned at whatever its branch points to"),
            "the layer is kept until its text changes, so that the sandbox holds an old state, and a build without the cache another one",
        )
        .help("name a tag or a commit: `git clone --depth 1 --branch v1.2.3 …`, or `ADD https://….git#v1.2.3 /src`");
    }
}
