//! A COPY whose path leads out of the context.

use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, Takes},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG504",
    name: "copy-source-outside",
    family: Family::Context,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG504.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for copy in facts.copies.iter().filter(|copy| copy.outside) {
        let there = copy.takes == Takes::Something;
        let means = match copy.path.as_str() {
            "" => "the whole project".to_owned(),
            path if there => format!("`{path}` of the project"),
            path => format!("`{path}`"),
        };
        let why = if there {
            format!(
                "a build cannot see anything above the project's folder, so this copies {means} instead"
            )
        } else {
            format!(
                "a build cannot see anything above the project's folder: it looks for {means} in the project, finds nothing, and stops"
            )
        };
        let severity = if there || !copy.needed { Severity::Warning } else { Severity::Error };
        sink.report(
            facts.at(copy.span),
            format!("`{}` leads out of the build context", copy.written),
            why,
        )
        .severity(severity)
        .help("put what is needed into the project, or make the folder above it the project");
    }
}
