//! What Docker refuses to build.

use crate::lint::{
    diagnostic::{Edit, Fix, Safety, Severity},
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG701",
    name: "dockerfile-syntax",
    family: Family::Correctness,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG701.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for error in facts.file.errors.iter().chain(&facts.stages.errors) {
        let mut draft = sink.report(
            facts.at(error.span),
            error.message.clone(),
            "the build stops at this line, so there is no image to start a sandbox from",
        );
        if let Some(help) = &error.help {
            draft = draft.help(help.clone());
        }
        draft.maybe_fix(error.correction.as_ref().map(|text| Fix {
            title: format!("write `{text}`"),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: error.span,
                text: text.clone(),
            }],
        }));
    }
}
