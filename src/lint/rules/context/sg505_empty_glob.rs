//! A COPY pattern that matches nothing.

use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, Takes},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG505",
    name: "empty-glob",
    family: Family::Context,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG505.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for copy in facts
        .copies
        .iter()
        .filter(|copy| copy.glob && copy.takes == Takes::Nothing && !copy.outside)
    {
        // `package*.json` beside `yarn.lock*`: a trailing star makes one of several optional on purpose.
        let optional = facts.copies.iter().any(|other| {
            other.instruction == copy.instruction
                && other.span != copy.span
                && other.takes == Takes::Something
        });
        if optional {
            continue;
        }
        sink.report(
            facts.at(copy.span),
            format!("`{}` matches nothing in the build context", copy.written),
            "the build goes on without a word, and the files are missing in the sandbox",
        )
        .help("correct the pattern, or remove the instruction");
    }
}
