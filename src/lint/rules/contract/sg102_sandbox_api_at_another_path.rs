//! sandbox-api is started, or copied from, where it is not.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, is_api_image},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind},
        image::ImageRef,
        path::absolute,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG102",
    name: "sandbox-api-at-another-path",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG102.md"),
    check,
};

/// Where the published image holds it.
const SOURCE: &str = "/sandbox-api";
/// From this version on, the published image holds nothing else.
const ALONE: [u64; 3] = [0, 2, 48];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            source(facts, sink, stage, index);
        }
    }
    started(facts, sink);
}

/// Reports a COPY that takes it from a path of the published image where it is not.
fn source(facts: &Facts<'_>, sink: &mut Sink<'_>, stage: usize, index: usize) {
    let instruction = facts.instruction(index);
    let Kind::Copy(transfer) = &instruction.kind else { return };
    let Some(from) = instruction.flag("from").and_then(|flag| flag.value.as_ref()) else { return };
    let scope = facts.stages.scope_at(index);
    let from = scope.expand(from, facts.file.escape);
    let Some(from) = from.known() else { return };
    let image = match facts.stages.source_of(stage, from) {
        Base::Image(image) => image,
        Base::Stage(below) => {
            let below = &facts.stages.stages[below];
            match &below.base {
                Base::Image(image) if below.body.is_empty() => image.clone(),
                _ => return,
            }
        }
        _ => return,
    };
    if !holds_nothing_else(&image) {
        return;
    }
    for word in &transfer.sources {
        let path = scope.expand(word, facts.file.escape);
        let path = path.known().filter(|path| !path.contains(['*', '?', '[']));
        let Some(path) = path.map(|path| absolute("/", path)) else { continue };
        if !path.ends_with("/sandbox-api") || path == SOURCE {
            continue;
        }
        let edit = Edit::Replace {
            file: facts.file.source.path().clone(),
            span: word.span,
            text: SOURCE.to_owned(),
        };
        sink.report(
            facts.at(word.span),
            format!("`{image}` holds `sandbox-api` at `{SOURCE}`, and not at `{path}`"),
            "the build stops at this COPY with \"not found\"",
        )
        .help(format!("copy `{SOURCE}`"))
        .maybe_fix((!transfer.json).then(|| Fix {
            title: format!("copy `{SOURCE}`"),
            safety: Safety::Safe,
            edits: vec![edit],
        }));
    }
}

/// Whether this is the published image, in a version that surely holds sandbox-api alone.
fn holds_nothing_else(image: &str) -> bool {
    if !is_api_image(image) {
        return false;
    }
    let Some(reference) = ImageRef::parse(image) else { return false };
    let numbers = |tag: &str| -> Option<Vec<u64>> {
        tag.trim_start_matches('v').split('.').map(|part| part.parse().ok()).collect()
    };
    reference.digest.is_none()
        && match reference.tag.as_deref() {
            None | Some("latest") => true,
            Some(tag) => numbers(tag).is_some_and(|version| {
                version.len() == ALONE.len() && version.as_slice() >= ALONE.as_slice()
            }),
        }
}

/// Reports a start at a path where it was not put.
fn started(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(api), Some(fs)) = (facts.start.api(), facts.images.last()) else { return };
    let paths = fs.api_paths();
    let Some(there) = paths.first().filter(|_| api.placed == Some(false)) else { return };
    let placed = &fs.paths[*there];
    let instruction = facts.instruction(placed.instruction);
    let fix = match &instruction.kind {
        Kind::Copy(transfer)
            if transfer.sources.len() == 1 && !transfer.json && api.path.starts_with('/') =>
        {
            Some(Fix {
                title: format!("copy it to `{}`", api.path),
                safety: Safety::Safe,
                edits: vec![Edit::Replace {
                    file: facts.file.source.path().clone(),
                    span: transfer.dest.span,
                    text: api.path.clone(),
                }],
            })
        }
        _ => None,
    };
    sink.report(
        api.location.clone(),
        format!("`{}` is started, but sandbox-api lies at `{there}`", api.path),
        "the start fails with \"no such file or directory\" and nothing answers on port 8080",
    )
    .help(format!("start `{there}`, or copy it to `{}`", api.path))
    .related(facts.at(instruction.span), format!("puts it at `{there}`"))
    .maybe_fix(fix);
}
