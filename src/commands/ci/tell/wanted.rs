//! Which deployments a leg has: where it went, and how that ended.

use super::super::scene::Scene;
use crate::{
    cli,
    commands::ci::given,
    record::{
        Status,
        leg::{Did, Leg},
        row::Name,
    },
    report::comment::{self, Standing},
    ship::forge::github::deployments::State,
};

/// One deployment that is to be told of.
pub(super) struct Wanted<'a> {
    pub(super) leg: &'a Leg,
    /// What tells it from the others of its environment: the names of its rows.
    pub(super) name: String,
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
        // One environment may stand for several workspaces.
        let names: Vec<String> = Name::all(leg).iter().map(Name::to_string).collect();
        Wanted { leg, name: names.join(","), environment, state, text }
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
                    let state = match row.standing {
                        Standing::Good => State::Success,
                        Standing::Bad if leg.status == Status::Cancelled => State::Error,
                        Standing::Bad => State::Failure,
                        Standing::Open => State::InProgress,
                    };
                    let (name, text) = (row.name, row.text);
                    Wanted { name, text, ..one(target.workspace.clone(), state) }
                })
                .collect(),
        },
    }
}
