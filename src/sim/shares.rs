//! Shared images: at once inside the account, with an approval across accounts.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::IntoResponse as _,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Platform, Sim,
    access::{Caller, json_body},
    draft::is_name,
    images::{check_kind, image_view, not_found},
    refusals::{self, Call},
    scenario::Scenario,
    state::{Key, World, random_word},
    wire::{Refusal, Reply, error, instant, json_answer},
};

/// How long an approval can be given, in seconds.
const PENDING: f64 = 7.0 * 24.0 * 3600.0;

/// How late a tag comes to the others, in seconds, where it comes late.
const LAG: f64 = 3.0;

/// An approval that nobody gave yet.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    id: String,
    /// Workspace of the owner, and the image.
    key: Key,
    target: String,
    account: String,
    created: Timestamp,
    expires: Timestamp,
}

/// A share that is in effect.
#[derive(Clone, Copy, Debug)]
struct Active {
    since: Timestamp,
    lag: SignedDuration,
}

/// Who sees which images of others.
#[derive(Default)]
pub(super) struct Shares {
    /// Image of its owner, and the workspace that sees it: since when, and how late new tags come.
    active: BTreeMap<(Key, String), Active>,
    pending: Vec<Pending>,
}

impl Shares {
    /// Whether an image is shared, or waits to be.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.active.keys().any(|(known, _)| known == key)
            || self.pending.iter().any(|pending| pending.key == *key)
    }

    /// The image that a workspace sees under this name because its owner shares it.
    pub(super) fn seen(&self, key: &Key) -> Option<&Key> {
        self.active
            .keys()
            .find(|(known, target)| *target == key.0 && known.1 == key.1)
            .map(|(known, _)| known)
    }

    /// Lets a workspace see an image from then on; where it does already, nothing changes.
    pub(super) fn begin(&mut self, key: Key, target: &str, since: Timestamp, lag: SignedDuration) {
        self.active.entry((key, target.to_owned())).or_insert(Active { since, lag });
    }

    /// From when on a workspace sees a tag of an image of another that is as old as this.
    pub(super) fn visible(&self, image: &Key, workspace: &str, created: Timestamp) -> Timestamp {
        match self.active.get(&(image.clone(), workspace.to_owned())) {
            Some(share) => created.max(share.since).checked_add(share.lag).unwrap_or(created),
            None => created,
        }
    }

    /// Every image of others that a workspace sees.
    pub(super) fn all_seen<'a>(&'a self, workspace: &'a str) -> impl Iterator<Item = &'a Key> {
        self.active.keys().filter(move |(_, target)| target == workspace).map(|(known, _)| known)
    }
}

impl Platform {
    /// How late new tags come to those that an image is shared with.
    fn lag(&self, scenario: Scenario) -> SignedDuration {
        self.pace.lasting(if scenario == Scenario::LateTags { LAG } else { 0.0 })
    }

    /// Lets a share wait for the approval of another account, and tells of it.
    pub(super) fn ask(&self, world: &mut World, key: Key, target: &str, now: Timestamp) -> Value {
        let pending = Pending {
            id: random_word(16),
            key,
            target: target.to_owned(),
            account: self.account(target).to_owned(),
            created: now,
            expires: self.pace.after(now, PENDING),
        };
        let view = pending_view(self, world, &pending);
        world.shares.pending.push(pending);
        view
    }
}

fn pending_view(sim: &Platform, world: &World, pending: &Pending) -> Value {
    let target = (pending.target.clone(), pending.key.1.clone());
    json!({
        "id": pending.id,
        "imageName": pending.key.1,
        "resourceType": "sandbox",
        "sourceWorkspace": pending.key.0,
        "sourceWorkspaceDisplayName": pending.key.0,
        "sourceAccountId": sim.account(&pending.key.0),
        "targetWorkspace": pending.target,
        "targetWorkspaceDisplayName": pending.target,
        "targetAccountId": pending.account,
        "sharedBy": "simulated",
        "sharedByEmail": "simulated@example.com",
        "hasConflict": world.images.contains_key(&target),
        "createdAt": instant(pending.created),
        "expiresAt": instant(pending.expires),
    })
}

/// The owned image of a call; a shared one cannot be shared on.
fn owned(
    sim: &Sim,
    world: &mut World,
    caller: &Caller,
    key: &Key,
    call: Call,
) -> Result<(), Refusal> {
    let scenario = sim.scenario(world, caller, key);
    refusals::before(world, scenario, key, call)?;
    if call == Call::Share {
        caller.admin()?;
    }
    if world.images.contains_key(key) { Ok(()) } else { Err(not_found()) }
}

/// `POST /images/{type}/{name}/share`: 200 inside the account, 202 across accounts.
pub(super) async fn share(
    State(sim): State<Sim>,
    Path((kind, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let key = caller.key(&name)?;
    check_kind(&kind)?;
    let body = json_body(body).await?;
    let bad = |message: &str| error(400, "Bad Request", message);
    let target = body.get("targetWorkspace").and_then(Value::as_str);
    let target =
        target.filter(|name| is_name(name)).ok_or_else(|| bad("targetWorkspace is missing"))?;
    let account = match body.get("targetAccountId") {
        None | Some(Value::Null) => None,
        Some(Value::String(account)) if !account.is_empty() => Some(account.as_str()),
        Some(_) => return Err(bad("targetAccountId must be a string")),
    };
    if target == key.0 {
        return Err(bad("an image cannot be shared with its own workspace"));
    }
    let (mut world, now) = sim.world();
    owned(&sim, &mut world, &caller, &key, Call::Share)?;
    let own = sim.account(&key.0);
    let account = account.unwrap_or(own);
    // A wrong account is not told from a workspace that there is not: nobody shall find out by trying.
    if !sim.has_workspace(target) || sim.account(target) != account {
        let told = format!("there is no workspace {target:?} in the account {account:?}");
        return Err(error(404, "Not Found", &told));
    }
    if account != own {
        world.shares.pending.retain(|pending| pending.key != key || now < pending.expires);
        let known = world
            .shares
            .pending
            .iter()
            .find(|pending| pending.key == key && pending.target == target);
        if let Some(known) = known {
            return Ok(json_answer(202, &pending_view(&sim, &world, known)));
        }
        if !world.shares.active.contains_key(&(key.clone(), target.to_owned())) {
            return Ok(json_answer(202, &sim.ask(&mut world, key, target, now)));
        }
    }
    let taken = (target.to_owned(), name.clone());
    let other = world.shares.seen(&taken).is_some_and(|seen| *seen != key);
    if world.images.contains_key(&taken) || other {
        return Err(error(409, "Conflict", "the target holds an image of that name"));
    }
    let scenario = sim.scenario(&world, &caller, &key);
    if scenario == Scenario::ShareExists
        && world.shares.active.contains_key(&(key.clone(), target.to_owned()))
    {
        return Err(error(409, "Conflict", "the image is shared with this workspace already"));
    }
    world.shares.begin(key.clone(), target, now, sim.lag(scenario));
    Ok(json_answer(200, &image_view(&world, &key, caller.version).ok_or_else(not_found)?))
}

/// `GET /images/{type}/{name}/share`.
pub(super) async fn list(
    State(sim): State<Sim>,
    Path((kind, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&name)?;
    check_kind(&kind)?;
    let (mut world, now) = sim.world();
    owned(&sim, &mut world, &caller, &key, Call::Read)?;
    let active =
        world.shares.active.keys().filter(|(known, _)| *known == key).map(|(_, target)| {
            json!({
                "workspace": target,
                "workspaceDisplayName": target,
                "accountId": sim.account(target),
                "status": "active",
            })
        });
    let waits = |pending: &&Pending| pending.key == key && now < pending.expires;
    let pending = world.shares.pending.iter().filter(waits).map(|pending| {
        json!({
            "workspace": pending.target,
            "accountId": pending.account,
            "accountOwnerEmail": "owner@example.com",
            "status": "pending",
            "pendingShareId": pending.id,
        })
    });
    Ok(json_answer(200, &Value::Array(active.chain(pending).collect())))
}

/// `DELETE /images/{type}/{name}/share/{workspace}`.
pub(super) async fn unshare(
    State(sim): State<Sim>,
    Path((kind, name, target)): Path<(String, String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&name)?;
    check_kind(&kind)?;
    let (mut world, _) = sim.world();
    owned(&sim, &mut world, &caller, &key, Call::Share)?;
    let before = world.shares.pending.len();
    world.shares.pending.retain(|pending| pending.key != key || pending.target != target);
    let waited = world.shares.pending.len() < before;
    if world.shares.active.remove(&(key.clone(), target)).is_none() && !waited {
        return Err(error(404, "Not Found", "the image is not shared with this workspace"));
    }
    Ok(json_answer(200, &image_view(&world, &key, caller.version).ok_or_else(not_found)?))
}

/// `GET /pending-image-shares?direction=incoming|outgoing`.
pub(super) async fn pending(State(sim): State<Sim>, request: Request) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let workspace = caller.workspace()?;
    let outgoing = match caller.query.get("direction").map(String::as_str) {
        Some("outgoing") => true,
        None | Some("incoming") => false,
        Some(_) => {
            return Err(error(400, "Bad Request", "direction must be incoming or outgoing"));
        }
    };
    let (mut world, _) = sim.world();
    let key = (workspace.to_owned(), String::new());
    let scenario = sim.scenario(&world, &caller, &key);
    refusals::before(&mut world, scenario, &key, Call::List)?;
    let side = |pending: &&Pending| {
        workspace == if outgoing { pending.key.0.as_str() } else { pending.target.as_str() }
    };
    let found = world
        .shares
        .pending
        .iter()
        .filter(side)
        .map(|one| pending_view(&sim, &world, one))
        .collect();
    Ok(json_answer(200, &Value::Array(found)))
}

/// The approval that the target workspace of a call may give: 403 for others, 404, 410 once expired.
fn given(
    sim: &Sim,
    world: &mut World,
    caller: &Caller,
    id: &str,
    now: Timestamp,
) -> Result<Pending, Refusal> {
    let scenario = caller.asked.unwrap_or(sim.config.scenario);
    let key = caller.key(id)?;
    refusals::before(world, scenario, &key, Call::Share)?;
    caller.admin()?;
    let pending = world.shares.pending.iter().find(|pending| pending.id == id).cloned();
    let pending = pending.ok_or_else(|| error(404, "Not Found", "there is no such share"))?;
    if pending.target != key.0 {
        return Err(error(403, "Forbidden", "the share is for another workspace"));
    }
    if now >= pending.expires || scenario == Scenario::ShareExpired {
        return Err(error(410, "Gone", "the share has expired"));
    }
    Ok(pending)
}

/// `POST /pending-image-shares/{id}/accept`.
pub(super) async fn accept(
    State(sim): State<Sim>,
    Path(id): Path<String>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let (mut world, now) = sim.world();
    let pending = given(&sim, &mut world, &caller, &id, now)?;
    let target = (pending.target.clone(), pending.key.1.clone());
    let other = world.shares.seen(&target).cloned().filter(|seen| *seen != pending.key);
    let scenario = caller.asked.unwrap_or(sim.config.scenario);
    let in_the_way = world.images.contains_key(&target) || other.is_some();
    if in_the_way || scenario == Scenario::AcceptConflict {
        if !caller.wants("force") {
            return Err(error(409, "Conflict", "the workspace holds an image of that name"));
        }
        world.images.remove(&target);
        if let Some(other) = other {
            world.shares.active.remove(&(other, pending.target.clone()));
        }
    }
    world.shares.pending.retain(|known| known.id != id);
    let view = image_view(&world, &pending.key, caller.version).ok_or_else(not_found)?;
    world.shares.begin(pending.key, &pending.target, now, sim.lag(scenario));
    Ok(json_answer(200, &view))
}

/// `POST /pending-image-shares/{id}/decline`.
pub(super) async fn decline(
    State(sim): State<Sim>,
    Path(id): Path<String>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let (mut world, now) = sim.world();
    given(&sim, &mut world, &caller, &id, now)?;
    world.shares.pending.retain(|known| known.id != id);
    Ok(StatusCode::NO_CONTENT.into_response())
}
