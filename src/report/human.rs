//! For people: the excerpt with the place underlined, why it matters, what to do.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Counts, Report, Section, each, excerpt::excerpt};
use crate::{
    escape,
    lint::diagnostic::{Finding, Location, Safety, Severity},
};

const WIDTH: usize = 120;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let renderer =
        if report.color { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    for (section, finding) in each(report) {
        writeln!(out, "{}\n", renderer.render(&groups(section, finding)))?;
    }
    summary(report, out)
}

fn groups<'a>(section: &Section<'_>, finding: &'a Finding) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(escape::terminal(&finding.message, false)).id(finding.code);
    let mut main = place(section, Group::with_title(title), &finding.location, true, None);
    let mut others = Vec::new();
    for related in &finding.related {
        let label = escape::terminal(&related.message, false).into_owned();
        if related.location.file == finding.location.file && related.location.span.is_some() {
            main = place(section, main, &related.location, false, Some(label));
        } else {
            let note = Level::NOTE.secondary_title(label);
            others.push(place(section, Group::with_title(note), &related.location, true, None));
        }
    }
    main =
        main.element(Level::NOTE.with_name("why").message(escape::terminal(&finding.why, false)));
    if let Some(help) = &finding.help {
        main = main.element(Level::HELP.message(escape::terminal(help, true)));
    }
    if let Some(fix) = &finding.fix {
        let how = match fix.safety {
            Safety::Safe => "--fix",
            Safety::Unsafe => "--fix --unsafe",
        };
        let text = format!("`{how}` can {}", escape::terminal(&fix.title, false));
        main = main.element(Level::NOTE.with_name("fix").message(text));
    }
    let mut all = vec![main];
    all.append(&mut others);
    all
}

/// Adds a location to a group: an excerpt where the file was read, else its name.
fn place<'a>(
    section: &Section<'_>,
    group: Group<'a>,
    location: &Location,
    primary: bool,
    label: Option<String>,
) -> Group<'a> {
    let path = escape::terminal(&section.path(&location.file), false).into_owned();
    let Some(place) = section.place(location) else { return group.element(Origin::path(path)) };
    let masks = section.outcome.masks.get(&location.file).map_or(&[][..], Vec::as_slice);
    let cut = excerpt(place.source, place.span, masks);
    if cut.text.is_empty() {
        return group
            .element(Origin::path(path).line(place.start.line).char_column(place.start.column));
    }
    let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
    let mut annotation = kind.span(cut.range);
    if let Some(label) = label {
        annotation = annotation.label(label);
    }
    group.element(
        Snippet::source(cut.text)
            .line_start(cut.line)
            .path(path)
            .fold(false)
            .annotation(annotation),
    )
}

fn summary(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = Counts::of(report.sections.iter().map(|section| section.outcome));
    let mut line = counts.words();
    if report.sections.len() > 1 {
        line.push_str(&format!(" in {} projects", report.sections.len()));
    }
    if counts.suppressed > 0 {
        line.push_str(&format!("; {} suppressed", counts.suppressed));
    }
    if counts.safe > 0 {
        line.push_str(&format!("; {} fixable with --fix", counts.safe));
    }
    if counts.offered > 0 {
        line.push_str(&format!("; {} with --fix --unsafe", counts.offered));
    }
    writeln!(out, "{line}")
}
