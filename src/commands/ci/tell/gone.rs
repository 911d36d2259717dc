//! Deployments that are no more: a newer one took the place, or what was deployed is removed.

use super::{
    comment::own_key,
    deployments::{BEGUN, key},
    rows,
    wanted::Wanted,
};
use crate::{
    cli,
    record::{
        Status,
        leg::{Did, Leg},
    },
    ship::forge::{
        Row,
        github::{
            Client, Fault,
            deployments::{self, Deployment, NewStatus, State},
            statuses,
        },
    },
};

/// How many older ones are asked how they ended.
const LOOKS: usize = 5;

const REPLACED: &str = "A newer one took its place";
const CLOSED: &str = "the pull request is closed";

/// Tells of the deployments whose place one took. A promotion that waited for an approval has a row that waits, too.
pub(super) async fn replaced(
    client: &Client,
    args: &cli::Ci,
    (one, sha): (&Wanted<'_>, &str),
    id: u64,
) -> Result<(), Fault> {
    let waited = replace(client, one, id).await?;
    if one.leg.did != Did::Promote || !args.feedback.status {
        return Ok(());
    }
    let key = own_key(args);
    // On its own commit the row is that of this one.
    let others = waited.iter().filter(|older| older.sha != sha);
    let rows: Vec<Row> = others.flat_map(|older| over(one, &older.sha, key.as_deref())).collect();
    rows::publish(client, &rows, 1).await
}

/// Says of the one before it that it is no more: of the same image in the same environment, which only success replaces. Those
/// before that one were replaced by it. Where a newer one has succeeded meanwhile, this one is no more. Gives back those that waited
/// for an approval, and wait no more.
async fn replace(client: &Client, one: &Wanted<'_>, id: u64) -> Result<Vec<Deployment>, Fault> {
    let own = key(one);
    let there = deployments::newest(client, &one.environment).await?;
    let of_it = || there.iter().filter(|other| what(&other.key) == what(&own));
    for newer in of_it().filter(|other| other.id > id).take(LOOKS) {
        let said = last(client, newer.id).await?;
        if said.is_some_and(|said| said.state == Some(State::Success)) {
            // It has said so of those before this one.
            deployments::set(client, id, &inactive(REPLACED)).await?;
            return Ok(Vec::new());
        }
    }
    retire(client, of_it().filter(|other| other.id < id), REPLACED).await
}

/// Says of the newest of these that succeeded that it is no more, and the same of those after it that wait for an approval.
async fn retire(
    client: &Client,
    newest_first: impl Iterator<Item = &Deployment>,
    why: &str,
) -> Result<Vec<Deployment>, Fault> {
    let mut waited = Vec::new();
    for one in newest_first.take(LOOKS) {
        let Some(said) = last(client, one.id).await? else { continue };
        match said.state {
            Some(State::Success) => {
                deployments::set(client, one.id, &inactive(why)).await?;
                break;
            }
            Some(State::Inactive) => break,
            // One that was only begun is at work still, or was killed: nobody can tell.
            Some(State::InProgress) if !BEGUN.contains(&said.description.as_str()) => {
                deployments::set(client, one.id, &inactive(why)).await?;
                waited.push(one.clone());
            }
            _ => (),
        }
    }
    Ok(waited)
}

/// The rows of an older promotion whose place one took, on its commit: nobody waits for it any more.
fn over(one: &Wanted<'_>, sha: &str, key: Option<&str>) -> Vec<Row> {
    let of = |name: &str| Row {
        image: rows::context(name, key),
        sha: sha.to_owned(),
        state: statuses::State::Success,
        description: REPLACED.to_owned(),
        target_url: None,
    };
    one.name.split(',').map(of).collect()
}

/// What was said of it last.
async fn last(client: &Client, id: u64) -> Result<Option<deployments::Status>, Fault> {
    let all = deployments::statuses(client, id).await?;
    Ok(all.into_iter().max_by_key(|status| status.id))
}

/// What a key is of, whichever run made it.
fn what(key: &str) -> Option<&str> {
    key.splitn(3, '/').nth(2)
}

/// That of a deployment which is not there any more.
fn inactive(description: &str) -> NewStatus<'_> {
    NewStatus {
        state: State::Inactive,
        description,
        log_url: None,
        environment_url: None,
        auto_inactive: false,
    }
}

/// Says of the previews that were removed that they are gone: of each image the newest deployment, and where that did not succeed
/// the one before it, which it did not replace.
pub(super) async fn removed(client: &Client, pull: u64, legs: &[Leg]) -> Result<(), Fault> {
    let is_removed = |leg: &&Leg| leg.did == Did::Cleanup && leg.status == Status::Succeeded;
    let removed: Vec<&Leg> = legs.iter().filter(is_removed).collect();
    if removed.is_empty() {
        return Ok(());
    }
    let there = deployments::newest(client, &format!("pr-{pull}")).await?;
    for leg in removed {
        // The environment is that of other images and of other workspaces, too.
        let of = |one: &&Deployment| {
            one.record["image"] == leg.image.as_str()
                && one.record["workspace"].as_str() == leg.workspace.as_deref()
        };
        let mut of_it = there.iter().filter(of);
        let Some(one) = of_it.next() else { continue };
        let state = last(client, one.id).await?.and_then(|said| said.state);
        if state != Some(State::Success) {
            retire(client, of_it, CLOSED).await?;
        }
        if state != Some(State::Inactive) {
            deployments::set(client, one.id, &inactive(CLOSED)).await?;
        }
    }
    Ok(())
}
