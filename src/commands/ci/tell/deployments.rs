//! Deployments: what runs where, for whoever looks there, and for the next run.

use serde_json::Value;

use super::wanted::Wanted;
use crate::{
    record::{
        Status,
        leg::{Did, Leg},
    },
    ship::forge::github::{
        Client, Fault,
        deployments::{self, New, NewStatus, State},
    },
};

/// What is said of one that begins: a build, or a promotion.
pub(super) const BEGUN: [&str; 2] = ["Being built", "Being promoted"];

/// Those that were begun.
#[derive(Default)]
pub(in crate::commands::ci) struct Begun {
    all: Vec<One>,
    /// One could not be: nobody is asked again before the end.
    pub(super) given_up: bool,
}

/// One that was begun.
struct One {
    /// What tells it from every other of its environment.
    key: String,
    environment: String,
    id: u64,
}

/// Makes one that is at work.
pub(super) async fn begin(
    client: &Client,
    sha: &str,
    one: &Wanted<'_>,
    begun: &mut Begun,
) -> Result<(), Fault> {
    let id = make(client, sha, one).await?;
    let environment = one.environment.clone();
    begun.all.push(One { key: key(one), environment, id });
    let status = NewStatus {
        state: State::InProgress,
        description: BEGUN[usize::from(one.leg.did == Did::Promote)],
        log_url: one.leg.run.url.as_deref(),
        environment_url: None,
        auto_inactive: false,
    };
    deployments::set(client, id, &status).await.map(drop)
}

/// Says how one ended that was begun; one that could not be begun is made now. Gives back its number; nothing where what
/// was never begun was refused.
pub(super) async fn tell(
    client: &Client,
    sha: &str,
    one: &Wanted<'_>,
    begun: &Begun,
) -> Result<Option<u64>, Fault> {
    let leg = one.leg;
    let is_it = |known: &&One| known.key == key(one) && known.environment == one.environment;
    let id = match begun.all.iter().find(is_it) {
        Some(known) => known.id,
        None if leg.status == Status::Refused => return Ok(None),
        None => make(client, sha, one).await?,
    };
    let url = leg.preview_url.as_deref().or(leg.url.as_deref());
    let status = NewStatus {
        state: one.state,
        description: &one.text,
        log_url: leg.run.url.as_deref(),
        environment_url: url.filter(|url| url.starts_with("https://")),
        // Several images are deployed to one environment: none makes another inactive, but see `gone`.
        auto_inactive: false,
    };
    deployments::set(client, id, &status).await?;
    Ok(Some(id))
}

async fn make(client: &Client, sha: &str, one: &Wanted<'_>) -> Result<u64, Fault> {
    let leg = one.leg;
    let new = New {
        sha,
        environment: &one.environment,
        description: &leg.image,
        id: &key(one),
        record: record(leg),
        transient: leg.did == Did::Preview,
        production: leg.did == Did::Promote,
    };
    deployments::create(client, &new).await.map(|made| made.id)
}

/// What tells it from every other of its environment.
pub(super) fn key(one: &Wanted<'_>) -> String {
    let leg = one.leg;
    format!("{}/{}/{}/{:?}", leg.run.id, leg.run.attempt, one.name, leg.did)
}

/// What is kept with it: all but the findings, of which it has no need.
fn record(leg: &Leg) -> Value {
    let mut leg = leg.clone();
    leg.lint.findings.clear();
    serde_json::from_str(&leg.to_json()).unwrap_or_default()
}
