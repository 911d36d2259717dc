//! Previews whose projects the checkout has no more, since a later commit of the pull request removed or renamed them: its
//! deployments tell of them.

use std::time::Duration;

use super::{scene::Scene, tell};
use crate::{
    cli,
    commands::remote,
    record::leg::{Did, Leg},
    shell::Shell,
    ship::{
        blaxel::SandboxName,
        ci::Event,
        forge::github::deployments::{self, Deployment},
    },
};

/// The longest that is waited for the deployments.
const PATIENCE: Duration = Duration::from_secs(10);

/// One of them.
pub(super) struct Orphan {
    /// The image that the preview was of.
    pub(super) image: String,
    pub(super) preview: SandboxName,
}

/// Those of images that are not known, once the pull request is closed. Whoever may write deployments may have written these:
/// only what is called as a preview of this pull request, in the workspace of the job, is one.
pub(super) fn find(
    args: &cli::Ci,
    scene: &Scene,
    known: &[String],
    shell: &mut Shell,
) -> Vec<Orphan> {
    let closed = matches!(&scene.here.event, Event::PullRequest(pull) if pull.action == "closed");
    let (Some(pull), true) = (scene.pull, closed && args.feedback.deployments) else {
        return Vec::new();
    };
    let purpose = format!("pr-{pull}");
    if args.dry_run {
        shell.status(
            "Would",
            &format!("delete the previews that deployments to `{purpose}` tell of, and whose projects are not in the checkout"),
        );
        return Vec::new();
    }
    let mut orphans: Vec<Orphan> = Vec::new();
    for one in there(scene, &purpose, shell) {
        let Ok(leg) = Leg::read(&one.record.to_string()) else { continue };
        let is_known =
            known.contains(&leg.image) || orphans.iter().any(|orphan| orphan.image == leg.image);
        let is_ours = leg.workspace.is_some() && leg.workspace == scene.workspace;
        if leg.did != Did::Preview || is_known || !is_ours {
            continue;
        }
        // A name that is too long for this was made in another way, and belongs to nobody for certain.
        if let Ok(preview) = remote::new_name(&format!("{}-{purpose}", leg.image)) {
            orphans.push(Orphan { image: leg.image, preview });
        }
    }
    orphans
}

fn there(scene: &Scene, environment: &str, shell: &mut Shell) -> Vec<Deployment> {
    let (Ok(runtime), Some(client)) = (tell::runtime(), tell::client(scene, PATIENCE)) else {
        return Vec::new();
    };
    let read = runtime.block_on(async { deployments::newest(&client?, environment).await });
    read.unwrap_or_else(|fault| {
        shell.note(&format!(
            "whether there are previews of projects that are not in the checkout cannot be seen: {}",
            fault.detail()
        ));
        Vec::new()
    })
}
