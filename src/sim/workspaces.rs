//! Workspaces, and the address of a running sandbox.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    ACCOUNT, PARTNER, PARTNER_ACCOUNT, Platform, Sim,
    refusals::{self, Call},
    wire::{Reply, error, gateway_error, json_answer},
};

impl Platform {
    /// Whether there is a workspace of this name.
    pub(super) fn has_workspace(&self, name: &str) -> bool {
        let listed = &self.config.workspaces;
        listed.is_empty() || listed.iter().any(|(known, _)| known == name)
    }

    /// The account of a workspace.
    pub(super) fn account(&self, workspace: &str) -> &str {
        let listed = &self.config.workspaces;
        let known = listed.iter().find(|(known, _)| known == workspace);
        match known {
            Some((_, account)) => account,
            None if listed.is_empty() && workspace == PARTNER => PARTNER_ACCOUNT,
            None => ACCOUNT,
        }
    }
}

fn view(sim: &Platform, name: &str) -> Value {
    json!({
        "name": name,
        "id": format!("sim-{name}"),
        "accountId": sim.account(name),
        "displayName": name,
        "region": "us-pdx-1",
        "status": "ready",
        "runtime": {"generation": "mk3"},
        "labels": {},
    })
}

/// `GET /workspaces`: those of the list that the key opens; without a list those that were ever named in a call, else
/// one called `sim`.
pub(super) async fn list(State(sim): State<Sim>, request: Request) -> Reply {
    let (parts, _) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let credential = sim.credential(&parts.headers)?;
    let (mut world, _) = sim.world();
    let key = (String::new(), String::new());
    refusals::before(
        &mut world,
        caller.asked.unwrap_or(sim.config.scenario),
        &key,
        Call::Workspace,
    )?;
    let listed = sim.config.workspaces.iter().map(|(name, _)| name);
    let mut names: Vec<&str> = listed.chain(&world.workspaces).map(String::as_str).collect();
    if names.is_empty() {
        names.push("sim");
    }
    names.sort_unstable();
    names.dedup();
    names.retain(|name| credential.opens(name));
    Ok(json_answer(200, &names.into_iter().map(|name| view(&sim, name)).collect()))
}

/// `GET /workspaces/{name}`.
pub(super) async fn get(
    State(sim): State<Sim>,
    Path(name): Path<String>,
    request: Request,
) -> Reply {
    let (parts, _) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let credential = sim.credential(&parts.headers)?;
    let scenario = caller.asked.unwrap_or(sim.config.scenario);
    let key = (name.clone(), String::new());
    refusals::before(&mut sim.world().0, scenario, &key, Call::Workspace)?;
    if !sim.has_workspace(&name) {
        return Err(error(404, "Not Found", "Workspace not found"));
    }
    sim.open(&name, &credential)?;
    let (mut world, _) = sim.world();
    world.workspaces.insert(name.clone());
    let mut view = view(&sim, &name);
    if caller.wants("countResources") {
        let sandboxes = world.sandboxes.keys().filter(|key| key.0 == name).count();
        let images = world.images.keys().filter(|key| key.0 == name).count();
        view["resourceCounts"] = json!({"sandboxes": sandboxes, "images": images});
    }
    Ok(json_answer(200, &view))
}

/// What sandbox-api answers to `GET /health` once the sandbox is deployed; 502 before.
pub(super) async fn health(
    State(sim): State<Sim>,
    Path((workspace, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    sim.enter(&request.into_parts().0)?;
    let (mut world, now) = sim.world();
    let Some(sandbox) = world.sandboxes.get_mut(&(workspace, name)) else {
        return Err(gateway_error(404, "WORKLOAD_NOT_FOUND", "there is no such sandbox", false));
    };
    let up = sandbox.status.as_str().is_some_and(|status| status.eq_ignore_ascii_case("deployed"));
    if !up {
        return Err(error(502, "Bad Gateway", "nothing listens in the sandbox"));
    }
    sandbox.used = now;
    let answer: Response = json_answer(
        200,
        &json!({"status": "ok", "version": "simulated", "os": "linux", "arch": "amd64"}),
    );
    Ok(answer)
}
