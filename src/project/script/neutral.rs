//! What the grammar of bash does not know, written as something that it does.

use std::borrow::Cow;

/// A comment between the lines of one command: `` `# why` ``.
const COMMENT: &str = "`# ";

/// The text with every CR before LF and a leading byte order mark as blanks; offsets stay.
/// Two things that the grammar does not know are written as something it does: `3<>file` opens the
/// file for reading alone, and a comment in backquotes is the command `:`.
pub(super) fn neutral(text: &str) -> Cow<'_, str> {
    let bom = text.starts_with('\u{feff}');
    let both = text.match_indices("<>").any(|(at, _)| is_descriptor(text, at));
    let comment = text.contains(COMMENT);
    if !bom && !both && !comment && !text.contains("\r\n") {
        return Cow::Borrowed(text);
    }
    let mut text = text.replace("\\\r\n", " \\\n").replace("\r\n", " \n");
    if comment {
        text = text.replace(COMMENT, "`: ");
    }
    let opened: Vec<usize> = text.match_indices("<>").map(|(at, _)| at).collect();
    for at in opened {
        if is_descriptor(&text, at) {
            text.replace_range(at..at + 2, "< ");
        }
    }
    if bom {
        text.replace_range(0..'\u{feff}'.len_utf8(), "   ");
    }
    Cow::Owned(text)
}

/// Whether a digit stands before this place and a path behind `<>`: not so in the text of a word.
fn is_descriptor(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches(|c: char| c.is_ascii_digit());
    before.len() < at
        && (before.is_empty() || before.ends_with([' ', '\n', '\t', '(', ';']))
        && text[at + 2..].starts_with(['/', '$', '"'])
}
