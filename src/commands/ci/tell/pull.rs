//! Which pull request a pushed commit came from.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::ship::{
    ci::{self, Push},
    forge::github::{
        Client, Fault,
        pulls::{self, Pull},
    },
};

/// GitHub knows of a merge only some time after it: so often is asked again, so many times the pause before a retry apart.
const LOOKS: u32 = 6;
const APART: u32 = 5;

/// The most numbers that are looked up in a push, the newest of them: each is a call.
const MOST: usize = 30;

/// The pull requests whose merges a push brings, that of its last commit at the end. A message is only where to look first: what
/// it names has to be merged as this very commit. Where something is promoted there most likely was one: it is looked for as long.
pub(super) async fn of_push(
    client: &Client,
    push: &Push,
    promotes: bool,
) -> Result<Vec<Pull>, Fault> {
    let Some(sha) = push.after.as_deref() else { return Ok(Vec::new()) };
    let mut pulls: Vec<Pull> = Vec::new();
    let mut known: BTreeMap<u64, Option<Pull>> = BTreeMap::new();
    for (commit, number) in before(push, sha) {
        // What was merged into another branch before is not what this push merges.
        let here = |pull: &Pull| push.branch.as_ref() == Some(&pull.base.branch);
        let is_it = |pull: &Pull| {
            pull.merged && pull.merge_commit.as_deref() == Some(commit.as_str()) && here(pull)
        };
        let pull = match known.entry(number) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(free) => free.insert(pulls::get(client, number).await?),
        };
        pulls.extend(pull.take_if(|pull| is_it(pull)));
    }
    if let Some(last) = of_last(client, push, sha, promotes).await? {
        pulls.retain(|known| known.number != last.number);
        pulls.push(last);
    }
    Ok(pulls)
}

/// The numbers that the commits before the last one name, each with the commit.
fn before(push: &Push, last: &str) -> Vec<(String, u64)> {
    let commits = push.commits.iter().filter(|(commit, _)| commit != last);
    let named = commits.filter_map(|(commit, message)| {
        let first = ci::pull_requests_of(message).into_iter().next();
        first.map(|number| (commit.clone(), number))
    });
    let mut named: Vec<(String, u64)> = named.collect();
    let old = named.len().saturating_sub(MOST);
    named.drain(..old);
    named
}

/// The pull request whose merge the last commit is.
async fn of_last(
    client: &Client,
    push: &Push,
    sha: &str,
    promotes: bool,
) -> Result<Option<Pull>, Fault> {
    let named = ci::pull_requests_of(&push.message);
    let is_it = |pull: &Pull| pull.merged && pull.merge_commit.as_deref() == Some(sha);
    for number in named.iter().take(3) {
        if let Some(pull) = pulls::get(client, *number).await?.filter(is_it) {
            return Ok(Some(pull));
        }
    }
    // A commit that names none was most likely pushed as it is: one look is enough.
    let looks = if named.is_empty() && !promotes { 1 } else { LOOKS };
    for look in 1..=looks {
        let found = pulls::of_commit(client, sha).await?;
        if let Some(pull) = found.into_iter().find(|pull| pull.merged) {
            return Ok(Some(pull));
        }
        if look < looks {
            tokio::time::sleep(client.pace().retry * APART).await;
        }
    }
    Ok(None)
}

/// The open pull request whose newest commit a run of another workflow was for. A payload does not name those of forks.
pub(in crate::commands::ci) async fn of_run(
    client: &Client,
    run: &ci::WorkflowRun,
) -> Result<Option<Pull>, Fault> {
    let Some(sha) = run.head.as_deref() else { return Ok(None) };
    let newest = |pull: &Pull| pull.open && pull.head.sha == sha;
    if let Some(pull) = pulls::of_commit(client, sha).await?.into_iter().find(newest) {
        return Ok(Some(pull));
    }
    let owner = run.repository.as_deref().and_then(|name| name.split('/').next());
    let Some((owner, branch)) = owner.zip(run.branch.as_deref()) else { return Ok(None) };
    let from = pulls::from_branch(client, &format!("{owner}:{branch}")).await?;
    Ok(from.into_iter().find(newest))
}
