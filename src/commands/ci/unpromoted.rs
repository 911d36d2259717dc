//! Promotions that did not come about: every workspace that was asked for is told of, also where nothing came to it.

use super::{given, told};
use crate::{
    cli,
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
pub(super) fn not_begun(args: &cli::Ci, build: &Leg) -> Leg {
    let why = "not begun";
    Leg {
        did: Did::Promote,
        status: Status::Cancelled,
        skipped: Some(why.to_owned()),
        promoted: unreached(args, why),
        ..base(build)
    }
}

/// What nobody could promote.
pub(super) fn broken(args: &cli::Ci, build: &Leg, error: &Error) -> Leg {
    Leg {
        did: Did::Promote,
        status: Status::Error,
        failure: Some(told::failure(error)),
        promoted: unreached(args, &error.what),
        ..base(build)
    }
}

/// Every workspace that was asked for has its row, also where a promotion did not come to it.
pub(super) fn missing(args: &cli::Ci, leg: &mut Leg, why: &str) {
    for target in unreached(args, why) {
        let known =
            |one: &Target| one.workspace == target.workspace && one.account == target.account;
        if !leg.promoted.iter().any(known) {
            leg.promoted.push(target);
        }
    }
}

/// The workspaces that were asked for, as those to which nothing came.
pub(super) fn unreached(args: &cli::Ci, why: &str) -> Vec<Target> {
    let asked = given::list(&args.promote_to);
    let targets = asked.iter().filter_map(|text| text.parse::<promote::Target>().ok());
    let one = |target: promote::Target| Target {
        workspace: target.workspace.to_string(),
        account: target.account,
        state: State::Failed,
        verified: None,
        why: Some(why.to_owned()),
        shared_here: false,
        pending: None,
        expires: None,
    };
    targets.map(one).collect()
}
