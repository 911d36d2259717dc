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

/// What deployments tell of the previews of a closed pull request.
#[derive(Default)]
pub(super) struct Told {
    /// Of images that are not known.
    pub(super) orphans: Vec<Orphan>,
    /// The images that there were previews of; `None` where nobody can tell.
    pub(super) images: Option<Vec<String>>,
}

/// Those of images that are not known, once the pull request is closed. Whoever may write deployments may have written these:
/// only what is called as a preview of this pull request, in the workspace of the job, is one.
pub(super) fn find(args: &cli::Ci, scene: &Scene, known: &[String], shell: &mut Shell) -> Told {
    let closed = matches!(&scene.here.event, Event::PullRequest(pull) if pull.action == "closed");
    let (Some(pull), true) = (scene.pull, closed && args.feedback.deployments) else {
        return Told::default();
    };
    let purpose = format!("pr-{pull}");
    if args.dry_run {
        shell.status(
            "Would",
            &format!("delete the previews that deployments to `{purpose}` tell of, and whose projects are not in the checkout"),
        );
        return Told::default();
    }
    let Some(there) = there(scene, &purpose, shell) else { return Told::default() };
    let (mut orphans, mut images): (Vec<Orphan>, Vec<String>) = (Vec::new(), Vec::new());
    for one in there {
        let Ok(leg) = Leg::read(&one.record.to_string()) else { continue };
        let is_known =
            known.contains(&leg.image) || orphans.iter().any(|orphan| orphan.image == leg.image);
        let is_ours = leg.workspace.is_some() && leg.workspace == scene.workspace;
        if leg.did != Did::Preview || !is_ours {
            continue;
        }
        images.push(leg.image.clone());
        if is_known {
            continue;
        }
        // A name that is too long for this was made in another way, and belongs to nobody for certain.
        if let Ok(preview) = remote::new_name(&format!("{}-{purpose}", leg.image)) {
            orphans.push(Orphan { image: leg.image, preview });
        }
    }
    Told { orphans, images: Some(images) }
}

fn there(scene: &Scene, environment: &str, shell: &mut Shell) -> Option<Vec<Deployment>> {
    let (runtime, client) = (tell::runtime().ok()?, tell::client(scene, PATIENCE)?);
    let read = runtime.block_on(async { deployments::newest(&client?, environment).await });
    read.inspect_err(|fault| {
        shell.note(&format!(
            "whether there are previews of projects that are not in the checkout cannot be seen: {}",
            fault.detail()
        ));
    })
    .ok()
}
