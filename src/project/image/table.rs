//! Binary search in a compiled-in table, without parsing it.

/// The columns behind `key` in a table whose lines are sorted by the bytes of their first column.
pub(super) fn lookup<'a>(table: &'a str, key: &str) -> Option<&'a str> {
    let bytes = table.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low.midpoint(high);
        // Lines are short: this is faster than a search.
        let before = bytes[low..middle].iter().rposition(|byte| *byte == b'\n');
        let start = before.map_or(low, |at| low + at + 1);
        let behind = bytes[middle..high].iter().position(|byte| *byte == b'\n');
        let end = behind.map_or(high, |at| middle + at);
        let line = &bytes[start..end];
        let tab = line.iter().position(|byte| *byte == b'\t').unwrap_or(line.len());
        match line[..tab].cmp(key.as_bytes()) {
            std::cmp::Ordering::Equal => return table.get((start + tab + 1).min(end)..end),
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
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
pub(super) fn keys(table: &str) -> Vec<&str> {
    table.lines().map(|line| line.split_once('\t').expect("two columns").0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_nothing_else() {
        let table = "a:1\tx\nb\ty\tz\nb-c\t\nb:1\tw\n";
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
            assert_eq!(lookup(table, key), want, "{key}");
        }
        assert_eq!(lookup("", "a"), None);
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
