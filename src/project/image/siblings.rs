//! Which smaller variants of an official image exist, and what a moving tag stands for.

use super::{
    sizes,
    table::{Table, holds, shorter, split_version},
};
use crate::project::bytes::split_once;

static SIBLINGS: Table = Table::new(include_str!("data/siblings.tsv"));
static ALIASES: Table = Table::new(include_str!("data/aliases.tsv"));

/// The day the list of published tags was taken.
pub const TABLE_DATE: &str = "2026-08-21";

/// Images that publish their slim variant together with every release, so that a patch version
/// has one when its release line has.
const IN_STEP: [&str; 4] = ["node", "python", "ruby", "rust"];

/// The tag of the slim variant of `name:tag` that is the same otherwise, where one is published.
pub fn slim(name: &str, tag: &str) -> Option<String> {
    if let Some(row) = SIBLINGS.lookup(&[name, ":", tag]) {
        return Some(slim_of(row)).filter(|slim| !slim.is_empty()).map(str::to_owned);
    }
    let (version, rest) = split_version(tag);
    if IN_STEP.contains(&name) {
        for shorter in shorter(version).skip(1) {
            if let Some(row) = SIBLINGS.lookup(&[name, ":", shorter, rest]) {
                let slim = slim_of(row).strip_prefix(shorter)?;
                return Some(format!("{version}{slim}"));
            }
        }
    }
    // release lines that are no longer built: a size was recorded while they were
    let suite = rest.strip_prefix('-');
    if holds(tag, b"slim") || holds(tag, b"alpine") || sizes::of(name, tag).is_none() {
        return None;
    }
    let slim = match (name, suite) {
        ("node" | "debian", Some(suite)) => format!("{version}-{suite}-slim"),
        (_, Some(suite)) => format!("{version}-slim-{suite}"),
        (_, None) => format!("{version}-slim"),
    };
    let known = sizes::of(name, &slim).is_some_and(|size| size.exact || IN_STEP.contains(&name));
    known.then_some(slim)
}

/// The first column behind the name.
fn slim_of(row: &str) -> &str {
    split_once(row, b'\t').map_or(row, |(slim, _)| slim)
}

/// The tag of the Alpine variant of `name:tag`, where one is published.
pub fn alpine(name: &str, tag: &str) -> Option<String> {
    let row = SIBLINGS.lookup(&[name, ":", tag])?;
    row.split('\t').nth(1).filter(|alpine| !alpine.is_empty()).map(str::to_owned)
}

/// The numbered tag that was the same image as the moving tag `name:tag` on [`TABLE_DATE`].
pub fn numbered(name: &str, tag: &str) -> Option<&'static str> {
    ALIASES.lookup(&[name, ":", tag])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        for table in [&SIBLINGS, &ALIASES] {
            assert!(table.rows().is_sorted_by(|(a, _), (b, _)| a < b));
            assert!(table.rows().iter().all(|(_, rest)| !rest.is_empty()));
        }
    }

    #[test]
    fn siblings_are_named_as_the_image_names_them() {
        for (name, tag, want) in [
            ("node", "22", Some("22-slim")),
            ("node", "22-bookworm", Some("22-bookworm-slim")),
            ("node", "22.11.0", Some("22.11.0-slim")),
            ("node", "22.11.0-bookworm", Some("22.11.0-bookworm-slim")),
            ("node", "20", Some("20-slim")),
            ("node", "18-bookworm", Some("18-bookworm-slim")),
            ("node", "lts", Some("lts-slim")),
            ("python", "3.13-bookworm", Some("3.13-slim-bookworm")),
            ("python", "3.9", Some("3.9-slim")),
            ("python", "3.12.4", Some("3.12.4-slim")),
            ("debian", "12", Some("12-slim")),
            ("rust", "1", Some("1-slim")),
            ("node", "22-slim", None),
            ("node", "22-alpine", None),
            ("node", "6", None),
            ("golang", "1.26", None),
            ("mysql", "8.4", None),
            ("ubuntu", "24.04", None),
            ("alpine", "3.23", None),
        ] {
            assert_eq!(slim(name, tag).as_deref(), want, "{name}:{tag}");
        }
        assert_eq!(alpine("golang", "1.26").as_deref(), Some("1.26-alpine"));
        assert_eq!(alpine("mysql", "8.4"), None);
    }

    #[test]
    fn moving_tags_have_a_number() {
        assert_eq!(numbered("node", "lts-alpine"), Some("24-alpine"));
        assert_eq!(numbered("python", "latest"), Some("3.14"));
        assert_eq!(numbered("node", "24"), None);
    }
}
