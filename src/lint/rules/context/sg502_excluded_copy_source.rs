//! A COPY of something that an ignore file keeps out.

use std::collections::BTreeSet;

use super::{super::secrets::leaked, ignore_lines};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety, Severity},
        facts::{ContextCopy, Facts, Takes},
        rule::{Family, Rule, Sink},
    },
    project::{
        context::Exclusion,
        source::{Source, Span},
    },
    secrets,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG502",
    name: "excluded-copy-source",
    family: Family::Context,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG502.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let script = facts.absent_script().map(|absent| absent.span);
    let alone = alone(facts);
    for copy in facts.copies.iter().filter(|copy| script != Some(copy.span)) {
        let Takes::Excluded(exclusion) = &copy.takes else { continue };
        let (file, line, pattern) = match exclusion {
            Exclusion::Docker { line, pattern } => {
                (facts.project.docker_ignore.as_ref(), *line, pattern)
            }
            Exclusion::Blaxel { line, pattern } => {
                (facts.project.blaxel_ignore.as_ref(), *line, pattern)
            }
            // Credentials have a rule of their own.
            Exclusion::Always(_) => continue,
        };
        let Some(file) = file.map(|file| &file.source) else { continue };
        let (why, severity) = if copy.glob {
            (
                "the pattern copies nothing, and the build goes on without what it was written for",
                Severity::Warning,
            )
        } else {
            ("the builder does not get it, so the build stops at this instruction", Severity::Error)
        };
        let severity = if copy.needed { severity } else { Severity::Warning };
        let of_docker = matches!(exclusion, Exclusion::Docker { .. });
        let back = back(copy, of_docker);
        let secret = holds_credentials(facts, copy);
        let help = if secret {
            leaked::DELETE_COPY.to_owned()
        } else {
            format!("remove `{pattern}` from {}:{line}, or add `{back}` below it", file.path())
        };
        let fix = (!secret).then(|| {
            if of_docker && alone.contains(&line) {
                removed(file, line, pattern)
            } else {
                added(file, last(facts, copy, line, of_docker), &back)
            }
        });
        sink.report(
            facts.at(copy.span),
            format!("`{}` is kept out of the build context", copy.written),
            why,
        )
        .severity(severity)
        .help(help)
        .maybe_fix(fix)
        .related(Location::new(file.path(), file.line_span(line)), "keeps it out");
    }
}

/// The line that brings the source back. In a `.blaxelignore`, a name without `/` means any depth.
fn back(copy: &ContextCopy, of_docker: bool) -> String {
    let path = if copy.glob { copy.path.to_string() } else { ignore_lines::line(&copy.path) };
    if of_docker { format!("!{path}") } else { format!("!/{path}") }
}

/// The lines of Docker's ignore file that are about one source and nothing else, where no other line
/// keeps it out.
fn alone(facts: &Facts<'_>) -> BTreeSet<usize> {
    let Some(ignore) = &facts.project.docker_ignore else { return BTreeSet::new() };
    let is_alone = |copy: &ContextCopy, line: usize, pattern: &str| {
        !copy.glob
            && pattern.trim_matches('/') == copy.path.as_str()
            && !holds_credentials(facts, copy)
            && !ignore.rules.is_ignored_without(&copy.path, line)
    };
    let lines = facts.copies.iter().filter_map(|copy| match &copy.takes {
        Takes::Excluded(Exclusion::Docker { line, pattern }) => {
            is_alone(copy, *line, pattern).then_some(*line)
        }
        _ => None,
    });
    lines.collect()
}

/// The line behind which the source is brought back: of those from `line` on, the last that may keep
/// it out.
fn last(facts: &Facts<'_>, copy: &ContextCopy, line: usize, of_docker: bool) -> usize {
    let ignore =
        if of_docker { &facts.project.docker_ignore } else { &facts.project.blaxel_ignore };
    // What a wildcard matches, or how a `.blaxelignore` reads a name, is not asked line by line.
    let simple = of_docker && !copy.glob;
    let rules = || ignore.iter().flat_map(|ignore| ignore.rules.iter());
    let behind = rules()
        .filter(|rule| rule.line > line && !rule.negated)
        .filter(|rule| !simple || rule.reaches(&copy.path))
        .map(|rule| rule.line)
        .fold(line, usize::max);
    // Behind the others that bring something back.
    let others = rules().filter(|rule| rule.negated);
    others.fold(behind, |behind, rule| if rule.line == behind + 1 { rule.line } else { behind })
}

fn removed(file: &Source, line: usize, pattern: &str) -> Fix {
    let span = file.full_line_span(line);
    fix(format!("remove `{pattern}` from {}", file.path()), file, span, String::new())
}

/// Writes a line behind the one that keeps the source out.
fn added(file: &Source, line: usize, text: &str) -> Fix {
    let whole = file.full_line_span(line);
    let end = file.line_end();
    let open = whole == file.line_span(line);
    let new = if open { format!("{end}{text}") } else { format!("{text}{end}") };
    fix(format!("add `{text}` to {}", file.path()), file, Span::at(whole.range().end), new)
}

/// Whether the line or the instruction is wrong, only the author knows.
fn fix(title: String, file: &Source, span: Span, text: String) -> Fix {
    let edit = Edit::Replace { file: file.path().clone(), span, text };
    Fix { title, safety: Safety::Unsafe, edits: vec![edit] }
}

/// Whether the line keeps out what has to stay out.
fn holds_credentials(facts: &Facts<'_>, copy: &ContextCopy) -> bool {
    let is_one = |path: &str| secrets::credential_file(path).is_some_and(|file| file.certain);
    if copy.glob {
        return facts.taken(copy).iter().any(|entry| is_one(&entry.path));
    }
    is_one(&copy.path)
}
