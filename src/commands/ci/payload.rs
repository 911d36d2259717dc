//! The payload of an event, from its file.

use std::path::Path;

use serde_json::Value;

use crate::{error::Error, exit::Exit, repo};

/// One that is larger is none of GitHub's, in bytes.
const LARGEST: u64 = 32 << 20;

/// The event of a payload that has no name beside it, as one that is rehearsed.
pub(super) fn guess(payload: &Value) -> Option<&'static str> {
    let has = |key: &str| payload.get(key).is_some();
    ["pull_request", "merge_group", "workflow_run", "release", "schedule"]
        .into_iter()
        .find(|name| has(name))
        .or_else(|| (has("before") && has("after")).then_some("push"))
        .or_else(|| has("inputs").then_some("workflow_dispatch"))
}

/// Refuses the payload of another event than the one that is named: what a push is without its commit reads like the end of a branch.
pub(super) fn check(name: &str, payload: &Value) -> Result<(), Error> {
    if name != "push" || payload.get("after").is_some() || payload["deleted"] == true {
        return Ok(());
    }
    Err(Error::new(Exit::Usage, "the payload is none of a push: it has no `after`")
        .at("--event-name")
        .help("give the payload of that event with --event FILE, or the name of its own with --event-name"))
}

pub(super) fn read(path: &Path) -> Result<Value, Error> {
    let bad = |why: String| {
        Error::new(Exit::Usage, "the event cannot be read")
            .at(path.display().to_string())
            .because(why)
            .help("give the file that GITHUB_EVENT_PATH names, as GitHub wrote it")
    };
    let bytes = repo::read_up_to(path, LARGEST).map_err(bad)?;
    serde_json::from_slice(&bytes).map_err(|err| bad(err.to_string()))
}
