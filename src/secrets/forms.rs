//! Names and values in the forms of certain files: headers of a proxy, constants of PHP, elements of
//! XML.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Confidence, Hit, Kind, assignments, engine::Found, names::Promise, value};

/// `Authorization` without its first letter, which is written in both cases.
static HEADER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("uthorization"));
static CONSTANT: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("define("));
static CLOSING: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("</"));

/// A longer value is none; bytes.
const LONGEST: usize = 400;

/// Half of the keys of a `wp-config.php`: one finding for its password says enough.
const KEYS_OF_COOKIES: &[&str] = &["AUTH_KEY", "SECURE_AUTH_KEY"];

/// Finds `Authorization "Basic …"`, as nginx (`proxy_set_header`), Apache, Caddy and others set a
/// header. With a colon it is a pair like others.
pub(super) fn headers(text: &str, found: &mut Found) {
    for at in HEADER.find_iter(text.as_bytes()) {
        let name_end = at + "uthorization".len();
        let rest = text[name_end..].trim_start_matches(['"', '\'']);
        let blank = rest.trim_start_matches([' ', '\t']);
        if !text[..at].ends_with(['A', 'a']) || blank.len() == rest.len() {
            continue;
        }
        let said = blank.trim_start_matches(['"', '\'']);
        let Some((scheme, credential)) = said.split_once(' ') else { continue };
        if !["basic", "bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            continue;
        }
        let end = credential
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '\\'))
            .unwrap_or(credential.len());
        let start = text.len() - credential.len();
        let whole = &said[..scheme.len() + 1 + end];
        if value::credible(Promise::Authorization, whole) {
            found.add(Hit {
                span: start..start + end,
                detector: "header",
                what: "authorization header",
                name: Some("Authorization".to_owned()),
                confidence: Confidence::Shape,
            });
        }
    }
}

/// Finds `define('NAME', 'value')` and, but in a program, `<name>value</name>`.
pub(super) fn pairs(text: &str, kind: Kind, found: &mut Found) {
    for at in CONSTANT.find_iter(text.as_bytes()) {
        constant(text, at + "define(".len(), found);
    }
    if kind != Kind::Source {
        for at in CLOSING.find_iter(text.as_bytes()) {
            element(text, at, found);
        }
    }
}

fn constant(text: &str, at: usize, found: &mut Found) {
    let Some((name, rest)) = quoted(&text[at..]) else { return };
    let Some(rest) = rest.trim_start().strip_prefix(',') else { return };
    let Some((value, rest)) = quoted(rest) else { return };
    if !KEYS_OF_COOKIES.contains(&name) {
        // behind the value stands its quote
        let end = text.len() - rest.len() - 1;
        assignments::judge(name, value, end - value.len()..end, found);
    }
}

/// A text in quotes, and what stands behind them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = &text[1..];
    let end = inner.bytes().take(LONGEST).position(|b| b == b'\n' || char::from(b) == quote)?;
    let rest = inner[end..].strip_prefix(quote)?;
    Some((&inner[..end], rest))
}

/// The element that is closed at `at`.
fn element(text: &str, at: usize, found: &mut Found) {
    let bytes = text.as_bytes();
    let rest = &text[at + 2..];
    let len = rest.bytes().take(80).take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b));
    let name = &rest[..len.count()];
    let from = at.saturating_sub(LONGEST);
    if name.len() < 3 || !rest[name.len()..].starts_with('>') {
        return;
    }
    let Some(open) = memchr::memrchr(b'>', &bytes[from..at]).map(|open| from + open) else {
        return;
    };
    let head = &text[..open];
    if head.strip_suffix(name).is_some_and(|head| head.ends_with('<')) {
        let value = text[open + 1..at].trim_end();
        let start = open + 1 + (value.len() - value.trim_start().len());
        assignments::judge(name, value.trim_start(), start..open + 1 + value.len(), found);
    }
}
