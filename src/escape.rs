//! Text from elsewhere, made harmless for where it is shown.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a path of a URL does not hold as it is.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A control of a terminal, or a mark that changes in which order text is shown.
pub(crate) fn is_harmful(c: char) -> bool {
    match c {
        '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' => true,
        c => c.is_control(),
    }
}

/// What runners obey wherever it stands in a line: GitHub's and Azure's, and Azure's alone.
const OBEYED: [&str; 2] = ["##[", "##vso"];

/// Whether a runner obeys something of a text, wherever it stands.
pub(crate) fn is_obeyed(text: &str) -> bool {
    OBEYED.iter().any(|start| text.contains(start))
}

/// A text with another second `#` in all that a runner obeys wherever it stands.
pub(crate) fn unobeyed(text: &str, hash: &str) -> String {
    OBEYED.iter().fold(text.to_owned(), |text, start| {
        text.replace(start, &format!("#{hash}{}", start.trim_start_matches('#')))
    })
}

/// Where the first byte is that is neither printable ASCII nor a line end, or is a `#`.
fn first_unusual(bytes: &[u8]) -> Option<usize> {
    let is_usual = |byte: &u8| matches!(byte, b'\n' | b' '..=b'"' | b'$'..=b'~');
    // Whole blocks without a way out of the middle: many bytes are then compared at once.
    let block = bytes
        .chunks(64)
        .position(|block| !block.iter().fold(true, |usual, byte| usual & is_usual(byte)))?;
    let from = block * 64;
    Some(from + bytes[from..].iter().position(|byte| !is_usual(byte))?)
}

/// Where the first character of a JSON document is that moves a terminal, or that begins what a runner obeys. Space
/// between values is harmless.
fn first_harmful(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += first_unusual(&bytes[at..])?;
        let rest = &bytes[at..];
        at += match rest {
            [b'#', ..] if OBEYED.iter().any(|start| rest.starts_with(start.as_bytes())) => {
                return Some(at);
            }
            [b'#' | b'\r' | b'\t', ..] => 1,
            _ => match first_char(rest) {
                Some(c) if !is_harmful(c) => c.len_utf8(),
                _ => return Some(at),
            },
        };
    }
}

/// The first character, where it is one.
fn first_char(bytes: &[u8]) -> Option<char> {
    let most = &bytes[..bytes.len().min(4)];
    most.utf8_chunks().next()?.valid().chars().next()
}

/// A JSON document with the same data, in which nothing moves a terminal and nothing is a command of a runner: both
/// only stand in strings, where every character has another form.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if first_harmful(text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    // Between values there is space alone; in strings JSON itself writes it as an escape.
    let harmful = |c: char| is_harmful(c) && !matches!(c, '\n' | '\r' | '\t');
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmful(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(unobeyed(&out, "\\u0023"))
}

/// Makes of a JSON document that is written in pieces what [`json`] makes of a whole one. Holds some of it back until it is flushed.
pub(crate) struct Json<W> {
    out: W,
    held: Vec<u8>,
}

impl<W: Write> Json<W> {
    /// Bytes that are looked at in one go. The pieces that come are a few bytes each.
    const HELD: usize = 1 << 16;

    pub(crate) fn new(out: W) -> Self {
        Self { out, held: Vec::with_capacity(Self::HELD + 4096) }
    }

    /// Gives away the first `end` bytes of what is held.
    fn pass(&mut self, end: usize) -> io::Result<()> {
        let mut rest = &self.held[..end];
        while let Some(at) = first_harmful(rest) {
            let is_end = |byte: &u8| *byte == b'\n';
            let from = rest[..at].iter().rposition(is_end).map_or(0, |end| end + 1);
            let to = rest[at..].iter().position(is_end).map_or(rest.len(), |end| at + end + 1);
            let line = std::str::from_utf8(&rest[from..to]).map_err(io::Error::other)?;
            self.out.write_all(&rest[..from])?;
            self.out.write_all(json(line).as_bytes())?;
            rest = &rest[to..];
        }
        self.out.write_all(rest)?;
        self.held.drain(..end);
        Ok(())
    }
}

impl<W: Write> Write for Json<W> {
    #[inline]
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.write_all(piece).map(|()| piece.len())
    }

    #[inline]
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(piece);
        if self.held.len() < Self::HELD {
            return Ok(());
        }
        // No string goes over a line end, and so nothing that is replaced.
        let lines = self.held.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.pass(lines)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass(self.held.len())?;
        self.out.flush()
    }
}

/// Replaces terminal controls and bidirectional marks by visible escapes; keeps tabs.
/// Line ends are replaced too unless `lines` is set.
pub(crate) fn terminal(text: &str, lines: bool) -> Cow<'_, str> {
    let harmful = |c: char| match c {
        '\t' => false,
        '\n' => !lines,
        c => is_harmful(c),
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmful(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Takes from text what the runners of GitHub and Azure would obey: a line that begins with `::`, and `##[` and `##vso`
/// wherever they stand. A backslash breaks each.
pub(crate) fn workflow(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !is_obeyed(text) {
        return Cow::Borrowed(text);
    }
    let lines = text.split('\n').map(|line| {
        let start = line.len() - line.trim_start().len();
        let (space, rest) = line.split_at(start);
        let mark = if rest.starts_with("::") { "\\" } else { "" };
        format!("{space}{mark}{}", unobeyed(rest, "#\\"))
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// Text of an XML document or attribute, of which no runner obeys anything. Controls that XML cannot hold have to be gone.
pub(crate) fn xml(text: &str) -> Cow<'_, str> {
    let escaped = quick_xml::escape::escape(text);
    if is_obeyed(&escaped) { Cow::Owned(unobeyed(&escaped, "&#35;")) } else { escaped }
}

/// A path, with `/` between its parts, as it stands in a URL.
pub(crate) fn url_path(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// Text on one line that neither HTML nor Markdown reads anything into, as code: what stands there
/// is no mention and no link either.
pub(crate) fn code(text: &str) -> String {
    format!("<code>{}</code>", unlinked(&entities(text)))
}

/// Breaks what GitHub makes a link of wherever it stands, in code that is written as HTML too.
fn unlinked(text: &str) -> String {
    let mut out = text.replace("://", ":\u{200b}//");
    for start in ["www.", "WWW.", "Www."] {
        if out.contains(start) {
            out = out.replace(start, &format!("{}\u{200b}.", &start[..3]));
        }
    }
    out
}

/// Breaks `GH-1`, which GitHub takes for an issue.
fn unnumbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find("gh-") {
        let (before, found) = rest.split_at(at + 2);
        out.push_str(before);
        out.push('\u{200b}');
        rest = found;
    }
    out.push_str(rest);
    out
}

/// A sentence whose names stand in backquotes, as Markdown: names as code, the rest as plain text.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&code(part));
        } else {
            // A mention notifies people and a URL becomes a link, written as entities too.
            let plain = unlinked(&entities(part)).replace('@', "@\u{200b}");
            out.push_str(&unnumbered(&plain));
        }
    }
    out
}

fn entities(text: &str) -> String {
    let text = terminal(text, false);
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c.is_ascii_punctuation()
            && !matches!(c, '.' | ',' | ';' | ':' | '/' | '@' | '-' | '=' | '+' | '?' | '%')
        {
            out.push_str(&format!("&#{};", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{json, markdown, terminal, workflow, xml};

    #[test]
    fn nothing_is_read_as_markup() {
        assert_eq!(xml("a<b> \"c\" & 'd'"), "a&lt;b&gt; &quot;c&quot; &amp; &apos;d&apos;");
        assert_eq!(xml("##[error]##vso[x]"), "#&#35;[error]#&#35;vso[x]");
        assert_eq!(markdown("use `a|b`: @team"), "use <code>a&#124;b</code>: @\u{200b}team");
        for evil in [
            "<img src=x>",
            "[a](http://b)",
            "![a](b)",
            "**a**",
            "a|b",
            "#1",
            "~~a~~",
            "$x$",
            "a\n# b",
            "`a` ``` b",
            "www.a.example",
            "`www.a.example` `https://a.example`",
            "GH-1 gh-2",
        ] {
            let shown = markdown(evil).replace("<code>", "").replace("</code>", "");
            assert!(
                !shown.contains(['<', '>', '[', ']', '*', '|', '~', '$', '\n', '`']),
                "{shown}"
            );
            assert!(!shown.contains("www.") && !shown.contains("GH-") && !shown.contains("gh-"));
            assert!(!shown.contains("://") && !shown.replace("&#", "").contains('#'), "{shown}");
        }
    }

    #[test]
    fn json_keeps_its_data() {
        let evil = "a\u{1b}\u{9b}\u{202e}\u{7f}\u{2028}\n##[group]\"\\##[##vso[a]";
        let document = serde_json::to_string_pretty(&[evil]).unwrap();
        let inert = json(&document);
        assert!(!super::is_obeyed(&inert) && !inert.replace('\n', "").contains(super::is_harmful));
        assert_eq!(serde_json::from_str::<[String; 1]>(&inert).unwrap(), [evil]);
        // So many that it is given away in parts, wherever these end.
        let many = vec![evil; 6000];
        let mut pieces = super::Json::new(Vec::new());
        serde_json::to_writer_pretty(&mut pieces, &many).unwrap();
        pieces.flush().unwrap();
        let whole = serde_json::to_string_pretty(&many).unwrap();
        assert!(whole.len() > 3 * (1 << 16));
        assert_eq!(String::from_utf8(pieces.out).unwrap(), json(&whole));
        let harmless = "[\n\t\"\u{e9} \u{2026}\u{1f600} # ## vso ##\"\r\n]";
        assert!(matches!(json(harmless), std::borrow::Cow::Borrowed(_)));
        for whole in ["\"\u{2026}\u{202e}\"", "\"###[a\"", "\"\u{e9}\u{7f}\"", "\"####vso\""] {
            assert!(
                !super::is_obeyed(&json(whole)) && !json(whole).contains(super::is_harmful),
                "{whole}"
            );
        }
    }

    #[test]
    fn workflow_commands_are_broken() {
        for (text, want) in [
            ("plain a::b", "plain a::b"),
            ("::error::x", "\\::error::x"),
            ("a\n \t::error::x", "a\n \t\\::error::x"),
            ("\u{2003}::error::x", "\u{2003}\\::error::x"),
            ("a ##[error]x ##[", "a ##\\[error]x ##\\["),
            ("a ##vso[task.complete]###vso", "a ##\\vso[task.complete]###\\vso"),
        ] {
            assert_eq!(workflow(text), want);
        }
    }

    #[test]
    fn controls_become_visible() {
        assert_eq!(terminal("a\x1b[31mb\u{202e}\n", false), "a\\u{1b}[31mb\\u{202e}\\n");
        assert_eq!(terminal("a\tb\nc", true), "a\tb\nc");
        assert_eq!(terminal("é", false), "é");
    }
}
