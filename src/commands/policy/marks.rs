//! Marks for secret scanners, such as `gitleaks:allow`: all are written alike, so that what one accepts tells it from others.

use crate::{
    project::{
        dockerfile,
        source::{Source, Span},
    },
    secrets,
};

/// Whether a mark begins where this span does.
pub(super) fn is_one(source: &Source, span: Span) -> bool {
    secrets::allowed_lines(source.text()).iter().any(|(_, mark)| mark.start == span.start as usize)
}

/// The lines that a span touches, without the space around them.
pub(super) fn lines(source: &Source, span: Span) -> &str {
    let (first, last) = reach(source, span);
    between(source, first, last)
}

/// Whether a mark accepted these lines before. One above an instruction counts for all that it holds.
pub(super) fn accepted(before: &Source, is_dockerfile: bool, silenced: &str) -> bool {
    let mut allowed: Vec<usize> =
        secrets::allowed_lines(before.text()).into_iter().map(|(line, _)| line).collect();
    if is_dockerfile {
        let file = dockerfile::parse(before.clone());
        let held = file.instructions.iter().map(|instruction| reach(before, instruction.span));
        let held = held.filter(|(first, _)| allowed.contains(first));
        let held: Vec<usize> = held.flat_map(|(first, last)| first..=last).collect();
        allowed.extend(held);
    }
    let more = silenced.lines().count().saturating_sub(1);
    allowed.into_iter().any(|first| between(before, first, first + more) == silenced)
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
