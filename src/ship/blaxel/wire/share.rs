//! Shares and workspaces, as the platform shows them.

use jiff::Timestamp;
use serde_json::Value;

use super::{instant, status, text};

/// A workspace that an image is shared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// The target.
    pub workspace: String,
    /// The target's account.
    pub account: Option<String>,
    /// Upper case: `ACTIVE`, `PENDING`; `None` where it is absent, null or no string.
    pub status: Option<String>,
    /// What it is called while it waits.
    pub pending: Option<String>,
    /// Whom to ask for the approval.
    pub owner: Option<String>,
}

impl Share {
    pub(in super::super) fn read(value: &Value) -> Option<Self> {
        Some(Self {
            workspace: text(&value["workspace"])?,
            account: text(&value["accountId"]),
            status: status(&value["status"]),
            pending: text(&value["pendingShareId"]),
            owner: text(&value["accountOwnerEmail"]),
        })
    }

    /// Whether it still waits for an approval.
    pub fn is_pending(&self) -> bool {
        // Where nothing is said, the mark of one that waits decides.
        self.status.as_deref().map_or(self.pending.is_some(), |status| status == "PENDING")
    }
}

/// A share that waits for an approval.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PendingShare {
    /// What it is called.
    pub id: String,
    /// The image, such as `sandbox/app`.
    pub image: String,
    /// The workspace that offers it.
    pub source: String,
    /// The account that offers it.
    pub source_account: Option<String>,
    /// The workspace that it is offered to.
    pub target: String,
    /// The account that it is offered to.
    pub target_account: Option<String>,
    /// Who offered it: a mail address, else the platform's name for the user.
    pub by: Option<String>,
    /// The target holds an image of that name.
    pub conflict: bool,
    /// When it was offered.
    pub created: Option<Timestamp>,
    /// Until when it can be answered.
    pub expires: Option<Timestamp>,
}

impl PendingShare {
    pub(in super::super) fn read(value: &Value) -> Option<Self> {
        let word = |name: &str| text(&value[name]);
        let kind = word("resourceType").unwrap_or_else(|| "sandbox".to_owned());
        Some(Self {
            id: word("id")?,
            image: word("imageName").map(|name| format!("{kind}/{name}")).unwrap_or_default(),
            source: word("sourceWorkspace").unwrap_or_default(),
            source_account: word("sourceAccountId"),
            target: word("targetWorkspace").unwrap_or_default(),
            target_account: word("targetAccountId"),
            by: word("sharedByEmail").or_else(|| word("sharedBy")),
            conflict: value["hasConflict"].as_bool() == Some(true),
            created: instant(&value["createdAt"]),
            expires: instant(&value["expiresAt"]),
        })
    }
}

/// A workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// The name that calls give.
    pub name: String,
    /// The account that owns it.
    pub account: Option<String>,
    /// Upper case: `READY`, ...
    pub status: Option<String>,
    /// Where it is by default.
    pub region: Option<String>,
}

impl Workspace {
    pub(in super::super) fn read(value: &Value) -> Option<Self> {
        Some(Self {
            name: text(&value["name"])?,
            account: text(&value["accountId"]),
            status: status(&value["status"]),
            region: text(&value["region"]),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shares_are_read_in_every_state() {
        let read = |value| Share::read(&value);
        let active = read(json!({"workspace": "w", "accountId": "a", "status": "Active"})).unwrap();
        assert!(!active.is_pending());
        let waits =
            json!({"workspace": "w", "accountId": "a", "status": null, "pendingShareId": 7});
        let waits = read(waits).unwrap();
        assert!(waits.is_pending() && waits.pending.as_deref() == Some("7"));
        for odd in [json!(null), json!([]), json!({"workspace": ""}), json!({"status": "active"})] {
            assert_eq!(read(odd.clone()), None);
            assert_eq!((PendingShare::read(&odd), Workspace::read(&odd)), (None, None));
        }
    }

    #[test]
    fn what_waits_names_its_image() {
        let share = PendingShare::read(&json!({
            "id": "p1", "imageName": "app", "resourceType": "sandbox", "sourceWorkspace": "dev",
            "sharedBy": "u1", "expiresAt": "2026-12-02T10:00:00.123456789Z", "hasConflict": "yes",
        }))
        .unwrap();
        assert_eq!((share.image.as_str(), share.by.as_deref()), ("sandbox/app", Some("u1")));
        assert!(share.expires.is_some() && share.created.is_none() && !share.conflict);
    }
}
