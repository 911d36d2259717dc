//! What merging would do, for the comment of a pull request.

use std::collections::BTreeMap;

use super::{check::Project, given, history, scene::Scene};
use crate::{
    cli,
    commands::remote,
    record::leg::{Leg, Merging},
    shell::Shell,
    ship::{
        blaxel::{Fault, ImageName, Rule, Share, WorkspaceName, shares},
        promote::Target,
    },
};

/// The workspaces that the build of a merge keeps away from, by the image.
pub(super) type Kept = BTreeMap<String, Vec<String>>;

/// Whether merging does something that is told.
pub(super) fn is_told(scene: &Scene) -> bool {
    scene.pull.is_some() && scene.decision.lands
}

/// What the caller protects, and what the settings do. A promotion is meant for its targets.
pub(super) fn kept(args: &cli::Ci, scene: &Scene, projects: &[Project]) -> Kept {
    if !is_told(scene) || args.allow_propagation || args.dry_run {
        return Kept::new();
    }
    let of = |project: &Project| {
        let mut names = given::list(&args.protected);
        names.extend(project.protected.iter().cloned());
        names.retain(|name| scene.targets.iter().all(|to| to.workspace.as_str() != name));
        (project.leg.image.clone(), names)
    };
    projects.iter().map(of).collect()
}

/// Looks how each image is shared: with the workspaces that it will be promoted to, and with those that see every build of
/// it, or keep it from being built. What cannot be read is said to be unknown: it fails nothing.
pub(super) fn look(
    args: &cli::Ci,
    scene: &Scene,
    kept: &Kept,
    legs: &mut [Leg],
    shell: &mut Shell,
) {
    let targets = &scene.targets;
    if !is_told(scene) {
        return;
    }
    let images: Vec<Option<ImageName>> = legs.iter().map(|leg| leg.image.parse().ok()).collect();
    let read = remote::run(&super::call(args), shell, async |client, _| {
        let mut all = Vec::new();
        for image in &images {
            let Some(image) = image else {
                all.push(None);
                continue;
            };
            all.push(match shares::list(client, image).await {
                Ok(shares) => Some(shares),
                // Merging builds it for the first time.
                Err(Fault::Rule(broken)) if broken.rule == Rule::Missing => Some(Vec::new()),
                Err(_) => None,
            });
        }
        Ok(all)
    });
    let read = read.unwrap_or_else(|_| vec![None; legs.len()]);
    let names: Vec<&str> = legs.iter().map(|leg| leg.image.as_str()).collect();
    let place = |target: &Target| environment(args, target.workspace.as_str());
    let mut before: BTreeMap<String, Vec<Leg>> = BTreeMap::new();
    for target in targets {
        let known = before.entry(place(target));
        known.or_insert_with_key(|environment| history::promoted(scene, environment, &names));
    }
    for (leg, shares) in legs.iter_mut().zip(read) {
        let kept = kept.get(&leg.image).map(Vec::as_slice).unwrap_or_default();
        let others = others(shares.as_deref().unwrap_or_default(), targets, kept);
        // What is not built is seen nowhere.
        let is_refused = others.iter().any(|one| one.share == REFUSED);
        let promoted = targets.iter().filter(|_| !is_refused).map(|target| Merging {
            workspace: target.workspace.to_string(),
            share: standing(shares.as_deref(), &target.workspace).to_owned(),
            now: before.get(&place(target)).and_then(|legs| history::tag_of(legs, &leg.image)),
        });
        leg.merging = promoted.chain(others).collect();
    }
}

const REFUSED: &str = "refused";

/// The workspaces that an image is shared with beside those that it is promoted to.
fn others(shares: &[Share], targets: &[Target], kept: &[String]) -> Vec<Merging> {
    let is_target =
        |share: &Share| targets.iter().any(|to| to.workspace.as_str() == share.workspace);
    let is_kept = |share: &&Share| kept.contains(&share.workspace);
    let refuses = shares.iter().any(|share| is_kept(&share));
    let shares = shares.iter().filter(|share| !is_target(share));
    let told = shares.filter(|share| !refuses || is_kept(share)).map(|share| Merging {
        workspace: share.workspace.clone(),
        share: match share {
            _ if refuses => REFUSED,
            share if share.is_pending() => "pending",
            _ => "active",
        }
        .to_owned(),
        now: None,
    });
    told.collect()
}

/// The environment of promotions to a workspace.
pub(super) fn environment(args: &cli::Ci, workspace: &str) -> String {
    given::some(args.feedback.environment.as_ref()).unwrap_or_else(|| workspace.to_owned())
}

fn standing(shares: Option<&[Share]>, workspace: &WorkspaceName) -> &'static str {
    let Some(shares) = shares else { return "unknown" };
    match shares.iter().find(|share| share.workspace == workspace.as_str()) {
        None => "none",
        Some(share) if share.is_pending() => "pending",
        Some(_) => "active",
    }
}
