//! A COPY whose pattern matches nothing, or whose directory is sent empty.

use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{ContextCopy, Facts, Takes},
        rule::{Family, Rule, Sink},
    },
    project::context::{EntryKind, Exclusion},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG505",
    name: "empty-glob",
    family: Family::Context,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG505.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for copy in facts
        .copies
        .iter()
        .filter(|copy| copy.glob && copy.takes == Takes::Nothing && !copy.outside)
    {
        // `package*.json` beside `yarn.lock*`: a trailing star makes one of several optional on purpose.
        let optional = facts.copies.iter().any(|other| {
            other.instruction == copy.instruction
                && other.span != copy.span
                && other.takes == Takes::Something
        });
        if optional {
            continue;
        }
        sink.report(
            facts.at(copy.span),
            format!("`{}` matches nothing in the build context", copy.written),
            "the build goes on without a word, and the files are missing in the sandbox",
        )
        .help("correct the pattern, or remove the instruction");
    }
    for copy in &facts.copies {
        emptied(facts, sink, copy);
    }
}

/// Reports a directory of whose content every part is kept out.
fn emptied(facts: &Facts<'_>, sink: &mut Sink<'_>, copy: &ContextCopy) {
    let whole = copy.path.is_empty() || copy.outside || copy.takes != Takes::Something;
    if whole || !copy.is_directory(facts.project) {
        return;
    }
    let mut kept_out = None;
    for entry in facts.project.tree.within(&copy.path) {
        match &entry.excluded {
            Some(exclusion) => kept_out = kept_out.or(Some((&entry.path, exclusion))),
            None if entry.kind != EntryKind::Dir => return,
            None => (),
        }
    }
    let Some((path, Exclusion::Docker { line, .. })) = kept_out else { return };
    let Some(ignore) = &facts.project.docker_ignore else { return };
    sink.report(
        facts.at(copy.span),
        format!("`{}` is copied as an empty directory: nothing in it is sent", copy.written),
        "the build goes on without a word, and the files are missing in the sandbox",
    )
    .help(format!("let through what the image needs, such as `{path}`, or remove the instruction"))
    .related(Location::new(ignore.source.path(), ignore.source.line_span(*line)), "keeps it out");
}
