//! `/images`.

use axum::{
    extract::{Path, Request, State},
    http::HeaderValue,
};
use serde_json::{Value, json};

use super::{
    Sim,
    access::{Caller, Version, json_body},
    build::{Outcome, Verdict},
    draft::{is_name, labels},
    lists::{Row, listed},
    refusals::{self, Call},
    scenario::Scenario,
    sign::hex,
    state::{Image, Key, World, random_word},
    timeline::{self, Job},
    wire::{Refusal, Reply, error, instant, json_answer},
};
use sha2::{Digest as _, Sha256};

/// Tags that nobody may choose.
const RESERVED: &[&str] = &["latest", "pending", "failed"];
/// What an imported image weighs, in bytes.
const IMPORTED_SIZE: u64 = 128 * 1024 * 1024;

fn bad(message: &str) -> Refusal {
    error(400, "Bad Request", message)
}

pub(super) fn not_found() -> Refusal {
    error(404, "Not Found", "Image not found")
}

/// Only images of sandboxes are simulated; the other kinds exist and are empty.
pub(super) fn check_kind(kind: &str) -> Result<(), Refusal> {
    match kind {
        "sandbox" => Ok(()),
        "agent" | "function" | "job" | "application" => Err(not_found()),
        _ => Err(bad(&format!("resource type {kind:?} is not known"))),
    }
}

fn tag_views(image: &Image) -> Vec<Value> {
    image
        .tags
        .iter()
        .map(|tag| {
            json!({
                "name": tag.name,
                "size": tag.size,
                "createdAt": instant(tag.created),
                "updatedAt": instant(tag.created),
            })
        })
        .collect()
}

/// An image as the workspace of the key sees it.
pub(super) fn image_view(world: &World, key: &Key, version: Version) -> Option<Value> {
    let (owner, image) = world.visible_image(key)?;
    let mut view = view(key, &image, version);
    if owner != key {
        view["metadata"]["sourceWorkspace"] = json!(owner.0);
    }
    Some(view)
}

fn view(key: &Key, image: &Image, version: Version) -> Value {
    let size = image.tags.iter().map(|tag| tag.size).max().unwrap_or(0);
    let spec = if version >= Version::V20260922 {
        json!({"size": size, "tagCount": image.tags.len()})
    } else if image.tags.is_empty() {
        json!({"size": size, "tags": null})
    } else {
        json!({"size": size, "tags": tag_views(image)})
    };
    json!({
        "metadata": {
            "name": key.1,
            "resourceType": "sandbox",
            "displayName": key.1,
            "workspace": key.0,
            "sourceWorkspace": "",
            "status": image.status,
            "events": image.events,
            "createdAt": instant(image.created),
            "updatedAt": instant(image.updated),
            "lastDeployedAt": instant(image.updated),
        },
        "spec": spec,
    })
}

/// `POST /images`: a build from source, or an import from a registry.
pub(super) async fn create(State(sim): State<Sim>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let workspace = caller.workspace()?.to_owned();
    let body = json_body(body).await?;
    let text = |field: &str| match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(bad(&format!("{field} must be a string"))),
    };
    let name = text("name")?.filter(|name| is_name(name));
    let name =
        name.ok_or_else(|| bad("name must be lowercase alphanumeric with hyphens, max 49"))?;
    let kind = text("resourceType")?.ok_or_else(|| bad("resourceType is required"))?;
    if kind != "sandbox" {
        return Err(bad("the simulator builds images of resourceType sandbox alone"));
    }
    let (source, tag) = (text("image")?, text("tag")?);
    for (field, least, most) in [("memoryMb", 1, 32_768), ("volumeMb", 0, 131_072)] {
        let Some(value) = body.get(field).filter(|value| !value.is_null()) else { continue };
        if source.is_none() || !value.as_u64().is_some_and(|value| (least..=most).contains(&value))
        {
            return Err(bad(&format!("{field} must be {least} to {most}, and needs image")));
        }
    }
    if let Some(config) = text("dockerConfig")?
        && !serde_json::from_str::<Value>(config).is_ok_and(|config| config.is_object())
    {
        return Err(bad("dockerConfig must be the text of a JSON object"));
    }
    if tag.is_some_and(|tag| source.is_none() || RESERVED.contains(&tag)) {
        return Err(bad("tag needs image, and latest, pending and failed are reserved"));
    }
    let settings = labels(body.get("labels")).map_err(|message| bad(&message))?;
    let key = (workspace, name.to_owned());
    let (mut world, now) = sim.world();
    let scenario = sim.scenario(&world, &caller, &key);
    world.remember(&key, scenario, now);
    refusals::before(&mut world, scenario, &key, Call::Create)?;
    let mut answer = json!({"message": "Image accepted", "name": name, "resourceType": kind});
    let mut url = None;
    if let Some(source) = source {
        if !source.split_once('/').is_some_and(|(host, _)| host.contains('.')) {
            return Err(bad("image must name its registry: HOST/NAME"));
        }
        let tags = world.images.get(&key).map(|image| image.tags.as_slice()).unwrap_or_default();
        if tag.is_some_and(|tag| tags.iter().any(|known| known.name == tag)) {
            return Err(error(409, "Conflict", "the tag exists, and tags are immutable"));
        }
        let build = !caller.wants("skip-build");
        answer["image"] = json!(source);
        answer["build"] = json!(build);
        let verdict = imported(source);
        let job = Job { key: &key, sandbox: false, scenario, tag };
        if build {
            timeline::build(&mut world, sim.pace, &job, &verdict, now);
        } else {
            timeline::register(&mut world, &job, &verdict, now);
        }
    } else if caller.wants("upload") {
        url = Some(sim.ticket(&mut world, &key, false, scenario, &settings, now));
    } else {
        return Err(bad("ask for an upload URL with upload=true, or give image"));
    }
    refusals::after(&mut world, scenario, &key)?;
    let mut response = json_answer(200, &answer);
    if let Some(url) = url
        && scenario != Scenario::NoUploadUrl
        && let Ok(url) = HeaderValue::from_str(&url)
    {
        response.headers_mut().insert("x-blaxel-upload-url", url);
    }
    Ok(response)
}

/// The outcome of an import. It is never identical to an earlier one: the registry may hold something new.
fn imported(source: &str) -> Verdict {
    Verdict {
        digest: hex(&Sha256::digest(format!("{source} {}", random_word(12)))),
        log: Vec::new(),
        outcome: Outcome::Builds { size: IMPORTED_SIZE },
    }
}

/// `GET /images`: bare until version 2026-09-22.
pub(super) async fn list(State(sim): State<Sim>, request: Request) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let workspace = caller.workspace()?;
    let key = (workspace.to_owned(), String::new());
    let (mut world, _) = sim.world();
    let scenario = sim.scenario(&world, &caller, &key);
    refusals::before(&mut world, scenario, &key, Call::List)?;
    let mut keys: Vec<Key> = world
        .images
        .keys()
        .filter(|key| key.0 == workspace)
        .chain(world.shares.all_seen(workspace))
        .map(|key| (workspace.to_owned(), key.1.clone()))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let row = |key: Key| {
        let created = world.visible_image(&key)?.1.created;
        Some(Row { view: image_view(&world, &key, caller.version)?, created, name: key.1 })
    };
    let rows = keys.into_iter().filter_map(row).collect();
    listed(&caller, rows, caller.version >= Version::V20260922, "createdAt:desc")
}

/// `GET /images/{type}/{name}`: 404 until the first build has begun.
pub(super) async fn get(
    State(sim): State<Sim>,
    Path((kind, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&name)?;
    check_kind(&kind)?;
    let world = reading(&sim, &caller, &key, Call::Read)?;
    Ok(json_answer(200, &image_view(&world, &key, caller.version).ok_or_else(not_found)?))
}

/// `GET /images/{type}/{name}/tags`, since version 2026-09-22.
pub(super) async fn tags(
    State(sim): State<Sim>,
    Path((kind, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&name)?;
    check_kind(&kind)?;
    if caller.version < Version::V20260922 {
        return Err(error(404, "Not Found", "tags have no endpoint before version 2026-09-22"));
    }
    let world = reading(&sim, &caller, &key, Call::Read)?;
    let (_, image) = world.visible_image(&key).ok_or_else(not_found)?;
    let wanted = caller.query.get("name").filter(|name| !name.is_empty());
    let rows = image
        .tags
        .iter()
        .zip(tag_views(&image))
        .filter(|(tag, _)| wanted.is_none_or(|wanted| *wanted == tag.name))
        .map(|(tag, view)| Row { name: tag.name.clone(), created: tag.created, view })
        .collect();
    listed(&caller, rows, true, "name:asc")
}

/// Begins a call that reads.
fn reading<'a>(
    sim: &'a Sim,
    caller: &Caller,
    key: &Key,
    call: Call,
) -> Result<std::sync::MutexGuard<'a, World>, Refusal> {
    let (mut world, now) = sim.world();
    let scenario = sim.scenario(&world, caller, key);
    world.remember(key, scenario, now);
    refusals::before(&mut world, scenario, key, call)?;
    Ok(world)
}

/// `DELETE /images/{type}/{name}` and `…/{name}:{tag}`.
pub(super) async fn delete(
    State(sim): State<Sim>,
    Path((kind, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    check_kind(&kind)?;
    let (name, tag) = match name.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (name.as_str(), None),
    };
    remove(&sim, &caller, name, tag)
}

/// `DELETE /images/{type}/{name}/tags/{tag}`.
pub(super) async fn delete_tag(
    State(sim): State<Sim>,
    Path((kind, name, tag)): Path<(String, String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    check_kind(&kind)?;
    remove(&sim, &caller, &name, Some(&tag))
}

/// `DELETE /images`: every image of the workspace that no sandbox runs and that is not shared.
pub(super) async fn clean(State(sim): State<Sim>, request: Request) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let workspace = caller.workspace()?.to_owned();
    let key = (workspace, String::new());
    let mut world = reading(&sim, &caller, &key, Call::Delete)?;
    let unused: Vec<Key> = world
        .images
        .keys()
        .filter(|image| image.0 == key.0 && !world.shares.has(image))
        .filter(|image| user(&world, image, None).is_none())
        .cloned()
        .collect();
    for image in &unused {
        world.images.remove(image);
    }
    let message = format!("{} unused images deleted", unused.len());
    Ok(json_answer(200, &json!({"deleted": unused.len(), "message": message})))
}

/// The sandbox that runs an image, or a tag of it.
fn user<'a>(world: &'a World, key: &Key, tag: Option<&str>) -> Option<&'a str> {
    let wanted = format!("sandbox/{}", key.1);
    let in_use = |image: &str| match (image.split_once(':').unwrap_or((image, "latest")), tag) {
        ((known, _), None) => known == wanted,
        ((known, used), Some(tag)) => known == wanted && used == tag,
    };
    let found = world.sandboxes.iter().find(|(known, sandbox)| {
        let image = sandbox.spec.get("runtime").and_then(|runtime| runtime.get("image"));
        known.0 == key.0
            && sandbox.ended.is_none()
            && image.and_then(Value::as_str).is_some_and(in_use)
    });
    found.map(|(known, _)| known.1.as_str())
}

fn remove(sim: &Sim, caller: &Caller, name: &str, tag: Option<&str>) -> Reply {
    let key = caller.key(name)?;
    // A name or tag that is empty or strange must never widen what is deleted.
    if !is_name(name) || tag.is_some_and(str::is_empty) {
        return Err(not_found());
    }
    let mut world = reading(sim, caller, &key, Call::Delete)?;
    if world.shares.has(&key) {
        return Err(bad("the image is shared"));
    }
    if let Some(user) = user(&world, &key, tag)
        && world.images.contains_key(&key)
    {
        return Err(bad(&format!("the image is in use by sandbox {user:?}")));
    }
    let Some(tag) = tag else {
        let image = world.images.remove(&key).ok_or_else(not_found)?;
        return Ok(json_answer(200, &view(&key, &image, caller.version)));
    };
    let image = world.images.get_mut(&key).ok_or_else(not_found)?;
    let before = image.tags.len();
    image.tags.retain(|known| known.name != tag);
    if image.tags.len() == before {
        return Err(error(404, "Not Found", "Tag not found"));
    }
    Ok(json_answer(200, &view(&key, image, caller.version)))
}
