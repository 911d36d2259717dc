//! Where an archive is uploaded to, signed with how it is built.

use std::collections::BTreeMap;

use reqwest::{Method, Url};
use serde_json::Value;

use super::{
    client::{Answer, Client},
    deploy::Request,
    fault::Fault,
    upload,
    wire::Sandbox,
};

/// What the labels of the builder begin with that have to be signed.
pub(super) const BUILD_LABELS: &str = "x-blaxel-build-";

/// Keys of `[build]` in `blaxel.toml`, and the labels in which the builder reads them.
pub const BUILD_SETTINGS: &[(&str, &str)] = &[
    ("memoryMb", "x-blaxel-build-memory"),
    ("volumeMb", "x-blaxel-build-volume"),
    ("region", "x-blaxel-build-region"),
    ("cacheDrive", "x-blaxel-build-cache"),
    ("experimental", "x-blaxel-experimental"),
];

/// The upload URL of an answer, and the labels that the platform stored.
pub(super) async fn upload_url(
    client: &Client,
    request: &Request,
    body: &Value,
    answer: Answer,
) -> Result<(Url, BTreeMap<String, String>), Fault> {
    let read = |answer: Answer| -> Result<(Url, BTreeMap<String, String>), Fault> {
        let call = answer.call.clone();
        let header =
            answer.headers.get("x-blaxel-upload-url").and_then(|value| value.to_str().ok());
        let url = header.and_then(|text| Url::parse(text).ok());
        let labels = Sandbox::read(&answer.json()?).labels;
        match url {
            Some(url) => Ok((url, labels)),
            None => Err(Fault::Answer {
                call,
                phase: Some("upload"),
                what: "the platform gave no upload URL".into(),
                help: "it saw no source to build: check that the sandbox was not made from a finished image, then try again".into(),
            }),
        }
    };
    let unsigned = |url: &Url, labels: &BTreeMap<String, String>| -> Vec<String> {
        let signed = upload::signed_meta(url, labels);
        let is_signed = |label: &str| {
            signed.iter().any(|(header, _)| header.ends_with(&format!("-meta-{label}")))
        };
        let own = request.labels.keys().filter(|name| name.starts_with(BUILD_LABELS));
        own.filter(|name| !is_signed(name)).cloned().collect()
    };
    let (url, labels) = read(answer)?;
    if unsigned(&url, &labels).is_empty() {
        return Ok((url, labels));
    }
    // The URL of a sandbox that was just created may not be signed with its build settings yet.
    let path = ["sandboxes", request.name.as_str()];
    let again = client.sure(Method::PUT, &path, &[("upload", "true")], Some(body)).await?;
    let call = again.call.clone();
    let (url, labels) = read(again)?;
    let refused = unsigned(&url, &labels);
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

/// The key of `[build]` that became this label, or the label.
fn written(label: &str) -> &str {
    BUILD_SETTINGS.iter().find(|(_, own)| *own == label).map_or(label, |(key, _)| key)
}
