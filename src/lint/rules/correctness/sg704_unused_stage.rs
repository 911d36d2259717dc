//! A stage that nothing needs.

use crate::lint::{
    diagnostic::Severity,
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG704",
    name: "unused-stage",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG704.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.stages.iter().filter(|stage| !facts.stages.is_needed(stage.index)) {
        // Somebody may build it by name.
        let known = stage
            .name
            .as_deref()
            .is_some_and(|name| TARGETS.iter().any(|part| name.contains(part)));
        if known {
            continue;
        }
        let name = stage.name.clone().unwrap_or_else(|| stage.index.to_string());
        sink.report(
            facts.at(facts.instruction(stage.from).span),
            format!("nothing uses stage `{name}`"),
            "the image is built from the last stage and what that needs, so nothing here gets into a sandbox",
        )
        .help("remove it, or copy from it what is missing in the last stage");
    }
}

/// Parts of names of stages that are built for themselves.
const TARGETS: &[&str] = &["test", "lint", "dev", "debug", "ci", "check", "docs", "bench"];
