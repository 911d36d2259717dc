//! A blank line inside a continued instruction.

use crate::lint::{
    diagnostic::{Edit, Fix, Safety, Severity},
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG702",
    name: "empty-continuation",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG702.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for span in &facts.file.empty_continuations {
        sink.report(
            facts.at(*span),
            "a continued instruction holds an empty line",
            "builders announce that they will refuse it, and it looks as if the instruction ended \
             here",
        )
        .help("remove the empty line; a line with `#` may stay")
        .fix(Fix {
            title: "remove the empty line".into(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: *span,
                text: String::new(),
            }],
        });
    }
}
