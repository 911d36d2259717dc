//! The `WWW-Authenticate` header (RFC 9110, section 11.6.1).

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

/// Reads one header; a token is preferred over a password.
pub(super) fn read(header: &str) -> Option<Challenge> {
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
    let text = text.trim_start_matches([' ', '\t', ',']);
    let end = text.find([' ', '\t', ',', '=', '"']).unwrap_or(text.len());
    // A stray mark is stepped over, so that the search ends.
    match (end, text.is_empty()) {
        (_, true) => None,
        (0, false) => word(&text[1..]),
        (end, false) => Some(text.split_at(end)),
    }
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
            ("", None),
        ] {
            assert_eq!(read(header), want, "{header}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let _ = read(&text);
        }
    }
}
