//! Deployments that are no more: a newer one took the place, or what was deployed is removed.

use super::{deployments::key, wanted::Wanted};
use crate::{
    record::{
        Status,
        leg::{Did, Leg},
    },
    ship::forge::github::{
        Client, Fault,
        deployments::{self, Deployment, NewStatus, State},
    },
};

/// How many older ones are asked how they ended.
const LOOKS: usize = 5;

const REPLACED: &str = "A newer one took its place";
const CLOSED: &str = "the pull request is closed";

/// Says of the one before it that it is no more: of the same image in the same environment, which only success replaces. Those
/// before that one were replaced by it. Where a newer one has succeeded meanwhile, this one is no more.
pub(super) async fn replace(client: &Client, one: &Wanted<'_>, id: u64) -> Result<(), Fault> {
    let own = key(one);
    let there = deployments::newest(client, &one.environment).await?;
    let of_it = || there.iter().filter(|other| what(&other.key) == what(&own));
    for newer in of_it().filter(|other| other.id > id).take(LOOKS) {
        if last(client, newer.id).await? == Some(State::Success) {
            // It has said so of those before this one.
            return deployments::set(client, id, &inactive(REPLACED)).await.map(drop);
        }
    }
    retire(client, of_it().filter(|other| other.id < id), REPLACED).await
}

/// Says of the newest of these that succeeded that it is no more.
async fn retire(
    client: &Client,
    newest_first: impl Iterator<Item = &Deployment>,
    why: &str,
) -> Result<(), Fault> {
    for one in newest_first.take(LOOKS) {
        match last(client, one.id).await? {
            Some(State::Success) => {
                return deployments::set(client, one.id, &inactive(why)).await.map(drop);
            }
            Some(State::Inactive) => return Ok(()),
            _ => (),
        }
    }
    Ok(())
}

/// What was said of it last.
async fn last(client: &Client, id: u64) -> Result<Option<State>, Fault> {
    let all = deployments::statuses(client, id).await?;
    Ok(all.iter().max_by_key(|status| status.id).and_then(|last| last.state))
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
        let state = last(client, one.id).await?;
        if state != Some(State::Success) {
            retire(client, of_it, CLOSED).await?;
        }
        if state != Some(State::Inactive) {
            deployments::set(client, one.id, &inactive(CLOSED)).await?;
        }
    }
    Ok(())
}
