//! Keys that nothing reads.

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
    code: "SG602",
    name: "unknown-manifest-key",
    family: Family::Manifest,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG602.md"),
    check,
};

const UNKNOWN: &str =
    "an unknown key is skipped without a word, so the sandbox runs with the default instead";
const UNDOCUMENTED: &str = "the table is passed on as it is, and the platform's client drops what \
                            it does not know";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    for issue in &manifest.issues {
        let (severity, why) = match issue.kind {
            IssueKind::UnknownKey => (Severity::Warning, UNKNOWN),
            IssueKind::UndocumentedKey => (Severity::Info, UNDOCUMENTED),
            IssueKind::Syntax | IssueKind::Type => continue,
        };
        issues::report(manifest, issue, severity, why, "use the known key", sink);
    }
}
