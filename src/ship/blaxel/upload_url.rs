//! Where an archive is uploaded to, signed with how it is built.

use std::collections::BTreeMap;

use reqwest::Url;

use super::{client::Answer, fault::Fault, request::Request, send::stored, upload, wire};

/// What the labels of the builder begin with that have to be signed.
pub(super) const BUILD_LABELS: &str = "x-blaxel-build-";
/// Another builder.
const EXPERIMENTAL: &str = "x-blaxel-experimental";

/// Keys of `[build]` in `blaxel.toml`, and the labels in which the builder reads them.
pub const BUILD_SETTINGS: &[(&str, &str)] = &[
    ("memoryMb", "x-blaxel-build-memory"),
    ("volumeMb", "x-blaxel-build-volume"),
    ("region", "x-blaxel-build-region"),
    ("cacheDrive", "x-blaxel-build-cache"),
    ("experimental", EXPERIMENTAL),
];

/// The labels that the platform stored.
pub(super) type Labels = BTreeMap<String, String>;

/// Whether a label says how something is built.
pub(super) fn is_build_setting(label: &str) -> bool {
    label.starts_with(BUILD_LABELS) || label == EXPERIMENTAL
}

/// The upload URL of an answer, and the labels that the platform stored. Where it is not signed with the build
/// settings of the request it is asked for once more: that of what was just created may not be yet.
pub(super) async fn of(
    request: &Request,
    answer: Answer,
    again: &mut impl AsyncFnMut() -> Result<Answer, Fault>,
) -> Result<(Url, Labels), Fault> {
    let (_, url, labels) = read(request, answer)?;
    if unsigned(request, &url, &labels).is_empty() {
        return Ok((url, labels));
    }
    let (call, url, labels) = read(request, again().await?)?;
    let refused = unsigned(request, &url, &labels);
    if refused.is_empty() {
        return Ok((url, labels));
    }
    let named: Vec<String> = refused.iter().map(|label| format!("`{}`", written(label))).collect();
    Err(Fault::Answer {
        call,
        phase: Some("upload"),
        what: format!("the platform does not take the build settings {}", named.join(", ")),
        help: "nothing was uploaded, since the build would run without them: correct them in `[build]` of blaxel.toml (their range, a region that exists), or remove them".into(),
    })
}

fn read(request: &Request, answer: Answer) -> Result<(String, Url, Labels), Fault> {
    let call = answer.call.clone();
    let header = answer.headers.get("x-blaxel-upload-url").and_then(|value| value.to_str().ok());
    let url = header.and_then(|text| Url::parse(text).ok());
    let value = answer.json()?;
    let mut labels = wire::labels(stored(&value));
    if labels.is_empty() && value["metadata"].is_null() {
        // An image's answer need not repeat what it was given.
        labels.extend(request.settings_of_build().into_iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    match url {
        Some(url) => Ok((call, url, labels)),
        None => Err(Fault::Answer {
            call,
            phase: Some("upload"),
            what: "the platform gave no upload URL".into(),
            help: "it saw no source to build: check that the sandbox was not made from a finished image, then try again".into(),
        }),
    }
}

/// The build settings of a request that a URL is not signed with.
fn unsigned(request: &Request, url: &Url, labels: &Labels) -> Vec<String> {
    let signed = upload::signed_meta(url, labels);
    let is_signed =
        |label: &str| signed.iter().any(|(header, _)| header.ends_with(&format!("-meta-{label}")));
    let own = request.labels.keys().filter(|name| name.starts_with(BUILD_LABELS));
    own.filter(|name| !is_signed(name)).cloned().collect()
}

/// The key of `[build]` that became this label, or the label.
fn written(label: &str) -> &str {
    BUILD_SETTINGS.iter().find(|(_, own)| *own == label).map_or(label, |(key, _)| key)
}
