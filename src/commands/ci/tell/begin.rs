//! What is told before anything is built, and before one image is.

use std::time::Duration;

use super::{
    super::scene::Scene,
    client::{client, is_read_only, runtime},
    comment,
    deployments::{self, Begun},
    rows, wanted,
};
use crate::{
    cli,
    commands::stop::Stop,
    exit::Exit,
    record::{Status, leg::Leg},
    ship::{
        ci::Host,
        forge::{
            github::{Client, Pace},
            row,
        },
    },
};

/// How long each may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Says of every image that is to be built that it is: a job that is killed leaves no old verdict behind. Gives
/// back the signal that came meanwhile.
pub(in crate::commands::ci) fn begin(
    args: &cli::Ci,
    scene: &Scene,
    legs: &[Leg],
    begun: &mut Begun,
) -> Option<Exit> {
    let sha = scene.commit.as_deref().filter(|_| args.feedback.status)?;
    let key = comment::own_key(args);
    let all: Vec<_> = legs.iter().flat_map(|leg| rows::begun(leg, sha, key.as_deref())).collect();
    told(args, scene, async |client| {
        // What cannot be written is told at the end.
        let _ = rows::publish(client, &all, 1).await;
        if args.feedback.deployments && !all.is_empty() {
            // Of many that begin at once, some make their deployments at the end.
            let others = row::others(client, sha, all.len()).await.unwrap_or_default();
            begun.given_up |= !Pace::begins(others.legs);
        }
    })
}

/// Begins the deployments of an image, so that whoever looks at an environment sees that it is at work. One that cannot be
/// made now is made at the end, and what hinders it is told then. Gives back the signal that came meanwhile.
pub(in crate::commands::ci) fn start(
    args: &cli::Ci,
    scene: &Scene,
    leg: &Leg,
    begun: &mut Begun,
) -> Option<Exit> {
    let sha = scene.commit.as_deref().filter(|_| args.feedback.deployments)?;
    if begun.given_up {
        return None;
    }
    // As long as no status of the deployment says how it ended, it did not.
    let mut leg = Leg { status: Status::Error, ..leg.clone() };
    scene.sign(&mut leg);
    leg.finished.clear();
    told(args, scene, async |client| {
        for one in wanted::of(args, scene, &leg) {
            if deployments::begin(client, sha, &one, begun).await.is_err() {
                begun.given_up = true;
                return;
            }
        }
    })
}

/// Tells it, unless there is nobody to tell, a signal comes, or it takes too long. Gives back the signal.
fn told(args: &cli::Ci, scene: &Scene, work: impl AsyncFnOnce(&Client)) -> Option<Exit> {
    if args.dry_run || scene.host != Host::Github || is_read_only(scene) {
        return None;
    }
    let (Ok(runtime), Some(Ok(client))) = (runtime(), client(scene, PATIENCE)) else { return None };
    runtime.block_on(async {
        let mut stop = Stop::new().ok()?;
        tokio::select! {
            () = work(&client) => None,
            exit = stop.wait() => Some(exit),
        }
    })
}
