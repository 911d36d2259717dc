//! What a file accepts by its comments, beside what it accepted in the policy's commit. Marks for secret scanners, such as
//! `gitleaks:allow`, are all written alike: what one accepts tells it from others.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    project::{
        Project, dockerfile,
        source::{Source, Span},
    },
    repo::Files,
    secrets,
};

/// One file, read once for all that is suppressed in it.
pub(super) struct Accepted<'a> {
    now: &'a Source,
    /// Where its marks begin.
    marks: BTreeSet<usize>,
    before: Option<Before>,
    /// How often the lines of the file end with a comment, now and before.
    counts: BTreeMap<&'a str, (usize, usize)>,
}

/// The file of the policy's commit.
struct Before {
    source: Source,
    /// The lines that its marks accept, by what stands in them.
    accepted: BTreeMap<String, Vec<usize>>,
    lines: BTreeSet<String>,
}

impl<'a> Accepted<'a> {
    pub(super) fn read(project: &'a Project, now: &'a Source, files: &Files, disk: &Path) -> Self {
        let is_dockerfile = project.dockerfile.source.path() == now.path();
        let before = files.before(disk).map(|bytes| {
            let source = Source::new(now.path().clone(), bytes);
            Before::new(source, is_dockerfile)
        });
        let marks = secrets::allowed_lines(now.text());
        let marks = marks.into_iter().map(|(_, mark)| mark.start).collect();
        Self { now, marks, before, counts: BTreeMap::new() }
    }

    /// Whether the comment at `span` silenced what it silences, a finding at `finding`, before.
    pub(super) fn had(&mut self, span: Span, finding: Option<Span>) -> bool {
        let Some(before) = &self.before else { return false };
        let silenced = finding.map_or("", |span| lines(self.now, span));
        if self.marks.contains(&(span.start as usize)) {
            return before.accepts(silenced);
        }
        // Where there is one more that is written alike, what it silences tells whether it is this one.
        let comment = self.now.slice(span).trim();
        let (then, now) = *self.counts.entry(comment).or_insert_with(|| {
            let count =
                |text: &str| text.lines().filter(|line| line.trim().ends_with(comment)).count();
            (count(before.source.text()), count(self.now.text()))
        });
        let first = silenced.lines().next().unwrap_or_default().trim();
        then >= now || then > 0 && before.lines.contains(first)
    }
}

impl Before {
    fn new(source: Source, is_dockerfile: bool) -> Self {
        let mut allowed: BTreeSet<usize> =
            secrets::allowed_lines(source.text()).into_iter().map(|(line, _)| line).collect();
        // One above an instruction counts for all that it holds.
        if is_dockerfile && !allowed.is_empty() {
            let file = dockerfile::parse(source.clone());
            let reached = file.instructions.iter().map(|one| reach(&source, one.span));
            let held: Vec<_> = reached.filter(|(first, _)| allowed.contains(first)).collect();
            allowed.extend(held.into_iter().flat_map(|(first, last)| first..=last));
        }
        let mut accepted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for line in allowed {
            accepted.entry(between(&source, line, line).to_owned()).or_default().push(line);
        }
        let lines = source.text().lines().map(|line| line.trim().to_owned()).collect();
        Self { source, accepted, lines }
    }

    /// Whether a mark accepted these lines.
    fn accepts(&self, silenced: &str) -> bool {
        let first = silenced.lines().next().unwrap_or_default().trim_end();
        let more = silenced.lines().count().saturating_sub(1);
        let from = self.accepted.get(first).into_iter().flatten();
        from.into_iter().any(|line| between(&self.source, *line, line + more) == silenced)
    }
}

/// The lines that a span touches, without the space around them.
fn lines(source: &Source, span: Span) -> &str {
    let (first, last) = reach(source, span);
    between(source, first, last)
}

/// The first and the last line of a span.
fn reach(source: &Source, span: Span) -> (usize, usize) {
    let line = |at: u32| source.line_of(at as usize);
    (line(span.start), line(span.end.saturating_sub(1).max(span.start)))
}

fn between(source: &Source, first: usize, last: usize) -> &str {
    let [first, last] = [first, last].map(|line| source.line_span(line));
    source.slice(Span::new(first.start as usize, last.end as usize)).trim()
}
