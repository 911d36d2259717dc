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
    ("tomcat", "tomcat", "Tomcat"),
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
    } else if image.repository == "opensuse/leap"
        && (image.on_docker_hub() || image.registry.as_deref() == Some("registry.opensuse.org"))
    {
        let version = split_version(tag).0.to_owned();
        out.push(Release { product: "opensuse", title: "openSUSE Leap", version });
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

/// A repository that its owner has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// What to use.
    pub instead: &'static str,
    /// The tag is not there any more, and what holds it is not rebuilt.
    pub moved: bool,
}

/// The legacy images of CircleCI, each with its successor of the same name in `cimg`.
const CIRCLECI: &[&str] = &[
    "android",
    "buildpack-deps",
    "clojure",
    "elixir",
    "golang",
    "jruby",
    "mariadb",
    "mongo",
    "mysql",
    "node",
    "openjdk",
    "php",
    "postgres",
    "python",
    "redis",
    "ruby",
    "rust",
];

/// Whether nobody rebuilds this image any more.
///
/// Source: the deprecation notes of docker-library/docs, 2026-08-21; Microsoft's and CircleCI's
/// deprecation notes of their images on Docker Hub; bitnami/containers#83267 and #96169: of an
/// image of Bitnami there is `latest` or nothing.
pub fn frozen(image: &ImageRef) -> Option<Frozen> {
    let kept = |instead| Some(Frozen { instead, moved: false });
    match image.official() {
        Some("java" | "openjdk" | "adoptopenjdk") => return kept("eclipse-temurin"),
        Some("centos") => return kept("almalinux or rockylinux/rockylinux"),
        Some("opensuse") => return kept("opensuse/leap"),
        Some(_) => return None,
        None => (),
    }
    let (owner, name) = image.repository.split_once('/').filter(|_| image.on_docker_hub())?;
    match owner {
        "adoptopenjdk" if name.starts_with("openjdk") => kept("eclipse-temurin"),
        "microsoft" => match name {
            "dotnet" | "dotnet-nightly" => kept("mcr.microsoft.com/dotnet/sdk or its siblings"),
            "aspnetcore" => kept("mcr.microsoft.com/dotnet/aspnet"),
            "aspnetcore-build" => kept("mcr.microsoft.com/dotnet/sdk"),
            _ => None,
        },
        "circleci" if CIRCLECI.contains(&name) => kept("the image of this kind below `cimg/`"),
        "bitnami" => {
            let tag = image.tag.as_deref().unwrap_or("latest");
            let is_version = tag.starts_with(|first: char| first.is_ascii_digit());
            (is_version && image.digest.is_none()).then_some(Frozen {
                instead: "an official image; for the time being, the same tag is in `bitnamilegacy/`, which is not rebuilt",
                moved: true,
            })
        }
        "bitnamilegacy" => kept("an official image, or one of Bitnami that is paid for"),
        _ => None,
    }
}

/// Whether the Python of the image's distribution refuses what `pip` would install into it (PEP
/// 668): that of Debian since 12, of Ubuntu since 23.04, of Alpine since 3.19. `false` also where
/// the image brings another Python, and where the reference does not tell.
pub fn manages_python(image: &ImageRef) -> bool {
    let latest = if image.digest.is_some() { "" } else { "latest" };
    let tag = image.tag.as_deref().unwrap_or(latest);
    let name = match image.official() {
        Some("python" | "pypy" | "hylang") => return false,
        Some(name) => name,
        None if image.registry.is_none() && image.repository == "nvidia/cuda" => "",
        None => return false,
    };
    let mut named = releases(image).into_iter();
    if let Some(release) =
        named.find(|release| matches!(release.product, "debian" | "ubuntu" | "alpine"))
    {
        let mut parts = release.version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next());
        return match release.product {
            "debian" => version >= (12, None),
            "ubuntu" => version >= (23, Some(4)),
            // `alpine:3` is the newest one
            _ => version == (3, None) || version >= (3, Some(19)),
        };
    }
    let (version, variant) = split_version(tag);
    let major = version.split('.').next().unwrap_or("").parse::<u32>().unwrap_or(0);
    match name {
        "debian" => matches!(tag, "latest" | "stable" | "stable-slim" | "testing" | "sid"),
        "ubuntu" => matches!(tag, "latest" | "rolling"),
        "alpine" => matches!(tag, "latest" | "edge"),
        // Their default variants have stood on such releases since these.
        "node" => {
            (tag == "latest" || major >= 22) && matches!(variant, "" | "-slim" | "-alpine")
                || matches!(tag, "slim" | "alpine" | "lts" | "lts-slim" | "lts-alpine")
        }
        "docker" => {
            major >= 26 && matches!(variant, "" | "-dind" | "-cli")
                || matches!(tag, "latest" | "dind" | "cli")
        }
        _ => false,
    }
}

/// Whether the reference surely names an image of Windows.
///
/// Source: the Windows images in Microsoft's registry, and the tags of official images for Windows.
pub fn is_windows(image: &ImageRef) -> bool {
    let repository = image.repository.as_str();
    let named = match image.registry.as_deref() {
        Some("mcr.microsoft.com") => {
            repository == "windows"
                || ["windows/", "dotnet/framework/"].iter().any(|dir| repository.starts_with(dir))
        }
        _ if image.on_docker_hub() => {
            matches!(repository, "microsoft/nanoserver" | "microsoft/windowsservercore")
        }
        _ => false,
    };
    let tag = image.tag.as_deref().unwrap_or("");
    named
        || tag.split('-').any(|word| {
            ["nanoserver", "windowsservercore"].iter().any(|system| word.starts_with(system))
        })
}

/// Whether the image surely has no shell: Google's and Microsoft's distroless images but for their
/// `debug` tags, chiseled .NET, the distroless variants of Bun and Deno, and Chainguard's for static
/// programs, Python and Java.
pub fn has_no_shell(image: &ImageRef) -> bool {
    let tag = image.tag.as_deref().unwrap_or("");
    let tagged = |mark: &str| tag.split('-').any(|word| word == mark);
    let (dir, name) = image.repository.split_once('/').unwrap_or(("", &image.repository));
    match image.registry.as_deref() {
        Some("gcr.io") => dir == "distroless" && !tag.contains("debug"),
        Some("cgr.dev") => is_minimal(name) && !tag.contains("dev"),
        Some("mcr.microsoft.com") => match dir {
            "dotnet" => tagged("chiseled") || tagged("distroless"),
            "azurelinux" | "cbl-mariner" => {
                name.starts_with("distroless/") && !tag.contains("debug")
            }
            _ => false,
        },
        _ if image.on_docker_hub() => match dir {
            "chainguard" => is_minimal(name) && !tag.contains("dev"),
            "oven" | "denoland" => matches!(name, "bun" | "deno") && tagged("distroless"),
            _ => false,
        },
        _ => false,
    }
}

/// Source: the overviews of Chainguard's images. Its `node` has had a shell for npm's sake.
fn is_minimal(name: &str) -> bool {
    matches!(name, "static" | "glibc-dynamic" | "cc-dynamic" | "python" | "jre")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_that_manage_their_python_are_known() {
        for (reference, want) in [
            ("debian", true),
            ("debian:12-slim", true),
            ("debian:trixie-20260803-slim", true),
            ("debian:bullseye", false),
            ("ubuntu:latest", true),
            ("ubuntu:24.04", true),
            ("ubuntu:23.04", true),
            ("ubuntu:22.10", false),
            ("ubuntu:jammy", false),
            ("alpine:3", true),
            ("alpine:3.19.1", true),
            ("alpine:3.9", false),
            ("node:24", true),
            ("node:22.11.0-slim", true),
            ("node:24-alpine", true),
            ("node:24-bullseye", false),
            ("node:18", false),
            ("node:lts", true),
            ("docker:29-dind", true),
            ("docker:20", false),
            ("golang:1.26-bookworm", true),
            ("golang:1.26", false),
            ("python:3.13-slim-bookworm", false),
            ("nvidia/cuda:13.0.0-base-ubuntu24.04", true),
            ("nvidia/cuda:11.0-cudnn8-runtime-ubuntu20.04", false),
            ("acme/tool:1-bookworm", false),
            ("debian@sha256:0123456789abcdef", false),
        ] {
            let image = ImageRef::parse(reference).unwrap();
            assert_eq!(manages_python(&image), want, "{reference}");
        }
    }

    #[test]
    fn images_of_windows_are_known() {
        for (reference, want) in [
            ("mcr.microsoft.com/windows:ltsc2019", true),
            ("mcr.microsoft.com/windows/nanoserver:ltsc2022", true),
            ("mcr.microsoft.com/windows/servercore/iis", true),
            ("mcr.microsoft.com/dotnet/framework/aspnet:4.8", true),
            ("mcr.microsoft.com/powershell:windowsservercore-1909", true),
            ("mcr.microsoft.com/dotnet/runtime:8.0-nanoserver-ltsc2022", true),
            ("microsoft/nanoserver", true),
            ("golang:1.26-windowsservercore-ltsc2022", true),
            ("mcr.microsoft.com/dotnet/runtime:8.0", false),
            ("mcr.microsoft.com/powershell", false),
            ("scottyhardy/docker-wine", false),
            ("acme/windows", false),
        ] {
            let image = ImageRef::parse(reference).unwrap();
            assert_eq!(is_windows(&image), want, "{reference}");
        }
    }

    #[test]
    fn images_without_a_shell_are_known() {
        for (reference, want) in [
            ("gcr.io/distroless/static-debian13:nonroot", true),
            ("gcr.io/distroless/nodejs22-debian12", true),
            ("gcr.io/distroless/base-debian12:debug-nonroot", false),
            ("cgr.dev/chainguard/static:latest", true),
            ("cgr.dev/acme.com/glibc-dynamic", true),
            ("chainguard/static", true),
            ("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra", true),
            ("mcr.microsoft.com/dotnet/runtime:9.0-azurelinux3.0-distroless", true),
            ("mcr.microsoft.com/dotnet/aspnet:10.0-noble", false),
            ("mcr.microsoft.com/azurelinux/distroless/base:3.0", true),
            ("mcr.microsoft.com/azurelinux/distroless/debug:3.0-debug", false),
            ("oven/bun:1.0.28-distroless", true),
            ("docker.io/denoland/deno:distroless-2.5.0", true),
            ("oven/bun:1-slim", false),
            ("acme/bun:distroless", false),
            ("cgr.dev/chainguard/glibc-dynamic:latest-dev", false),
            ("cgr.dev/chainguard/python:latest", true),
            ("cgr.dev/chainguard/python:latest-dev", false),
            ("cgr.dev/chainguard/node:latest", false),
            ("acme/static", false),
            ("gcr.io/acme/distroless", false),
        ] {
            let image = ImageRef::parse(reference).unwrap();
            assert_eq!(has_no_shell(&image), want, "{reference}");
        }
    }

    #[test]
    fn images_that_their_owners_left_are_known() {
        for (reference, want) in [
            ("openjdk:17", Some(false)),
            ("adoptopenjdk:11-jre-hotspot", Some(false)),
            ("adoptopenjdk/openjdk11:alpine-jre", Some(false)),
            ("microsoft/dotnet:2.1-sdk", Some(false)),
            ("docker.io/microsoft/aspnetcore", Some(false)),
            ("circleci/node:14", Some(false)),
            ("bitnami/postgresql:16.1.0-debian-11-r13", Some(true)),
            ("bitnamilegacy/redis:7.2", Some(false)),
            ("bitnami/postgresql", None),
            ("bitnami/postgresql:latest", None),
            ("bitnami/postgresql:16@sha256:0123456789abcdef", None),
            ("public.ecr.aws/bitnami/node:18", None),
            ("circleci/runner:launch-agent", None),
            ("microsoft/azure-cli", None),
            ("node:24", None),
        ] {
            let image = ImageRef::parse(reference).unwrap();
            assert_eq!(frozen(&image).map(|frozen| frozen.moved), want, "{reference}");
        }
    }

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
            ("tomcat:8.5-jdk8-corretto", &["tomcat 8.5"]),
            ("opensuse/leap:15.5", &["opensuse 15.5"]),
            ("registry.opensuse.org/opensuse/leap:15.6", &["opensuse 15.6"]),
            ("ghcr.io/opensuse/leap:15.6", &[]),
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
