//! Cutting the text of an instruction into words.

use std::ops::Range;

use super::ast::{Flag, Text, Word};

/// Words separated by blanks; quotes mean nothing (FROM, COPY, ADD, EXPOSE, VOLUME).
pub(super) fn plain(text: &Text, within: Range<usize>) -> Vec<Word> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, c) in text.text[within.clone()].char_indices() {
        let at = within.start + at;
        match (c.is_whitespace(), start) {
            (true, Some(from)) => {
                out.push(word(text, from..at));
                start = None;
            }
            (false, None) => start = Some(at),
            _ => (),
        }
    }
    if let Some(from) = start {
        out.push(word(text, from..within.end));
    }
    out
}

/// Words separated by blanks, where quotes and the escape character keep blanks in (ENV, LABEL, ARG).
pub(super) fn quoted(text: &Text, within: Range<usize>, escape: char) -> Vec<Word> {
    quoted_checked(text, within, escape).0
}

/// As [`quoted`], and whether every quote closes.
pub(super) fn quoted_checked(text: &Text, within: Range<usize>, escape: char) -> (Vec<Word>, bool) {
    let mut out = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut chars = text.text[within.clone()].char_indices();
    while let Some((at, c)) = chars.next() {
        let at = within.start + at;
        if start.is_none() {
            if c.is_whitespace() {
                continue;
            }
            start = Some(at);
        }
        match quote {
            None if c.is_whitespace() => {
                out.push(word(text, start.take().unwrap_or(at)..at));
            }
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == escape => {
                chars.next();
            }
            Some(open) if c == open => quote = None,
            // The escape character keeps a double quote open, not a single one.
            Some('"') if c == escape => {
                chars.next();
            }
            _ => (),
        }
    }
    if let Some(from) = start {
        out.push(word(text, from..within.end));
    }
    (out, quote.is_none())
}

/// The word in a range of the text.
pub(super) fn word(text: &Text, range: Range<usize>) -> Word {
    Word { span: text.span(range.clone()), raw: text.text[range].to_owned() }
}

/// `--name=value` words at the start of `within`, and where what is behind them starts.
///
/// The escape character is a backslash here, whatever the directive says.
pub(super) fn flags(text: &Text, within: Range<usize>) -> (Vec<Flag>, usize) {
    let mut out = Vec::new();
    let mut at = within.start;
    loop {
        let rest = &text.text[at..within.end];
        at = within.end - rest.trim_start().len();
        let rest = &text.text[at..within.end];
        if !rest.starts_with("--") {
            return (out, at);
        }
        let (value, length) = flag(rest);
        let end = at + length;
        if value == "--" {
            return (out, end);
        }
        let (name, set) = match value[2..].split_once('=') {
            Some((name, set)) => (name.to_owned(), Some(set.to_owned())),
            None => (value[2..].to_owned(), None),
        };
        let span = text.span(at..end);
        out.push(Flag {
            span,
            value: set.map(|raw| {
                let from = text.text[at..end].find('=').map_or(end, |found| at + found + 1);
                Word { span: text.span(from..end), raw }
            }),
            name,
        });
        at = end;
    }
}

/// A flag without its quotes, and how long it is as it is written.
fn flag(text: &str) -> (String, usize) {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'\'' | b'"' | b'\\');
    let plain = text.bytes().take_while(is_plain).count();
    if matches!(text.as_bytes().get(plain), None | Some(b' ')) {
        return (text[..plain].to_owned(), plain);
    }
    let mut quote = None;
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            None if c.is_whitespace() => return (value, at),
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ if c == '\\' => value.extend(chars.next().map(|(_, next)| next)),
            _ => value.push(c),
        }
    }
    (value, text.len())
}

/// What a text that starts with `[` is.
pub(super) enum Json {
    /// A list of strings.
    List(Vec<Word>),
    /// JSON, but not a list of strings: Docker refuses it.
    NotStrings,
    /// No JSON: Docker takes it as plain text.
    No,
}

/// Reads a JSON list of strings with the place of each.
pub(super) fn json(text: &Text, within: Range<usize>) -> Json {
    let raw = text.text[within.clone()].trim_end();
    if !raw.trim_start().starts_with('[') {
        return Json::No;
    }
    let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(raw) else { return Json::No };
    let mut words = Vec::new();
    let mut at = 0;
    for value in values {
        let serde_json::Value::String(decoded) = value else { return Json::NotStrings };
        let bytes = raw.as_bytes();
        let Some(open) = memchr::memchr(b'"', &bytes[at..]).map(|found| at + found) else {
            return Json::No;
        };
        let mut close = open + 1;
        while close < bytes.len() && bytes[close] != b'"' {
            close += if bytes[close] == b'\\' { 2 } else { 1 };
        }
        at = (close + 1).min(bytes.len());
        words.push(Word { span: text.span(within.start + open..within.start + at), raw: decoded });
    }
    Json::List(words)
}
