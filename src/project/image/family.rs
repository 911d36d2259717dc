//! What a reference says of the runtime and the distribution inside.

use super::{reference::ImageRef, table::split_version};

/// A release of something that has an end of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The product, as the table of ends of life calls it.
    pub product: &'static str,
    /// Its name in messages.
    pub title: &'static str,
    /// The version, as far as the reference tells.
    pub version: String,
}

/// Code names of distributions in tags, since Debian 8 and Ubuntu 14.04.
const CODE_NAMES: &[(&str, &str, &str)] = &[
    ("jessie", "debian", "8"),
    ("stretch", "debian", "9"),
    ("buster", "debian", "10"),
    ("bullseye", "debian", "11"),
    ("bookworm", "debian", "12"),
    ("trixie", "debian", "13"),
    ("trusty", "ubuntu", "14.04"),
    ("xenial", "ubuntu", "16.04"),
    ("bionic", "ubuntu", "18.04"),
    ("cosmic", "ubuntu", "18.10"),
    ("disco", "ubuntu", "19.04"),
    ("eoan", "ubuntu", "19.10"),
    ("focal", "ubuntu", "20.04"),
    ("groovy", "ubuntu", "20.10"),
    ("hirsute", "ubuntu", "21.04"),
    ("impish", "ubuntu", "21.10"),
    ("jammy", "ubuntu", "22.04"),
    ("kinetic", "ubuntu", "22.10"),
    ("lunar", "ubuntu", "23.04"),
    ("mantic", "ubuntu", "23.10"),
    ("noble", "ubuntu", "24.04"),
    ("oracular", "ubuntu", "24.10"),
    ("plucky", "ubuntu", "25.04"),
    ("questing", "ubuntu", "25.10"),
    ("resolute", "ubuntu", "26.04"),
];

/// Code names of the long-term lines of Node.js, which are tags.
const NODE_NAMES: &[(&str, &str)] = &[
    ("argon", "4"),
    ("boron", "6"),
    ("carbon", "8"),
    ("dubnium", "10"),
    ("erbium", "12"),
    ("fermium", "14"),
    ("gallium", "16"),
    ("hydrogen", "18"),
    ("iron", "20"),
    ("jod", "22"),
    ("krypton", "24"),
];

/// Official image, product, name in messages.
const PRODUCTS: &[(&str, &str, &str)] = &[
    ("node", "node", "Node.js"),
    ("python", "python", "Python"),
    ("ruby", "ruby", "Ruby"),
    ("php", "php", "PHP"),
    ("golang", "go", "Go"),
    ("eclipse-temurin", "eclipse-temurin", "Eclipse Temurin"),
    ("amazoncorretto", "amazoncorretto", "Amazon Corretto"),
    ("elixir", "elixir", "Elixir"),
    ("postgres", "postgres", "PostgreSQL"),
    ("mysql", "mysql", "MySQL"),
    ("mariadb", "mariadb", "MariaDB"),
    ("mongo", "mongo", "MongoDB"),
    ("redis", "redis", "Redis"),
    ("debian", "debian", "Debian"),
    ("ubuntu", "ubuntu", "Ubuntu"),
    ("alpine", "alpine", "Alpine"),
    ("fedora", "fedora", "Fedora"),
    ("centos", "centos", "CentOS"),
    ("rockylinux", "rockylinux", "Rocky Linux"),
    ("almalinux", "almalinux", "AlmaLinux"),
    ("amazonlinux", "amazonlinux", "Amazon Linux"),
    ("oraclelinux", "oraclelinux", "Oracle Linux"),
];

/// Everything with an end of life that the reference names: the runtime first, then the
/// distribution. Empty where the reference says nothing.
pub fn releases(image: &ImageRef) -> Vec<Release> {
    let mut out = Vec::new();
    let tag = image.tag.as_deref().unwrap_or("");
    let official = image.official();
    if let Some(name) = official {
        if let Some((_, product, title)) = PRODUCTS.iter().find(|(image, ..)| *image == name) {
            let tag = tag.strip_prefix("centos").unwrap_or(tag);
            let mut version = split_version(tag).0.to_owned();
            if version.is_empty() && name == "node" {
                let mut words = tag.split('-').take(2);
                let code = words.find_map(|word| NODE_NAMES.iter().find(|(code, _)| *code == word));
                version = code.map_or_else(String::new, |(_, version)| (*version).to_owned());
            }
            if !version.is_empty() {
                out.push(Release { product, title, version });
            }
        }
    } else if image.registry.as_deref() == Some("mcr.microsoft.com")
        && image.repository.starts_with("dotnet/")
    {
        let version = split_version(tag).0.to_owned();
        out.push(Release { product: "dotnet", title: ".NET", version });
    } else if image.registry.as_deref() == Some("gcr.io") {
        out.extend(distroless(&image.repository));
    }
    let distribution = distribution(tag, official.is_some());
    out.extend(distribution.filter(|found| out.iter().all(|known| known.product != found.product)));
    out
}

/// `distroless/nodejs20-debian12`.
fn distroless(repository: &str) -> Vec<Release> {
    let mut out = Vec::new();
    let Some(name) = repository.strip_prefix("distroless/") else { return out };
    for word in name.split('-') {
        if let Some(version) = word.strip_prefix("nodejs").filter(|version| is_number(version)) {
            out.push(Release { product: "node", title: "Node.js", version: version.to_owned() });
        }
        if let Some(version) = word.strip_prefix("debian").filter(|version| is_number(version)) {
            out.push(Release { product: "debian", title: "Debian", version: version.to_owned() });
        }
    }
    out
}

fn distribution(tag: &str, official: bool) -> Option<Release> {
    let mut words = tag.split('-').peekable();
    while let Some(word) = words.next() {
        if let Some((_, product, version)) = CODE_NAMES.iter().find(|(code, ..)| *code == word) {
            let title = if *product == "debian" { "Debian" } else { "Ubuntu" };
            return Some(Release { product, title, version: (*version).to_owned() });
        }
        for (prefix, title) in [("alpine", "Alpine"), ("debian", "Debian"), ("ubuntu", "Ubuntu")] {
            let Some(version) = word.strip_prefix(prefix) else { continue };
            let version = match version {
                // `21-jre-alpine-3.21`
                "" if official && prefix == "alpine" => {
                    match words.peek().filter(|next| next.starts_with("3.")) {
                        Some(next) => next,
                        None => continue,
                    }
                }
                version => version,
            };
            if is_number(version) {
                return Some(Release { product: prefix, title, version: version.to_owned() });
            }
        }
    }
    None
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Whether nobody rebuilds this official repository any more; the replacement where there is one.
///
/// Source: the deprecation notes of docker-library/docs, 2026-08-21.
pub fn frozen(image: &ImageRef) -> Option<&'static str> {
    Some(match image.official()? {
        "java" | "openjdk" => "eclipse-temurin",
        "centos" => "almalinux or rockylinux/rockylinux",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_and_distribution_are_read() {
        for (reference, want) in [
            ("node:22-bookworm-slim", &["node 22", "debian 12"][..]),
            ("node:22.11.0-alpine3.18", &["node 22.11.0", "alpine 3.18"]),
            ("docker.io/library/node:hydrogen-buster", &["node 18", "debian 10"]),
            ("mirror.gcr.io/library/node:lts-iron", &["node 20"]),
            ("public.ecr.aws/docker/library/python:3.12-slim", &["python 3.12"]),
            ("node:18@sha256:0123456789abcdef", &["node 18"]),
            ("python:3.8", &["python 3.8"]),
            ("golang:1.22-alpine", &["go 1.22"]),
            ("eclipse-temurin:21-jre-alpine-3.21", &["eclipse-temurin 21", "alpine 3.21"]),
            ("debian:bullseye-20240101", &["debian 11"]),
            ("debian:12.5-slim", &["debian 12.5"]),
            ("ubuntu:focal", &["ubuntu 20.04"]),
            ("ubuntu:22.04", &["ubuntu 22.04"]),
            ("alpine:3.18.4", &["alpine 3.18.4"]),
            ("centos:centos7", &["centos 7"]),
            ("mcr.microsoft.com/dotnet/aspnet:8.0-jammy", &["dotnet 8.0", "ubuntu 22.04"]),
            ("mcr.microsoft.com/playwright:v1.40.0-focal", &["ubuntu 20.04"]),
            ("nvidia/cuda:12.2.0-runtime-ubuntu20.04", &["ubuntu 20.04"]),
            ("gcr.io/distroless/nodejs18-debian11", &["node 18", "debian 11"]),
            ("gcr.io/distroless/static-debian12:nonroot", &["debian 12"]),
            ("acme/tool:alpine-3.2.1", &[]),
            ("acme/node:18", &[]),
            ("ghcr.io/blaxel-ai/sandbox:latest", &[]),
            ("node", &[]),
            ("node:latest", &[]),
            ("nginx:1.25-alpine", &[]),
            ("zenika/alpine-chrome:124", &[]),
        ] {
            let image = ImageRef::parse(reference).unwrap();
            let got: Vec<String> = releases(&image)
                .iter()
                .map(|release| format!("{} {}", release.product, release.version))
                .collect();
            assert_eq!(got, want, "{reference}");
        }
    }
}
