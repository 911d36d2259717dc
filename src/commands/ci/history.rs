//! What was promoted before, as the deployments of an environment tell it. Only to show: whoever may write deployments may
//! have written them.

use std::time::Duration;

use serde_json::Value;

use super::{merging, scene::Scene, tell};
use crate::{
    cli,
    record::{
        Status,
        leg::{Did, Leg},
    },
    ship::forge::github::deployments,
};

/// The longest that is waited for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The newest promotion of each image to an environment; nothing where GitHub does not say.
pub(super) fn promoted(scene: &Scene, environment: &str) -> Vec<Leg> {
    let Ok(runtime) = tell::runtime() else { return Vec::new() };
    let there = runtime.block_on(async {
        let client = tell::client(scene, PATIENCE)?.ok()?;
        deployments::newest(&client, environment).await.ok()
    });
    let mut legs: Vec<Leg> = Vec::new();
    for one in there.unwrap_or_default() {
        let Some(leg) = leg(&one.record) else { continue };
        if legs.iter().all(|known| known.image != leg.image) {
            legs.push(leg);
        }
    }
    legs
}

/// The tag of an image that was promoted last.
pub(super) fn tag_of(legs: &[Leg], image: &str) -> Option<String> {
    let leg = legs.iter().find(|leg| leg.image == image)?;
    leg.reference.as_deref()?.rsplit_once(':').map(|(_, tag)| tag.to_owned())
}

/// The tag that was promoted before, to go back to.
pub(super) fn before(
    args: &cli::Ci,
    scene: &Scene,
    targets: &[String],
    (image, tag): (&str, &str),
) -> Option<String> {
    let workspace = targets.first()?.rsplit('/').next()?;
    let before = promoted(scene, &merging::environment(args, workspace));
    let known = before.iter().find(|leg| leg.image == image)?;
    match tag_of(&before, image) {
        // Doing it again leads to the same.
        Some(last) if last == tag => known.previous.clone(),
        last => last,
    }
}

fn leg(record: &Value) -> Option<Leg> {
    let leg = Leg::read(&record.to_string()).ok()?;
    (leg.did == Did::Promote && leg.status == Status::Succeeded).then_some(leg)
}
