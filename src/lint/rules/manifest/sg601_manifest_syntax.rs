//! `blaxel.toml` is not TOML, or cannot be read at all.

use super::issues;
use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{manifest::IssueKind, path::ContextPath},
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

const UNREAD: &str = "nothing of it is known here, so none of its settings is checked, and a deploy by this user stops \
                      there";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if let Some(problem) = &facts.project.unread {
        let at = Location::whole(&ContextPath::new("blaxel.toml"));
        sink.report(at, format!("`blaxel.toml` {problem}"), UNREAD)
            .help("put a file in its place that whoever deploys can read, or remove it");
    }
    let Some(manifest) = &facts.project.manifest else { return };
    for issue in manifest.issues.iter().filter(|issue| issue.kind == IssueKind::Syntax) {
        issues::report(manifest, issue, Severity::Error, WHY, "repair it", sink);
    }
}
