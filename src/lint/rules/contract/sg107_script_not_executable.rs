//! The entry script may not be executed.

use super::edits;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, Lookup, Origin, Placed, RunCommand},
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
                .help(if set_by_run(facts, &script.path, &script.placed) {
                    "give it mode 755 in the RUN"
                } else {
                    "copy it with `--chmod=755`"
                })
                .maybe_fix(fix(facts, &script.path, &script.placed));
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
    .maybe_fix(fix(facts, &api.path, placed))
    .related(api.location.clone(), "starts it");
}

/// Whether a RUN takes the bit away, or puts the file there without it: then the COPY has no say.
fn set_by_run(facts: &Facts<'_>, path: &str, placed: &Placed) -> bool {
    let name = path.rsplit('/').next();
    let sets = |item: &RunCommand| {
        let names = |arg: &str| arg.rsplit('/').next() == name;
        item.command.base_name() == Some("chmod") && item.command.args().any(names)
    };
    matches!(facts.instruction(placed.instruction).kind, Kind::Run(_))
        || facts.runs.range(placed.instruction..).any(|(_, run)| run.commands.iter().any(sets))
}

fn fix(facts: &Facts<'_>, path: &str, placed: &Placed) -> Option<Fix> {
    if set_by_run(facts, path, placed) {
        return None;
    }
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
