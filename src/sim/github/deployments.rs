//! Deployments and their statuses.

use axum::{
    extract::{Path, Request, State},
    http::request::Parts,
};
use serde_json::{Map, Value, json};

use super::{
    access::Level,
    pages,
    state::{At, Deployment, DeploymentStatus, Forge, Place, Repository},
    wire::{
        address, answer, flag, instant, invalid, missing, number, object, one_of, person, refused,
        short, text,
    },
};
use crate::sim::{
    Sim,
    wire::{Refusal, Reply},
};

const KINDS: &[&str] = &["deployments"];
const RESOURCE: &str = "Deployment";
const STATUS: &str = "DeploymentStatus";
const STATES: &[&str] =
    &["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];

/// `GET /repos/OWNER/NAME/deployments`, newest first.
pub(super) async fn list(State(sim): State<Sim>, Path(place): Path<Place>, parts: Parts) -> Reply {
    sim.admit(&parts, &place, KINDS, Level::Read)?;
    let query = pages::query(&parts);
    let forge = sim.forge();
    let found = forge.at(&place)?;
    let root = sim.pages_url();
    let asked = |name: &str, value: &str| query.get(name).is_none_or(|asked| asked == value);
    let rows = found.deployments.iter().rev().filter(|one| {
        asked("sha", &one.sha)
            && asked("ref", &one.reference)
            && asked("task", &one.task)
            && asked("environment", &one.environment)
    });
    let rows: Vec<_> = rows.collect();
    let told = |one: &&_| told(&root, &place, one);
    Ok(pages::page(&sim, &parts, &rows, told, None))
}

/// `POST /repos/OWNER/NAME/deployments`.
pub(super) async fn create(
    State(sim): State<Sim>,
    Path(place): Path<Place>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let creator = sim.admit(&parts, &place, KINDS, Level::Write)?;
    let sent = object(body).await?;
    let reference = text(&sent, RESOURCE, "ref")?.filter(|text| !text.is_empty());
    let reference =
        reference.ok_or_else(|| invalid(RESOURCE, "ref", "missing_field", "ref can't be blank"))?;
    let environment =
        text(&sent, RESOURCE, "environment")?.unwrap_or_else(|| "production".to_owned());
    let production = flag(&sent, RESOURCE, "production_environment", environment == "production")?;
    let payload = match sent.get("payload") {
        None | Some(Value::Null) => json!({}),
        Some(payload @ (Value::Object(_) | Value::String(_))) => payload.clone(),
        Some(_) => {
            return Err(invalid(RESOURCE, "payload", "invalid", "payload is no JSON object"));
        }
    };
    let mut made = Deployment {
        id: 0,
        sha: String::new(),
        task: text(&sent, RESOURCE, "task")?.unwrap_or_else(|| "deploy".to_owned()),
        environment,
        description: short(&sent, RESOURCE, "description", 140)?,
        payload,
        transient: flag(&sent, RESOURCE, "transient_environment", false)?,
        production,
        creator,
        created: sim.now(),
        statuses: Vec::new(),
        reference,
    };
    let mut forge = sim.forge();
    made.id = forge.id();
    let found = forge.at_mut(&place)?;
    made.sha = resolve(found, &made.reference)?;
    verify(found, &sent, &made.sha)?;
    let answered = told(&sim.pages_url(), &place, &made);
    found.deployments.push(made);
    Ok(answer(201, &answered))
}

/// The commit of a reference: one itself, or a branch of a pull request.
fn resolve(found: &Repository, reference: &str) -> Result<String, Refusal> {
    if reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(reference.to_owned());
    }
    let sides = found.pulls.values().flat_map(|pull| [&pull.head, &pull.base]);
    let side = sides.into_iter().find(|side| side.branch == reference);
    side.map(|side| side.sha.clone()).ok_or_else(|| {
        invalid(RESOURCE, "ref", "custom", &format!("No ref found for: {reference}"))
    })
}

/// A deployment waits for the statuses of its commit, unless it says that it does not.
fn verify(found: &Repository, sent: &Map<String, Value>, sha: &str) -> Result<(), Refusal> {
    let wanted: Option<Vec<&str>> = match sent.get("required_contexts") {
        None | Some(Value::Null) => None,
        Some(Value::Array(contexts)) => Some(contexts.iter().filter_map(Value::as_str).collect()),
        Some(_) => {
            return Err(invalid(RESOURCE, "required_contexts", "invalid", "it is no list"));
        }
    };
    let mut seen = Vec::new();
    for status in found.statuses.iter().rev().filter(|one| one.sha == sha) {
        let context = status.context.as_str();
        let counts = wanted.as_ref().is_none_or(|wanted| wanted.contains(&context));
        if !counts || seen.contains(&context) {
            continue;
        }
        if status.state != "success" {
            let told = format!("Conflict: Commit status checks failed for {sha}.");
            return Err(refused(409, &told));
        }
        seen.push(context);
    }
    let absent = wanted.unwrap_or_default().into_iter().find(|wanted| !seen.contains(wanted));
    match absent {
        Some(absent) => Err(refused(409, &format!("Conflict: {absent} is missing on {sha}."))),
        None => Ok(()),
    }
}

/// `GET /repos/OWNER/NAME/deployments/ID/statuses`, newest first.
pub(super) async fn statuses(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, id, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let mut forge = sim.forge();
    let found = find(&mut forge, &place, &id)?;
    let root = sim.pages_url();
    let statuses = found.statuses.iter().rev();
    let rows: Vec<_> = statuses.collect();
    let told = |one: &&_| status(&root, &place, found, one);
    Ok(pages::page(&sim, &parts, &rows, told, None))
}

/// `POST /repos/OWNER/NAME/deployments/ID/statuses`.
pub(super) async fn set(State(sim): State<Sim>, Path(at): Path<At>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let (place, id, creator) = sim.admit_to(&parts, at, KINDS, Level::Write)?;
    let sent = object(body).await?;
    let state = one_of(text(&sent, STATUS, "state")?, STATUS, "state", STATES)?;
    let description = short(&sent, STATUS, "description", 140)?.unwrap_or_default();
    let log_url = address(&sent, STATUS, "log_url")?.or(address(&sent, STATUS, "target_url")?);
    let environment_url = address(&sent, STATUS, "environment_url")?.unwrap_or_default();
    let auto_inactive = flag(&sent, STATUS, "auto_inactive", true)?;
    let environment = text(&sent, STATUS, "environment")?;
    let mut forge = sim.forge();
    let (new, other) = (forge.id(), forge.id());
    let found = find(&mut forge, &place, &id)?;
    let created = sim.now();
    let made = DeploymentStatus {
        id: new,
        state,
        description,
        environment: environment.unwrap_or_else(|| found.environment.clone()),
        log_url: log_url.unwrap_or_default(),
        environment_url,
        creator,
        created,
    };
    let answered = status(&sim.pages_url(), &place, found, &made);
    let (of, environment) = (found.id, found.environment.clone());
    let ends_others = auto_inactive && made.state == "success";
    found.statuses.push(made.clone());
    if ends_others && let Some(repository) = forge.repositories.get_mut(&place) {
        for earlier in &mut repository.deployments {
            let ended = earlier.statuses.last().is_some_and(|last| last.state == "success");
            if earlier.id < of
                && earlier.environment == environment
                && !earlier.transient
                && !earlier.production
                && ended
            {
                let state = "inactive".to_owned();
                earlier.statuses.push(DeploymentStatus { id: other, state, ..made.clone() });
            }
        }
    }
    Ok(answer(201, &answered))
}

fn find<'a>(forge: &'a mut Forge, place: &Place, id: &str) -> Result<&'a mut Deployment, Refusal> {
    let id = number(id)?;
    let mut all = forge.at_mut(place)?.deployments.iter_mut();
    all.find(|one| one.id == id).ok_or_else(missing)
}

fn told(root: &str, place: &Place, deployment: &Deployment) -> Value {
    let api = format!("{root}/api/v3/repos/{}/{}", place.0, place.1);
    let Deployment { id, .. } = deployment;
    let at = instant(deployment.created);
    let updated = deployment.statuses.last().map_or(deployment.created, |last| last.created);
    json!({
        "id": id,
        "node_id": format!("DE_{id}"),
        "url": format!("{api}/deployments/{id}"),
        "sha": deployment.sha,
        "ref": deployment.reference,
        "task": deployment.task,
        "payload": deployment.payload,
        "environment": deployment.environment,
        "original_environment": deployment.environment,
        "description": deployment.description,
        "creator": person(root, &deployment.creator.login),
        "created_at": at,
        "updated_at": instant(updated),
        "statuses_url": format!("{api}/deployments/{id}/statuses"),
        "repository_url": api,
        "transient_environment": deployment.transient,
        "production_environment": deployment.production,
    })
}

fn status(root: &str, place: &Place, of: &Deployment, status: &DeploymentStatus) -> Value {
    let api = format!("{root}/api/v3/repos/{}/{}", place.0, place.1);
    let at = instant(status.created);
    json!({
        "id": status.id,
        "node_id": format!("DES_{}", status.id),
        "url": format!("{api}/deployments/{}/statuses/{}", of.id, status.id),
        "state": status.state,
        "creator": person(root, &status.creator.login),
        "description": status.description,
        "environment": status.environment,
        "target_url": status.log_url,
        "log_url": status.log_url,
        "environment_url": status.environment_url,
        "deployment_url": format!("{api}/deployments/{}", of.id),
        "repository_url": api,
        "created_at": at,
        "updated_at": at,
    })
}
