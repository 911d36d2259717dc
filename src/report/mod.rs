//! Findings in the form that was asked for. One file a format.

mod checkstyle;
#[cfg(feature = "remote")]
pub mod comment;
pub mod context;
pub mod diff;
mod excerpt;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod markdown;
pub mod plan;
mod pretty;
#[cfg(feature = "remote")]
pub mod remote;
mod sarif;
mod short;
pub mod start;
mod table;

use std::io::{self, Write};

use pretty::Pretty;
use serde::Serialize;

use crate::{
    escape,
    lint::{
        self, Outcome,
        diagnostic::{Finding, Location, Severity},
        import::Imported,
    },
    project::{
        Project,
        path::ContextPath,
        source::{LineCol, Source},
    },
};

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Excerpts, reasons and what to do.
    Human,
    /// One line a finding.
    Short,
    /// JSON, version 1.
    Json,
    /// GitHub workflow commands.
    Github,
    /// SARIF 2.1.0.
    Sarif,
    /// GitLab's code quality report.
    Gitlab,
    /// Checkstyle XML.
    Checkstyle,
    /// JUnit XML.
    Junit,
    /// Markdown, for job summaries and comments.
    Markdown,
}

/// A document of JSON with a line end.
fn document(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = escape::Json::new(out);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Pretty::default()))?;
    writeln!(out)?;
    out.flush()
}

/// What is reported.
#[derive(Debug)]
pub struct Report<'a> {
    /// One for each project, in the order they were given.
    pub sections: Vec<Section<'a>>,
    /// What other scanners found.
    pub imported: Vec<Imported>,
    /// Whether the human format may use colour.
    pub color: bool,
}

/// The findings of one project.
#[derive(Debug)]
pub struct Section<'a> {
    /// Path of the project as the user wrote it, relative to the working directory where
    /// possible, `/` between the names, "" for the working directory itself. Formats put it in
    /// front of each path.
    pub root: String,
    /// The project, for excerpts.
    pub project: &'a Project,
    /// What was found.
    pub outcome: &'a Outcome,
}

impl Section<'_> {
    /// The path of a file as it is shown.
    pub fn path(&self, file: &ContextPath) -> String {
        match (self.root.as_str(), file.as_str()) {
            ("", file) => file.to_owned(),
            (root, "") => root.to_owned(),
            (root, file) => [root.trim_end_matches('/'), file].join("/"),
        }
    }

    /// The text that a location points into, and where.
    fn place(&self, location: &Location) -> Option<Place<'_>> {
        let (span, source) = (location.span?, self.project.source(&location.file)?);
        let (start, end) = (span.start as usize, (span.end.max(span.start)) as usize);
        Some(Place { source, start: source.line_col(start), end: source.line_col(end), span })
    }

    fn fingerprints(&self) -> Vec<String> {
        let Outcome { findings, masks, .. } = self.outcome;
        lint::fingerprints(self.project, findings, masks, |file| self.path(file))
    }

    fn values(&self) -> Vec<&str> {
        lint::masked_values(self.project, &self.outcome.masks)
    }
}

struct Place<'a> {
    source: &'a Source,
    span: crate::project::source::Span,
    start: LineCol,
    end: LineCol,
}

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Advice.
    pub infos: usize,
    /// Findings with a safe fix.
    pub safe: usize,
    /// Findings whose fix changes what is built.
    pub offered: usize,
    /// Findings that a comment silences.
    pub suppressed: usize,
    /// Findings that the baseline accepts.
    pub accepted: usize,
}

impl Counts {
    /// Counts the findings of outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            let by_baseline = |one: &&lint::Suppressed| one.by == lint::Silencer::Baseline;
            let accepted = outcome.suppressed.iter().filter(by_baseline).count();
            counts.accepted += accepted;
            counts.suppressed += outcome.suppressed.len() - accepted;
            for finding in &outcome.findings {
                match finding.severity {
                    Severity::Error => counts.errors += 1,
                    Severity::Warning => counts.warnings += 1,
                    Severity::Info => counts.infos += 1,
                }
                match finding.fix.as_ref().map(|fix| fix.safety) {
                    Some(lint::diagnostic::Safety::Safe) => counts.safe += 1,
                    Some(lint::diagnostic::Safety::Unsafe) => counts.offered += 1,
                    None => (),
                }
            }
        }
        counts
    }

    /// Counts the findings of a report, those of other scanners too.
    fn of_report(report: &Report<'_>) -> Self {
        let mut counts = Self::of(report.sections.iter().map(|section| section.outcome));
        for one in &report.imported {
            match one.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Info => counts.infos += 1,
            }
        }
        counts
    }

    /// "2 errors, 1 warning"; "no findings".
    pub fn words(&self) -> String {
        let one = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            n => Some(format!("{n} {what}s")),
        };
        let parts: Vec<String> =
            [one(self.errors, "error"), one(self.warnings, "warning"), one(self.infos, "remark")]
                .into_iter()
                .flatten()
                .collect();
        if parts.is_empty() { "no findings".into() } else { parts.join(", ") }
    }
}

/// A command that makes GitHub show a remark beside the run.
pub fn notice(text: &str) -> String {
    github::notice(text)
}

/// The same as a warning.
pub fn warning(text: &str) -> String {
    github::warning(text)
}

/// The same as an error, at a file and a line where it is known.
pub fn failure(at: Option<(&str, usize)>, text: &str) -> String {
    github::failure(at, text)
}

/// A command that makes GitHub's runner show a text nowhere.
pub fn mask(secret: &str) -> String {
    github::mask(secret)
}

/// Writes a report.
pub fn write(report: &Report<'_>, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, out),
        Format::Short => short::write(report, out),
        Format::Json => json::write(report, out),
        Format::Github => github::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Checkstyle => checkstyle::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Markdown => markdown::write(report, out),
    }
}

/// The lines of the Dockerfile round line `line` (from 1), numbered, with a mark at it. Secrets are
/// masked; not escaped for a terminal.
pub fn source_lines(project: &Project, outcome: &Outcome, line: usize) -> Option<String> {
    let source = &project.dockerfile.source;
    if line == 0 || line > source.line_count() {
        return None;
    }
    let values = lint::masked_values(project, &outcome.masks);
    let (first, last) = (line.saturating_sub(2).max(1), (line + 2).min(source.line_count()));
    let lines = (first..=last).map(|number| {
        let text = source.slice(source.line_span(number));
        let text = lint::without(text, &values).unwrap_or_else(|| text.to_owned());
        format!("{number:>4} {} {text}", if number == line { ">>>" } else { "   " })
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn each<'a>(report: &'a Report<'_>) -> impl Iterator<Item = (&'a Section<'a>, &'a Finding)> {
    report
        .sections
        .iter()
        .flat_map(|section| section.outcome.findings.iter().map(move |finding| (section, finding)))
}
