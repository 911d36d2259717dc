//! Binary search in a compiled-in table, whose lines are found on the first question.

use std::sync::OnceLock;

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
            self.text.lines().map(|line| line.split_once('\t').unwrap_or((line, ""))).collect()
        })
    }

    /// The columns behind `key`.
    pub(super) fn lookup(&self, key: &str) -> Option<&'static str> {
        let rows = self.rows();
        let at = rows.binary_search_by(|(first, _)| (*first).cmp(key)).ok()?;
        rows.get(at).map(|(_, rest)| *rest)
    }
}

/// `22.11.0` → `22.11.0`, `22.11`, `22`.
pub(super) fn shorter(version: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(version), |version| Some(version.rsplit_once('.')?.0))
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
            assert_eq!(table.lookup(key), want, "{key}");
        }
        assert_eq!(Table::new("").lookup("a"), None);
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
