//! A stage name with capitals.

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
    code: "SG790",
    name: "stage-name-casing",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG790.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in &facts.stages.stages {
        let Kind::From { alias: Some(alias), .. } = &facts.instruction(stage.from).kind else {
            continue;
        };
        let lower = alias.raw.to_ascii_lowercase();
        if lower == alias.raw {
            continue;
        }
        sink.report(
            facts.at(alias.span),
            format!("stage `{}` has capitals in its name", alias.raw),
            "names are compared without regard to case, which one in lower case shows",
        )
        .help(format!("write `{lower}`"))
        .fix(Fix {
            title: format!("write `{lower}`"),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: alias.span,
                text: lower,
            }],
        });
    }
}
