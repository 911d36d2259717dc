//! Marks by which people tell secret scanners that a line is fine.

use std::{ops::Range, sync::LazyLock};

use memchr::memmem::Finder;

/// What the scanners in use accept.
const MARKS: &[&str] = &[
    "gitleaks:allow",
    "betterleaks:allow",
    "kingfisher:ignore",
    "trufflehog:ignore",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
];

/// Marks that mean the line below.
const NEXT_LINE: &[&str] =
    &["pragma: allowlist nextline secret", "pragma: whitelist nextline secret"];

/// Of each mark, one of these is a part.
static PARTS: LazyLock<[Finder<'_>; 3]> =
    LazyLock::new(|| [":allow", ":ignore", "pragma: "].map(Finder::new));

/// The lines (from 1) on which credentials are accepted, each with the place of the mark: those with
/// one, and those below a comment that is nothing but one. Ascending, no line twice.
pub fn allowed_lines(text: &str) -> Vec<(usize, Range<usize>)> {
    if !PARTS.iter().any(|part| part.find(text.as_bytes()).is_some()) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let from = start;
        start += line.len();
        let find = |marks: &[&str]| {
            marks.iter().find_map(|mark| {
                let at = from + line.find(mark)?;
                Some(at..at + mark.len())
            })
        };
        let is_comment =
            ["#", "//", "--", ";", "/*"].iter().any(|s| line.trim_start().starts_with(s));
        if let Some(mark) = find(NEXT_LINE) {
            lines.push((index + 2, mark));
        } else if let Some(mark) = find(MARKS) {
            lines.push((index + 1, mark.clone()));
            if is_comment {
                lines.push((index + 2, mark));
            }
        }
    }
    lines.sort_by_key(|(line, _)| *line);
    lines.dedup_by_key(|(line, _)| *line);
    lines
}

#[cfg(test)]
mod tests {
    use super::allowed_lines;

    #[test]
    fn a_mark_counts_for_its_line_and_a_comment_for_the_next() {
        for (text, want) in [
            ("a\nB=1 # gitleaks:allow\nc\n", vec![2]),
            ("# gitleaks:allow\nENV A=1\nENV B=2\n", vec![1, 2]),
            ("# pragma: allowlist nextline secret\nENV A=1\n", vec![2]),
            ("x = 1 // trufflehog:ignore", vec![1]),
            ("# please ignore this", vec![]),
        ] {
            let lines: Vec<usize> = allowed_lines(text).iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, want, "{text}");
        }
    }
}
