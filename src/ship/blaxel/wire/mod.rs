//! What the platform answers, read leniently: fields come and go, have other types, or are null.

mod image;
mod preview;
mod sandbox;
mod share;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

pub use self::{
    image::{Image, Tag},
    preview::{Preview, PreviewToken},
    sandbox::{Port, Sandbox},
    share::{PendingShare, Share, Workspace},
};

/// Longest part of an answer that becomes a message, in bytes.
const MESSAGE: usize = 2048;

/// Something that happened to a sandbox or an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    /// `ai.blaxel.controlplane.buildimage.succeeded`, ...
    pub(super) kind: String,
    pub(super) revision: String,
    pub(super) time: String,
    pub(super) status: String,
    pub(super) message: String,
}

impl Event {
    /// What makes it this event and no other.
    pub(super) fn key(&self) -> (String, String, String) {
        (self.kind.clone(), self.revision.clone(), self.time.clone())
    }

    pub(super) fn is(&self, what: &str, how: &str) -> bool {
        self.kind.to_ascii_lowercase().ends_with(&format!("{what}.{how}"))
    }
}

impl Event {
    fn list(value: &Value) -> Vec<Self> {
        list(value)
            .map(|event| {
                let word = |name: &str| text(&event[name]).unwrap_or_default();
                Self {
                    kind: word("type"),
                    revision: word("revision"),
                    time: word("time"),
                    status: word("status"),
                    message: word("message"),
                }
            })
            .collect()
    }
}

/// The rows of a list; none where it is no list.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A status in upper case; `None` where it is absent, null or no string.
fn status(value: &Value) -> Option<String> {
    value.as_str().filter(|status| !status.is_empty()).map(str::to_uppercase)
}

pub(super) fn labels(value: &Value) -> BTreeMap<String, String> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}

/// The rows of a page and the cursor of the next. Both shapes of lists are read: a bare array, and `{data, meta}`.
pub(super) fn page(value: &Value) -> (Vec<&Value>, Option<String>) {
    if value.is_array() {
        return (list(value).collect(), None);
    }
    let meta = &value["meta"];
    // Without `hasMore`, a cursor is enough.
    let more = meta["hasMore"].as_bool() != Some(false);
    (list(&value["data"]).collect(), text(&meta["nextCursor"]).filter(|_| more))
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What an error answer says, in all its shapes: `message`, `error` as text or object, else the
/// text itself. Cut, and on one line.
pub(in crate::ship) fn message(body: &[u8]) -> String {
    let cut = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let end = text.floor_char_boundary(MESSAGE.min(text.len()));
        text[..end].to_owned()
    };
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let code = text(&value["code"]).filter(|code| !code.chars().all(|c| c.is_ascii_digit()));
        let said = [&value["message"], &value["error"]["message"], &value["error"]]
            .into_iter()
            .find_map(text);
        return match (said, code) {
            (Some(said), Some(code)) => cut(&format!("{said} ({code})")),
            (Some(said), None) => cut(&said),
            _ => cut(&String::from_utf8_lossy(body)),
        };
    }
    let raw = String::from_utf8_lossy(body);
    if raw.trim_start().starts_with('<') {
        return format!("no JSON but markup: {}", cut(&without_tags(&raw)));
    }
    if raw.trim().is_empty() { "nothing was said".to_owned() } else { cut(&raw) }
}

fn without_tags(markup: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in markup.chars().take(4 * MESSAGE) {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => (),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_error_is_told() {
        for (body, want) in [
            (r#"{"error":"Bad","code":400,"message":"no name"}"#, "no name"),
            (r#"{"code":"QUOTA_EXCEEDED","message":"too much"}"#, "too much (QUOTA_EXCEEDED)"),
            (r#"{"error":{"message":"gone","code":"X"}}"#, "gone"),
            (r#"{"error":"invalid_api_version"}"#, "invalid_api_version"),
            ("<html><h1>504</h1></html>", "no JSON but markup: 504"),
            ("", "nothing was said"),
            ("plain\ntext", "plain text"),
        ] {
            assert_eq!(message(body.as_bytes()), want);
        }
        assert!(message(&[b'a'; 10_000]).len() <= MESSAGE);
    }
}
