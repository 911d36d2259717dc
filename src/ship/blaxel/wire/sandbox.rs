//! A sandbox, as the platform shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Event, labels, list, status, text};

/// A sandbox as far as a deploy needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct Sandbox {
    /// Upper case; `None` where it is absent, null or no string.
    pub(in super::super) status: Option<String>,
    /// `spec.runtime.image`.
    pub(in super::super) image: Option<String>,
    /// `metadata.url`.
    pub(in super::super) url: Option<String>,
    pub(in super::super) labels: BTreeMap<String, String>,
    /// Names and values; the value is `None` where it is not shown.
    pub(in super::super) envs: Vec<(String, Option<String>)>,
    pub(in super::super) events: Vec<Event>,
}

impl Sandbox {
    pub(in super::super) fn read(value: &Value) -> Self {
        let runtime = &value["spec"]["runtime"];
        Self {
            status: status(&value["status"]),
            image: text(&runtime["image"]),
            url: text(&value["metadata"]["url"]),
            labels: labels(&value["metadata"]["labels"]),
            envs: list(&runtime["envs"])
                .filter_map(|env| {
                    let value =
                        text(&env["value"]).filter(|value| !value.chars().all(|c| c == '*'));
                    Some((text(&env["name"])?, value))
                })
                .collect(),
            events: Event::list(&value["events"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Sandbox;

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
}
