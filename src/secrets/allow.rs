//! Marks by which people tell secret scanners that a line is fine.

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

/// The lines (from 1) on which credentials are accepted: those with a mark, and those below a
/// comment that is nothing but one. Ascending.
pub fn allowed_lines(text: &str) -> Vec<usize> {
    // one search for what all marks have in common
    if !["allow", "ignore", "whitelist"].iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let has = |marks: &[&str]| marks.iter().any(|mark| line.contains(mark));
        let is_comment =
            ["#", "//", "--", ";", "/*"].iter().any(|s| line.trim_start().starts_with(s));
        if has(NEXT_LINE) {
            lines.push(index + 2);
        } else if has(MARKS) {
            lines.push(index + 1);
            if is_comment {
                lines.push(index + 2);
            }
        }
    }
    lines.sort_unstable();
    lines.dedup();
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
            assert_eq!(allowed_lines(text), want, "{text}");
        }
    }
}
