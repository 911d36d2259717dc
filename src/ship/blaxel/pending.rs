//! Shares across accounts that wait for an approval.

use reqwest::StatusCode;

use super::{
    client::Client,
    effect::{self, Effect},
    fault::Fault,
    images,
    names::{ImageName, ShareId},
    read,
    rule::{self, Rule},
    wire::PendingShare,
};

/// Which shares are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Images that others offer to this workspace.
    Incoming,
    /// Images of this workspace that others have not accepted yet.
    Outgoing,
}

const ADMIN: &str = "an admin of the workspace that the image is offered to answers: use an admin's key of it, or ask one";

/// The shares that wait.
pub async fn list(client: &Client, direction: Direction) -> Result<Vec<PendingShare>, Fault> {
    let direction = match direction {
        Direction::Incoming => "incoming",
        Direction::Outgoing => "outgoing",
    };
    let query = [("direction", direction)];
    let rows = read::all(client, &["pending-image-shares"], &query).await?.unwrap_or_default();
    Ok(rows.iter().filter_map(PendingShare::read).collect())
}

/// Accepts a share that is offered to this workspace; `force` overwrites tags of an image of the same name. Tells what was
/// accepted.
///
/// # Errors
/// [`Rule::Missing`], [`Rule::Conflict`], [`Rule::Expired`], [`Rule::NotAllowed`].
pub async fn accept(client: &Client, id: &ShareId, force: bool) -> Result<PendingShare, Fault> {
    let offered = offered(client, id).await?;
    let query = [("force", "true")];
    let landed = async || Ok(accepted(client, &offered).await?.then_some(()));
    let path = ["pending-image-shares", id.as_str(), "accept"];
    let query = if force { &query[..] } else { &[] };
    let answer = match effect::post(client, &path, query, None, landed).await.map_err(|fault| {
        rule::role(fault, &format!("the key may not accept the share `{id}`"), ADMIN)
    })? {
        Effect::ReadBack(()) => return Ok(offered),
        Effect::Answer(answer) => answer,
    };
    match answer.status {
        status if status.is_success() => Ok(offered),
        // An earlier try took effect after all.
        StatusCode::NOT_FOUND if accepted(client, &offered).await? => Ok(offered),
        StatusCode::NOT_FOUND => Err(withdrawn(id)),
        StatusCode::CONFLICT => Err(Rule::Conflict.shown(
            answer,
            format!("this workspace holds an image of its own called `{}`", offered.image),
            "delete or rename it first, or accept with --force, which overwrites its tags of the same name",
        )),
        StatusCode::GONE => Err(expired(answer, &offered)),
        _ => Err(answer.fault()),
    }
}

/// Declines a share that is offered to this workspace. Tells what was declined.
///
/// # Errors
/// [`Rule::Missing`], [`Rule::NotAllowed`].
pub async fn decline(client: &Client, id: &ShareId) -> Result<PendingShare, Fault> {
    let offer = offered(client, id).await?;
    let gone = async || {
        let left = list(client, Direction::Incoming).await?;
        Ok(left.iter().all(|share| share.id != id.as_str()).then_some(()))
    };
    let path = ["pending-image-shares", id.as_str(), "decline"];
    let answer = match effect::post(client, &path, &[], None, gone).await.map_err(|fault| {
        rule::role(fault, &format!("the key may not decline the share `{id}`"), ADMIN)
    })? {
        Effect::ReadBack(()) => return Ok(offer),
        Effect::Answer(answer) => answer,
    };
    match answer.status {
        // What cannot be accepted any more is declined.
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(offer),
        status if status.is_success() => Ok(offer),
        _ => Err(answer.fault()),
    }
}

async fn offered(client: &Client, id: &ShareId) -> Result<PendingShare, Fault> {
    let incoming = list(client, Direction::Incoming).await?;
    match incoming.iter().find(|share| share.id == id.as_str()) {
        Some(share) => Ok(share.clone()),
        None => Err(rule::missing(
            &format!("no share `{id}` waits for the workspace `{}`", client.workspace()),
            id.as_str(),
            "sandgate image pending",
            incoming.iter().map(|share| share.id.as_str()),
        )),
    }
}

/// Whether an offer is there no longer and its image is.
async fn accepted(client: &Client, offer: &PendingShare) -> Result<bool, Fault> {
    let left = list(client, Direction::Incoming).await?;
    if left.iter().any(|share| share.id == offer.id) {
        return Ok(false);
    }
    let Ok(name) = offer.image.parse::<ImageName>() else { return Ok(false) };
    let image = images::find(client, &name).await?;
    Ok(image.is_some_and(|image| image.source.as_ref() == Some(&offer.source)))
}

fn withdrawn(id: &ShareId) -> Fault {
    Rule::Missing.fault(
        format!("the share `{id}` waits no longer: it was withdrawn, or somebody else answered"),
        "`sandgate image list` shows whether the image is there",
    )
}

fn expired(answer: super::client::Answer, offer: &PendingShare) -> Fault {
    Rule::Expired.shown(
        answer,
        format!("the share of `{}` has expired", offer.image),
        format!("ask the workspace `{}` to share it again", offer.source),
    )
}
