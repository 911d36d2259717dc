//! Names that Docker refuses as an image, and what was probably meant.

use crate::project::bytes::{is_url, split_once};

/// Why Docker refuses a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong with it: `the tag is empty`.
    pub why: String,
    /// What was probably meant.
    pub instead: Option<String>,
    /// Nothing else can have been meant.
    pub certain: bool,
}

/// Longest name without tag and digest, registry included; bytes.
const LONGEST_NAME: usize = 255;

/// Longest tag; bytes.
const LONGEST_TAG: usize = 128;

/// Digits of a digest by its algorithm.
const DIGESTS: &[(&str, usize)] = &[("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// Why Docker refuses this name of an image; `None` where it takes it.
///
/// Source: the grammar of distribution/reference.
pub fn refused(text: &str) -> Option<Refused> {
    let (why, instead, certain) = problem(text)?;
    // Half of a repair is none.
    let instead = instead.filter(|instead| problem(instead).is_none());
    let certain = certain && instead.is_some();
    Some(Refused { why, instead, certain })
}

type Problem = (String, Option<String>, bool);

fn problem(text: &str) -> Option<Problem> {
    if is_url(text)
        && let Some((scheme, rest)) = text.split_once("://")
    {
        let rest = rest.trim_end_matches('/');
        let page = rest.strip_prefix("hub.docker.com/");
        let named =
            page.and_then(|page| page.strip_prefix("_/").or_else(|| page.strip_prefix("r/")));
        let instead = named.or(page.is_none().then_some(rest)).map(str::to_owned);
        return Some((format!("it begins with `{scheme}://`"), instead, named.is_none()));
    }
    let (rest, digest) = match split_once(text, b'@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    // A colon before the last slash belongs to the registry.
    let last = rest.bytes().rposition(|byte| byte == b'/').map_or(0, |at| at + 1);
    let (path, tag) = match split_once(&rest[last..], b':') {
        Some((name, tag)) => (&rest[..last + name.len()], Some(tag)),
        None => (rest, None),
    };
    let with = |path: &str, tag: Option<&str>| {
        let tag = tag.map_or_else(String::new, |tag| format!(":{tag}"));
        let digest = digest.map_or_else(String::new, |digest| format!("@{digest}"));
        format!("{path}{tag}{digest}")
    };
    path_problem(path)
        .map(|(why, instead, certain)| (why, instead.map(|path| with(&path, tag)), certain))
        .or_else(|| {
            let (why, instead) = tag_problem(tag?)?;
            Some((why, instead.map(|tag| with(path, Some(&tag))), false))
        })
        .or_else(|| {
            let (why, instead) = digest_problem(digest?)?;
            Some((why, instead.map(|digest| format!("{rest}@{digest}")), false))
        })
}

fn path_problem(path: &str) -> Option<Problem> {
    if path.is_empty() {
        return Some(("it has no name".into(), None, false));
    }
    let (host, repository) = match split_once(path, b'/') {
        // Docker takes a first part with a capital for a registry, too.
        Some((host, rest))
            if host.bytes().any(|b| matches!(b, b'.' | b':' | b'A'..=b'Z'))
                || host == "localhost" =>
        {
            (Some(host), rest)
        }
        _ => (None, path),
    };
    let mut parts = repository.as_bytes().split(|byte| *byte == b'/');
    if !host.is_none_or(is_host) || !parts.all(is_part) {
        return part_problem(path, host, repository);
    }
    if path.len() > LONGEST_NAME {
        return Some((format!("it has more than {LONGEST_NAME} characters"), None, false));
    }
    let is_id = path.len() == 64 && path.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then(|| ("64 hexadecimal digits are no name".into(), None, false))
}

/// What is wrong with a path whose host is none, or one of whose parts.
fn part_problem(path: &str, host: Option<&str>, repository: &str) -> Option<Problem> {
    if repository.bytes().any(|b| b.is_ascii_uppercase()) {
        let lower = repository.to_ascii_lowercase();
        let instead = host.map_or_else(|| lower.clone(), |host| format!("{host}/{lower}"));
        return Some(("the name of a repository has no capitals".into(), Some(instead), true));
    }
    if path.starts_with('/') || path.ends_with('/') || path.contains("//") {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        return Some(("a part of its path is empty".into(), Some(parts.join("/")), false));
    }
    if let Some(host) = host.filter(|host| !is_host(host)) {
        return Some((format!("`{host}` is no registry"), None, false));
    }
    let part = repository.split('/').find(|part| !is_part(part.as_bytes()))?;
    let why = format!(
        "`{part}` is no part of a name: lower-case letters and digits, with one `.`, `_` or `-` between them"
    );
    Some((why, None, false))
}

fn tag_problem(tag: &str) -> Option<(String, Option<String>)> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    if tag.is_empty() {
        return Some(("the tag behind `:` is empty".into(), None));
    }
    if tag.contains(':') {
        return Some(("it has two tags".into(), Some(tag.replace(':', "-"))));
    }
    if tag.starts_with(['.', '-']) {
        let instead = tag.trim_start_matches(['.', '-']).to_owned();
        return Some((format!("a tag does not begin with `{}`", &tag[..1]), Some(instead)));
    }
    if let Some(bad) = tag.chars().find(|c| !c.is_ascii() || !is_plain(*c as u8)) {
        return Some((format!("a tag does not hold `{bad}`"), None));
    }
    (tag.len() > LONGEST_TAG).then(|| {
        (format!("a tag has at most {LONGEST_TAG} characters, and this {}", tag.len()), None)
    })
}

fn digest_problem(digest: &str) -> Option<(String, Option<String>)> {
    let Some((algorithm, digits)) = digest.split_once(':') else {
        let is_hex = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
        let instead = is_hex.then(|| format!("sha256:{}", digest.to_ascii_lowercase()));
        return Some(("the digest behind `@` does not begin with `sha256:`".into(), instead));
    };
    let Some((_, length)) = DIGESTS.iter().find(|(name, _)| *name == algorithm) else {
        let why = format!("`{algorithm}` is no kind of digest that Docker knows");
        return Some((why, None));
    };
    if let Some(bad) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Some((format!("a digest holds hexadecimal digits, and `{bad}` is none"), None));
    }
    if digits.len() != *length {
        let why = format!("a {algorithm} digest has {length} digits, and this {}", digits.len());
        return Some((why, None));
    }
    digits
        .bytes()
        .any(|b| b.is_ascii_uppercase())
        .then(|| ("a digest has no capitals".into(), Some(digest.to_ascii_lowercase())))
}

/// `ghcr.io`, `localhost:5000`, `[::1]:5000`.
fn is_host(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, port)| {
            address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') && is_port(port)
        });
    }
    let (name, port) = host.find(':').map_or((host, ""), |at| host.split_at(at));
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.split('.').all(label) && is_port(port)
}

/// `:5000`, or nothing.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix(':')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn is_part(part: &[u8]) -> bool {
    let is_inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let joins = |between: &[u8]| {
        matches!(between, b"" | b"." | b"_" | b"__") || between.iter().all(|b| *b == b'-')
    };
    part.first().is_some_and(is_inner)
        && part.last().is_some_and(is_inner)
        && part.split(is_inner).all(joins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_docker_takes() {
        let digest = format!("node@sha256:{}", "0a".repeat(32));
        let long = format!("node:{}", "a".repeat(128));
        for name in [
            "node",
            "node:22-bookworm_x.1",
            "library/node",
            "acme/a__b/c---d/e.f",
            "docker.io/library/node:22",
            "localhost/a",
            "localhost:5000/a/b:1",
            "Registry.Example.com:443/a",
            "[::1]:5000/a",
            "Library/node",
            "node:_A",
            &digest,
            &long,
        ] {
            assert_eq!(refused(name), None, "{name}");
        }
    }

    #[test]
    fn names_that_docker_refuses_and_what_was_meant() {
        let id = "0a".repeat(32);
        let long = format!("node:{}", "a".repeat(129));
        let bare = format!("node@{id}");
        let whole = format!("node@sha256:{id}");
        let capital = format!("node@sha256:{}", id.to_ascii_uppercase());
        for (name, instead, certain) in [
            ("Debian:buster", Some("debian:buster"), true),
            ("ghcr.io/Acme/App:V1", Some("ghcr.io/acme/app:V1"), true),
            ("https://docker.io/library/node:22", Some("docker.io/library/node:22"), true),
            ("docker://node:22/", Some("node:22"), true),
            ("https://hub.docker.com/_/node", Some("node"), false),
            ("https://hub.docker.com/search", None, false),
            ("https://", None, false),
            ("node:", None, false),
            (":22", None, false),
            ("node:22:slim", Some("node:22-slim"), false),
            ("node:-slim", Some("node:slim"), false),
            ("node:.1", Some("node:1"), false),
            ("node:22+x", None, false),
            ("node:22é", None, false),
            ("/node:22", Some("node:22"), false),
            ("ghcr.io//app", Some("ghcr.io/app"), false),
            ("node/", Some("node"), false),
            ("no de", None, false),
            ("a..b", None, false),
            ("-a", None, false),
            ("a-", None, false),
            ("ghcr.io:x/app", None, false),
            ("node@sha256:abc", None, false),
            ("node@sha256:...", None, false),
            ("node@md5:0123", None, false),
            ("node@", None, false),
            (bare.as_str(), Some(whole.as_str()), false),
            (capital.as_str(), Some(whole.as_str()), false),
            (long.as_str(), None, false),
            (id.as_str(), None, false),
        ] {
            let found = refused(name).unwrap_or_else(|| panic!("{name} is taken"));
            assert_eq!((found.instead.as_deref(), found.certain), (instead, certain), "{name}");
        }
    }
}
