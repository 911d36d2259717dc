//! User-info in URLs and in the addresses of databases.

use std::ops::Range;

use super::{Confidence, Hit, engine::Found, value};

/// `text` with `mask` in the place of whatever logs in within a URL; `None` where nothing does. A variable stays: it
/// shows nothing.
pub fn without_user_info(text: &str, mask: &str) -> Option<String> {
    // Most texts have none.
    memchr::memchr(b'@', text.as_bytes())?;
    addresses(text).next()?;
    let mut pieces = text.split("://");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| c.is_whitespace() || "\"'`<>".contains(c));
        let info = user_info_of(&piece[..end.unwrap_or(piece.len())]).unwrap_or_default();
        // A token stands for the user, with an empty password or without one.
        let (user, password) = info.split_once(':').unwrap_or((info, ""));
        let secret = if password.is_empty() { user } else { password };
        let shown = is_variable(secret) || matches!(secret, "" | "…");
        out.push_str("://");
        out.push_str(if shown { info } else { mask });
        out.push_str(&piece[info.len()..]);
    }
    (out != text).then_some(out)
}

/// `$NAME` or `${NAME}` and nothing else.
fn is_variable(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('$') else { return false };
    let name = rest.strip_prefix('{').map_or(Some(rest), |rest| rest.strip_suffix('}'));
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(is_of_name))
}

/// What stands in front of the host in an address, without its scheme. A password that nobody encoded may hold a `/`.
fn user_info_of(address: &str) -> Option<&str> {
    let end = address.find(['/', '?', '#']).unwrap_or(address.len());
    let authority = &address[..end];
    let at = authority.rfind('@').or_else(|| {
        let (_, port) = authority.split_once(':').filter(|_| !authority.starts_with('['))?;
        let is_port = port.starts_with('$') || port.bytes().all(|b| b.is_ascii_digit());
        address.rfind('@').filter(|_| !is_port)
    })?;
    // `docker-image://alpine@sha256:…`
    let is_digest = address[at + 1..].starts_with("sha256:");
    (!is_digest).then(|| &address[..at])
}

/// What a URL that is written in a shell or a Dockerfile gets: the last part of its path, else the host. Neither
/// what logs in nor the query is in it.
pub fn name_of_url(url: &str) -> &str {
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let place = user_info_of(address).map_or(address, |info| &address[info.len() + 1..]);
    let place = without_query(place);
    place.trim_end_matches('/').rsplit('/').next().unwrap_or(place)
}

/// An address up to its query or fragment, which may hold a token. Where the shell expands, `?` and `#` are its own.
pub fn without_query(url: &str) -> &str {
    let Some(first) = memchr::memchr2(b'?', b'#', url.as_bytes()) else { return url };
    if memchr::memchr(b'$', &url.as_bytes()[..first]).is_none() {
        return &url[..first];
    }
    let mut closers = Vec::new();
    let mut before = ' ';
    let end = url.char_indices().find(|&(_, c)| {
        match (before, c) {
            ('$', '{') => closers.push('}'),
            ('$', '(') => closers.push(')'),
            _ if closers.last() == Some(&c) => drop(closers.pop()),
            (_, '?' | '#') => return closers.is_empty(),
            _ => (),
        }
        before = c;
        false
    });
    end.map_or(url, |(at, _)| &url[..at])
}

/// Where a URL or an address ends.
fn ends(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '\\' | ',' | ';' | '|')
}

/// Where `://` stands.
fn addresses(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b':', bytes).filter(|at| bytes[*at..].starts_with(b"://"))
}

/// Finds `scheme://user:password@host`, `https://token@host` and `user:password@tcp(host)`.
pub(super) fn user_info(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    if memchr::memchr(b'@', bytes).is_none() {
        return;
    }
    for at in addresses(text) {
        let scheme = scheme_before(text, at);
        if !scheme.is_empty() {
            authority(text, scheme, at + 3, found);
        }
    }
    for at in memchr::memchr_iter(b'@', bytes) {
        if !(bytes[at..].starts_with(b"@tcp(") || bytes[at..].starts_with(b"@unix(")) {
            continue;
        }
        let start = text[..at].rfind(|c: char| ends(c) || c == '=').map_or(0, |i| i + 1);
        if let Some(colon) = text[start..at].find(':') {
            add(text, start + colon + 1..at, found);
        }
    }
}

fn scheme_before(text: &str, at: usize) -> &str {
    let start = text[..at]
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
        .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    &text[start..at]
}

fn authority(text: &str, scheme: &str, start: usize, found: &mut Found) {
    let tail = &text[start..];
    let end =
        tail.find(|c: char| ends(c) || matches!(c, '/' | '?' | '#' | ')')).unwrap_or(tail.len());
    let Some(at) = tail[..end].rfind('@') else { return };
    let info = &tail[..at];
    let host = &tail[at + 1..end];
    if let Some((user, password)) = info.split_once(':') {
        let from = start + user.len() + 1;
        if password.is_empty() || password == value::NO_PASSWORD {
            // `https://token:@host`, as some clients write it
            lone_user(text, user, (scheme, host), start, found);
        } else if !is_default(user, password, host) {
            add(text, from..from + password.len(), found);
        }
    } else {
        lone_user(text, info, (scheme, host), start, found);
    }
}

fn lone_user(
    text: &str,
    user: &str,
    (scheme, host): (&str, &str),
    start: usize,
    found: &mut Found,
) {
    let web = matches!(scheme, "http" | "https" | "git+https" | "git+http");
    // The key in the address of a Sentry project is public: browsers send with it.
    let is_public = host == "sentry.io" || host.ends_with(".sentry.io");
    if web && !is_public && user.len() >= 16 && !value::stands_in(user) && value::random(user) {
        add(text, start..start + user.len(), found);
    }
}

/// What every example and every local database has.
fn is_default(user: &str, password: &str, host: &str) -> bool {
    let host = host.split(':').next().unwrap_or(host);
    let local =
        matches!(host, "localhost" | "127.0.0.1" | "[" | "0.0.0.0" | "host.docker.internal" | "");
    let sample = host == "example.com" || host.ends_with(".example") || host == "host";
    user == password || (sample && !value::random(password)) || (local && password.len() < 8)
}

fn add(text: &str, span: Range<usize>, found: &mut Found) {
    if text.get(span.clone()).is_some_and(value::given_password) {
        found.add(Hit {
            span,
            detector: "url-password",
            what: "credential in a URL",
            name: None,
            confidence: Confidence::Shape,
        });
    }
}
