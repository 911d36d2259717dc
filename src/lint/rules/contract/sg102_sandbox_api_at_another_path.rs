//! sandbox-api is started where it was not put.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG102",
    name: "sandbox-api-at-another-path",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG102.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(api), Some(fs)) = (facts.start.api(), facts.images.last()) else { return };
    let paths = fs.api_paths();
    let Some(there) = paths.first().filter(|_| api.placed == Some(false)) else { return };
    let placed = &fs.paths[*there];
    let instruction = facts.instruction(placed.instruction);
    let fix = match &instruction.kind {
        Kind::Copy(transfer)
            if transfer.sources.len() == 1 && !transfer.json && api.path.starts_with('/') =>
        {
            Some(Fix {
                title: format!("copy it to `{}`", api.path),
                safety: Safety::Safe,
                edits: vec![Edit::Replace {
                    file: facts.file.source.path().clone(),
                    span: transfer.dest.span,
                    text: api.path.clone(),
                }],
            })
        }
        _ => None,
    };
    sink.report(
        api.location.clone(),
        format!("`{}` is started, but sandbox-api lies at `{there}`", api.path),
        "the start fails with \"no such file or directory\" and nothing answers on port 8080",
    )
    .help(format!("start `{there}`, or copy it to `{}`", api.path))
    .related(facts.at(instruction.span), format!("puts it at `{there}`"))
    .maybe_fix(fix);
}
