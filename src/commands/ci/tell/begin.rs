//! What is told before anything is built.

use std::time::Duration;

use super::{
    super::scene::Scene,
    client::{client, is_read_only, runtime},
    rows,
};
use crate::{
    cli,
    record::leg::Leg,
    ship::{ci::Host, forge::row},
};

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Says of every image that is to be built that it is: a job that is killed leaves no old verdict behind.
pub(in crate::commands::ci) fn begin(args: &cli::Ci, scene: &Scene, legs: &[Leg]) {
    let Some(sha) = scene.commit.as_deref().filter(|_| args.feedback.status && !args.dry_run)
    else {
        return;
    };
    if scene.host != Host::Github || is_read_only(scene) {
        return;
    }
    let (Ok(runtime), Some(Ok(client))) = (runtime(), client(scene, PATIENCE)) else { return };
    runtime.block_on(async {
        for leg in legs {
            // What cannot be written is told at the end.
            if row::publish(&client, &rows::begun(leg, sha)).await.is_err() {
                return;
            }
        }
    });
}
