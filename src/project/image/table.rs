//! Binary search in a compiled-in table, whose lines are found on the first question.

use std::sync::OnceLock;

use compact_str::CompactString;
use memchr::memchr;

/// Lines that are sorted by the bytes of their first column; tabs between the columns.
pub(super) struct Table {
    text: &'static str,
    rows: OnceLock<Vec<(&'static str, &'static str)>>,
}

impl Table {
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text, rows: OnceLock::new() }
    }

    /// Each first column, and the columns behind it.
    pub(super) fn rows(&self) -> &[(&'static str, &'static str)] {
        self.rows.get_or_init(|| {
            let mut rows = Vec::new();
            let mut text = self.text;
            while !text.is_empty() {
                let end = memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
                let line = &text[..end];
                rows.push(match memchr(b'\t', line.as_bytes()) {
                    Some(tab) => (&line[..tab], &line[tab + 1..]),
                    None => (line, ""),
                });
                text = text.get(end + 1..).unwrap_or_default();
            }
            rows
        })
    }

    /// The columns behind the key that these parts make together.
    pub(super) fn lookup(&self, key: &[&str]) -> Option<&'static str> {
        let mut whole = CompactString::default();
        for part in key {
            whole.push_str(part);
        }
        let rows = self.rows();
        let at = rows.binary_search_by(|(first, _)| (*first).cmp(whole.as_str())).ok()?;
        rows.get(at).map(|(_, rest)| *rest)
    }
}

/// Whether a tag has this word anywhere. Tags are short: this is faster than a search.
pub(super) fn holds<const N: usize>(tag: &str, word: &[u8; N]) -> bool {
    tag.as_bytes().windows(N).any(|part| part == word)
}

/// `22.11.0` → `22.11.0`, `22.11`, `22`.
pub(super) fn shorter(version: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(version), |version| {
        Some(&version[..version.bytes().rposition(|byte| byte == b'.')?])
    })
}

/// Splits a tag behind its leading version: `22.11.0-slim` → (`22.11.0`, `-slim`). The version is
/// empty where the tag does not start with a digit.
pub(super) fn split_version(tag: &str) -> (&str, &str) {
    let end = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
    let version = tag[..end].trim_end_matches('.');
    if version.starts_with('.') { ("", tag) } else { tag.split_at(version.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_nothing_else() {
        let table = Table::new("a:1\tx\nb\ty\tz\nb-c\t\nb:1\tw\n");
        for (key, want) in [
            ("a:1", Some("x")),
            ("b", Some("y\tz")),
            ("b-c", Some("")),
            ("b:1", Some("w")),
            ("", None),
            ("a", None),
            ("b:", None),
            ("zé", None),
        ] {
            assert_eq!(table.lookup(&[key]), want, "{key}");
            for at in (0..=key.len()).filter(|at| key.is_char_boundary(*at)) {
                assert_eq!(table.lookup(&[&key[..at], &key[at..]]), want, "{key} {at}");
            }
        }
        assert_eq!(Table::new("").lookup(&["a"]), None);
        assert_eq!(Table::new("a\tx\nb\ty").lookup(&["b"]), Some("y"));
    }

    #[test]
    fn a_word_is_found_anywhere() {
        for (tag, want) in
            [("slim", true), ("3-slim", true), ("slimmer", true), ("sli", false), ("", false)]
        {
            assert_eq!(holds(tag, b"slim"), want, "{tag}");
        }
    }

    #[test]
    fn the_version_is_cut_off() {
        for (tag, want) in [
            ("22.11.0-slim", ("22.11.0", "-slim")),
            ("22", ("22", "")),
            ("8u392-jre", ("8", "u392-jre")),
            ("lts", ("", "lts")),
            ("3.", ("3", ".")),
            (".5", ("", ".5")),
        ] {
            assert_eq!(split_version(tag), want, "{tag}");
        }
        assert_eq!(shorter("3.12.1").collect::<Vec<_>>(), ["3.12.1", "3.12", "3"]);
    }
}
