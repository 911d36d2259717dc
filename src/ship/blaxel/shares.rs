//! Who an image is shared with.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{
    client::Client,
    effect::{self, Effect},
    fault::Fault,
    images,
    names::{ImageName, WorkspaceName},
    pending::{self, Direction},
    read,
    rule::{self, Rule},
    wire::{PendingShare, Share},
};

/// What sharing came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// The target sees the image, from now on.
    Now,
    /// It did before.
    Already,
    /// An admin of the target's account has to approve.
    Waiting {
        /// What the share is called until then.
        id: Option<String>,
        /// Until when it can be approved.
        expires: Option<Timestamp>,
        /// It was asked for before.
        already: bool,
    },
}

/// Who an image of this workspace is shared with, approved or not.
///
/// # Errors
/// [`Rule::Missing`], [`Rule::NotOwned`], [`Rule::NotAllowed`].
pub async fn list(client: &Client, image: &ImageName) -> Result<Vec<Share>, Fault> {
    let path = ["images", image.kind(), image.name(), "share"];
    let rows = read::all(client, &path, &[]).await.map_err(|fault| not_allowed(fault, "read"))?;
    match rows {
        Some(rows) => Ok(rows.iter().filter_map(Share::read).collect()),
        None => {
            images::own(client, image).await?;
            Ok(Vec::new())
        }
    }
}

/// Shares an image, with all its tags and those to come. Sharing again changes nothing. `account` is the target's, where
/// it is another one.
///
/// # Errors
/// [`Rule::SameWorkspace`], [`Rule::Missing`], [`Rule::NotOwned`], [`Rule::NotAllowed`], [`Rule::UnknownTarget`],
/// [`Rule::Conflict`].
pub async fn share(
    client: &Client,
    image: &ImageName,
    target: &WorkspaceName,
    account: Option<&str>,
) -> Result<Shared, Fault> {
    if target.as_str() == client.workspace() {
        return Err(Rule::SameWorkspace.fault(
            format!("`{image}` is in the workspace `{target}` already"),
            "name another workspace; --workspace and BL_WORKSPACE name the one that owns the image",
        ));
    }
    if let Some(known) = state(client, image, target, true).await? {
        return Ok(known);
    }
    let mut body = json!({ "targetWorkspace": target.as_str() });
    if let Some(account) = account {
        body["targetAccountId"] = json!(account);
    }
    let path = ["images", image.kind(), image.name(), "share"];
    let landed = async || state(client, image, target, false).await;
    let answer = match effect::post(client, &path, &[], Some(&body), landed)
        .await
        .map_err(|fault| not_allowed(fault, "change"))?
    {
        Effect::ReadBack(shared) => return Ok(shared),
        Effect::Answer(answer) => answer,
    };
    match answer.status {
        StatusCode::ACCEPTED => {
            let pending = PendingShare::read(&read::value(client, answer)?);
            Ok(Shared::Waiting {
                id: pending.as_ref().map(|pending| pending.id.clone()),
                expires: pending.and_then(|pending| pending.expires),
                already: false,
            })
        }
        status if status.is_success() => Ok(Shared::Now),
        StatusCode::CONFLICT => match state(client, image, target, true).await? {
            Some(known) => Ok(known),
            None => Err(Rule::Conflict.shown(
                answer,
                format!("the workspace `{target}` holds an image of its own called `{image}`"),
                format!("delete or rename it there (`sandgate image delete {image} --workspace {target}`), then share again"),
            )),
        },
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Err(unknown(answer, target, account)),
        _ => Err(answer.fault()),
    }
}

/// Ends a share, or takes back one that waits. False where there was none.
///
/// # Errors
/// [`Rule::Missing`], [`Rule::NotOwned`], [`Rule::NotAllowed`].
pub async fn unshare(
    client: &Client,
    image: &ImageName,
    target: &WorkspaceName,
) -> Result<bool, Fault> {
    let shares = list(client, image).await?;
    if shares.iter().all(|share| share.workspace != target.as_str()) {
        return Ok(false);
    }
    let path = ["images", image.kind(), image.name(), "share", target.as_str()];
    let answer = client
        .sure(Method::DELETE, &path, &[], None)
        .await
        .map_err(|fault| not_allowed(fault, "change"))?;
    match answer.status {
        // It was there a moment ago: an earlier try took effect.
        StatusCode::NOT_FOUND => Ok(true),
        status if status.is_success() => Ok(true),
        _ => Err(answer.fault()),
    }
}

/// Where a share stands; `before` says that it stood there before this run.
async fn state(
    client: &Client,
    image: &ImageName,
    target: &WorkspaceName,
    before: bool,
) -> Result<Option<Shared>, Fault> {
    let shares = list(client, image).await?;
    let Some(share) = shares.into_iter().find(|share| share.workspace == target.as_str()) else {
        return Ok(None);
    };
    if !share.is_pending() {
        return Ok(Some(if before { Shared::Already } else { Shared::Now }));
    }
    let outgoing = pending::list(client, Direction::Outgoing).await?;
    let row = outgoing.into_iter().find(|row| {
        share.pending.as_ref() == Some(&row.id)
            || (row.image == image.to_string() && row.target == target.as_str())
    });
    let expires = row.as_ref().and_then(|row| row.expires);
    // What can no longer be approved has to be asked for again.
    if expires.is_some_and(|at| at <= Timestamp::now()) {
        return Ok(None);
    }
    let id = share.pending.or_else(|| row.map(|row| row.id));
    Ok(Some(Shared::Waiting { id, expires, already: before }))
}

fn not_allowed(fault: Fault, what: &str) -> Fault {
    rule::role(
        fault,
        &format!("the key may not {what} the shares of this workspace"),
        "sharing takes an admin of the workspace that owns the image: use an admin's key, or ask one",
    )
}

fn unknown(answer: super::client::Answer, target: &WorkspaceName, account: Option<&str>) -> Fault {
    match account {
        Some(account) => Rule::UnknownTarget.shown(
            answer,
            format!("the platform does not share with the workspace `{target}` of the account `{account}`"),
            "both have to be right: an admin of the target reads the account's ID in the workspace's settings in the console",
        ),
        None => Rule::UnknownTarget.shown(
            answer,
            format!("the platform does not share with the workspace `{target}`"),
            "check its name; a workspace of another account needs --account ID, which its admin reads in the workspace's settings in the console",
        ),
    }
}
