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
    shell::Shell,
    ship::forge::github::{
        Client, Fault,
        deployments::{self, Deployment, State},
    },
};

/// The longest that is waited for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many deployments of an image are asked how they ended.
const LOOKS: usize = 5;

/// The newest promotion of each of some images to an environment; nothing where GitHub does not say.
pub(super) fn promoted(scene: &Scene, environment: &str, images: &[&str]) -> Vec<Leg> {
    let Ok(runtime) = tell::runtime() else { return Vec::new() };
    let found = runtime.block_on(async {
        let client = tell::client(scene, PATIENCE)?.ok()?;
        let there = deployments::newest(&client, environment).await.ok()?;
        let mut found: Vec<Leg> = Vec::new();
        for image in images {
            let of_image = |one: &Deployment| {
                let leg = promotion(&one.record).filter(|leg| leg.image == *image)?;
                Some((one.id, leg))
            };
            for (id, leg) in there.iter().filter_map(of_image).take(LOOKS) {
                match has_succeeded(&client, id, &leg).await {
                    Ok(true) => {
                        found.push(leg);
                        break;
                    }
                    Ok(false) => (),
                    Err(_) => return Some(found),
                }
            }
        }
        Some(found)
    });
    found.unwrap_or_default()
}

/// Whether a promotion came to its end: its deployment is begun before it, and its record is what was known then.
async fn has_succeeded(client: &Client, id: u64, leg: &Leg) -> Result<bool, Fault> {
    if leg.status == Status::Succeeded {
        return Ok(true);
    }
    let all = deployments::statuses(client, id).await?;
    Ok(all.iter().any(|status| status.state == Some(State::Success)))
}

/// The tag of an image that was promoted last.
pub(super) fn tag_of(legs: &[Leg], image: &str) -> Option<String> {
    let leg = legs.iter().find(|leg| leg.image == image)?;
    leg.reference.as_deref()?.rsplit_once(':').map(|(_, tag)| tag.to_owned())
}

/// The tag that was promoted before, to go back to. Says so where a later run has promoted another than this one.
pub(super) fn before(
    args: &cli::Ci,
    scene: &Scene,
    (image, tag): (&str, &str),
    shell: &mut Shell,
) -> Option<String> {
    let workspace = scene.targets.first()?.workspace.as_str();
    let environment = merging::environment(args, workspace);
    let before = promoted(scene, &environment, &[image]);
    let known = before.iter().find(|leg| leg.image == image)?;
    let last = tag_of(&before, image);
    // Doing it again leads to the same.
    if last.as_deref() == Some(tag) {
        return known.previous.clone();
    }
    if scene.here.run > 0 && known.run.id > scene.here.run {
        let last = last.as_deref().unwrap_or("another tag");
        tell::warning(
            shell,
            &format!(
                "this run puts an older build of `{image}` in the place of a newer one: the later run {} has promoted `{last}` to `{environment}`, and this run, {}, promotes `{tag}`; where that is not meant, run the later one again",
                known.run.id, scene.here.run
            ),
        );
    }
    last
}

fn promotion(record: &Value) -> Option<Leg> {
    let leg = Leg::read(&record.to_string()).ok()?;
    (leg.did == Did::Promote).then_some(leg)
}
