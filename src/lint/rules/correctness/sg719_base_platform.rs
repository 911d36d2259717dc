//! A base image that is not published for the platform of sandboxes.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind},
        image::looked_up::Answer,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG719",
    name: "base-platform",
    family: Family::Correctness,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG719.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for index in facts.stages.needed() {
        let stage = &facts.stages.stages[index];
        // a stage that asks for another platform gets what it asks for
        if stage.platform.is_some() {
            continue;
        }
        let Base::Image(text) = &stage.base else { continue };
        let Kind::From { image: word, .. } = &facts.instruction(stage.from).kind else { continue };
        let Some(Answer::Foreign { platforms }) = facts.looked_up.get(text) else { continue };
        let offered = if platforms.is_empty() {
            "for no platform".to_owned()
        } else {
            format!("for {} alone", platforms.join(", "))
        };
        sink.report(
            facts.at(word.span),
            format!("`{text}` is not published for `linux/amd64`"),
            format!("the build finds no image to start from: its registry offers it {offered}"),
        )
        .help("use a tag that is published for `linux/amd64`, or publish it for that platform");
    }
}
