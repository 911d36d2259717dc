//! Values of the wrong type.

use super::issues;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::manifest::IssueKind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG603",
    name: "manifest-type",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG603.md"),
    check,
};

const WHY: &str =
    "a value of the wrong type is dropped, or the platform refuses the sandbox because of it";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    for issue in manifest.issues.iter().filter(|issue| issue.kind == IssueKind::Type) {
        issues::report(manifest, issue, Severity::Error, WHY, "write it in the right type", sink);
    }
}
