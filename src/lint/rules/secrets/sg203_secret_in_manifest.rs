//! A credential in `blaxel.toml`.

use super::leaked;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, LeakPlace},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG203",
    name: "secret-in-manifest",
    family: Family::Secrets,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG203.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for leak in leaked::at(facts, &[LeakPlace::Manifest]) {
        let file = leak.location.file.name();
        let place = match leak.name.as_deref() {
            Some(name) => format!("{file}, as `{name}`"),
            None => file.to_owned(),
        };
        leaked::report(
            facts,
            sink,
            leak,
            &place,
            "the file belongs to the repository, and its values reach the platform in the clear",
            "delete it here, and revoke it; the sandbox gets it in `envs` when it is created"
                .into(),
        );
    }
}
