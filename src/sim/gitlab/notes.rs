//! Notes of merge requests.

use axum::{
    extract::{Path, Request as Call, State},
    http::request::Parts,
};
use serde_json::{Value, json};

use super::{
    access::{Scope, User},
    commands, pages,
    state::{Gitlab, Note, Request},
    wire::{answer, instant, invalid, missing, nothing, object, refused, user_of},
};
use crate::sim::{
    Platform, Sim,
    wire::{Refusal, Reply},
};

/// Most characters of a note.
const LONGEST: usize = 1_000_000;

/// `GET /projects/ID/merge_requests/NUMBER/notes`.
pub(super) async fn list(
    State(sim): State<Sim>,
    Path((project, number)): Path<(String, u64)>,
    parts: Parts,
) -> Reply {
    let (_, project) = sim.visit(&parts, &project, Scope::Read)?;
    let mut gitlab = sim.gitlab();
    let request = there(&mut gitlab, project, number)?;
    let query = pages::query(&parts);
    let asked = |name: &str| query.get(name).map(String::as_str);
    let mut notes: Vec<&Note> = request.notes.iter().collect();
    if asked("order_by") == Some("updated_at") {
        notes.sort_by_key(|note| (note.updated, note.id));
    }
    if asked("sort") != Some("asc") {
        notes.reverse();
    }
    Ok(pages::page(&sim, &parts, &notes, |note| told(&sim, (project, number), note)))
}

/// `POST /projects/ID/merge_requests/NUMBER/notes`.
pub(super) async fn create(
    State(sim): State<Sim>,
    Path((project, number)): Path<(String, u64)>,
    call: Call,
) -> Reply {
    let (parts, body) = call.into_parts();
    let (author, project) = sim.visit(&parts, &project, Scope::Write)?;
    let (body, obeyed) = commands::obeyed(&body_of(body).await?);
    let mut gitlab = sim.gitlab();
    let id = gitlab.id();
    let request = there(&mut gitlab, project, number)?;
    request.commands.extend(obeyed.clone());
    if body.is_empty() {
        let summary = obeyed.iter().map(|one| format!("Applied {one}.")).collect::<Vec<_>>();
        return Ok(answer(202, &json!({"commands_changes": {}, "summary": summary})));
    }
    let now = sim.now();
    let made = Note { id, body, author, system: false, created: now, updated: now };
    let answered = told(&sim, (project, number), &made);
    request.notes.push(made);
    Ok(answer(201, &answered))
}

/// A note of a merge request, in a path.
type At = (String, u64, u64);

/// `GET /projects/ID/merge_requests/NUMBER/notes/NOTE`.
pub(super) async fn get(
    State(sim): State<Sim>,
    Path((project, number, id)): Path<At>,
    parts: Parts,
) -> Reply {
    let (_, project) = sim.visit(&parts, &project, Scope::Read)?;
    let mut gitlab = sim.gitlab();
    let note = find(there(&mut gitlab, project, number)?, id)?;
    Ok(answer(200, &told(&sim, (project, number), note)))
}

/// `PUT /projects/ID/merge_requests/NUMBER/notes/NOTE`.
pub(super) async fn update(
    State(sim): State<Sim>,
    Path((project, number, id)): Path<At>,
    call: Call,
) -> Reply {
    let (parts, body) = call.into_parts();
    let (author, project) = sim.visit(&parts, &project, Scope::Write)?;
    let (body, obeyed) = commands::obeyed(&body_of(body).await?);
    let mut gitlab = sim.gitlab();
    let request = there(&mut gitlab, project, number)?;
    own(find(request, id)?, &author)?;
    request.commands.extend(obeyed);
    let note = find(request, id)?;
    note.body = body;
    note.updated = sim.now();
    Ok(answer(200, &told(&sim, (project, number), note)))
}

/// `DELETE /projects/ID/merge_requests/NUMBER/notes/NOTE`.
pub(super) async fn delete(
    State(sim): State<Sim>,
    Path((project, number, id)): Path<At>,
    parts: Parts,
) -> Reply {
    let (author, project) = sim.visit(&parts, &project, Scope::Write)?;
    let mut gitlab = sim.gitlab();
    let request = there(&mut gitlab, project, number)?;
    own(find(request, id)?, &author)?;
    request.notes.retain(|note| note.id != id);
    Ok(nothing())
}

/// A merge request that there is.
pub(super) fn there(
    gitlab: &mut Gitlab,
    project: u64,
    number: u64,
) -> Result<&mut Request, Refusal> {
    let found = gitlab.projects.get_mut(&project).and_then(|one| one.requests.get_mut(&number));
    found.ok_or_else(|| missing(""))
}

fn find(request: &mut Request, id: u64) -> Result<&mut Note, Refusal> {
    request.notes.iter_mut().find(|note| note.id == id).ok_or_else(|| missing("Note "))
}

/// Somebody else's note is changed by nobody with the role of a reporter.
fn own(note: &Note, author: &User) -> Result<(), Refusal> {
    if note.author.id == author.id { Ok(()) } else { Err(refused(403, "403 Forbidden")) }
}

/// The text of a note, as it may be.
async fn body_of(body: axum::body::Body) -> Result<String, Refusal> {
    let sent = object(body).await?;
    let Some(body) = sent.get("body").and_then(Value::as_str) else {
        return Err(invalid("body is missing"));
    };
    if body.trim().is_empty() {
        return Err(refused(
            400,
            "400 (Bad request) \"Note {:note=>[\"can't be blank\"]}\" not given",
        ));
    }
    if body.chars().count() > LONGEST {
        return Err(refused(
            400,
            "400 (Bad request) \"Note {:note=>[\"is too long (maximum is 1000000 characters)\"]}\" not given",
        ));
    }
    Ok(body.to_owned())
}

fn told(sim: &Platform, (project, number): (u64, u64), note: &Note) -> Value {
    json!({
        "id": note.id,
        "type": null,
        "body": note.body,
        "author": user_of(sim, &note.author),
        "created_at": instant(note.created),
        "updated_at": instant(note.updated),
        "system": note.system,
        "noteable_id": project * 1000 + number,
        "noteable_type": "MergeRequest",
        "project_id": project,
        "resolvable": false,
        "confidential": false,
        "internal": false,
        "imported": false,
        "imported_from": "none",
        "noteable_iid": number,
        "commands_changes": {},
    })
}
