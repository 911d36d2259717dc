//! Check runs with their annotations.

use axum::{
    extract::{Path, Request, State},
    http::request::Parts,
};
use serde_json::{Map, Value, json};

use super::{
    access::{Actor, Level},
    pages,
    state::{At, Check, Forge, Place},
    wire::{
        address, answer, commit, instant, invalid, missing, number, object, one_of, person,
        refused, short, text,
    },
};
use crate::sim::{
    Sim,
    wire::{Refusal, Reply},
};

const KINDS: &[&str] = &["checks"];
const RESOURCE: &str = "CheckRun";
const CONCLUSIONS: &[&str] = &[
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "stale",
    "timed_out",
];
const STATUSES: &[&str] =
    &["queued", "in_progress", "completed", "waiting", "requested", "pending"];
/// Most annotations of one request.
const BATCH: usize = 50;
/// Most characters of a summary or a text.
const LONGEST: usize = 65_535;
/// Most bytes of an annotation's message.
const MESSAGE: usize = 64 << 10;

/// Check runs are written by apps alone; the token of a job is one.
fn app(actor: &Actor) -> Result<(), Refusal> {
    if actor.app { Ok(()) } else { Err(refused(403, "You must authenticate via a GitHub App.")) }
}

/// `POST /repos/OWNER/NAME/check-runs`.
pub(super) async fn create(
    State(sim): State<Sim>,
    Path(place): Path<Place>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    app(&sim.admit(&parts, &place, KINDS, Level::Write)?)?;
    let sent = object(body).await?;
    let name = text(&sent, RESOURCE, "name")?.filter(|name| !name.is_empty());
    let name =
        name.ok_or_else(|| invalid(RESOURCE, "name", "missing_field", "name can't be blank"))?;
    let sha = commit(RESOURCE, &text(&sent, RESOURCE, "head_sha")?.unwrap_or_default())?;
    let now = sim.now();
    let mut made = Check {
        id: 0,
        sha,
        name,
        external_id: String::new(),
        details_url: None,
        status: "queued".to_owned(),
        conclusion: None,
        started: now,
        completed: None,
        output: Map::new(),
        annotations: Vec::new(),
    };
    apply(&mut made, &sent, now)?;
    let mut forge = sim.forge();
    made.id = forge.id();
    let found = forge.at_mut(&place)?;
    let answered = told(&sim.pages_url(), &place, &made);
    found.checks.push(made);
    Ok(answer(201, &answered))
}

/// `PATCH /repos/OWNER/NAME/check-runs/ID`: annotations are added to those that are there.
pub(super) async fn update(State(sim): State<Sim>, Path(at): Path<At>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let (place, id, actor) = sim.admit_to(&parts, at, KINDS, Level::Write)?;
    app(&actor)?;
    let sent = object(body).await?;
    let now = sim.now();
    let mut forge = sim.forge();
    let found = find(&mut forge, &place, &id)?;
    let mut changed = found.clone();
    apply(&mut changed, &sent, now)?;
    *found = changed;
    Ok(answer(200, &told(&sim.pages_url(), &place, found)))
}

/// `GET /repos/OWNER/NAME/check-runs/ID`.
pub(super) async fn get(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, id, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let mut forge = sim.forge();
    let found = find(&mut forge, &place, &id)?;
    Ok(answer(200, &told(&sim.pages_url(), &place, found)))
}

/// `GET /repos/OWNER/NAME/check-runs/ID/annotations`.
pub(super) async fn annotations(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, id, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let mut forge = sim.forge();
    let found = find(&mut forge, &place, &id)?;
    let root = sim.pages_url();
    let told = |one: &Value| {
        json!({
            "path": one["path"],
            "blob_href": format!("{root}/{}/{}/blob/{}/{}", place.0, place.1, found.sha, one["path"].as_str().unwrap_or_default()),
            "start_line": one["start_line"],
            "end_line": one["end_line"],
            "start_column": one["start_column"],
            "end_column": one["end_column"],
            "annotation_level": one["annotation_level"],
            "title": one["title"],
            "message": one["message"],
            "raw_details": one["raw_details"],
        })
    };
    Ok(pages::page(&sim, &parts, &found.annotations, told, None))
}

/// `GET /repos/OWNER/NAME/commits/SHA/check-runs`, newest first; of each name the newest alone, unless `filter` is `all`.
pub(super) async fn list(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, sha, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let query = pages::query(&parts);
    let forge = sim.forge();
    let found = forge.at(&place)?;
    let asked = |name: &str, value: &str| query.get(name).is_none_or(|asked| asked == value);
    let all = query.get("filter").is_some_and(|filter| filter == "all");
    let mut seen: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for check in found.checks.iter().rev() {
        let wanted = check.sha == sha
            && asked("check_name", &check.name)
            && asked("status", &check.status)
            && (all || !seen.contains(&check.name.as_str()));
        if wanted {
            seen.push(&check.name);
            rows.push(check);
        }
    }
    let root = sim.pages_url();
    let told = |one: &&_| told(&root, &place, one);
    Ok(pages::page(&sim, &parts, &rows, told, Some(("check_runs", json!({})))))
}

fn find<'a>(forge: &'a mut Forge, place: &Place, id: &str) -> Result<&'a mut Check, Refusal> {
    let id = number(id)?;
    let mut all = forge.at_mut(place)?.checks.iter_mut();
    all.find(|one| one.id == id).ok_or_else(missing)
}

/// Takes over what was sent.
fn apply(
    check: &mut Check,
    sent: &Map<String, Value>,
    now: jiff::Timestamp,
) -> Result<(), Refusal> {
    if let Some(external_id) = text(sent, RESOURCE, "external_id")? {
        check.external_id = external_id;
    }
    if let Some(url) = address(sent, RESOURCE, "details_url")? {
        check.details_url = Some(url);
    }
    if let Some(status) = text(sent, RESOURCE, "status")? {
        check.status = one_of(Some(status), RESOURCE, "status", STATUSES)?;
    }
    if let Some(conclusion) = text(sent, RESOURCE, "conclusion")? {
        check.conclusion = Some(one_of(Some(conclusion), RESOURCE, "conclusion", CONCLUSIONS)?);
        "completed".clone_into(&mut check.status);
    }
    if check.status == "completed" {
        if check.conclusion.is_none() {
            let told = "conclusion is required where status is completed";
            return Err(invalid(RESOURCE, "conclusion", "missing_field", told));
        }
        check.completed = check.completed.or(Some(now));
    }
    match sent.get("output") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(output)) => outputs(check, output),
        Some(_) => Err(invalid(RESOURCE, "output", "invalid", "output is not an object")),
    }
}

fn outputs(check: &mut Check, output: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, required) in [("title", true), ("summary", true), ("text", false)] {
        match short(output, RESOURCE, name, LONGEST)? {
            Some(text) => {
                check.output.insert(name.to_owned(), json!(text));
            }
            None if required => {
                let told = format!("{name} wasn't supplied.");
                return Err(invalid(RESOURCE, name, "missing_field", &told));
            }
            None => {}
        }
    }
    let added = match output.get("annotations") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(added)) => added,
        Some(_) => return Err(invalid(RESOURCE, "annotations", "invalid", "it is no list")),
    };
    if added.len() > BATCH {
        let told = format!("No subschema in \"anyOf\" matched. More than {BATCH} items");
        return Err(invalid(RESOURCE, "annotations", "invalid", &told));
    }
    for one in added {
        annotation(one)?;
    }
    check.annotations.extend(added.iter().cloned());
    Ok(())
}

/// Refuses an annotation that GitHub would refuse.
fn annotation(one: &Value) -> Result<(), Refusal> {
    let bad = |field: &str, told: &str| Err(invalid("Annotation", field, "invalid", told));
    if one["path"].as_str().is_none_or(str::is_empty) {
        return bad("path", "path can't be blank");
    }
    let (Some(start), Some(end)) = (one["start_line"].as_u64(), one["end_line"].as_u64()) else {
        return bad("start_line", "a line is missing");
    };
    if start > end {
        return bad("end_line", "end_line is before start_line");
    }
    let columns = !one["start_column"].is_null() || !one["end_column"].is_null();
    if columns && start != end {
        return bad("start_column", "columns are for one line alone");
    }
    if !matches!(one["annotation_level"].as_str(), Some("notice" | "warning" | "failure")) {
        return bad("annotation_level", "it is not included in the list");
    }
    if one["message"].as_str().is_none_or(|text| text.is_empty() || text.len() > MESSAGE) {
        return bad("message", "it is missing, or larger than 64 KB");
    }
    if one["title"].as_str().is_some_and(|text| text.chars().count() > 255) {
        return bad("title", "title is too long (maximum is 255 characters)");
    }
    Ok(())
}

fn told(root: &str, place: &Place, check: &Check) -> Value {
    let api = format!("{root}/api/v3/repos/{}/{}", place.0, place.1);
    let page = format!("{root}/{}/{}/runs/{}", place.0, place.1, check.id);
    json!({
        "id": check.id,
        "node_id": format!("CR_{}", check.id),
        "head_sha": check.sha,
        "name": check.name,
        "external_id": check.external_id,
        "url": format!("{api}/check-runs/{}", check.id),
        "html_url": page,
        "details_url": check.details_url.as_ref().unwrap_or(&page),
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": instant(check.started),
        "completed_at": check.completed.map(instant),
        "output": {
            "title": check.output.get("title"),
            "summary": check.output.get("summary"),
            "text": check.output.get("text"),
            "annotations_count": check.annotations.len(),
            "annotations_url": format!("{api}/check-runs/{}/annotations", check.id),
        },
        "check_suite": {"id": check.id - 1},
        "app": {
            "id": 15368,
            "slug": "github-actions",
            "node_id": "A_15368",
            "client_id": "simulated",
            "owner": person(root, "github"),
            "name": "GitHub Actions",
            "description": null,
            "external_url": format!("{root}/apps/github-actions"),
            "html_url": format!("{root}/apps/github-actions"),
            "created_at": "2018-07-30T09:30:17Z",
            "updated_at": "2018-07-30T09:30:17Z",
            "permissions": {"checks": "write", "statuses": "write"},
            "events": [],
        },
        "pull_requests": [],
    })
}
