//! A line of an ignore file that no builder accepts.

use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::IgnoreFile,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG509",
    name: "invalid-ignore-pattern",
    family: Family::Context,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG509.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if let Some(ignore) = &facts.project.docker_ignore {
        let why = "the build stops when it reads the ignore file, before its first step";
        lines(ignore, why, sink);
    }
    if let Some(ignore) = &facts.project.blaxel_ignore {
        let why = "the upload stops when it reads the ignore file, so nothing is built";
        lines(ignore, why, sink);
    }
}

fn lines(ignore: &IgnoreFile, why: &str, sink: &mut Sink<'_>) {
    for (line, problem) in &ignore.bad_lines {
        let span = ignore.source.line_span(*line);
        let pattern = ignore.source.slice(span).trim();
        let shown: String = pattern.chars().take(60).collect();
        sink.report(
            Location::new(ignore.source.path(), span),
            format!("`{shown}` is not a pattern: {problem}"),
            why,
        )
        .help(if pattern == "!" {
            "name behind the `!` what is sent all the same, or remove the line"
        } else {
            "write `\\[` for a bracket that belongs to a name, or remove the line"
        });
    }
}
