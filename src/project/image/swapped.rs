//! Tags of official images whose parts stand the other way round, so that no image has them.

use super::{ImageRef, Refused};

/// Images whose tags end as `bookworm-slim`, and those whose tags end as `slim-bookworm`.
///
/// Source: docker-library/official-images, as the tables.
const BEHIND: &[&str] = &["debian", "node", "swift"];
const BEFORE: &[&str] = &["haskell", "perl", "pypy", "python", "ruby", "rust"];

/// Releases of Debian, as tags name them.
const RELEASES: &[&str] =
    &["jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "sid"];

/// Other names of them, which to other images are versions of their own.
const CHANNELS: &[&str] = &["oldoldstable", "oldstable", "stable", "testing", "unstable"];

/// What is wrong with a tag that the image surely does not have, though Docker would ask for it.
pub fn swapped(text: &str) -> Option<Refused> {
    let image =
        ImageRef::parse(text).filter(|image| image.digest.is_none() && !image.may_be_rebuilt())?;
    let (name, tag) = (image.official()?, image.tag.as_deref()?);
    let is_behind = BEHIND.contains(&name);
    if !is_behind && !BEFORE.contains(&name) {
        return None;
    }
    let is_release =
        |part: &str| RELEASES.contains(&part) || name == "debian" && CHANNELS.contains(&part);
    let is_number = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    let parts: Vec<&str> = tag.split('-').collect();
    let right: Vec<&str> = match parts[..] {
        ["slim", number] if is_number(number) => vec![number, "slim"],
        ["slim", release] if is_behind && is_release(release) => vec![release, "slim"],
        [number, "slim", release] if is_behind && is_number(number) && is_release(release) => {
            vec![number, release, "slim"]
        }
        [release, "slim"] if !is_behind && is_release(release) => vec!["slim", release],
        [number, release, "slim"] if !is_behind && is_number(number) && is_release(release) => {
            vec![number, "slim", release]
        }
        _ => return None,
    };
    let right = right.join("-");
    let path = text.strip_suffix(tag)?;
    Some(Refused {
        why: format!("`{name}` has no tag `{tag}`, and calls this one `{right}`"),
        instead: Some(format!("{path}{right}")),
        certain: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_stand_the_other_way_round() {
        for (text, want) in [
            ("debian:slim-bookworm", Some("debian:bookworm-slim")),
            ("debian:slim-stable", Some("debian:stable-slim")),
            ("debian:slim-12", Some("debian:12-slim")),
            ("docker.io/library/debian:slim-trixie", Some("docker.io/library/debian:trixie-slim")),
            ("node:24-slim-bookworm", Some("node:24-bookworm-slim")),
            ("node:slim-24.1.0", Some("node:24.1.0-slim")),
            ("python:3.13-bookworm-slim", Some("python:3.13-slim-bookworm")),
            ("python:trixie-slim", Some("python:slim-trixie")),
            ("ruby:slim-3.4", Some("ruby:3.4-slim")),
            ("debian:bookworm-slim", None),
            ("debian:bookworm-20260803-slim", None),
            ("debian:12-slim", None),
            ("node:slim", None),
            ("perl:stable-slim", None),
            ("node:24-bookworm-slim", None),
            ("python:slim-trixie", None),
            ("python:3.13-slim-bookworm", None),
            ("acme/debian:slim-bookworm", None),
            ("ghcr.io/acme/node:slim-24", None),
            ("harbor.corp.example/library/node:24-slim-bookworm", None),
            ("golang:slim-bookworm", None),
            ("debian", None),
        ] {
            let found = swapped(text);
            assert_eq!(found.and_then(|found| found.instead).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn no_published_tag_is_one() {
        let table = include_str!("data/siblings.tsv");
        let mut asked = 0;
        for line in table.lines() {
            let mut columns = line.split('\t');
            let Some((name, tag)) = columns.next().and_then(|image| image.split_once(':')) else {
                continue;
            };
            for tag in columns.chain([tag]).filter(|tag| !tag.is_empty()) {
                asked += 1;
                assert_eq!(swapped(&format!("{name}:{tag}")), None);
            }
        }
        assert!(asked > 500, "{asked}");
    }
}
