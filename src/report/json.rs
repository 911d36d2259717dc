//! JSON, version 1. Fields are added, never renamed or removed, within a version.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{Counts, Report, Section};
use crate::{
    lint::{
        self, Silencer,
        diagnostic::{Edit, Finding, Fix, Location, Safety},
    },
    project::source::Span,
};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    findings: Findings<'a>,
    suppressed: Vec<SuppressedV1<'a>>,
    imported: Vec<ImportedV1<'a>>,
    images: Vec<ImageV1<'a>>,
    summary: Summary,
}

/// Made one by one while they are written: of thousands of projects, all at once would be many.
struct Findings<'a>(&'a [Section<'a>]);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().flat_map(|section| {
            let values = section.values();
            let all = section.outcome.findings.iter();
            all.map(move |finding| self::finding(section, finding, &values))
        }))
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    fixable: usize,
    fixable_unsafe: usize,
    suppressed: usize,
    accepted: usize,
}

#[derive(Serialize)]
struct FindingV1<'a> {
    code: &'a str,
    name: &'a str,
    severity: &'a str,
    path: String,
    start: Option<Position>,
    end: Option<Position>,
    message: &'a str,
    why: &'a str,
    help: Option<&'a str>,
    related: Vec<RelatedV1<'a>>,
    fix: Option<FixV1<'a>>,
}

#[derive(Serialize)]
struct SuppressedV1<'a> {
    code: &'a str,
    path: String,
    start: Option<Position>,
    end: Option<Position>,
    by: &'static str,
    reason: &'a str,
}

/// An image that the final one is made of. Compressed bytes of linux/amd64.
#[derive(Serialize)]
struct ImageV1<'a> {
    reference: &'a str,
    path: String,
    bytes: Option<u64>,
    source: &'static str,
    digest: Option<&'a str>,
}

/// What another scanner found; it counts in the summary.
#[derive(Serialize)]
struct ImportedV1<'a> {
    tool: &'a str,
    rule: &'a str,
    severity: &'static str,
    path: &'a str,
    line: Option<u64>,
    message: &'a str,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct RelatedV1<'a> {
    path: String,
    start: Option<Position>,
    end: Option<Position>,
    message: &'a str,
}

/// The fields of a location, which stand among those of what lies there.
struct Place {
    path: String,
    start: Option<Position>,
    end: Option<Position>,
}

/// Line and column from 1, columns in characters; offset in bytes from 0.
#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
    offset: u32,
}

#[derive(Serialize)]
struct FixV1<'a> {
    title: &'a str,
    safety: &'static str,
    edits: Vec<EditV1>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum EditV1 {
    Replace { path: String, start: Option<Position>, end: Option<Position>, text: String },
    Create { path: String, text: String },
    MakeExecutable { path: String },
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = Counts::of_report(report);
    let document = Document {
        version: 1,
        tool: Tool { name: "sandgate", version: env!("CARGO_PKG_VERSION") },
        findings: Findings(&report.sections),
        suppressed: report
            .sections
            .iter()
            .flat_map(|section| section.outcome.suppressed.iter().map(move |one| (section, one)))
            .map(|(section, one)| {
                let Place { path, start, end } = place(section, &one.finding.location);
                let by = match one.by {
                    Silencer::Comment { .. } => "comment",
                    Silencer::Baseline => "baseline",
                };
                let code = one.finding.code;
                SuppressedV1 { code, path, start, end, by, reason: one.by.reason() }
            })
            .collect(),
        imported: report
            .imported
            .iter()
            .map(|one| ImportedV1 {
                tool: &one.tool,
                rule: &one.rule,
                severity: one.severity.name(),
                path: &one.path,
                line: one.line,
                message: &one.message,
                help: one.help.as_deref(),
            })
            .collect(),
        images: report
            .sections
            .iter()
            .flat_map(|section| section.outcome.images.iter().map(move |one| (section, one)))
            .map(|(section, one)| ImageV1 {
                reference: &one.reference,
                path: section.path(section.project.dockerfile.source.path()),
                bytes: one.bytes,
                source: one.source.name(),
                digest: one.digest.as_deref(),
            })
            .collect(),
        summary: Summary {
            errors: counts.errors,
            warnings: counts.warnings,
            infos: counts.infos,
            fixable: counts.safe,
            fixable_unsafe: counts.offered,
            suppressed: counts.suppressed,
            accepted: counts.accepted,
        },
    };
    super::document(&document, out)
}

fn finding<'a>(section: &Section<'_>, finding: &'a Finding, values: &[&str]) -> FindingV1<'a> {
    let Place { path, start, end } = place(section, &finding.location);
    FindingV1 {
        code: finding.code,
        name: finding.name,
        severity: finding.severity.name(),
        path,
        start,
        end,
        message: &finding.message,
        why: &finding.why,
        help: finding.help.as_deref(),
        related: finding
            .related
            .iter()
            .map(|related| {
                let Place { path, start, end } = place(section, &related.location);
                RelatedV1 { path, start, end, message: &related.message }
            })
            .collect(),
        fix: finding.fix.as_ref().map(|fix| fix_v1(section, fix, values)),
    }
}

fn place(section: &Section<'_>, at: &Location) -> Place {
    let place = section.place(at);
    Place {
        path: section.path(&at.file),
        start: place.as_ref().map(|place| Position {
            line: place.start.line,
            column: place.start.column,
            offset: place.span.start,
        }),
        end: place.as_ref().map(|place| Position {
            line: place.end.line,
            column: place.end.column,
            offset: place.span.end,
        }),
    }
}

fn fix_v1<'a>(section: &Section<'_>, fix: &'a Fix, values: &[&str]) -> FixV1<'a> {
    let shown = |text: &str| lint::without(text, values).unwrap_or_else(|| text.to_owned());
    FixV1 {
        title: &fix.title,
        safety: match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        },
        edits: fix
            .edits
            .iter()
            .map(|edit| match edit {
                Edit::Replace { file, span, text } => {
                    let span = Span::new(span.start as usize, span.end as usize);
                    let Place { path, start, end } = place(section, &Location::new(file, span));
                    EditV1::Replace { path, start, end, text: shown(text) }
                }
                Edit::Create { file, text } => {
                    EditV1::Create { path: section.path(file), text: shown(text) }
                }
                Edit::MakeExecutable { file } => {
                    EditV1::MakeExecutable { path: section.path(file) }
                }
            })
            .collect(),
    }
}
