//! Which deployments a leg has: where it went, and how that ended.

use super::super::scene::Scene;
use crate::{
    cli,
    commands::ci::given,
    record::{
        Status,
        leg::{Did, Leg},
        promotion::{self, Target},
    },
    report::comment,
    ship::forge::github::deployments::State,
};

/// One deployment that is to be told of.
pub(super) struct Wanted<'a> {
    pub(super) leg: &'a Leg,
    pub(super) environment: String,
    pub(super) state: State,
    /// How it ended, in words.
    pub(super) text: String,
}

/// Those of a leg.
pub(super) fn of<'a>(args: &cli::Ci, scene: &Scene, leg: &'a Leg) -> Vec<Wanted<'a>> {
    let given = given::some(args.feedback.environment.as_ref());
    let one = |environment: String, state| {
        let (text, _) = comment::verdict(leg);
        Wanted { leg, environment, state, text }
    };
    let state = match leg.status {
        Status::Succeeded => State::Success,
        Status::Accepted | Status::Waiting => State::InProgress,
        Status::Cancelled => State::Error,
        _ => State::Failure,
    };
    // What was never begun is no deployment.
    if leg.skipped.is_some() {
        return Vec::new();
    }
    match leg.did {
        Did::Lint | Did::Cleanup => Vec::new(),
        Did::Preview => {
            let pull = scene.pull.map(|number| format!("pr-{number}"));
            pull.into_iter().map(|name| one(name, state)).collect()
        }
        Did::Push | Did::Deploy => {
            let name = given.or_else(|| leg.workspace.clone());
            name.into_iter().map(|name| one(name, state)).collect()
        }
        Did::Promote => match given {
            Some(name) => vec![one(name, state)],
            None => leg
                .promoted
                .iter()
                .zip(comment::rows(leg))
                .map(|(target, row)| {
                    let state = match of_target(target) {
                        State::Failure if leg.status == Status::Cancelled => State::Error,
                        state => state,
                    };
                    Wanted { text: row.text, ..one(target.workspace.clone(), state) }
                })
                .collect(),
        },
    }
}

/// How it stands with one of several targets.
fn of_target(target: &Target) -> State {
    match (target.state, target.verified) {
        (promotion::State::Shared | promotion::State::Already, Some(false)) => State::Failure,
        (promotion::State::Shared | promotion::State::Already, _) => State::Success,
        (promotion::State::Waiting, _) => State::InProgress,
        _ => State::Failure,
    }
}
