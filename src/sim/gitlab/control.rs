//! `/_sim/gitlab`: what a test makes there, and everything that is there.

use axum::extract::{Request as Call, State};
use serde_json::{Map, Value, json};

use super::{
    access::{Scope, User},
    state::{Gitlab, Note, Request},
    wire::{answer, invalid, object},
};
use crate::sim::{
    Sim,
    wire::{Refusal, Reply},
};

/// `POST /_sim/gitlab/requests`: `project` (its number), `path` (`GROUP/NAME`), `number`, `sha`, `merged`,
/// `merge_commit_sha`, `squash_commit_sha`. One that is there is changed.
pub(super) async fn request(State(sim): State<Sim>, call: Call) -> Reply {
    let sent = object(call.into_body()).await?;
    let mut gitlab = sim.gitlab();
    let text = |name: &str| sent.get(name).and_then(Value::as_str).map(str::to_owned);
    let request = made(&mut gitlab, &sent)?;
    request.sha = text("sha").unwrap_or_else(|| std::mem::take(&mut request.sha));
    request.merged = sent.get("merged").and_then(Value::as_bool).unwrap_or(request.merged);
    request.merge_commit = text("merge_commit_sha").or_else(|| request.merge_commit.take());
    request.squash_commit = text("squash_commit_sha").or_else(|| request.squash_commit.take());
    Ok(answer(200, &json!({})))
}

/// `POST /_sim/gitlab/notes`: `project`, `number`, `author`, `body`, `system`, and `count` for more than one.
pub(super) async fn note(State(sim): State<Sim>, call: Call) -> Reply {
    let sent = object(call.into_body()).await?;
    let mut gitlab = sim.gitlab();
    let text = |name: &str| sent.get(name).and_then(Value::as_str);
    let at = sim.now();
    let mut ids = Vec::new();
    for _ in 0..number(&sent, "count").unwrap_or(1) {
        let id = gitlab.id();
        made(&mut gitlab, &sent)?.notes.push(Note {
            id,
            body: text("body").unwrap_or("…").to_owned(),
            author: User::new(text("author").unwrap_or("ada")),
            system: sent.get("system").and_then(Value::as_bool).unwrap_or_default(),
            created: at,
            updated: at,
        });
        ids.push(id);
    }
    Ok(answer(200, &json!({"ids": ids})))
}

/// `POST /_sim/gitlab/tokens`: `token`, `user`, `scope` (`api` or `read_api`), and `role` (`guest` writes no notes).
pub(super) async fn token(State(sim): State<Sim>, call: Call) -> Reply {
    let sent = object(call.into_body()).await?;
    let text = |name: &str| sent.get(name).and_then(Value::as_str);
    let token = text("token").ok_or_else(|| invalid("token is missing"))?;
    let user = User::new(text("user").unwrap_or("project_5_bot_2f1d"));
    let scope = if text("scope") == Some("read_api") { Scope::Read } else { Scope::Write };
    let user = User { scope, reporter: text("role") != Some("guest"), ..user };
    sim.gitlab().tokens.insert(token.to_owned(), user);
    Ok(answer(200, &json!({})))
}

/// `GET /_sim/gitlab`: everything that is there.
pub(super) async fn dump(State(sim): State<Sim>) -> Reply {
    let gitlab = sim.gitlab();
    let note = |one: &Note| json!({"id": one.id, "author": one.author.name, "body": one.body, "system": one.system});
    let request = |(number, one): (&u64, &Request)| {
        json!({
            "number": number, "sha": one.sha, "merged": one.merged, "commands": one.commands,
            "notes": one.notes.iter().map(note).collect::<Vec<_>>(),
        })
    };
    let all: Vec<Value> = gitlab
        .projects
        .iter()
        .map(|(id, one)| {
            let requests: Vec<Value> = one.requests.iter().map(request).collect();
            json!({"id": id, "path": one.path, "requests": requests})
        })
        .collect();
    Ok(answer(200, &json!({"version": 1, "projects": all})))
}

fn number(sent: &Map<String, Value>, name: &str) -> Option<u64> {
    sent.get(name).and_then(Value::as_u64)
}

/// The merge request that is named; it and its project are made where they are not there.
fn made<'a>(gitlab: &'a mut Gitlab, sent: &Map<String, Value>) -> Result<&'a mut Request, Refusal> {
    let id = number(sent, "project").ok_or_else(|| invalid("project is missing"))?;
    let at = number(sent, "number").ok_or_else(|| invalid("number is missing"))?;
    let project = gitlab.projects.entry(id).or_default();
    if let Some(path) = sent.get("path").and_then(Value::as_str) {
        path.clone_into(&mut project.path);
    } else if project.path.is_empty() {
        project.path = format!("group/project-{id}");
    }
    Ok(project.requests.entry(at).or_default())
}
