//! `/sandboxes`.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Request, State},
    http::HeaderValue,
    response::Response,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Platform, Sim,
    access::{Caller, Version, json_body},
    draft::Draft,
    expiry::Lifetime,
    lists::{Row, listed},
    places::{hub_images, in_hub},
    refusals::{self, Call},
    scenario::Scenario,
    state::{Key, Sandbox, World},
    timeline,
    wire::{Refusal, Reply, error, instant, json_answer, sandbox_error, sandbox_error_with},
};

/// Statuses that the list can be filtered by.
const STATUSES: &[&str] = &[
    "UPLOADING",
    "BUILDING",
    "BUILT",
    "DEPLOYING",
    "DEPLOYED",
    "FAILED",
    "DEACTIVATING",
    "DEACTIVATED",
    "DELETING",
    "TERMINATED",
    "ARCHIVING",
    "ARCHIVED",
    "UNARCHIVING",
];
const DEFAULT_MEMORY: u64 = 4096;

impl Platform {
    /// The scenario of a call: its own, else that of its sandbox, else that of the platform.
    pub(super) fn scenario(&self, world: &World, caller: &Caller, key: &Key) -> Scenario {
        caller
            .asked
            .or_else(|| world.sandboxes.get(key).map(|sandbox| sandbox.scenario))
            .unwrap_or(self.config.scenario)
    }

    /// A sandbox as it is shown.
    fn view(&self, key: &Key, sandbox: &Sandbox, single: bool, secrets: bool) -> Value {
        let mut metadata = sandbox.extra.clone();
        let url = format!("http://{}/run/{}/sandboxes/{}", self.address, key.0, key.1);
        for (name, value) in [
            ("name", json!(key.1)),
            ("workspace", json!(key.0)),
            ("labels", json!(sandbox.labels)),
            ("url", json!(url)),
            ("createdAt", json!(instant(sandbox.created))),
            ("updatedAt", json!(instant(sandbox.updated))),
            ("createdBy", json!("simulated")),
            ("updatedBy", json!("simulated")),
        ] {
            metadata.insert(name.to_owned(), value);
        }
        let mut spec = sandbox.spec.clone();
        let envs = spec.get_mut("runtime").and_then(|runtime| runtime.get_mut("envs"));
        for env in envs.and_then(Value::as_array_mut).into_iter().flatten() {
            if !secrets && env.get("secret") == Some(&json!(true)) {
                env["value"] = json!("****");
            }
        }
        let now = Timestamp::now();
        let mut view = json!({
            "metadata": metadata,
            "spec": spec,
            "status": sandbox.status,
            "state": "RUNNING",
            "nodeGeneration": "mk3.0",
        });
        view["lastUsedAt"] = json!(instant(sandbox.used));
        if let Some(end) = sandbox.end() {
            view["expiresIn"] = json!(end.duration_since(now).as_secs().max(0));
        }
        if single {
            view["events"] = json!(sandbox.events);
        }
        view
    }

    /// Makes a sandbox what the draft says. `name` and scenario are settled.
    fn settle(
        &self,
        world: &mut World,
        key: &Key,
        draft: Draft,
        caller: &Caller,
        scenario: Scenario,
        now: Timestamp,
    ) -> Reply {
        let lifetime = Lifetime::read(&draft.spec, self.pace)
            .map_err(|message| error(400, "Bad Request", &message))?;
        let upload = caller.wants("upload") && draft.image().is_none();
        let image = draft.image().map(str::to_owned);
        let Draft { labels, extra, mut spec, .. } = draft;
        spec.entry("enabled").or_insert(json!(true));
        let old = world.sandboxes.get(key);
        let old_runtime = old.and_then(|old| old.spec.get("runtime")).cloned();
        let runtime = spec.entry("runtime").or_insert_with(|| json!({}));
        if runtime.is_null() {
            *runtime = json!({});
        }
        if let Some(runtime) = runtime.as_object_mut() {
            let memory = old_runtime.as_ref().and_then(|old| old.get("memory")).cloned();
            runtime.entry("memory").or_insert(memory.unwrap_or(json!(DEFAULT_MEMORY)));
            if let Some(old) = &old_runtime {
                // Environment variables cannot change once the sandbox exists.
                match old.get("envs") {
                    Some(envs) => runtime.insert("envs".to_owned(), envs.clone()),
                    None => runtime.remove("envs"),
                };
                if image.is_none()
                    && let Some(image) = old.get("image")
                {
                    runtime.insert("image".to_owned(), image.clone());
                }
            }
        }
        let generation = world.next();
        let sandbox = world.sandboxes.entry(key.clone()).or_insert_with(|| Sandbox {
            labels: BTreeMap::new(),
            extra: Map::new(),
            spec: Map::new(),
            status: Value::Null,
            events: Vec::new(),
            revision: String::new(),
            created: now,
            updated: now,
            used: now,
            lifetime: Lifetime::default(),
            ended: None,
            generation,
            scenario,
        });
        sandbox.labels.clone_from(&labels);
        sandbox.extra = extra;
        sandbox.spec = spec;
        sandbox.updated = now;
        sandbox.lifetime = lifetime;
        sandbox.scenario = scenario;
        let current = sandbox
            .spec
            .get("runtime")
            .and_then(|runtime| runtime.get("image"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        let mut url = None;
        if upload {
            if !scenario.has_past() {
                sandbox.status = json!("UPLOADING");
            }
            url = Some(self.ticket(world, key, true, scenario, &labels, now));
        } else if let Some(image) = current {
            sandbox.status = json!("DEPLOYING");
            timeline::rollout(world, self.pace, key, &image, now);
            world.advance(now);
        }
        refusals::after(world, scenario, key)?;
        let sandbox = world.sandboxes.get(key).ok_or_else(not_found)?;
        let mut response = json_answer(200, &self.view(key, sandbox, true, false));
        if let Some(url) = url
            && scenario != Scenario::NoUploadUrl
            && let Ok(url) = HeaderValue::from_str(&url)
        {
            response.headers_mut().insert("x-blaxel-upload-url", url);
        }
        Ok(response)
    }
}

fn not_found() -> Refusal {
    error(404, "Not Found", "Sandbox not found")
}

/// Whether an image can be run: one of the workspace or of the hub. References with a registry are believed.
fn runnable(world: &World, workspace: &str, image: &str) -> bool {
    if let Some(rest) = image.strip_prefix("blaxel/") {
        let (name, tag) = rest.split_once(':').unwrap_or((rest, "latest"));
        return in_hub(name) && tag == "latest";
    }
    let Some(rest) = image.strip_prefix("sandbox/") else {
        return image.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']));
    };
    let (name, tag) = rest.split_once(':').unwrap_or((rest, "latest"));
    world
        .visible_image(&(workspace.to_owned(), name.to_owned()))
        .is_some_and(|(_, image)| image.tags.iter().any(|known| known.name == tag))
}

/// `POST /sandboxes`.
pub(super) async fn create(State(sim): State<Sim>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let workspace = caller.workspace()?.to_owned();
    let body = json_body(body).await?;
    let invalid = |message: &str| sandbox_error(400, "INVALID_REQUEST", message, &workspace, "");
    let draft = Draft::read(&body).map_err(|message| invalid(&message))?;
    let name = draft.name.clone().ok_or_else(|| invalid("metadata.name is required"))?;
    let key = (workspace, name);
    let (mut world, now) = sim.world();
    let scenario = sim.scenario(&world, &caller, &key);
    world.remember(&key, scenario, now);
    refusals::before(&mut world, scenario, &key, Call::Create)?;
    if world.sandboxes.get(&key).is_some_and(|sandbox| sandbox.ended.is_some()) {
        world.forget(&key);
    }
    if let Some(sandbox) = world.sandboxes.get(&key) {
        if caller.wants("createIfNotExist") {
            return Ok(json_answer(200, &sim.view(&key, sandbox, true, false)));
        }
        return Err(exists(&key));
    }
    match draft.image() {
        Some(image) if runnable(&world, &key.0, image) => {}
        None if caller.wants("upload") => {}
        image => {
            let message = image.map_or_else(
                || "spec.runtime.image is required unless source is uploaded".to_owned(),
                |image| format!("image {image:?} does not exist in this workspace"),
            );
            return Err(invalid_image(&message, image, &key));
        }
    }
    let reply = sim.settle(&mut world, &key, draft, &caller, scenario, now);
    if scenario == Scenario::Conflict && world.meet(&key, "conflict") == 0 {
        return Err(exists(&key));
    }
    reply
}

fn invalid_image(message: &str, image: Option<&str>, key: &Key) -> Refusal {
    let details = json!({"requested_image": image.unwrap_or(""), "supported_images": hub_images()});
    sandbox_error_with(400, "INVALID_IMAGE", message, key, Some(details))
}

fn exists(key: &Key) -> Refusal {
    let message = format!("Sandbox {:?} already exists", key.1);
    sandbox_error_with(409, "SANDBOX_ALREADY_EXISTS", &message, key, None)
}

/// `PUT /sandboxes/{name}`.
pub(super) async fn update(
    State(sim): State<Sim>,
    Path(name): Path<String>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let key = caller.key(&name)?;
    let body = json_body(body).await?;
    let invalid = |message: &str| error(400, "Bad Request", message);
    let draft = Draft::read(&body).map_err(|message| invalid(&message))?;
    if draft.name.as_ref().is_some_and(|sent| *sent != name) {
        return Err(invalid("metadata.name is not the name in the path"));
    }
    let (mut world, now) = sim.world();
    let scenario = sim.scenario(&world, &caller, &key);
    world.remember(&key, scenario, now);
    refusals::before(&mut world, scenario, &key, Call::Update)?;
    let deleting = |sandbox: &Sandbox| sandbox.status == json!("DELETING");
    match world.sandboxes.get(&key) {
        None => return Err(not_found()),
        Some(sandbox) if sandbox.ended.is_some() => return Err(not_found()),
        Some(sandbox) if deleting(sandbox) => {
            return Err(error(409, "Conflict", "the sandbox is being deleted"));
        }
        Some(_) => {}
    }
    if let Some(image) = draft.image()
        && !runnable(&world, &key.0, image)
    {
        return Err(invalid(&format!("image {image:?} does not exist in this workspace")));
    }
    sim.settle(&mut world, &key, draft, &caller, scenario, now)
}

/// `GET /sandboxes/{name}`.
pub(super) async fn get(
    State(sim): State<Sim>,
    Path(name): Path<String>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&name)?;
    let (mut world, now) = sim.world();
    let scenario = sim.scenario(&world, &caller, &key);
    world.remember(&key, scenario, now);
    refusals::before(&mut world, scenario, &key, Call::Read)?;
    let sandbox = world.sandboxes.get(&key).ok_or_else(not_found)?;
    Ok(json_answer(200, &sim.view(&key, sandbox, true, caller.wants("show_secrets"))))
}

/// `GET /sandboxes/by-external-id/{id}`.
pub(super) async fn get_by_external_id(
    State(sim): State<Sim>,
    Path(id): Path<String>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key("")?;
    let (mut world, _) = sim.world();
    let scenario = sim.scenario(&world, &caller, &key);
    refusals::before(&mut world, scenario, &key, Call::Read)?;
    let (key, sandbox) = world
        .sandboxes
        .iter()
        .find(|(known, sandbox)| {
            known.0 == key.0 && sandbox.extra.get("externalId").and_then(Value::as_str) == Some(&id)
        })
        .ok_or_else(not_found)?;
    Ok(json_answer(200, &sim.view(key, sandbox, true, caller.wants("show_secrets"))))
}

/// `GET /sandboxes`: a bare array in the oldest version, else pages.
pub(super) async fn list(State(sim): State<Sim>, request: Request) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let workspace = caller.workspace()?;
    let bad = |message: String| error(400, "Bad Request", &message);
    let mut wanted = Vec::new();
    let asked = caller.query.get("status").filter(|list| !list.is_empty());
    for status in asked.into_iter().flat_map(|list| list.split(',')) {
        let status = status.trim().to_ascii_uppercase();
        if !STATUSES.contains(&status.as_str()) {
            return Err(bad(format!("status {status:?} is not known")));
        }
        wanted.push(status);
    }
    let (mut world, _) = sim.world();
    let key = (workspace.to_owned(), String::new());
    let scenario = sim.scenario(&world, &caller, &key);
    refusals::before(&mut world, scenario, &key, Call::List)?;
    let external = caller.query.get("externalId").filter(|id| !id.is_empty());
    let rows: Vec<Row> = world
        .sandboxes
        .iter()
        .filter(|(key, _)| key.0 == workspace)
        .filter(|(_, sandbox)| sandbox.ended.is_none() || caller.wants("showTerminated"))
        .filter(|(_, sandbox)| {
            let status = sandbox.status.as_str().unwrap_or_default().to_ascii_uppercase();
            wanted.is_empty() || wanted.contains(&status)
        })
        .filter(|(_, sandbox)| {
            let known = sandbox.extra.get("externalId").and_then(Value::as_str);
            external.is_none_or(|id| known == Some(id.as_str()))
        })
        .map(|(key, sandbox)| Row {
            name: key.1.clone(),
            created: sandbox.created,
            view: sim.view(key, sandbox, false, false),
        })
        .collect();
    listed(&caller, rows, caller.version >= Version::V20260428, "createdAt:desc")
}

/// `DELETE /sandboxes/{name}`.
pub(super) async fn delete(
    State(sim): State<Sim>,
    Path(name): Path<String>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&name)?;
    let (mut world, now) = sim.world();
    let scenario = sim.scenario(&world, &caller, &key);
    refusals::before(&mut world, scenario, &key, Call::Delete)?;
    timeline::delete(&mut world, sim.pace, &key, now);
    let sandbox = world.sandboxes.get(&key).ok_or_else(not_found)?;
    let response: Response = json_answer(200, &sim.view(&key, sandbox, true, false));
    Ok(response)
}
