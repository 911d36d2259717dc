//! Takes a promotion back.

use super::Target;
use crate::ship::blaxel::{Client, Fault, ImageName, sandboxes, shares};

/// What came of taking it back from one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// It is no longer shared.
    Unshared {
        /// The sandboxes there that used it all the same.
        users: Vec<String>,
    },
    /// It was not shared any more.
    Gone,
    /// It still is: these sandboxes use it, and would break at their next start.
    InUse(Vec<String>),
    /// It still is: the sandboxes there cannot be listed, so nobody knows what would break.
    Unlisted {
        /// What was said.
        why: String,
    },
}

/// Ends a share, after a look at what uses the image in the target. With `force` even where something does; never where
/// that cannot be seen.
///
/// # Errors
/// As [`shares::unshare`].
pub async fn undo(
    client: &Client,
    there: &Client,
    name: &ImageName,
    target: &Target,
    force: bool,
) -> Result<Undone, Fault> {
    let shares = shares::list(client, name).await?;
    let Some(share) = shares.iter().find(|share| share.workspace == target.workspace.as_str())
    else {
        return Ok(Undone::Gone);
    };
    // What was never approved is used by nobody.
    let users = if share.is_pending() {
        Vec::new()
    } else {
        match sandboxes::users(there, name, None).await {
            Ok(users) => users,
            Err(fault) => return Ok(Undone::Unlisted { why: fault.detail() }),
        }
    };
    if !users.is_empty() && !force {
        return Ok(Undone::InUse(users));
    }
    if shares::unshare(client, name, &target.workspace).await? {
        Ok(Undone::Unshared { users })
    } else {
        Ok(Undone::Gone)
    }
}
