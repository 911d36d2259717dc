//! What the platform answers, read leniently: fields come and go, have other types, or are null.

use std::collections::BTreeMap;

use serde_json::Value;

/// Longest part of an answer that becomes a message, in bytes.
const MESSAGE: usize = 2048;

/// A sandbox as far as a deploy needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sandbox {
    /// Upper case; `None` where it is absent, null or no string.
    pub(super) status: Option<String>,
    /// `spec.runtime.image`.
    pub(super) image: Option<String>,
    /// `metadata.url`.
    pub(super) url: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    /// Names and values; the value is `None` where it is not shown.
    pub(super) envs: Vec<(String, Option<String>)>,
    pub(super) events: Vec<Event>,
}

/// Something that happened to it.
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

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Sandbox {
    pub(super) fn read(value: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let runtime = &value["spec"]["runtime"];
        let word = |value: &Value| text(value).unwrap_or_default();
        Self {
            status: value["status"]
                .as_str()
                .filter(|status| !status.is_empty())
                .map(str::to_uppercase),
            image: text(&runtime["image"]),
            url: text(&value["metadata"]["url"]),
            labels: value["metadata"]["labels"]
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
                .collect(),
            envs: list(&runtime["envs"])
                .iter()
                .filter_map(|env| {
                    let value =
                        text(&env["value"]).filter(|value| !value.chars().all(|c| c == '*'));
                    Some((text(&env["name"])?, value))
                })
                .collect(),
            events: list(&value["events"])
                .iter()
                .map(|event| Event {
                    kind: word(&event["type"]),
                    revision: word(&event["revision"]),
                    time: word(&event["time"]),
                    status: word(&event["status"]),
                    message: word(&event["message"]),
                })
                .collect(),
        }
    }
}

/// What an error answer says, in all its shapes: `message`, `error` as text or object, else the
/// text itself. Cut, and on one line.
pub(super) fn message(body: &[u8]) -> String {
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
    use serde_json::json;

    use super::*;

    #[test]
    fn odd_answers_are_read() {
        let sandbox = Sandbox::read(&json!({
            "status": "Deployed", "events": null, "metadata": {"labels": {"a": "b", "n": null}},
            "spec": {"runtime": {"image": "", "envs": [{"name": "A", "value": "****"}, {"value": "x"}]}},
        }));
        assert_eq!(sandbox.status.as_deref(), Some("DEPLOYED"));
        assert_eq!(sandbox.envs, [("A".to_owned(), None)]);
        assert_eq!(sandbox.labels.len(), 1);
        for odd in [json!(null), json!([]), json!({"status": 5, "events": {}, "spec": "x"})] {
            assert_eq!(Sandbox::read(&odd), Sandbox::default());
        }
    }

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
