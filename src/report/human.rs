//! For people: the excerpt with the place underlined, why it matters, what to do.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{
    Counts, Report, Section, each,
    excerpt::{excerpt, together},
};
use crate::{
    escape,
    lint::{
        diagnostic::{Finding, Location, Related, Safety, Severity},
        import::Imported,
    },
    project::source::Span,
};

const WIDTH: usize = 120;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let renderer =
        if report.color { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    for (section, finding) in each(report) {
        writeln!(out, "{}\n", renderer.render(&groups(section, finding)))?;
    }
    for one in &report.imported {
        writeln!(out, "{}\n", renderer.render(&[imported(one)]))?;
    }
    summary(report, out)
}

fn imported(one: &Imported) -> Group<'_> {
    let title = level(one.severity)
        .primary_title(escape::terminal(&one.message, false))
        .id(escape::terminal(&one.rule, false));
    let path = escape::terminal(&one.path, false);
    let origin = match one.line.and_then(|line| usize::try_from(line).ok()) {
        Some(line) => Origin::path(path).line(line),
        None => Origin::path(path),
    };
    let tool = format!("by {}", escape::terminal(&one.tool, false));
    let mut group = Group::with_title(title)
        .element(origin)
        .element(Level::NOTE.with_name("found").message(tool));
    if let Some(help) = &one.help {
        group = group.element(Level::HELP.message(escape::terminal(help, false)));
    }
    group
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

fn groups<'a>(section: &Section<'_>, finding: &'a Finding) -> Vec<Group<'a>> {
    let title = level(finding.severity)
        .primary_title(escape::terminal(&finding.message, false))
        .id(finding.code);
    let (beside, apart): (Vec<&Related>, Vec<&Related>) = finding
        .related
        .iter()
        .partition(|related| beside(section, &finding.location, &related.location));
    let mut main = place(section, Group::with_title(title), &finding.location, &beside);
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
    all.extend(apart.iter().map(|related| {
        let note = Level::NOTE.secondary_title(escape::terminal(&related.message, false));
        place(section, Group::with_title(note), &related.location, &[])
    }));
    all
}

/// Whether another place can be shown in the excerpt of the primary one.
fn beside(section: &Section<'_>, primary: &Location, other: &Location) -> bool {
    match (section.place(primary), section.place(other)) {
        (Some(a), Some(b)) if primary.file == other.file => together(a.source, a.span, b.span),
        _ => false,
    }
}

/// Adds a location to a group: an excerpt where the file was read, else its name.
fn place<'a>(
    section: &Section<'_>,
    group: Group<'a>,
    location: &Location,
    beside: &[&'a Related],
) -> Group<'a> {
    let path = escape::terminal(&section.path(&location.file), false).into_owned();
    let Some(place) = section.place(location) else { return group.element(Origin::path(path)) };
    let masks = section.outcome.masks.get(&location.file).map_or(&[][..], Vec::as_slice);
    let spans: Vec<Span> = [place.span]
        .into_iter()
        .chain(beside.iter().filter_map(|related| related.location.span))
        .collect();
    // Places that could only be shown one by one are left to the text.
    let spans = if spans.iter().all(|span| together(place.source, place.span, *span)) {
        &spans[..]
    } else {
        &spans[..1]
    };
    let cut = excerpt(place.source, spans, masks);
    if cut.text.is_empty() {
        return group
            .element(Origin::path(path).line(place.start.line).char_column(place.start.column));
    }
    let annotations =
        cut.ranges.into_iter().enumerate().map(|(index, range)| match index.checked_sub(1) {
            None => AnnotationKind::Primary.span(range),
            Some(index) => AnnotationKind::Context
                .span(range)
                .label(escape::terminal(&beside[index].message, false)),
        });
    group
        .element(Snippet::source(cut.text).line_start(cut.line).path(path).annotations(annotations))
}

fn summary(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = Counts::of_report(report);
    let mut parts = vec![counts.words()];
    if report.sections.len() > 1 {
        parts[0] = format!("{} in {} projects", parts[0], report.sections.len());
    }
    for (count, what) in [
        (counts.suppressed, "suppressed"),
        (counts.accepted, "in the baseline"),
        (counts.safe, "fixable with --fix"),
        (counts.offered, "with --fix --unsafe"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    writeln!(out, "{}", parts.join("; "))
}
