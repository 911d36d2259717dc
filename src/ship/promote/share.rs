//! Shares an image with a target, waits for the approval where one is needed, and verifies.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{Target, Verified, verify};
use crate::ship::{
    Reporter,
    blaxel::{
        Client, Fault, ImageName, Rule, TagName,
        shares::{self, Shared},
    },
};

/// Where a promotion stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was shared now.
    Shared,
    /// It was shared before: nothing was changed.
    Already,
    /// It waits for an admin of the target's account.
    Waiting {
        /// What the share is called until then.
        id: Option<String>,
        /// Until when it can be approved.
        expires: Option<Timestamp>,
        /// It was asked for before.
        already: bool,
    },
}

/// What came of promoting to one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promoted {
    /// Where the share stands.
    pub state: State,
    /// Whether the tag is seen there; `None` while it waits.
    pub verified: Option<Verified>,
}

/// Promotes one tag of an image to one target. Doing it again changes nothing.
///
/// `there` is a client of the target's workspace. `approval` is how long an approval is waited for, and `patience` how long
/// the target may take to see the tag.
///
/// # Errors
/// As [`shares::share`]; [`Rule::Declined`] where the share that was waited for went away.
pub async fn promote(
    client: &Client,
    there: &Client,
    (name, tag): (&ImageName, &TagName),
    target: &Target,
    (approval, patience): (Duration, Duration),
    reporter: &mut dyn Reporter,
) -> Result<Promoted, Fault> {
    let shared = shares::share(client, name, &target.workspace, target.account.as_deref()).await?;
    let state = match shared {
        Shared::Now => State::Shared,
        Shared::Already => State::Already,
        Shared::Waiting { id, expires, already } => {
            let waiting = State::Waiting { id, expires, already };
            reporter.note(&format!("{target}: waiting for an admin of the other account"));
            if !approved(client, name, target, approval).await? {
                return Ok(Promoted { state: waiting, verified: None });
            }
            if already { State::Already } else { State::Shared }
        }
    };
    let verified = verify(there, client.workspace(), name, tag, patience, reporter).await?;
    Ok(Promoted { state, verified: Some(verified) })
}

/// Waits until a share is no longer pending; false where it still is at the end.
async fn approved(
    client: &Client,
    name: &ImageName,
    target: &Target,
    patience: Duration,
) -> Result<bool, Fault> {
    let started = Instant::now();
    loop {
        let pause = client.pace().between(started.elapsed());
        if started.elapsed() + pause > patience || !client.sleep(pause).await {
            return Ok(false);
        }
        let shares = shares::list(client, name).await?;
        match shares.iter().find(|share| share.workspace == target.workspace.as_str()) {
            Some(share) if share.is_pending() => (),
            Some(_) => return Ok(true),
            None => {
                return Err(Rule::Declined.fault(
                    format!("the share of `{name}` with `{target}` waits no longer: it was declined, withdrawn, or has expired"),
                    "ask an admin of the target why, then promote again",
                ));
            }
        }
    }
}
