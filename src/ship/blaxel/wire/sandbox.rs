//! A sandbox, as the platform shows it.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde_json::Value;

use super::{super::secret::Secret, Event, instant, labels, list, status, text};

/// A port of a sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Port {
    /// What it is called.
    pub name: Option<String>,
    /// The port inside.
    pub target: u16,
    /// Upper case: `HTTP`, `TCP`, `TLS`, ...
    pub protocol: Option<String>,
}

/// A sandbox as far as anything here needs it.
#[derive(Clone, Default, PartialEq)]
pub struct Sandbox {
    /// The name; empty where the answer has none.
    pub name: String,
    /// Upper case; `None` where it is absent, null or no string.
    pub status: Option<String>,
    /// `spec.runtime.image`.
    pub image: Option<String>,
    /// `metadata.url`.
    pub url: Option<String>,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// Names and values; the value is `None` where it is not shown.
    pub(in super::super) envs: Vec<(String, Option<String>)>,
    pub(in super::super) events: Vec<Event>,
    /// `RUNNING` or `STANDBY`.
    pub state: Option<String>,
    /// `spec.region`.
    pub region: Option<String>,
    /// `spec.runtime.memory`, in MB.
    pub memory: Option<u64>,
    /// `spec.runtime.ports`.
    pub ports: Vec<Port>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// When it was last used.
    pub used: Option<Timestamp>,
    /// `spec` as it came, for an update that keeps it.
    pub(in super::super) spec: Value,
}

/// Environment variables may be secrets, and are not shown.
impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("name", &self.name)
            .field("status", &self.status)
            .field("image", &self.image)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

impl Port {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            name: text(&value["name"]),
            target: u16::try_from(value["target"].as_u64()?).ok()?,
            protocol: status(&value["protocol"]),
        })
    }
}

impl Sandbox {
    /// Whether its environment variables are these and no others, as far as their values are shown.
    pub fn has_envs(&self, wanted: &[(String, Secret)]) -> bool {
        let same = |(name, value): &(String, Secret)| {
            let known = self.envs.iter().find(|(known, _)| known == name);
            known.is_some_and(|(_, known)| {
                known.as_deref().is_none_or(|known| known == value.expose())
            })
        };
        self.envs.len() == wanted.len() && wanted.iter().all(same)
    }

    /// Whether it is being deleted.
    pub fn is_ending(&self) -> bool {
        self.status.as_deref() == Some("DELETING")
    }

    /// Whether its time is over: a record of it is left for a while, and another may take the name.
    pub fn is_over(&self) -> bool {
        self.status.as_deref() == Some("TERMINATED")
    }

    pub(in super::super) fn read(value: &Value) -> Self {
        let runtime = &value["spec"]["runtime"];
        Self {
            name: text(&value["metadata"]["name"]).unwrap_or_default(),
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
            state: status(&value["state"]),
            region: text(&value["spec"]["region"]),
            memory: runtime["memory"].as_u64(),
            ports: list(&runtime["ports"]).filter_map(Port::read).collect(),
            created: instant(&value["metadata"]["createdAt"]),
            updated: instant(&value["metadata"]["updatedAt"]),
            used: instant(&value["lastUsedAt"]),
            spec: if value["spec"].is_object() { value["spec"].clone() } else { Value::Null },
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
