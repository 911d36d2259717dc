//! What a promotion did: for people, and for the run that takes it back.

use serde::{Deserialize, Serialize};

use super::Status;
use crate::escape;

/// The version of the form; fields are added, never renamed or removed.
const VERSION: u32 = 1;
const KIND: &str = "promotion";

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A tag was promoted.
    #[default]
    Promote,
    /// The tag before was pinned again.
    Rollback,
    /// Shares were ended.
    Undo,
}

/// Where a promotion ended for one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was shared.
    Shared,
    /// It was shared before.
    Already,
    /// It waits for an approval.
    Waiting,
    /// It is no longer shared.
    Unshared,
    /// It was refused: what it would break, or that nobody can see what.
    Refused,
    /// It could not be done.
    Failed,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The workspace.
    pub workspace: String,
    /// The account, where it is another one.
    pub account: Option<String>,
    /// Where it ended.
    pub state: State,
    /// Whether the target sees the tag; `None` where nobody knows.
    pub verified: Option<bool>,
    /// Why it is not so, or not known.
    pub why: Option<String>,
    /// Whether this promotion, or one before it, made the share: only that may be undone.
    pub shared_here: bool,
    /// What a share that waits is called.
    pub pending: Option<String>,
    /// Until when it can be approved, RFC 3339.
    pub expires: Option<String>,
}

/// What happened in one promotion. Holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promotion {
    /// How it ended.
    pub status: Status,
    /// What went wrong, in one sentence.
    pub error: Option<String>,
    /// What was done.
    pub action: Action,
    /// Whether the platform was the embedded one.
    pub simulated: bool,
    /// When it started, RFC 3339.
    pub started: String,
    /// The commit, where the CI names it.
    pub commit: Option<String>,
    /// The workspace that owns the image.
    pub workspace: String,
    /// The image, such as `sandbox/app`.
    pub image: String,
    /// The tag that the targets have to use.
    pub tag: String,
    /// The tag that was promoted before.
    pub previous: Option<String>,
    /// The targets, in the order in which they were named.
    pub targets: Vec<Target>,
}

#[derive(Serialize, Deserialize)]
struct V1 {
    version: u32,
    kind: String,
    tool: Tool,
    status: String,
    error: Option<String>,
    action: Action,
    simulated: bool,
    started: String,
    commit: Option<String>,
    workspace: String,
    image: String,
    tag: String,
    reference: String,
    previous: Option<String>,
    targets: Vec<Target>,
}

#[derive(Serialize, Deserialize)]
struct Tool {
    name: String,
    version: String,
}

impl Promotion {
    /// What the targets have to name: `sandbox/app:tag`.
    pub fn reference(&self) -> String {
        format!("{}:{}", self.image, self.tag)
    }

    /// As JSON, version 1, with a line end.
    pub fn to_json(&self) -> String {
        let v1 = V1 {
            version: VERSION,
            kind: KIND.into(),
            tool: Tool { name: "sandgate".into(), version: env!("CARGO_PKG_VERSION").into() },
            status: self.status.name().into(),
            error: self.error.clone(),
            action: self.action,
            simulated: self.simulated,
            started: self.started.clone(),
            commit: self.commit.clone(),
            workspace: self.workspace.clone(),
            image: self.image.clone(),
            tag: self.tag.clone(),
            reference: self.reference(),
            previous: self.previous.clone(),
            targets: self.targets.clone(),
        };
        // Plain data with text keys always serialises.
        let text = serde_json::to_string_pretty(&v1).unwrap_or_default();
        format!("{}\n", escape::json(&text))
    }

    /// Reads what [`Promotion::to_json`] wrote; `Err` says why it cannot be used.
    pub fn read(text: &str) -> Result<Self, String> {
        let v1: V1 = serde_json::from_str(text)
            .map_err(|err| format!("it is no record of a promotion: {err}"))?;
        if v1.kind != KIND || v1.version != VERSION {
            return Err(format!("it is a record of `{}`, version {}", v1.kind, v1.version));
        }
        Ok(Self {
            status: Status::named(&v1.status),
            error: v1.error,
            action: v1.action,
            simulated: v1.simulated,
            started: v1.started,
            commit: v1.commit,
            workspace: v1.workspace,
            image: v1.image,
            tag: v1.tag,
            previous: v1.previous,
            targets: v1.targets,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let target = Target {
            workspace: "prod".into(),
            account: Some("a".into()),
            state: State::Waiting,
            verified: None,
            why: None,
            shared_here: true,
            pending: Some("p1".into()),
            expires: Some("2026-12-01T00:00:00Z".into()),
        };
        let record = Promotion {
            status: Status::Succeeded,
            started: "2026-11-25T00:00:00Z".into(),
            workspace: "dev".into(),
            image: "sandbox/app".into(),
            tag: "t2".into(),
            previous: Some("t1".into()),
            targets: vec![target],
            ..Promotion::default()
        };
        let text = record.to_json();
        assert!(text.contains("\"reference\": \"sandbox/app:t2\""), "{text}");
        assert_eq!(Promotion::read(&text), Ok(record));
        for bad in ["", "{}", "{\"version\": 1}", &text.replace("\"promotion\"", "\"deploy\"")] {
            assert!(Promotion::read(bad).is_err(), "{bad}");
        }
    }
}
