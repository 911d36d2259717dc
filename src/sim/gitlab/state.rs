//! What GitLab knows.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::access::User;

/// Everything.
#[derive(Debug, Default)]
pub(in crate::sim) struct Gitlab {
    last: u64,
    /// By their numbers.
    pub(super) projects: BTreeMap<u64, Project>,
    /// By the text of the token: whose it is.
    pub(super) tokens: BTreeMap<String, User>,
}

impl Gitlab {
    /// A new id, above all before it.
    pub(super) fn id(&mut self) -> u64 {
        // Ids of notes are above what 32 bits hold.
        self.last = self.last.max(4_300_000_000) + 1;
        self.last
    }

    /// A project by its number, or by its path.
    pub(super) fn project(&self, named: &str) -> Option<u64> {
        match named.parse() {
            Ok(number) => self.projects.contains_key(&number).then_some(number),
            Err(_) => {
                self.projects.iter().find(|(_, one)| one.path == named).map(|(number, _)| *number)
            }
        }
    }
}

/// A project.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) path: String,
    /// By their numbers in the project.
    pub(super) requests: BTreeMap<u64, Request>,
}

/// A merge request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) sha: String,
    pub(super) merged: bool,
    pub(super) merge_commit: Option<String>,
    pub(super) squash_commit: Option<String>,
    /// Oldest first.
    pub(super) notes: Vec<Note>,
    /// What notes told it to do: `close`, `label ~bug`, …
    pub(super) commands: Vec<String>,
}

/// A note.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) id: u64,
    pub(super) body: String,
    pub(super) author: User,
    /// Whether GitLab wrote it.
    pub(super) system: bool,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}
