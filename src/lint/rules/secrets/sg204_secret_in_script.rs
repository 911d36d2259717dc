//! A credential in a file that is sent to the builder.

use super::leaked;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, LeakPlace},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG204",
    name: "secret-in-script",
    family: Family::Secrets,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG204.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for leak in leaked::at(facts, &[LeakPlace::Script]) {
        if !leaked::is_sent(facts, &leak.location.file) {
            continue;
        }
        let place = match leak.name.as_deref() {
            Some(name) => format!("`{}`, as `{name}`", leak.location.file),
            None => format!("`{}`", leak.location.file),
        };
        leaked::report(
            facts,
            sink,
            leak,
            &place,
            "the file is sent to the builder, and whoever gets the image or a sandbox can read what is copied of it",
            "read it from a variable that the sandbox gets in `envs` when it is created, or with `RUN --mount=type=secret` while the image is built; revoke the old one".into(),
        );
    }
}
