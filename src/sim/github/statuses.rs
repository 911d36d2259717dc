//! Statuses of commits.

use axum::{
    extract::{Path, Request, State},
    http::request::Parts,
};
use serde_json::{Value, json};

use super::{
    access::Level,
    pages,
    repositories::repository,
    state::{At, Place, Status},
    wire::{address, answer, commit, instant, invalid, object, one_of, person, short, text},
};
use crate::sim::{Sim, wire::Reply};

const KINDS: &[&str] = &["statuses"];
const RESOURCE: &str = "Status";
const STATES: &[&str] = &["error", "failure", "pending", "success"];
/// Most statuses of a commit and a context.
const MOST: usize = 1000;

/// `POST /repos/OWNER/NAME/statuses/SHA`.
pub(super) async fn create(State(sim): State<Sim>, Path(at): Path<At>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let (place, sha, creator) = sim.admit_to(&parts, at, KINDS, Level::Write)?;
    let sent = object(body).await?;
    let sha = commit(RESOURCE, &sha)?;
    let context = short(&sent, RESOURCE, "context", 255)?.unwrap_or_else(|| "default".into());
    let state = one_of(text(&sent, RESOURCE, "state")?, RESOURCE, "state", STATES)?;
    let description = short(&sent, RESOURCE, "description", 140)?;
    let target_url = address(&sent, RESOURCE, "target_url")?;
    let mut forge = sim.forge();
    let id = forge.id();
    let found = forge.at_mut(&place)?;
    let same = found.statuses.iter().filter(|one| one.sha == sha && one.context == context);
    if same.count() >= MOST {
        let told = "This SHA and context has reached the maximum number of statuses.";
        return Err(invalid(RESOURCE, "base", "custom", told));
    }
    let created = sim.now();
    let made = Status { id, sha, context, state, description, target_url, creator, created };
    let answered = with_creator(&sim.pages_url(), &place, &made);
    found.statuses.push(made);
    Ok(answer(201, &answered))
}

/// `GET /repos/OWNER/NAME/commits/SHA/statuses`: every one, newest first.
pub(super) async fn list(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, sha, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let forge = sim.forge();
    let found = forge.at(&place)?;
    let root = sim.pages_url();
    let statuses = found.statuses.iter().rev().filter(|one| one.sha == sha);
    let rows: Vec<_> = statuses.collect();
    let told = |one: &&_| with_creator(&root, &place, one);
    Ok(pages::page(&sim, &parts, &rows, told, None))
}

/// `GET /repos/OWNER/NAME/commits/SHA/status`: the newest of each context.
pub(super) async fn combined(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, sha, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let forge = sim.forge();
    let found = forge.at(&place)?;
    let root = sim.pages_url();
    let mut newest: Vec<&Status> = Vec::new();
    for status in found.statuses.iter().rev().filter(|one| one.sha == sha) {
        if !newest.iter().any(|known| known.context == status.context) {
            newest.push(status);
        }
    }
    let any = |states: &[&str]| newest.iter().any(|one| states.contains(&one.state.as_str()));
    let state = if any(&["error", "failure"]) {
        "failure"
    } else if newest.is_empty() || any(&["pending"]) {
        "pending"
    } else {
        "success"
    };
    let api = format!("{root}/api/v3/repos/{}/{}", place.0, place.1);
    let whole = json!({
        "state": state,
        "sha": sha,
        "repository": repository(&root, &place, Some(found)),
        "commit_url": format!("{api}/commits/{sha}"),
        "url": format!("{api}/commits/{sha}/status"),
    });
    let told = |one: &&_| told(&root, &place, one);
    Ok(pages::page(&sim, &parts, &newest, told, Some(("statuses", whole))))
}

fn with_creator(root: &str, place: &Place, status: &Status) -> Value {
    let mut told = told(root, place, status);
    told["creator"] = person(root, &status.creator.login);
    told
}

fn told(root: &str, place: &Place, status: &Status) -> Value {
    let api = format!("{root}/api/v3/repos/{}/{}", place.0, place.1);
    let at = instant(status.created);
    json!({
        "id": status.id,
        "node_id": format!("SC_{}", status.id),
        "url": format!("{api}/statuses/{}", status.sha),
        "avatar_url": format!("{root}/avatars/1"),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": at,
        "updated_at": at,
    })
}
