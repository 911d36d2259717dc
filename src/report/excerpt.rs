//! The lines of a file that a finding is about, fit to be shown.

use std::ops::Range;

use crate::{
    escape,
    lint::MASK,
    project::source::{Source, Span},
};

/// How many lines of a long span are shown.
const LINES: usize = 6;
/// How much of a line is shown on each side of the span.
const BESIDE: usize = 160;

/// How far apart two places of one excerpt may lie, in lines.
const APART: usize = 400;

/// A few lines with the places of spans in them.
pub(super) struct Excerpt {
    /// Number of the first line, from 1.
    pub(super) line: usize,
    /// The lines: secrets masked, controls escaped.
    pub(super) text: String,
    /// Where each span stands in the text, in the order they were given.
    pub(super) ranges: Vec<Range<usize>>,
}

/// The first and the last line of a span that are shown.
fn lines(source: &Source, span: Span) -> (usize, usize) {
    let first = source.line_of(span.start as usize);
    let end = (span.end as usize).saturating_sub(1).max(span.start as usize);
    (first, source.line_of(end).min(first + LINES - 1))
}

/// Whether two spans can be shown in one excerpt: not far apart, and no line too long.
pub(super) fn together(source: &Source, a: Span, b: Span) -> bool {
    let ((first_a, last_a), (first_b, last_b)) = (lines(source, a), lines(source, b));
    let (first, last) = (first_a.min(first_b), last_a.max(last_b));
    last - first < APART && (first..=last).all(|line| source.line_span(line).len() <= 2 * BESIDE)
}

/// Cuts out the lines of `spans`, which can be shown [`together`].
pub(super) fn excerpt(source: &Source, spans: &[Span], masks: &[Span]) -> Excerpt {
    let all: Vec<(usize, usize)> = spans.iter().map(|span| lines(source, *span)).collect();
    let first = all.iter().map(|(first, _)| *first).min().unwrap_or(1);
    let last = all.iter().map(|(_, last)| *last).max().unwrap_or(first);
    let (mut from, mut to) =
        (source.line_span(first).start as usize, source.line_span(last).end as usize);
    let (start, end) = (from, to);
    if let [span] = spans {
        // A single long line is cut round the span.
        let text = source.text();
        from = text.floor_char_boundary((span.start as usize).saturating_sub(BESIDE).max(from));
        let stop =
            (span.end as usize).clamp(span.start as usize, to.max(span.start as usize)) + BESIDE;
        to = text.floor_char_boundary(stop.min(to).max(from));
    }
    let mut shown = Shown::new(source, from, to, spans, masks);
    if from > start {
        shown.text.push('…');
    }
    shown.fill();
    let ranges = spans.iter().map(|span| shown.range(*span)).collect();
    if to < end {
        shown.text.push('…');
    }
    Excerpt { line: first, text: shown.text, ranges }
}

/// Text that is made fit to be shown, and remembers where its borders came to stand.
struct Shown<'a> {
    source: &'a Source,
    from: usize,
    to: usize,
    masks: Vec<Range<usize>>,
    borders: Vec<usize>,
    text: String,
    /// Offsets in the file and in the text.
    places: Vec<(usize, usize)>,
    /// Masked ranges of the file, and of the text.
    hidden: Vec<(Range<usize>, Range<usize>)>,
}

impl<'a> Shown<'a> {
    fn new(source: &'a Source, from: usize, to: usize, spans: &[Span], masks: &[Span]) -> Self {
        let masks: Vec<Range<usize>> = masks
            .iter()
            .map(|mask| (mask.start as usize).clamp(from, to)..(mask.end as usize).clamp(from, to))
            .filter(|mask| !mask.is_empty())
            .collect();
        let mut borders: Vec<usize> = spans
            .iter()
            .flat_map(|span| [span.start as usize, span.end as usize])
            .chain(masks.iter().flat_map(|mask| [mask.start, mask.end]))
            .chain([from, to])
            .filter(|at| (from..=to).contains(at))
            .collect();
        borders.sort_unstable();
        borders.dedup();
        Self {
            source,
            from,
            to,
            masks,
            borders,
            text: String::new(),
            places: Vec::new(),
            hidden: Vec::new(),
        }
    }

    fn fill(&mut self) {
        let borders = std::mem::take(&mut self.borders);
        for pair in borders.windows(2) {
            let (at, next) = (pair[0], pair[1]);
            self.places.push((at, self.text.len()));
            match self.masks.iter().find(|mask| mask.contains(&at)).cloned() {
                Some(mask) if mask.start == at => {
                    let start = self.text.len();
                    self.text.push_str(MASK);
                    self.hidden.push((mask, start..self.text.len()));
                }
                Some(_) => (),
                None => {
                    let piece = self.source.text().get(at..next).unwrap_or("").replace('\r', "");
                    self.text.push_str(&escape::terminal(&piece, true));
                }
            }
        }
        self.places.push((self.to, self.text.len()));
    }

    fn place(&self, offset: usize, end: bool) -> usize {
        let offset = offset.clamp(self.from, self.to);
        if let Some((_, text)) =
            self.hidden.iter().find(|(file, _)| file.start < offset && offset < file.end)
        {
            return if end { text.end } else { text.start };
        }
        self.places
            .iter()
            .find(|(file, _)| *file >= offset)
            .map_or(self.text.len(), |(_, text)| *text)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.place(span.start as usize, false);
        start..self.place(span.end as usize, true).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::path::ContextPath;

    fn shown(text: &str, span: Range<usize>, masks: &[(usize, usize)]) -> (usize, String, String) {
        let source = Source::new(ContextPath::new("f"), text.as_bytes().to_vec());
        let masks: Vec<Span> = masks.iter().map(|(start, end)| Span::new(*start, *end)).collect();
        let e = excerpt(&source, &[Span::new(span.start, span.end)], &masks);
        (e.line, e.text.clone(), e.text[e.ranges[0].clone()].to_owned())
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        assert_eq!(
            shown("a\nENV K=secret x\n", 2..5, &[(8, 14)]),
            (2, "ENV K=**** x".into(), "ENV".into())
        );
        assert_eq!(
            shown("ENV K=secret x\n", 6..12, &[(6, 12)]),
            (1, "ENV K=**** x".into(), "****".into())
        );
        assert_eq!(
            shown("ENV K=secret x\n", 8..10, &[(6, 12)]),
            (1, "ENV K=**** x".into(), "****".into())
        );
        assert_eq!(
            shown("ENV K=secret x\n", 0..14, &[(6, 12)]),
            (1, "ENV K=**** x".into(), "ENV K=**** x".into())
        );
    }

    #[test]
    fn controls_are_escaped_and_the_span_still_fits() {
        assert_eq!(shown("a\u{1b}b c\r\n", 3..4, &[]), (1, "a\\u{1b}b c".into(), " ".into()));
    }

    #[test]
    fn long_lines_and_long_spans_are_cut() {
        let long = "x".repeat(10_000);
        let (_, text, _) = shown(&long, 5000..5001, &[]);
        assert!(text.chars().count() < 400, "{}", text.len());
        let (_, text, _) = shown(&"a\n".repeat(50), 0..100, &[]);
        assert_eq!(text.lines().count(), LINES);
    }
}
