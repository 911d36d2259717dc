//! Text of one file, byte spans into it, and line numbers.

use std::ops::Range;

use super::path::ContextPath;

/// A half-open range of byte offsets into a [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The span `start..end`; offsets are bytes.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "span {start}..{end} runs backwards");
        Self { start: clamp(start), end: clamp(end) }
    }

    /// The empty span at `offset`.
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// As an index range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `offset` lies inside.
    pub fn contains(self, offset: usize) -> bool {
        self.range().contains(&offset)
    }

    /// Whether the two share a byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A place in a text as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineCol {
    /// Line, from 1.
    pub line: usize,
    /// Column in Unicode scalar values, from 1.
    pub column: usize,
}

/// One text file, as it was read.
///
/// A Docker build accepts files that are not UTF-8, so each invalid byte is shown as one `?` in
/// [`Source::text`]: offsets in the text are offsets in the file, and an edit never touches a byte
/// that it does not name.
#[derive(Clone, Debug)]
pub struct Source {
    path: ContextPath,
    text: String,
    original: Option<Vec<u8>>,
    lines: Vec<u32>,
}

impl Source {
    /// Takes the bytes of the file at `path`.
    pub fn new(path: ContextPath, bytes: Vec<u8>) -> Self {
        let (text, original) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(err) => {
                let bytes = err.into_bytes();
                (blank_invalid(&bytes), Some(bytes))
            }
        };
        let mut lines = Vec::with_capacity(1 + memchr::memchr_iter(b'\n', text.as_bytes()).count());
        lines.push(0);
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| clamp(at + 1)));
        Self { path, text, original, lines }
    }

    /// Where the file lies in the project.
    pub fn path(&self) -> &ContextPath {
        &self.path
    }

    /// The text; as long as the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes as they were read.
    pub fn bytes(&self) -> &[u8] {
        self.original.as_deref().unwrap_or(self.text.as_bytes())
    }

    /// The text of a span. A span that splits a character or leaves the text yields "".
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// How many lines there are; a final newline starts an empty last line.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The line (from 1) that holds `offset`.
    pub fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start as usize <= offset)
    }

    /// Line and column of a byte offset.
    pub fn line_col(&self, offset: usize) -> LineCol {
        let line = self.line_of(offset);
        let start = self.lines[line - 1] as usize;
        let end = self.text.floor_char_boundary(offset.min(self.text.len()));
        LineCol {
            line,
            column: self.text.get(start..end).map_or(0, |head| head.chars().count()) + 1,
        }
    }

    /// The span of line `line` (from 1), without its line end. Lines past the end are empty.
    pub fn line_span(&self, line: usize) -> Span {
        let full = self.full_line_span(line);
        let text = self.slice(full);
        let trimmed = text.strip_suffix('\n').unwrap_or(text);
        let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
        Span::new(full.start as usize, full.start as usize + trimmed.len())
    }

    /// The span of line `line` (from 1) with its line end.
    pub fn full_line_span(&self, line: usize) -> Span {
        let end = self.text.len();
        let start = self.lines.get(line.saturating_sub(1)).map_or(end, |start| *start as usize);
        Span::new(start, self.lines.get(line).map_or(end, |next| *next as usize))
    }

    /// The line end that the file uses: the first one seen, `\n` where there is none.
    pub fn line_end(&self) -> &'static str {
        if self.lines.len() > 1 && self.text[..self.lines[1] as usize].ends_with("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }
}

fn blank_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(bytes: &[u8]) -> Source {
        Source::new(ContextPath::new("f"), bytes.to_vec())
    }

    #[test]
    fn lines_and_columns_count_characters() {
        let s = source("aé\r\nb\n".as_bytes());
        assert_eq!(s.line_col(0), LineCol { line: 1, column: 1 });
        assert_eq!(s.line_col(3), LineCol { line: 1, column: 3 });
        assert_eq!(s.line_col(5), LineCol { line: 2, column: 1 });
        assert_eq!(s.slice(s.line_span(1)), "aé");
        assert_eq!(s.line_count(), 3);
        assert_eq!(s.line_end(), "\r\n");
    }

    #[test]
    fn invalid_bytes_keep_every_offset() {
        let s = source(b"a\xff\xfeb\n");
        assert_eq!(s.text(), "a??b\n");
        assert_eq!(s.bytes(), b"a\xff\xfeb\n");
    }

    #[test]
    fn offsets_past_the_end_are_the_last_line() {
        let s = source(b"a\nb");
        assert_eq!(s.line_of(99), 2);
        assert!(s.line_span(9).is_empty());
    }
}
