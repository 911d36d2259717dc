//! The first line of the comment, by which it is found again.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a marker begins with.
const HEAD: &str = "<!-- sandgate:v1 key=";
/// What a key does not hold as it is: whatever ends it, or the marker.
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'/').remove(b'-');

/// The marker of a key, as a comment's first line. In a comment that was made by [`super::upsert`] a word of its maker
/// follows the key.
pub fn marker(key: &str) -> String {
    format!("{HEAD}{} -->", written(key))
}

/// The marker of a comment that this leg makes: by its word a leg knows its own among others.
pub(in crate::ship::forge) fn own(key: &str, word: &str) -> String {
    format!("{HEAD}{} by={word} -->", written(key))
}

/// A comment of ours, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ship::forge) struct Marked<'a> {
    /// The first line, without its end.
    pub(in crate::ship::forge) line: &'a str,
    /// The word of the leg that made it.
    pub(in crate::ship::forge) by: Option<&'a str>,
    /// What follows the first line.
    pub(in crate::ship::forge) text: &'a str,
}

/// Takes a comment apart whose first line is the marker of this key.
pub(in crate::ship::forge) fn read<'a>(body: &'a str, key: &str) -> Option<Marked<'a>> {
    let (line, text) = body.split_once('\n').unwrap_or((body, ""));
    let line = line.trim_end();
    let (found, words) = line.strip_prefix(HEAD)?.strip_suffix("-->")?.split_once(' ')?;
    if found != written(key) {
        return None;
    }
    let by = words.split_ascii_whitespace().find_map(|word| word.strip_prefix("by="));
    Some(Marked { line, by, text })
}

/// A key as it can stand in a marker.
fn written(key: &str) -> String {
    utf8_percent_encode(key, KEY).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_by_its_key_alone() {
        for key in ["ci.yml", "a b-->c\n", "ü", ""] {
            for line in [marker(key), own(key, "w0rd")] {
                for end in ["", "\n", "\r\n"] {
                    let body = format!("{line}{end}");
                    assert_eq!(read(&body, key).map(|found| found.line), Some(line.as_str()));
                    assert_eq!(read(&body, "other"), None);
                    assert_eq!(read(&format!("x{body}"), key), None);
                    assert_eq!(read(&format!("\n{body}"), key), None, "the first line alone");
                }
                assert_eq!(line.matches("-->").count(), 1);
            }
        }
        let body = format!("{}\ntext\nmore", own("k", "w0rd"));
        let found = read(&body, "k").unwrap();
        assert_eq!((found.by, found.text), (Some("w0rd"), "text\nmore"));
        assert_eq!(read("<!-- sandgate:v1 key=k", "k"), None);
        assert_eq!(read("<!-- sandgate:v2 key=k -->", "k"), None);
    }
}
