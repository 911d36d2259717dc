//! Workspaces, and the address of a running sandbox.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    Sim,
    faults::{self, Call},
    shares::ACCOUNT,
    wire::{Reply, error, gateway_error, json_answer},
};

fn view(name: &str) -> Value {
    json!({
        "name": name,
        "id": format!("sim-{name}"),
        "accountId": ACCOUNT,
        "displayName": name,
        "region": "us-pdx-1",
        "status": "ready",
        "runtime": {"generation": "mk3"},
        "labels": {},
    })
}

/// `GET /workspaces`: those that were ever named in a call, else one called `sim`.
pub(super) async fn list(State(sim): State<Sim>, request: Request) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let (mut world, _) = sim.world();
    let key = (String::new(), String::new());
    faults::before(&mut world, caller.asked.unwrap_or(sim.config.scenario), &key, Call::Workspace)?;
    let mut names: Vec<Value> = world.workspaces.iter().map(|name| view(name)).collect();
    if names.is_empty() {
        names.push(view("sim"));
    }
    Ok(json_answer(200, &Value::Array(names)))
}

/// `GET /workspaces/{name}`: every name is a workspace.
pub(super) async fn get(
    State(sim): State<Sim>,
    Path(name): Path<String>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let (mut world, _) = sim.world();
    let key = (name.clone(), String::new());
    faults::before(&mut world, caller.asked.unwrap_or(sim.config.scenario), &key, Call::Workspace)?;
    world.workspaces.insert(name.clone());
    Ok(json_answer(200, &view(&name)))
}

/// What sandbox-api answers to `GET /health` once the sandbox is deployed; 502 before.
pub(super) async fn health(
    State(sim): State<Sim>,
    Path((workspace, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    sim.enter(&request.into_parts().0)?;
    let (world, _) = sim.world();
    let Some(sandbox) = world.sandboxes.get(&(workspace, name)) else {
        return Err(gateway_error(404, "WORKLOAD_NOT_FOUND", "there is no such sandbox", false));
    };
    let up = sandbox.status.as_str().is_some_and(|status| status.eq_ignore_ascii_case("deployed"));
    if !up {
        return Err(error(502, "Bad Gateway", "nothing listens in the sandbox"));
    }
    let answer: Response = json_answer(
        200,
        &json!({"status": "ok", "version": "simulated", "os": "linux", "arch": "amd64"}),
    );
    Ok(answer)
}
