//! A suppression that is misread.
use crate::lint::{
    diagnostic::Severity,
    facts::Facts,
    rule::{Family, Rule, Sink},
};

pub(super) const RULE: Rule = Rule {
    code: "SG902",
    name: "malformed-suppression",
    family: Family::Lint,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG902.md"),
    check,
};

/// The engine reports it: only when every rule has run is it known what a comment silenced.
fn check(_: &Facts<'_>, _: &mut Sink<'_>) {}
