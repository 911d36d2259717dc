//! A run that is behind its pull request: run again after a later commit, or after the end. What it would build is not what
//! anybody waits for, it would take the place of the newer preview, and nobody would remove it.

use std::time::Duration;

use super::{given, scene::Scene, tell};
use crate::{
    cli,
    shell::Shell,
    ship::{
        ci::{Event, Host},
        forge::github::{Client, Fault, pulls},
    },
};

/// The longest that is waited for the answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// GitHub may know of a commit some time after it says so: so often is asked, so many times the pause before a retry apart.
const LOOKS: u32 = 3;
const APART: u32 = 3;

/// The number of the pull request that is asked about before a preview of it is built.
pub(super) fn asks(args: &cli::Ci, scene: &Scene) -> Option<u64> {
    let is_own = scene.host == Host::Github && matches!(scene.here.event, Event::PullRequest(_));
    // Whoever names one knows which it is.
    let is_named = given::some(args.pr_number.as_ref()).is_some();
    scene.pull.filter(|_| is_own && !is_named && scene.commit.is_some())
}

/// Why there is nothing to do any more. What cannot be found out keeps nothing from being done.
pub(super) fn why(args: &cli::Ci, scene: &Scene, shell: &mut Shell) -> Option<String> {
    let (number, sha) = asks(args, scene).zip(scene.commit.as_deref()).filter(|_| !args.dry_run)?;
    let (Ok(runtime), Some(client)) = (tell::runtime(), tell::client(scene, PATIENCE)) else {
        return None;
    };
    runtime.block_on(async { look(&client?, number, sha).await }).unwrap_or_else(|fault| {
        shell.note(&format!(
            "whether the pull request has a newer commit cannot be seen: {}",
            fault.detail()
        ));
        None
    })
}

async fn look(client: &Client, number: u64, sha: &str) -> Result<Option<String>, Fault> {
    let mut why = None;
    for look in 1..=LOOKS {
        let Some(pull) = pulls::get(client, number).await? else { return Ok(None) };
        why = if !pull.open {
            Some(format!("the pull request {number} is closed, and nobody would remove a preview"))
        } else if pull.head.sha == sha {
            return Ok(None);
        } else {
            let newest = pull.head.sha;
            Some(format!(
                "{sha} is not the newest commit of the pull request {number}, which is {newest}, and whose run makes the preview"
            ))
        };
        if look < LOOKS {
            tokio::time::sleep(client.pace().retry * APART).await;
        }
    }
    Ok(why)
}
