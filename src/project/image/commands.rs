//! Which commands an image brings. Facts of 2026-11-23, see `data/README.md`.

use super::{
    reference::ImageRef,
    table::{Table, holds},
};
use crate::project::bytes::split_once;

static COMMANDS: Table = Table::new(include_str!("data/commands.tsv"));

/// The commands that the table knows, in the order of its columns.
const NAMES: [&str; 6] = ["bash", "curl", "wget", "nc", "python3", "git"];

/// How the parts of tags begin that are of other systems, and of other makers of Java, each on a base of its own:
/// `maven:3-openjdk-17` is an Oracle Linux, `maven:3-openjdk-11` a Debian.
const FOREIGN: [&str; 17] = [
    "adoptopenjdk",
    "amazoncorretto",
    "centos",
    "corretto",
    "distroless",
    "graal",
    "ibm",
    "liberica",
    "microsoft",
    "nanoserver",
    "openjdk",
    "oracle",
    "sapmachine",
    "ubi",
    "uclibc",
    "windows",
    "zulu",
];

/// What is known of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commands {
    row: &'static str,
}

impl Commands {
    /// `apt`, `apk`, `microdnf` or `-`.
    pub fn package_manager(self) -> &'static str {
        split_once(self.row, b'\t').map_or(self.row, |(first, _)| first)
    }

    /// Whether the image has the command; `None` where nobody knows.
    pub fn has(self, command: &str) -> Option<bool> {
        let column = NAMES.iter().position(|name| *name == command)?;
        match self.row.split('\t').nth(column + 1)? {
            "y" => Some(true),
            "n" => Some(false),
            _ => None,
        }
    }
}

/// What is known of an official image; `None` for other images and unusual variants, and for one
/// that only a digest names, which may be of any variant.
pub fn commands(image: &ImageRef) -> Option<Commands> {
    let name = image.official().filter(|_| !image.may_be_rebuilt())?;
    let latest = image.digest.is_none().then_some("latest");
    let tag = image.tag.as_deref().or(latest)?;
    if tag.as_bytes().split(|byte| *byte == b'-').any(is_foreign) {
        return None;
    }
    let is_alpine = holds(tag, b"alpine");
    let variant = if is_alpine && holds(tag, b"alpine-slim") {
        "alpine-slim"
    } else if name == "alpine" || is_alpine {
        "alpine"
    } else if holds(tag, b"slim") {
        "slim"
    } else if name == "buildpack-deps" && tag.ends_with("curl") {
        "curl"
    } else if name == "buildpack-deps" && tag.ends_with("scm") {
        "scm"
    } else {
        ""
    };
    COMMANDS.lookup(&[name, ":", variant]).map(|row| Commands { row })
}

fn is_foreign(part: &[u8]) -> bool {
    let mut names = FOREIGN.iter().map(|name| name.as_bytes());
    names.any(|name| name.first() == part.first() && part.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(COMMANDS.rows().is_sorted());
        for (name, row) in COMMANDS.rows() {
            assert_eq!(row.split('\t').count(), NAMES.len() + 1, "{name}");
        }
    }

    #[test]
    fn variants_are_told_apart() {
        for (image, command, want) in [
            ("node:22-alpine", "nc", Some(true)),
            ("alpine:3.21", "curl", Some(false)),
            ("alpine", "bash", Some(false)),
            ("node:22", "curl", Some(true)),
            ("node:22", "nc", Some(false)),
            ("node:24-bookworm-slim", "curl", Some(false)),
            ("node@sha256:0123456789", "bash", None),
            ("node:24-slim@sha256:0123456789", "curl", Some(false)),
            ("python:3.12-slim", "python3", Some(true)),
            ("docker.io/library/debian:12-slim", "wget", Some(false)),
            ("nginx:alpine", "curl", Some(true)),
            ("mongo:8", "curl", None),
            ("corp/node:22", "nc", None),
            ("node:22-windowsservercore", "nc", None),
            ("node:22", "jq", None),
            ("maven:3-eclipse-temurin-21", "git", Some(true)),
            ("maven:3-eclipse-temurin-21-alpine", "curl", Some(true)),
            ("maven:3.8-openjdk-17", "curl", None),
            ("maven:3-ibm-semeru-21-noble", "curl", None),
            ("maven:3-amazoncorretto-21", "curl", None),
            ("maven:3.6-adoptopenjdk-11", "python3", None),
            ("gradle:8-jdk21-ubi-minimal", "curl", None),
            ("gradle:8-jdk21-graal", "curl", None),
            ("gradle:8-jdk21-noble", "curl", Some(true)),
            ("eclipse-temurin:21-jdk-ubi9-minimal", "curl", None),
            ("eclipse-temurin:8-jdk-centos7", "curl", None),
            ("eclipse-temurin:21-jdk-nanoserver-ltsc2022", "curl", None),
            ("eclipse-temurin:21-jre-noble", "curl", Some(true)),
        ] {
            let image = ImageRef::parse(image).expect("it is a reference");
            assert_eq!(commands(&image).and_then(|c| c.has(command)), want, "{image:?} {command}");
        }
    }
}
