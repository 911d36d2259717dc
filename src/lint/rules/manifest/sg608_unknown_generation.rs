//! A generation of the platform that is gone or unknown.

use super::issues;
use crate::{
    lint::{
        diagnostic::{Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::manifest::is_interpolated,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG608",
    name: "unknown-generation",
    family: Family::Manifest,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG608.md"),
    check,
};

/// The only generation that runs (platform documentation, 2026).
const CURRENT: &str = "mk3";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let Some(generation) = &manifest.generation else { return };
    let value = generation.value.as_str();
    if value == CURRENT || is_interpolated(value) {
        return;
    }
    let at = issues::at(manifest, generation.span);
    let gone = match value {
        "mk1" => Some("January 2025"),
        "mk2" => Some("the second quarter of 2026"),
        _ => None,
    };
    let draft = match gone {
        Some(when) => sink
            .report(
                at,
                format!("generation `{value}` is decommissioned"),
                format!("the platform stopped it in {when}, so the sandbox cannot be placed"),
            )
            .severity(Severity::Error),
        None => sink.report(
            at,
            format!("unknown generation `{value}`"),
            "the platform may refuse a generation that it does not know",
        ),
    };
    let safety = if gone.is_some() || value.eq_ignore_ascii_case(CURRENT) {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    draft.help(format!("use `{CURRENT}`, or leave the key out")).fix(issues::replace(
        manifest,
        format!("use `{CURRENT}`"),
        safety,
        generation.span,
        format!("\"{CURRENT}\""),
    ));
}
