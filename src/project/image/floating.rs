//! Tags that name no version. Pure.

use super::{ImageRef, siblings};

/// First words of tags that name no version, on any image.
const MOVING: [&str; 14] = [
    "canary", "current", "dev", "edge", "head", "latest", "lts", "main", "mainline", "master",
    "next", "nightly", "rolling", "stable",
];

/// Official images whose tags are code names: `bookworm` is a version there.
const DISTRIBUTIONS: [&str; 4] = ["buildpack-deps", "debian", "neurodebian", "ubuntu"];

/// First words of their tags that are no code names.
const CHANNELS: [&str; 10] = [
    "curl",
    "devel",
    "experimental",
    "oldoldstable",
    "oldstable",
    "rc",
    "scm",
    "sid",
    "testing",
    "unstable",
];

/// Official images of runtimes and servers: a tag without a version is a flavour there.
const PLATFORMS: [&str; 17] = [
    "caddy",
    "elixir",
    "erlang",
    "golang",
    "haproxy",
    "httpd",
    "memcached",
    "mongo",
    "mysql",
    "nginx",
    "node",
    "php",
    "postgres",
    "python",
    "redis",
    "ruby",
    "rust",
];

/// Code names of release lines of Node.js that are still built: `jod` is 22.
const LINES: [&str; 2] = ["jod", "krypton"];

/// Whether the tag of an image moves from one major version to the next.
pub fn moves(image: &ImageRef, tag: &str) -> bool {
    // these publish no numbered tags for everybody
    if matches!(image.registry.as_deref(), Some("gcr.io" | "cgr.dev"))
        && (image.repository.starts_with("distroless/")
            || image.repository.starts_with("chainguard/"))
    {
        return false;
    }
    let first = tag.split('-').next().unwrap_or(tag);
    if MOVING.contains(&first) {
        // `lts-krypton` names its line
        return !(image.official() == Some("node") && tag == "lts-krypton");
    }
    let Some(name) = image.official() else { return false };
    if DISTRIBUTIONS.contains(&name) {
        return CHANNELS.contains(&first);
    }
    // a flavour without a version: `node:slim`, `python:alpine`
    let named_line = name == "node" && LINES.contains(&first);
    PLATFORMS.contains(&name) && !named_line && siblings::numbered(name, tag).is_some()
}
