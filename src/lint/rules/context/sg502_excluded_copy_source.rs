//! A COPY of something that an ignore file keeps out.

use super::super::secrets::leaked;
use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{ContextCopy, Facts, Takes},
        rule::{Family, Rule, Sink},
    },
    project::context::Exclusion,
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
        let help = if holds_credentials(facts, copy) {
            leaked::DELETE_COPY.to_owned()
        } else {
            format!(
                "remove `{pattern}` from {}:{line}, or add `!{}` below it",
                file.path(),
                copy.path
            )
        };
        sink.report(
            facts.at(copy.span),
            format!("`{}` is kept out of the build context", copy.written),
            why,
        )
        .severity(severity)
        .help(help)
        .related(Location::new(file.path(), file.line_span(line)), "keeps it out");
    }
}

/// Whether the line keeps out what has to stay out.
fn holds_credentials(facts: &Facts<'_>, copy: &ContextCopy) -> bool {
    let is_one = |path: &str| secrets::credential_file(path).is_some_and(|file| file.certain);
    if copy.glob {
        return facts.taken(copy).iter().any(|entry| is_one(&entry.path));
    }
    is_one(&copy.path)
}
