//! An image without a digest.

use std::collections::BTreeSet;

use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, is_api_image},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind},
        image::ImageRef,
        source::Span,
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
    // Several COPYs from one image are one choice.
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for index in facts.stages.needed() {
        let stage = &facts.stages.stages[index];
        if let (Base::Image(text), Kind::From { image, .. }) =
            (&stage.base, &facts.instruction(stage.from).kind)
            && is_open(text)
        {
            seen.insert(text.clone());
            report(facts, sink, text, image.span);
        }
        for at in stage.body.clone() {
            let from = facts.instruction(at).flag("from").and_then(|flag| flag.value.as_ref());
            let Some(word) = from else { continue };
            let expanded = facts.stages.scope_at(at).expand(word, facts.file.escape);
            if let Some(name) = expanded.known()
                && let Base::Image(text) = facts.stages.source_of(index, name)
                && is_open(&text)
                && seen.insert(text.clone())
            {
                report(facts, sink, &text, word.span);
            }
        }
    }
}

/// Whether the reference leaves the image open.
fn is_open(text: &str) -> bool {
    ImageRef::parse(text).is_some_and(|image| image.digest.is_none())
}

fn report(facts: &Facts<'_>, sink: &mut Sink<'_>, text: &str, span: Span) {
    let why = if is_api_image(text) {
        "each release of the platform's image changes the sandbox without a change in the repository"
    } else {
        "a tag can be moved, so that the same commit builds another sandbox tomorrow"
    };
    let append = match facts.told(text) {
        Some(told) => format!("append the digest that it has now: `{text}@{}`", told.digest),
        None => [
            "append the digest that `docker buildx imagetools inspect ",
            text,
            "` prints: `",
            text,
            "@sha256:…`",
        ]
        .concat(),
    };
    sink.report(facts.at(span), ["`", text, "` names no digest"].concat(), why).help(append);
}
