//! Promotions that did not come about: every workspace that was asked for is told of, also where nothing came to it.

use super::{scene::Scene, told};
use crate::{
    error::Error,
    record::{
        Status,
        leg::{Did, Leg},
        promotion::{State, Target},
    },
    ship::promote,
};

/// What a promotion has in common with the build that it is of.
pub(super) fn base(build: &Leg) -> Leg {
    Leg {
        image: build.image.clone(),
        path: build.path.clone(),
        workspace: build.workspace.clone(),
        ..Leg::default()
    }
}

/// What a signal kept from being begun.
pub(super) fn not_begun(scene: &Scene, build: &Leg) -> Leg {
    let why = "not begun";
    Leg {
        did: Did::Promote,
        status: Status::Cancelled,
        skipped: Some(why.to_owned()),
        promoted: unreached(scene, why),
        ..base(build)
    }
}

/// What nobody could promote.
pub(super) fn broken(scene: &Scene, build: &Leg, error: &Error) -> Leg {
    Leg {
        did: Did::Promote,
        status: Status::Error,
        failure: Some(told::failure(error)),
        promoted: unreached(scene, &error.what),
        ..base(build)
    }
}

/// Every workspace that was asked for has its row, also where a promotion did not come to it.
pub(super) fn missing(scene: &Scene, leg: &mut Leg, why: &str) {
    for target in unreached(scene, why) {
        let known =
            |one: &Target| one.workspace == target.workspace && one.account == target.account;
        if !leg.promoted.iter().any(known) {
            leg.promoted.push(target);
        }
    }
}

/// The workspaces that were asked for, as those to which nothing came.
pub(super) fn unreached(scene: &Scene, why: &str) -> Vec<Target> {
    let one = |target: &promote::Target| Target {
        workspace: target.workspace.to_string(),
        account: target.account.clone(),
        state: State::Failed,
        verified: None,
        why: Some(why.to_owned()),
        shared_here: false,
        pending: None,
        expires: None,
    };
    scene.targets.iter().map(one).collect()
}
