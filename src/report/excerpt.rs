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

/// A few lines with the place of a span in them.
pub(super) struct Excerpt {
    /// Number of the first line, from 1.
    pub(super) line: usize,
    /// The lines: secrets masked, controls escaped.
    pub(super) text: String,
    /// Where the span stands in the text.
    pub(super) range: Range<usize>,
}

/// Cuts out the lines of `span`.
pub(super) fn excerpt(source: &Source, span: Span, masks: &[Span]) -> Excerpt {
    let first = source.line_of(span.start as usize);
    let last = source
        .line_of((span.end as usize).saturating_sub(1).max(span.start as usize))
        .min(first + LINES - 1);
    let start = source.line_span(first).start as usize;
    let end = source.line_span(last).end as usize;
    let from =
        source.text().floor_char_boundary((span.start as usize).saturating_sub(BESIDE).max(start));
    let stop = (span.end as usize).min(end).max(span.start as usize) + BESIDE;
    let to = source.text().floor_char_boundary(stop.min(end).max(from));
    let mut out = Builder { text: String::new(), range: 0..0, span };
    if from > start {
        out.text.push('…');
    }
    let mut at = from;
    for mask in masks.iter().filter(|mask| (mask.start as usize) < to && (mask.end as usize) > from)
    {
        let (hidden, behind) =
            ((mask.start as usize).clamp(at, to), (mask.end as usize).clamp(at, to));
        out.plain(source, at, hidden);
        out.mark(hidden);
        out.text.push_str(MASK);
        // A span inside the secret covers all of the mask.
        if (span.start as usize) > hidden && (span.start as usize) < behind {
            out.range.start = out.text.len() - MASK.len();
        }
        at = behind;
        if (span.end as usize) > hidden && (span.end as usize) <= behind {
            out.range.end = out.text.len();
        }
    }
    out.plain(source, at, to);
    if (span.end as usize) >= to {
        out.range.end = out.text.len();
    }
    if to < end {
        out.text.push('…');
    }
    out.range.end = out.range.end.max(out.range.start);
    Excerpt { line: first, text: out.text, range: out.range }
}

struct Builder {
    text: String,
    range: Range<usize>,
    span: Span,
}

impl Builder {
    /// Notes where the borders of the span come to stand.
    fn mark(&mut self, offset: usize) {
        if offset == self.span.start as usize {
            self.range.start = self.text.len();
        }
        if offset == self.span.end as usize {
            self.range.end = self.text.len();
        }
    }

    fn plain(&mut self, source: &Source, from: usize, to: usize) {
        let text = source.text();
        let mut at = from;
        let mut borders: Vec<usize> = [self.span.start as usize, self.span.end as usize]
            .into_iter()
            .filter(|at| (from..=to).contains(at))
            .collect();
        borders.sort_unstable();
        borders.push(to);
        for border in borders {
            let piece = text.get(at..border).unwrap_or("").replace('\r', "");
            self.text.push_str(&escape::terminal(&piece, true));
            self.mark(border);
            at = border;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::path::ContextPath;

    fn shown(text: &str, span: Range<usize>, masks: &[Range<usize>]) -> (usize, String, String) {
        let source = Source::new(ContextPath::new("f"), text.as_bytes().to_vec());
        let masks: Vec<Span> = masks.iter().map(|mask| Span::new(mask.start, mask.end)).collect();
        let e = excerpt(&source, Span::new(span.start, span.end), &masks);
        (e.line, e.text.clone(), e.text[e.range].to_owned())
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        assert_eq!(
            shown("a\nENV K=secret x\n", 2..5, &[8..14]),
            (2, "ENV K=**** x".into(), "ENV".into())
        );
        assert_eq!(
            shown("ENV K=secret x\n", 6..12, &[6..12]),
            (1, "ENV K=**** x".into(), "****".into())
        );
        assert_eq!(
            shown("ENV K=secret x\n", 8..10, &[6..12]),
            (1, "ENV K=**** x".into(), "****".into())
        );
        assert_eq!(
            shown("ENV K=secret x\n", 0..14, &[6..12]),
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
