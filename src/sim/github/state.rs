//! What GitHub knows.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{access::Actor, limits::Limits, wire::missing};
use crate::sim::wire::Refusal;

/// Owner and name.
pub(super) type Place = (String, String);
/// Owner and name, and an id, a number or a commit there.
pub(super) type At = (String, String, String);

/// Everything.
#[derive(Debug, Default)]
pub(in crate::sim) struct Forge {
    last: u64,
    pub(super) repositories: BTreeMap<Place, Repository>,
    /// By the text of the token: what was said of it.
    pub(super) tokens: BTreeMap<String, Actor>,
    pub(super) limits: Limits,
    /// By the text of the token: when it called, and whether it wrote.
    pub(super) calls: BTreeMap<String, VecDeque<(Timestamp, bool)>>,
}

impl Forge {
    /// A new id, above all before it.
    pub(super) fn id(&mut self) -> u64 {
        // Ids of GitHub are above what 32 bits hold.
        self.last = self.last.max(4_300_000_000) + 1;
        self.last
    }

    /// A repository.
    pub(super) fn at(&self, place: &Place) -> Result<&Repository, Refusal> {
        self.repositories.get(place).ok_or_else(missing)
    }

    /// The same, to change it.
    pub(super) fn at_mut(&mut self, place: &Place) -> Result<&mut Repository, Refusal> {
        self.repositories.get_mut(place).ok_or_else(missing)
    }
}

/// A repository.
#[derive(Debug)]
pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) default_branch: String,
    pub(super) private: bool,
    pub(super) fork: bool,
    pub(super) created: Timestamp,
    pub(super) pulls: BTreeMap<u64, Pull>,
    /// Oldest first.
    pub(super) comments: Vec<Comment>,
    /// Comments that were deleted.
    pub(super) deleted: Vec<Comment>,
    /// Oldest first.
    pub(super) statuses: Vec<Status>,
    /// Oldest first.
    pub(super) deployments: Vec<Deployment>,
    /// Oldest first.
    pub(super) checks: Vec<Check>,
}

/// One side of a pull request.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) branch: String,
    pub(super) sha: String,
    /// `OWNER/NAME`; nothing where the fork was deleted.
    pub(super) repository: Option<String>,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) association: String,
    pub(super) open: bool,
    pub(super) draft: bool,
    pub(super) merged: Option<Timestamp>,
    pub(super) closed: Option<Timestamp>,
    pub(super) merge_commit: Option<String>,
    pub(super) head: Side,
    pub(super) base: Side,
    pub(super) labels: Vec<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// From when on the merge commit is known to belong to it.
    pub(super) associated: Timestamp,
}

/// A comment.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) issue: u64,
    pub(super) body: String,
    pub(super) author: Actor,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// A status of a commit.
#[derive(Clone, Debug)]
pub(super) struct Status {
    pub(super) id: u64,
    pub(super) sha: String,
    pub(super) context: String,
    pub(super) state: String,
    pub(super) description: Option<String>,
    pub(super) target_url: Option<String>,
    pub(super) creator: Actor,
    pub(super) created: Timestamp,
}

/// A deployment.
#[derive(Clone, Debug)]
pub(super) struct Deployment {
    pub(super) id: u64,
    pub(super) sha: String,
    pub(super) reference: String,
    pub(super) task: String,
    pub(super) environment: String,
    pub(super) description: Option<String>,
    /// As it was sent: an object or text.
    pub(super) payload: Value,
    pub(super) transient: bool,
    pub(super) production: bool,
    pub(super) creator: Actor,
    pub(super) created: Timestamp,
    /// Oldest first.
    pub(super) statuses: Vec<DeploymentStatus>,
}

/// A status of a deployment.
#[derive(Clone, Debug)]
pub(super) struct DeploymentStatus {
    pub(super) id: u64,
    pub(super) state: String,
    pub(super) description: String,
    pub(super) environment: String,
    pub(super) log_url: String,
    pub(super) environment_url: String,
    pub(super) creator: Actor,
    pub(super) created: Timestamp,
}

/// A check run.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) id: u64,
    pub(super) sha: String,
    pub(super) name: String,
    pub(super) external_id: String,
    pub(super) details_url: Option<String>,
    pub(super) status: String,
    pub(super) conclusion: Option<String>,
    pub(super) started: Timestamp,
    pub(super) completed: Option<Timestamp>,
    /// `title`, `summary`, `text`, as they were sent.
    pub(super) output: Map<String, Value>,
    /// As they were sent.
    pub(super) annotations: Vec<Value>,
}
