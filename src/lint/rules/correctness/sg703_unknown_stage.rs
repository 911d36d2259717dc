//! A `--from` that is probably meant to name a stage.

use crate::lint::{
    diagnostic::{Edit, Fix, Safety, Severity},
    facts::Facts,
    rule::{Family, Rule, Sink},
};
use crate::project::{
    dockerfile::{Base, Flag, Instruction, Kind, Stages, Word},
    source::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG703",
    name: "unknown-stage",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG703.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let stages = &facts.stages;
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        let Some(stage) = stages.of(index) else { continue };
        let scope = stages.scope_at(index);
        // A number in a mount is the name of an image.
        let copies = matches!(instruction.kind, Kind::Copy(_));
        for (name, span) in froms(instruction) {
            let word = Word { span, raw: name.to_owned() };
            let expanded = scope.expand(&word, facts.file.escape);
            let Some(name) = expanded.known() else { continue };
            if !matches!(stages.source_of(stage.index, name), Base::Image(_)) {
                continue;
            }
            if stage.name.as_deref() == Some(&name.to_ascii_lowercase())
                || name.parse() == Ok(stage.index)
            {
                own(facts, sink, span, name);
            } else if let Some(later) = later(stages, stage.index, name, copies) {
                too_early(facts, sink, (stage.index, span), name, later);
            } else if copies
                && name.parse().is_ok_and(|number: usize| number >= stages.stages.len())
            {
                no_such_number(facts, sink, span, name);
            } else if let Some(near) = nearest(stages, stage.index, name) {
                misspelled(facts, sink, span, name, near, expanded.used.is_empty());
            }
        }
    }
}

fn own(facts: &Facts<'_>, sink: &mut Sink<'_>, span: Span, name: &str) {
    sink.report(
        facts.at(span),
        format!("`{name}` is the stage that this instruction belongs to"),
        "a stage cannot wait for itself, so the build stops before its first step",
    )
    .severity(Severity::Error)
    .help("name an earlier stage");
}

/// The stage below that a name, or the number of a COPY, stands for: the builder knows all of them,
/// and takes none of these for an image.
fn later(stages: &Stages, behind: usize, name: &str, copies: bool) -> Option<usize> {
    let lower = name.to_ascii_lowercase();
    let number = name.parse().ok().filter(|_| copies);
    let below = stages.stages.iter().skip(behind + 1);
    below
        .filter(|stage| stage.name.as_deref() == Some(&lower) || number == Some(stage.index))
        .map(|stage| stage.index)
        .next()
}

fn too_early(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    (stage, span): (usize, Span),
    name: &str,
    later: usize,
) {
    let from = facts.instruction(facts.stages.stages[later].from).span;
    let draft = sink
        .report(
            facts.at(span),
            format!("the stage `{name}` stands below this one"),
            "a stage gets files only from those above it, so the build stops here",
        )
        .help("move that stage above this one")
        .related(facts.at(from), "it begins here");
    // What nothing needs is not built.
    if facts.stages.is_needed(stage) {
        draft.severity(Severity::Error);
    }
}

fn no_such_number(facts: &Facts<'_>, sink: &mut Sink<'_>, span: Span, name: &str) {
    let last = facts.stages.stages.len().saturating_sub(1);
    sink.report(
        facts.at(span),
        format!("there is no stage {name}: they are numbered from 0 to {last}"),
        "the build stops before its first step",
    )
    .severity(Severity::Error)
    .help("name the stage that is meant: `FROM … AS build` and `COPY --from=build`");
}

fn misspelled(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    span: Span,
    name: &str,
    near: &str,
    literal: bool,
) {
    let at = facts.file.source.slice(span).find(name).filter(|_| literal);
    sink.report(
        facts.at(span),
        format!("no stage before this one is called `{name}`"),
        "a name that is no stage is pulled as an image from a registry, which fails, or brings files of strangers",
    )
    .help(format!("did you mean `{near}`?"))
    .maybe_fix(at.map(|at| {
        let start = span.start as usize + at;
        Fix {
            title: format!("copy from `{near}`"),
            safety: Safety::Unsafe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: Span::new(start, start + name.len()),
                text: near.to_owned(),
            }],
        }
    }));
}

/// What `--from=` and `--mount=…,from=` name, with the place of the flag's value.
fn froms(instruction: &Instruction) -> Vec<(&str, Span)> {
    let value = |flag: &'_ Flag| flag.value.as_ref().map(|word| word.span);
    let mut out = Vec::new();
    for flag in &instruction.flags {
        let (Some(span), Some(word)) = (value(flag), &flag.value) else { continue };
        match flag.name.as_str() {
            "from" => out.push((word.raw.as_str(), span)),
            "mount" => {
                let from = word.raw.split(',').find_map(|part| part.trim().strip_prefix("from="));
                out.extend(from.map(|from| (from, span)));
            }
            _ => (),
        }
    }
    out
}

/// The earlier stage whose name is most like it. A name with a tag or a registry is an image.
fn nearest<'a>(stages: &'a Stages, before: usize, name: &str) -> Option<&'a str> {
    if name.contains(['/', ':', '@', '.']) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let most = if lower.len() < 5 { 1 } else { 2 };
    stages.stages[..before]
        .iter()
        .filter_map(|stage| stage.name.as_deref())
        .map(|known| (strsim::damerau_levenshtein(&lower, known), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}
