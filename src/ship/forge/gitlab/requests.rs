//! Merge requests.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{
    Client, Fault,
    client::{Call, Lab},
};

/// The number of the merge request whose merge a commit is: the merge, the squashed commit, or the last one where nothing
/// was merged. `None` where it is none's.
pub async fn merged_by(client: &Client, sha: &str) -> Result<Option<u64>, Fault> {
    let path = ["repository", "commits", sha, "merge_requests"];
    let answer = client.sure(&Call::new(Method::GET, &path)).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let told = answer.call.clone();
    let Value::Array(rows) = answer.json(&Lab)? else {
        return Err(Fault::Answer { call: told, what: "what came is no list".into() });
    };
    let is_it = |row: &&Value| {
        row["state"] == "merged"
            && ["merge_commit_sha", "squash_commit_sha", "sha"].iter().any(|name| row[*name] == sha)
    };
    Ok(rows.iter().filter(is_it).find_map(|row| row["iid"].as_u64()))
}
