//! `blaxel.toml` is not TOML.

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
    code: "SG601",
    name: "manifest-syntax",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG601.md"),
    check,
};

const WHY: &str = "the platform's own client goes on with what it could read, so the sandbox is \
                   deployed without the settings below the fault";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    for issue in manifest.issues.iter().filter(|issue| issue.kind == IssueKind::Syntax) {
        issues::report(manifest, issue, Severity::Error, WHY, "repair it", sink);
    }
}
