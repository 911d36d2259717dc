//! What values must look like: names, durations, regions.

/// Longest name of a resource, in characters (the platform's metadata schema).
pub const MAX_NAME: usize = 49;

/// Regions that the platform's documentation lists, in October 2026. A hint only: new ones appear.
pub const KNOWN_REGIONS: &[&str] = &["us-pdx-1", "us-was-1", "eu-lon-1", "eu-fra-1"];

/// Whether the platform takes `name` for a sandbox: lower-case letters, digits and inner hyphens,
/// at most [`MAX_NAME`].
pub fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The name that the official client makes of `text`, cut to [`MAX_NAME`]; empty where no
/// character is left.
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_NAME));
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            '-' | ' ' | '_' if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
        if out.len() == MAX_NAME {
            break;
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// Whether a value is filled in from the environment at deploy time (`$X`, `${X}`,
/// `$secrets.X`), so that nothing can be said of it here.
pub fn is_interpolated(value: &str) -> bool {
    value.contains('$')
}

/// Seconds of a duration such as `30s`, `5m`, `24h`, `7d`, `2w`; `None` where it is none.
pub fn duration_seconds(text: &str) -> Option<u64> {
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        b'w' => 604_800,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_platforms_rule() {
        let long = "a".repeat(50);
        for (name, ok) in [
            ("a", true),
            ("my-app2", true),
            (&long[..49], true),
            (&long, false),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("A", false),
            ("a_b", false),
            ("é", false),
        ] {
            assert_eq!(is_name(name), ok, "{name}");
        }
    }

    #[test]
    fn a_slug_is_a_name_or_empty() {
        for (text, want) in [
            ("Bad_Agent", "bad-agent"),
            ("  My  App! ", "my-app"),
            ("--a--b--", "a-b"),
            ("é!", ""),
            ("", ""),
        ] {
            assert_eq!(slug(text), want, "{text}");
        }
        assert!(is_name(&slug(&"a-".repeat(60))));
    }

    #[test]
    fn durations_have_one_unit() {
        for (text, want) in [
            ("30s", Some(30)),
            ("24h", Some(86_400)),
            ("2w", Some(1_209_600)),
            ("", None),
            ("s", None),
            ("5", None),
            ("1h30m", None),
            ("-5m", None),
            ("5M", None),
            ("5é", None),
            ("99999999999999999999w", None),
        ] {
            assert_eq!(duration_seconds(text), want, "{text}");
        }
    }
}
