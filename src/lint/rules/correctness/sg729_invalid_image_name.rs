//! A name that Docker does not take for an image, or a tag that an official image does not have.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Assignment, Base, Kind, Word, expand},
        image::{Refused, refused, swapped},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG729",
    name: "invalid-image-name",
    family: Family::Correctness,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG729.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    // Another front end may read a FROM by other rules.
    let mut directives = facts.file.directives.iter();
    if directives.any(|it| it.name == "syntax" && !it.value.contains("docker/dockerfile")) {
        return;
    }
    for index in facts.stages.needed() {
        let stage = &facts.stages.stages[index];
        if let (Base::Image(text), Kind::From { image, .. }) =
            (&stage.base, &facts.instruction(stage.from).kind)
            && let Some((problem, why)) = problem(text)
        {
            from(facts, image, text, &problem, why, sink);
        }
        for at in stage.body.clone() {
            let instruction = facts.instruction(at);
            for flag in &instruction.flags {
                let Some(value) = &flag.value else { continue };
                let name = match flag.name.as_str() {
                    "from" => Some(value.raw.as_str()),
                    "mount" => value.raw.split(',').find_map(|part| part.strip_prefix("from=")),
                    _ => None,
                };
                // Without a mark of an image it is a name of a stage, in a slip.
                if let Some(name) = name.filter(|name| name.contains(['/', ':', '@']))
                    && !name.contains('$')
                    && matches!(facts.stages.source_of(index, name), Base::Image(_))
                    && let Some((problem, why)) = problem(name)
                {
                    report(facts, value.span, name, &problem, why, sink);
                }
            }
        }
    }
}

/// What is wrong with a name, and what a build says of it.
fn problem(text: &str) -> Option<(Refused, &'static str)> {
    let invalid = "the build stops at its first step with \"invalid reference format\"";
    let missing = "the build stops at its first step with \"not found\"";
    refused(text).map(|problem| (problem, invalid)).or_else(|| Some((swapped(text)?, missing)))
}

/// The image of a FROM, which ARGs may have a part in.
fn from(
    facts: &Facts<'_>,
    word: &Word,
    text: &str,
    problem: &Refused,
    why: &str,
    sink: &mut Sink<'_>,
) {
    let lookup = |name: &str| facts.stages.global_args.get(name).cloned();
    let used = expand(word, facts.file.escape, &lookup).used;
    let open: Vec<&Assignment> = facts
        .global_args()
        .filter(|pair| used.contains(&pair.name.raw))
        .filter(|pair| !facts.build_args.contains_key(&pair.name.raw))
        .collect();
    let Some(last) = open.last() else {
        report(facts, word.span, text, problem, why, sink);
        return;
    };
    let mut draft = sink
        .report(
            facts.at(word.span),
            format!("by default, this is `{text}`, which is no image: {}", problem.why),
            "a build that is not told another value stops at its first step",
        )
        .severity(Severity::Warning)
        .help(match &problem.instead {
            Some(instead) => format!("did you mean `{instead}`?"),
            None => format!("give `{}` a default that makes a name of an image", last.name.raw),
        });
    for pair in open {
        draft = draft.related(facts.at(pair.span), format!("`{}` is set here", pair.name.raw));
    }
}

fn report(
    facts: &Facts<'_>,
    span: Span,
    name: &str,
    problem: &Refused,
    why: &str,
    sink: &mut Sink<'_>,
) {
    let place = facts.file.source.slice(span).find(name).map(|at| {
        let start = span.start as usize + at;
        Span::new(start, start + name.len())
    });
    let fix = problem.instead.as_ref().filter(|_| problem.certain).zip(place);
    let draft = sink.report(
        facts.at(place.unwrap_or(span)),
        format!("`{name}` is no image: {}", problem.why),
        why,
    );
    let draft = match &problem.instead {
        Some(instead) if !problem.certain => draft.help(format!("did you mean `{instead}`?")),
        Some(instead) => draft.help(format!("write `{instead}`")),
        None => draft.help("write `REGISTRY/NAME:TAG`, or `REGISTRY/NAME@sha256:DIGEST`"),
    };
    draft.maybe_fix(fix.map(|(instead, span)| Fix {
        title: format!("write `{instead}`"),
        safety: Safety::Safe,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span,
            text: instead.clone(),
        }],
    }));
}
