//! Previews and their tokens, as the platform shows them.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use super::{super::secret::Secret, instant, status, text};

/// A URL that leads to a port of a sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The name.
    pub name: String,
    /// Where it is; `None` while the platform does not say.
    pub url: Option<String>,
    /// The port inside the sandbox.
    pub port: Option<u16>,
    /// Whether everybody may open it.
    pub public: bool,
    /// Upper case; most answers have none.
    pub status: Option<String>,
}

impl Preview {
    pub(in super::super) fn read(value: &Value) -> Option<Self> {
        let spec = &value["spec"];
        Some(Self {
            name: text(&value["metadata"]["name"])?,
            url: text(&spec["url"]),
            port: spec["port"].as_u64().and_then(|port| u16::try_from(port).ok()),
            public: spec["public"].as_bool() == Some(true),
            status: status(&value["status"]),
        })
    }
}

/// A token that opens a private preview.
#[derive(Clone, PartialEq, Eq)]
pub struct PreviewToken {
    /// What it is called.
    pub name: String,
    /// Until when it opens the preview.
    pub expires: Option<Timestamp>,
    /// Whether it does so no longer.
    pub expired: bool,
    token: Option<Secret>,
}

impl PreviewToken {
    pub(in super::super) fn read(value: &Value) -> Option<Self> {
        let spec = &value["spec"];
        Some(Self {
            name: text(&value["metadata"]["name"])?,
            expires: instant(&spec["expiresAt"]),
            expired: spec["expired"].as_bool() == Some(true),
            token: text(&spec["token"]).map(Secret::new),
        })
    }

    /// The token itself, where the answer has it: for whoever asked for it, and nobody else.
    pub fn expose(&self) -> Option<&str> {
        self.token.as_ref().map(Secret::expose)
    }
}

impl fmt::Debug for PreviewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreviewToken")
            .field("name", &self.name)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_not_shown_by_accident() {
        let value = json!({
            "metadata": {"name": "t"},
            "spec": {"token": "tok-1234567", "expiresAt": "2026-12-01T00:00:00Z", "expired": null},
        });
        let token = PreviewToken::read(&value).unwrap();
        assert!(!format!("{token:?}").contains("tok-1234567"));
        assert_eq!((token.expose(), token.expired), (Some("tok-1234567"), false));
    }

    #[test]
    fn odd_previews_are_read() {
        let preview = Preview::read(&json!({
            "metadata": {"name": "p"}, "spec": {"port": 70000, "public": "yes", "url": ""}, "status": "deployed",
        }));
        let want = Preview {
            name: "p".to_owned(),
            status: Some("DEPLOYED".to_owned()),
            ..Preview::default()
        };
        assert_eq!(preview, Some(want));
        assert_eq!(Preview::read(&json!([])), None);
    }
}
