//! What merging would do, for the comment of a pull request.

use std::collections::BTreeMap;

use super::{given, history, scene::Scene};
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

/// Looks how each image is shared with the workspaces that it will be promoted to. What cannot be read is said to be
/// unknown: it fails nothing.
pub(super) fn look(args: &cli::Ci, scene: &Scene, legs: &mut [Leg], shell: &mut Shell) {
    let targets = &scene.targets;
    if targets.is_empty() || scene.pull.is_none() {
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
        leg.merging = targets
            .iter()
            .map(|target| Merging {
                workspace: target.workspace.to_string(),
                share: standing(shares.as_deref(), &target.workspace).to_owned(),
                now: before.get(&place(target)).and_then(|legs| history::tag_of(legs, &leg.image)),
            })
            .collect();
    }
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
