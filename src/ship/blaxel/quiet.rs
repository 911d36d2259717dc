//! What is at work already when a run begins: an earlier run, perhaps one that was killed, or somebody else's. Two builds at
//! once cannot be told apart, so the first is let to its end.

use std::time::Duration;

use tokio::time::Instant;

use super::{client::Client, fault::Fault, wait::works};
use crate::ship::Reporter;

/// How many looks an upload that arrived may take to become a build.
const LOOKS: u32 = 5;

/// Looks until nothing is at work, for so long at most. Gives what was seen last.
pub(super) async fn settled<T>(
    client: &Client,
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Fault>,
    status: impl Fn(&T) -> Option<&str>,
    reporter: &mut dyn Reporter,
) -> Result<Option<T>, Fault> {
    let started = Instant::now();
    let mut told = false;
    let mut looks = 0;
    loop {
        let seen = look().await?;
        match seen.as_ref().and_then(&status) {
            // Nobody may ever have uploaded what this waits for.
            Some("UPLOADING") if looks < LOOKS => looks += 1,
            Some(status) if works(status) && started.elapsed() < patience => {
                if !std::mem::replace(&mut told, true) {
                    reporter.note(&format!(
                        "{what} is at work already ({status}): waiting for the end of that, so that it is not taken for this"
                    ));
                }
            }
            _ => return Ok(seen),
        }
        if !client.sleep(client.pace().between(started.elapsed())).await {
            return Ok(seen);
        }
    }
}
