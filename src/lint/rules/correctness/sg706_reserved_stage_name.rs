//! A stage with a name that means something else.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG706",
    name: "reserved-stage-name",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG706.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in &facts.stages.stages {
        let Kind::From { alias: Some(alias), .. } = &facts.instruction(stage.from).kind else {
            continue;
        };
        let lower = alias.raw.to_ascii_lowercase();
        if lower == "scratch" || lower == "context" {
            sink.report(
                facts.at(alias.span),
                format!("`{}` is a reserved name", alias.raw),
                "`scratch` is the empty image and `context` the build context, so an instruction that means this stage may get something else",
            )
            .help("call the stage something else");
        }
    }
}
