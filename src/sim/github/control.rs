//! `/_sim/github`: what a test makes there, and everything that is there.

use std::collections::BTreeMap;

use axum::{
    extract::{Request, State},
    response::Response,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    access::{Actor, Level},
    comments,
    state::{Comment, Forge, Place, Pull, Repository, Side},
    wire::{answer, object, refused},
};
use crate::sim::{
    Platform, Sim,
    wire::{Refusal, Reply},
};

/// A commit where none was named.
const SOME: &str = "0000000000000000000000000000000000000001";

/// `POST /_sim/github/repositories`: `name` (`OWNER/NAME`), `default_branch`, `private`, `fork`.
pub(super) async fn repository(State(sim): State<Sim>, request: Request) -> Reply {
    let sent = Sent::read(request).await?;
    let place = sent.place("name")?;
    let mut forge = sim.forge();
    let found = made(&sim, &mut forge, &place);
    if let Some(branch) = sent.text("default_branch") {
        branch.clone_into(&mut found.default_branch);
    }
    found.private = sent.flag("private").unwrap_or(found.private);
    found.fork = sent.flag("fork").unwrap_or(found.fork);
    Ok(done(&json!({"id": found.id})))
}

/// `POST /_sim/github/pulls`: `repository`, `number`, `title`, `author`, `association`, `state`, `draft`, `merged`,
/// `merge_commit_sha`, `labels`, `head` and `base` with `ref`, `sha`, `repo` (null is a fork that was deleted), and `lag`:
/// after how many seconds the merge commit is known to belong to it. One that is there is changed.
pub(super) async fn pull(State(sim): State<Sim>, request: Request) -> Reply {
    let sent = Sent::read(request).await?;
    let place = sent.place("repository")?;
    let mut forge = sim.forge();
    let id = forge.id();
    let found = made(&sim, &mut forge, &place);
    let now = sim.now();
    let next = found.pulls.keys().next_back().map_or(1, |last| last + 1);
    let number = sent.0.get("number").and_then(Value::as_u64).unwrap_or(next);
    let own = Some(format!("{}/{}", place.0, place.1));
    let main = found.default_branch.clone();
    let pull = found.pulls.entry(number).or_insert_with(|| Pull {
        id,
        number,
        title: format!("Change {number}"),
        author: "octocat".to_owned(),
        association: "CONTRIBUTOR".to_owned(),
        open: true,
        draft: false,
        merged: None,
        closed: None,
        merge_commit: None,
        head: Side {
            branch: format!("change-{number}"),
            sha: SOME.into(),
            repository: own.clone(),
        },
        base: Side { branch: main, sha: SOME.into(), repository: own },
        labels: Vec::new(),
        created: now,
        updated: now,
        associated: now,
    });
    for (name, to) in [
        ("title", &mut pull.title),
        ("author", &mut pull.author),
        ("association", &mut pull.association),
    ] {
        if let Some(text) = sent.text(name) {
            text.clone_into(to);
        }
    }
    if let Some(labels) = sent.0.get("labels").and_then(Value::as_array) {
        pull.labels = labels.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    if let Some(sha) = sent.text("merge_commit_sha") {
        pull.merge_commit = Some(sha.to_owned());
    }
    pull.draft = sent.flag("draft").unwrap_or(pull.draft);
    side(&mut pull.head, sent.0.get("head"));
    side(&mut pull.base, sent.0.get("base"));
    let merges = sent.flag("merged") == Some(true);
    match sent.text("state") {
        Some("open") if !merges => (pull.open, pull.closed, pull.merged) = (true, None, None),
        Some(_) => (pull.open, pull.closed) = (false, Some(now)),
        None => {}
    }
    if merges {
        (pull.open, pull.closed, pull.merged) = (false, Some(now), Some(now));
        let lag = sent.0.get("lag").and_then(Value::as_f64).unwrap_or(0.0);
        pull.associated = sim.pace.after(now, lag);
    }
    pull.updated = now;
    Ok(done(&json!({"number": number})))
}

/// `POST /_sim/github/comments`: `repository`, `issue`, `author`, `body`, `count` for more than one, and `age` in
/// seconds.
pub(super) async fn comment(State(sim): State<Sim>, request: Request) -> Reply {
    let sent = Sent::read(request).await?;
    let place = sent.place("repository")?;
    let issue = sent.0.get("issue").and_then(Value::as_u64).unwrap_or(1);
    let count = sent.0.get("count").and_then(Value::as_u64).unwrap_or(1);
    let (author, body) = (sent.text("author").unwrap_or("octocat"), sent.text("body"));
    let age = sent.0.get("age").and_then(Value::as_i64).unwrap_or_default();
    let now = sim.now();
    let now = now.checked_sub(SignedDuration::from_secs(age)).unwrap_or(now);
    let mut forge = sim.forge();
    let mut ids = Vec::new();
    for _ in 0..count {
        let id = forge.id();
        let found = made(&sim, &mut forge, &place);
        found.comments.push(comments::seed(id, issue, author, body.unwrap_or("…"), now));
        ids.push(id);
    }
    Ok(done(&json!({"ids": ids})))
}

/// `POST /_sim/github/tokens`: `token`, `login`, `app`, `permissions` by kind, and `rest` for the others: `none`, `read` or
/// `write`.
pub(super) async fn token(State(sim): State<Sim>, request: Request) -> Reply {
    let sent = Sent::read(request).await?;
    let token = sent.text("token").ok_or_else(|| refused(422, "token is missing"))?;
    let mut actor = sim.forge().actor(token);
    if let Some(login) = sent.text("login") {
        actor = Actor { login: login.to_owned(), app: login.ends_with("[bot]"), ..actor };
    }
    actor.app = sent.flag("app").unwrap_or(actor.app);
    if let Some(rest) = sent.0.get("rest") {
        actor.rest = level(rest)?;
    }
    let permissions = sent.0.get("permissions").and_then(Value::as_object);
    for (kind, allowed) in permissions.into_iter().flatten() {
        actor.permissions.insert(kind.clone(), level(allowed)?);
    }
    sim.forge().tokens.insert(token.to_owned(), actor);
    Ok(done(&json!({})))
}

/// `POST /_sim/github/limits`: `hour`, `writes_minute`, `writes_hour`, `points_minute`. What was used up is forgotten.
pub(super) async fn limits(State(sim): State<Sim>, request: Request) -> Reply {
    let sent = Sent::read(request).await?;
    let mut forge = sim.forge();
    let limits = &mut forge.limits;
    for (name, to) in [
        ("hour", &mut limits.hour),
        ("writes_minute", &mut limits.writes_minute),
        ("writes_hour", &mut limits.writes_hour),
        ("points_minute", &mut limits.points_minute),
    ] {
        let number = sent.0.get(name).and_then(Value::as_u64);
        *to = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(*to);
    }
    forge.calls.clear();
    Ok(done(&json!({})))
}

/// `GET /_sim/github`: everything that is there.
pub(super) async fn dump(State(sim): State<Sim>) -> Reply {
    let forge = sim.forge();
    let comment = |one: &Comment| json!({"id": one.id, "issue": one.issue, "author": one.author.login, "body": one.body});
    let all = forge.repositories.iter().map(|((owner, name), found)| {
        json!({
            "name": format!("{owner}/{name}"),
            "pulls": found.pulls.keys().collect::<Vec<_>>(),
            "comments": found.comments.iter().map(comment).collect::<Vec<_>>(),
            "deleted": found.deleted.iter().map(comment).collect::<Vec<_>>(),
            "statuses": found.statuses.iter().map(|one| json!({
                "id": one.id, "sha": one.sha, "context": one.context, "state": one.state,
                "description": one.description, "target_url": one.target_url,
                "author": one.creator.login,
            })).collect::<Vec<_>>(),
            "deployments": found.deployments.iter().map(|one| json!({
                "id": one.id, "sha": one.sha, "environment": one.environment,
                "payload": one.payload, "transient": one.transient, "production": one.production,
                "statuses": one.statuses.iter().map(|status| json!({
                    "state": status.state, "description": status.description,
                    "log_url": status.log_url, "environment_url": status.environment_url,
                    "environment": status.environment,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "checks": found.checks.iter().map(|one| json!({
                "id": one.id, "sha": one.sha, "name": one.name, "external_id": one.external_id,
                "status": one.status, "conclusion": one.conclusion, "output": one.output,
                "annotations": one.annotations,
            })).collect::<Vec<_>>(),
        })
    });
    let all: Vec<Value> = all.collect();
    Ok(answer(200, &json!({"version": 1, "repositories": all})))
}

/// What a control call says.
struct Sent(Map<String, Value>);

impl Sent {
    async fn read(request: Request) -> Result<Self, Refusal> {
        object(request.into_body()).await.map(Self)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    fn place(&self, name: &str) -> Result<Place, Refusal> {
        let place = self.text(name).and_then(|text| text.split_once('/'));
        let (owner, name) =
            place.ok_or_else(|| refused(422, &format!("{name} is not of the form OWNER/NAME")))?;
        Ok((owner.to_owned(), name.to_owned()))
    }
}

fn done(body: &Value) -> Response {
    answer(200, body)
}

fn level(value: &Value) -> Result<Level, Refusal> {
    match value.as_str() {
        Some("none") => Ok(Level::None),
        Some("read") => Ok(Level::Read),
        Some("write") => Ok(Level::Write),
        _ => Err(refused(422, "a permission is none, read or write")),
    }
}

fn side(side: &mut Side, sent: Option<&Value>) {
    let Some(sent) = sent else { return };
    for (name, to) in [("ref", &mut side.branch), ("sha", &mut side.sha)] {
        if let Some(text) = sent[name].as_str() {
            text.clone_into(to);
        }
    }
    match sent.get("repo") {
        Some(Value::Null) => side.repository = None,
        Some(Value::String(text)) => side.repository = Some(text.clone()),
        _ => {}
    }
}

/// The repository; it is made where it is not there.
fn made<'a>(sim: &Platform, forge: &'a mut Forge, place: &Place) -> &'a mut Repository {
    let (id, created): (u64, Timestamp) = (forge.id(), sim.now());
    forge.repositories.entry(place.clone()).or_insert_with(|| Repository {
        id,
        default_branch: "main".to_owned(),
        private: false,
        fork: false,
        created,
        pulls: BTreeMap::new(),
        comments: Vec::new(),
        deleted: Vec::new(),
        statuses: Vec::new(),
        deployments: Vec::new(),
        checks: Vec::new(),
    })
}
