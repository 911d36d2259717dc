//! A base image without a digest.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind},
        image::ImageRef,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG805",
    name: "unpinned-base-digest",
    family: Family::Security,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG805.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for index in facts.stages.needed() {
        let stage = &facts.stages.stages[index];
        let Base::Image(text) = &stage.base else { continue };
        let Kind::From { image: word, .. } = &facts.instruction(stage.from).kind else { continue };
        if ImageRef::parse(text).is_none_or(|image| image.digest.is_some()) {
            continue;
        }
        sink.report(
            facts.at(word.span),
            format!("`{text}` names no digest"),
            "a tag can be moved, so that the same commit builds another sandbox tomorrow",
        )
        .help(format!("append the digest that `docker buildx imagetools inspect {text}` prints: `{text}@sha256:…`"));
    }
}
