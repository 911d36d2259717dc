//! `name = value` in every spelling that shells, configuration files, programs and HTTP headers
//! use, where the name promises a credential.

use std::{ops::Range, sync::LazyLock};

use memchr::memmem::Finder;

use super::{
    Confidence, Hit, Kind,
    engine::Found,
    names::{self, Promise},
    value,
};
use crate::project::bytes::Bytes;

/// What starts an entry of a `.netrc`.
static MACHINE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("machine "));

/// Finds pairs.
pub(super) fn pairs(text: &str, kind: Kind, found: &mut Found) {
    for at in memchr::memchr2_iter(b'=', b':', text.as_bytes()) {
        pair(text, at, kind, found);
    }
    // Most values are shorter than any entry.
    if text.len() < "machine x password x".len() {
        return;
    }
    for at in MACHINE.find_iter(text.as_bytes()) {
        netrc(text, at, found);
    }
}

/// Adds `value`, which stands at `span`, if `name` promises a credential and it looks like one.
pub(super) fn judge(name: &str, value: &str, span: Range<usize>, found: &mut Found) {
    if let Some(promise) = names::promise(name) {
        keep(promise, name, value, span, found);
    }
}

/// The same where it is known what `name` promises.
fn keep(promise: Promise, name: &str, value: &str, span: Range<usize>, found: &mut Found) {
    let uuid = || names::is_sure(name) && !names::is_published(name) && value::drawn_uuid(value);
    if !value::credible(promise, value) && !uuid() {
        return;
    }
    // `Bearer` is no part of the credential
    let scheme = match promise {
        Promise::Authorization => value.trim_end().rfind(' ').map_or(0, |space| space + 1),
        _ => 0,
    };
    found.add(Hit {
        span: span.start + scheme..span.end,
        detector: "named-value",
        what: match promise {
            Promise::Password => "password",
            Promise::Authorization => "authorization header",
            Promise::Basic | Promise::Opaque => "registry credential",
            Promise::Token => "secret",
        },
        name: Some(name.to_owned()),
        confidence: Confidence::Likely,
    });
}

/// No more of a name is read.
const LONGEST_NAME: usize = 80;

/// The bytes that names are made of.
static IN_NAMES: Bytes = Bytes::ALPHANUMERIC.and(b"_-.");

fn pair(text: &str, at: usize, kind: Kind, found: &mut Found) {
    let bytes = text.as_bytes();
    let colon = bytes[at] == b':';
    let next = bytes.get(at + 1).copied();
    // `==`, `::`, `://`, `:=` (seen at its `=`)
    if matches!((colon, next), (false, Some(b'=' | b'~')) | (true, Some(b':' | b'/' | b'='))) {
        return;
    }
    let mut end = at;
    match at.checked_sub(1).map(|i| bytes[i]) {
        Some(b'=' | b'!' | b'<' | b'>' | b'+' | b'~') => return,
        Some(b':' | b'?') if !colon => end -= 1,
        _ => {}
    }
    let spaced = kind != Kind::Shell;
    while spaced && end > 0 && bytes[end - 1] == b' ' {
        end -= 1;
    }
    if end > 1 && bytes[end - 1] == b']' {
        end -= 1;
    }
    let quoted_name = end > 0 && matches!(bytes[end - 1], b'"' | b'\'');
    if quoted_name {
        end -= 1;
        if end > 0 && bytes[end - 1] == b'\\' {
            end -= 1;
        }
    }
    let window = &bytes[end.saturating_sub(LONGEST_NAME)..end];
    let outside = window.iter().rposition(|byte| !IN_NAMES.has(*byte));
    let len = window.len() - outside.map_or(0, |at| at + 1);
    let name = &text[end - len..end];
    if len < 3 {
        return;
    }
    let Some(promise) = names::promise(name) else { return };
    let header = promise == Promise::Authorization
        || (colon && name.contains('-') && !name.starts_with('-'));

    let mut start = at + 1;
    // `name => value`
    if !colon && next == Some(b'>') {
        start += 1;
    }
    if spaced || colon || next == Some(b'>') {
        start += bytes[start..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    }
    let escaped =
        bytes.get(start) == Some(&b'\\') && matches!(bytes.get(start + 1), Some(b'"' | b'\''));
    start += usize::from(escaped);
    let quote = bytes.get(start).copied().filter(|b| matches!(b, b'"' | b'\''));
    let stop = if let Some(quote) = quote {
        start += 1;
        let close = bytes[start..]
            .iter()
            .position(|b| *b == quote || *b == b'\n' || (escaped && *b == b'\\'));
        start + close.unwrap_or(bytes.len() - start)
    } else {
        let fits = match kind {
            _ if header => true,
            Kind::Shell => !colon || promise == Promise::Opaque,
            Kind::Config => true,
            // a program writes its texts in quotes
            Kind::Source => name.contains(':') || promise == Promise::Opaque,
        };
        if !fits {
            return;
        }
        start + unquoted(&bytes[start..], kind, header)
    };
    if quote.is_some() && colon && kind == Kind::Shell && !(quoted_name || header) {
        return;
    }
    let value = text.get(start..stop).unwrap_or("").trim_end();
    keep(promise, name, value, start..start + value.len(), found);
}

/// How long an unquoted value is.
fn unquoted(bytes: &[u8], kind: Kind, header: bool) -> usize {
    let end = |b: &u8| match b {
        b'"' | b'\'' | b'`' | b'\n' | b'\r' => true,
        _ if header => false,
        b';' | b',' => true,
        b' ' | b'\t' => true,
        b'&' | b'|' | b')' | b'<' | b'>' => kind == Kind::Shell,
        _ => false,
    };
    let len = bytes.iter().position(end).unwrap_or(bytes.len());
    // the escape of a continued line
    len - usize::from(len > 0 && bytes[len - 1] == b'\\')
}

/// `machine host login user password value`, on one line or several.
fn netrc(text: &str, at: usize, found: &mut Found) {
    let tail = &text[at..text.len().min(text.floor_char_boundary(at + 400))];
    let base = tail.as_ptr() as usize;
    let separators = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\');
    let mut words = tail.split(separators).filter(|w| !w.is_empty()).take(12);
    while let Some(word) = words.next() {
        // `\n` in printf stays before the word that follows
        let word =
            word.strip_prefix('n').filter(|w| matches!(*w, "login" | "password")).unwrap_or(word);
        if word != "password" {
            continue;
        }
        let Some(value) = words.next() else { return };
        let start = at + (value.as_ptr() as usize - base);
        if value::given_password(value) {
            found.add(Hit {
                span: start..start + value.len(),
                detector: "netrc-password",
                what: "password of a .netrc",
                name: None,
                confidence: Confidence::Shape,
            });
        }
        return;
    }
}
