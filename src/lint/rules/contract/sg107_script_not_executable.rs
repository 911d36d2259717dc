//! The entry script may not be executed.

use super::edits;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, Lookup, Origin, Placed},
        rule::{Family, Rule, Sink},
    },
    project::{dockerfile::Kind, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG107",
    name: "script-not-executable",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG107.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    binary(facts, sink);
    for script in &facts.start.scripts {
        if script.direct && script.placed.executable == Some(false) {
            let instruction = facts.instruction(script.placed.instruction);
            let by = if facts.at(instruction.span) == script.by {
                None
            } else {
                Some(script.by.clone())
            };
            let draft = sink
                .report(
                    facts.at(instruction.span),
                    format!("`{}` is started, but not executable", script.path),
                    "the start fails with \"permission denied\"",
                )
                .help("copy it with `--chmod=755`")
                .maybe_fix(fix(facts, &script.placed));
            if let Some(by) = by {
                draft.related(by, "starts it");
            }
        }
    }
}

/// sandbox-api itself, fetched or copied without the bit.
fn binary(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(api), Some(fs)) = (facts.start.api(), facts.images.last()) else { return };
    let Lookup::Placed(placed) = fs.lookup(&api.path) else { return };
    if placed.executable != Some(false) {
        return;
    }
    let instruction = facts.instruction(placed.instruction);
    let help = match instruction.kind {
        Kind::Run(_) => format!("add `chmod +x {}` behind it", api.path),
        _ => "write `--chmod=755`".to_owned(),
    };
    sink.report(
        facts.at(instruction.span),
        format!("`{}` is started, but not executable", api.path),
        "the start fails with \"permission denied\"",
    )
    .help(help)
    .maybe_fix(fix(facts, placed))
    .related(api.location.clone(), "starts it");
}

fn fix(facts: &Facts<'_>, placed: &Placed) -> Option<Fix> {
    let instruction = facts.instruction(placed.instruction);
    if instruction.flag("chmod").is_none() && edits::is_alone(facts, placed) {
        return Some(Fix {
            title: "copy it with `--chmod=755`".to_owned(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: Span::at(instruction.keyword.range().end),
                text: " --chmod=755".to_owned(),
            }],
        });
    }
    match &placed.origin {
        Origin::Context(file) if instruction.flag("chmod").is_none() => Some(Fix {
            title: format!("make `{file}` executable"),
            safety: Safety::Safe,
            edits: vec![Edit::MakeExecutable { file: file.clone() }],
        }),
        _ => None,
    }
}
