//! A FROM whose variable has no value.

use std::collections::BTreeMap;

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{self, Kind, Word, platform_arg},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG707",
    name: "undefined-base-argument",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG707.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let declared: BTreeMap<&str, Span> =
        facts.global_args().map(|pair| (pair.name.raw.as_str(), pair.span)).collect();
    for stage in &facts.stages.stages {
        let Kind::From { image, .. } = &facts.instruction(stage.from).kind else { continue };
        if facts.stages.errors.iter().any(|error| error.span == image.span) {
            continue;
        }
        let expanded = dockerfile::expand(image, facts.file.escape, &|name| {
            let global = facts.stages.global_args.get(name).cloned();
            global.or_else(|| platform_arg(name).map(str::to_owned))
        });
        let Some(name) = expanded.unknown.first() else { continue };
        match declared.get(name.as_str()) {
            Some(span) => {
                sink.report(
                    facts.at(image.span),
                    format!("`{name}` has no default"),
                    "without a value the name of the base image is not valid, and a build that is not told one stops at its first step",
                )
                .help(format!("give it one: `ARG {name}=…`, or set it in `[build.args]` of blaxel.toml"))
                .related(facts.at(*span), "declared here");
            }
            None => undeclared(facts, sink, image, name, &declared),
        }
    }
}

fn undeclared(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    image: &Word,
    name: &str,
    declared: &BTreeMap<&str, Span>,
) {
    let near = declared
        .keys()
        .map(|known| (strsim::damerau_levenshtein(name, known), *known))
        .filter(|(distance, _)| *distance <= 2)
        .min();
    let help = match near {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None => format!("declare it before the first FROM: `ARG {name}=…`"),
    };
    sink.report(
        facts.at(image.span),
        format!("no `ARG {name}` stands before the first FROM"),
        "nobody can give it a value, so the name of the base image is not valid and the build stops at its first step",
    )
    .severity(Severity::Error)
    .help(help);
}
