//! Comments of pull requests.

use axum::{
    extract::{Path, Request, State},
    http::request::Parts,
};
use serde_json::{Value, json};

use super::{
    access::{Actor, Level},
    pages,
    state::{At, Comment, Forge, Place, Repository},
    wire::{answer, instant, invalid, missing, nothing, number, object, person, text},
};
use crate::sim::{
    Sim,
    wire::{Refusal, Reply},
};

/// Either will do.
const KINDS: &[&str] = &["issues", "pull_requests"];
const RESOURCE: &str = "IssueComment";
/// Most characters of a comment.
const LONGEST: usize = 65_536;

/// `GET /repos/OWNER/NAME/issues/NUMBER/comments`.
pub(super) async fn list(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, issue, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let forge = sim.forge();
    let repository = forge.at(&place)?;
    let issue = there(repository, &issue)?;
    let root = sim.pages_url();
    let comments = repository.comments.iter().filter(|one| one.issue == issue);
    let rows: Vec<_> = comments.collect();
    let told = |one: &&_| told(&root, &place, one);
    Ok(pages::page(&sim, &parts, &rows, told, None))
}

/// `POST /repos/OWNER/NAME/issues/NUMBER/comments`.
pub(super) async fn create(State(sim): State<Sim>, Path(at): Path<At>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let (place, issue, author) = sim.admit_to(&parts, at, KINDS, Level::Write)?;
    let body = body_of(body).await?;
    let mut forge = sim.forge();
    let id = forge.id();
    let repository = forge.at_mut(&place)?;
    let issue = there(repository, &issue)?;
    let now = sim.now();
    let made = Comment { id, issue, body, author, created: now, updated: now };
    let answered = told(&sim.pages_url(), &place, &made);
    repository.comments.push(made);
    Ok(answer(201, &answered))
}

/// `GET /repos/OWNER/NAME/issues/comments/ID`.
pub(super) async fn get(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, id, _) = sim.admit_to(&parts, at, KINDS, Level::Read)?;
    let mut forge = sim.forge();
    let found = find(&mut forge, &place, &id)?;
    Ok(answer(200, &told(&sim.pages_url(), &place, found)))
}

/// `PATCH /repos/OWNER/NAME/issues/comments/ID`.
pub(super) async fn update(State(sim): State<Sim>, Path(at): Path<At>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let (place, id, _) = sim.admit_to(&parts, at, KINDS, Level::Write)?;
    let body = body_of(body).await?;
    let mut forge = sim.forge();
    let found = find(&mut forge, &place, &id)?;
    found.body = body;
    found.updated = sim.now();
    Ok(answer(200, &told(&sim.pages_url(), &place, found)))
}

/// `DELETE /repos/OWNER/NAME/issues/comments/ID`.
pub(super) async fn delete(State(sim): State<Sim>, Path(at): Path<At>, parts: Parts) -> Reply {
    let (place, id, _) = sim.admit_to(&parts, at, KINDS, Level::Write)?;
    let mut forge = sim.forge();
    let gone = find(&mut forge, &place, &id)?.clone();
    let repository = forge.at_mut(&place)?;
    repository.comments.retain(|one| one.id != gone.id);
    repository.deleted.push(gone);
    Ok(nothing())
}

/// The number of a pull request that there is.
fn there(repository: &Repository, issue: &str) -> Result<u64, Refusal> {
    let issue = number(issue)?;
    if repository.pulls.contains_key(&issue) { Ok(issue) } else { Err(missing()) }
}

fn find<'a>(forge: &'a mut Forge, place: &Place, id: &str) -> Result<&'a mut Comment, Refusal> {
    let id = number(id)?;
    let mut all = forge.at_mut(place)?.comments.iter_mut();
    all.find(|one| one.id == id).ok_or_else(missing)
}

/// The text of a comment, as it may be.
async fn body_of(body: axum::body::Body) -> Result<String, Refusal> {
    let sent = object(body).await?;
    let body = text(&sent, RESOURCE, "body")?.unwrap_or_default();
    if body.trim().is_empty() {
        return Err(invalid(RESOURCE, "body", "missing_field", "Body can't be blank"));
    }
    if body.chars().count() > LONGEST {
        let told = "Body is too long (maximum is 65536 characters)";
        return Err(invalid(RESOURCE, "data", "unprocessable", told));
    }
    Ok(body)
}

/// A comment of somebody who calls nothing.
pub(super) fn seed(id: u64, issue: u64, login: &str, body: &str, at: jiff::Timestamp) -> Comment {
    let author = Actor::new(login, login.ends_with("[bot]"));
    Comment { id, issue, body: body.to_owned(), author, created: at, updated: at }
}

pub(super) fn told(root: &str, place: &Place, comment: &Comment) -> Value {
    let (owner, name) = place;
    let Comment { id, issue, .. } = comment;
    let api = format!("{root}/api/v3/repos/{owner}/{name}");
    json!({
        "id": id,
        "node_id": format!("IC_{id}"),
        "url": format!("{api}/issues/comments/{id}"),
        "html_url": format!("{root}/{owner}/{name}/pull/{issue}#issuecomment-{id}"),
        "issue_url": format!("{api}/issues/{issue}"),
        "body": comment.body,
        "user": person(root, &comment.author.login),
        "author_association": if comment.author.app { "NONE" } else { "CONTRIBUTOR" },
        "performed_via_github_app": null,
        "created_at": instant(comment.created),
        "updated_at": instant(comment.updated),
    })
}
