//! Pull requests.

use serde_json::Value;

use super::{Client, Fault, client::Call, pages, wire};

const NEEDS: &str = "pull-requests: read";

/// One side of a pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// The branch.
    pub branch: String,
    /// The commit.
    pub sha: String,
    /// `OWNER/NAME`; `None` where the fork was deleted.
    pub repository: Option<String>,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Whether it can still be merged.
    pub open: bool,
    /// Whether it was merged.
    pub merged: bool,
    /// The commit of the merge. It is there for one that was not merged, too: a test.
    pub merge_commit: Option<String>,
    /// What is to be merged.
    pub head: Side,
    /// Where to.
    pub base: Side,
}

impl Side {
    fn read(value: &Value) -> Self {
        Self {
            branch: wire::text(&value["ref"]),
            sha: wire::text(&value["sha"]),
            repository: wire::some(&value["repo"]["full_name"]),
        }
    }
}

impl Pull {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            number: value["number"].as_u64()?,
            open: value["state"] == "open",
            // Lists tell only when.
            merged: value["merged"] == true || value["merged_at"].is_string(),
            merge_commit: wire::some(&value["merge_commit_sha"]),
            head: Side::read(&value["head"]),
            base: Side::read(&value["base"]),
        })
    }

    /// Whether it comes from another repository; one that is deleted is another.
    pub fn is_from_fork(&self) -> bool {
        self.head.repository.is_none() || self.head.repository != self.base.repository
    }
}

/// One pull request; `None` where there is none of that number.
pub async fn get(client: &Client, number: u64) -> Result<Option<Pull>, Fault> {
    let number = number.to_string();
    let answer = pages::one(client, &Call::get(&["pulls", &number], NEEDS)).await?;
    Ok(answer.as_ref().and_then(Pull::read))
}

/// The pull requests of a commit, open and closed. After a merge it takes GitHub up to half a minute to know of it: ask again.
pub async fn of_commit(client: &Client, sha: &str) -> Result<Vec<Pull>, Fault> {
    let call = Call::get(&["commits", sha, "pulls"], NEEDS);
    let rows = pages::all(client, &call, None).await?;
    Ok(rows.iter().filter_map(Pull::read).collect())
}

/// The open pull requests from a branch, which may be a fork's: `OWNER:BRANCH`.
pub async fn from_branch(client: &Client, head: &str) -> Result<Vec<Pull>, Fault> {
    let call = Call::get(&["pulls"], NEEDS).with("state", "open").with("head", head);
    let rows = pages::all(client, &call, None).await?;
    Ok(rows.iter().filter_map(Pull::read).collect())
}
