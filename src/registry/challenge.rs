//! The `WWW-Authenticate` header (RFC 9110, section 11.6.1).

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// What a registry wants to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password.
    Basic,
    /// A token of this realm, for this service.
    Bearer {
        /// The URL of the token server.
        realm: String,
        /// The name of the registry there.
        service: Option<String>,
    },
}

/// Longest header that is read. Nobody needs more, and reading costs its square.
const LONGEST: usize = 8 << 10;

/// What the headers of an answer ask for; a token is preferred over a password.
pub(super) fn of(headers: &HeaderMap) -> Option<Challenge> {
    let mut found = headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|header| read(header.to_str().ok()?))
        .collect::<Vec<_>>();
    found.sort_by_key(|challenge| matches!(challenge, Challenge::Basic));
    found.into_iter().next()
}

/// Reads one header; a token is preferred over a password.
fn read(header: &str) -> Option<Challenge> {
    if header.len() > LONGEST {
        return None;
    }
    let mut basic = false;
    let mut rest = header;
    while let Some((word, behind)) = word(rest) {
        let bearer = word.eq_ignore_ascii_case("bearer");
        basic |= word.eq_ignore_ascii_case("basic");
        let (mut realm, mut service) = (None, None);
        rest = behind;
        while let Some((name, value, behind)) = parameter(rest) {
            if bearer && name.eq_ignore_ascii_case("realm") {
                realm = Some(value);
            } else if bearer && name.eq_ignore_ascii_case("service") {
                service = Some(value);
            }
            rest = behind;
        }
        if let Some(realm) = realm {
            return Some(Challenge::Bearer { realm, service });
        }
    }
    basic.then_some(Challenge::Basic)
}

fn word(text: &str) -> Option<(&str, &str)> {
    // Stray marks are stepped over, so that the search ends.
    let text = text.trim_start_matches([' ', '\t', ',', '=', '"']);
    let end = text.find([' ', '\t', ',', '=', '"']).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start_matches([' ', '\t', ',']);
    let (name, rest) = text.split_once('=')?;
    if name.is_empty() || name.contains([' ', '\t', ',', '"']) {
        return None;
    }
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
        return Some((name, rest[..end].to_owned(), &rest[end..]));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((name, value, &quoted[at + 1..])),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn challenges_are_read() {
        let bearer = |realm: &str, service: Option<&str>| {
            Some(Challenge::Bearer { realm: realm.into(), service: service.map(str::to_owned) })
        };
        for (header, want) in [
            ("Basic realm=\"x\"", Some(Challenge::Basic)),
            ("basic", Some(Challenge::Basic)),
            (
                "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a/b:pull\"",
                bearer("https://a/t", Some("s")),
            ),
            ("bearer  service=s, realm=https://a/t", bearer("https://a/t", Some("s"))),
            ("Basic realm=\"x\", Bearer realm=\"https://a\"", bearer("https://a", None)),
            ("Bearer realm=\"a\\\"b\"", bearer("a\"b", None)),
            ("Bearer realm=\"a", None),
            ("Negotiate", None),
            ("\"\"==,, Basic", Some(Challenge::Basic)),
            (&"\"".repeat(400_000), None),
            (&"a ".repeat(200_000), None),
            ("", None),
        ] {
            assert_eq!(read(header), want, "{header}");
        }
    }

    #[test]
    fn a_token_goes_before_a_password() {
        let mut headers = HeaderMap::new();
        for header in ["Negotiate", "Basic realm=\"x\"", "Bearer realm=\"https://a\""] {
            headers.append(WWW_AUTHENTICATE, header.parse().unwrap());
        }
        assert!(matches!(of(&headers), Some(Challenge::Bearer { .. })));
        assert_eq!(of(&HeaderMap::new()), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "(\\PC|[\"\\\\=, a]|Bearer |realm=){0,60}") {
            let _ = read(&text);
        }
    }
}
