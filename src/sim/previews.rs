//! `/sandboxes/{name}/previews`: addresses that lead to a port of a sandbox, and the tokens that open private ones.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, Query, Request, State},
    http::{HeaderName, HeaderValue},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    Platform, Sim,
    access::{Caller, json_body, text},
    draft::is_name,
    expiry,
    refusals::{self, Call},
    state::{Key, World, random_word},
    timeline::Pace,
    wire::{Refusal, Reply, error, gateway_error, instant, json_answer},
};

/// How long a token is valid that does not say so, in seconds.
const TOKEN: i64 = 24 * 3600;

/// An address of a sandbox.
struct Preview {
    /// The last part of its URL.
    address: String,
    /// What was sent, checked.
    spec: Map<String, Value>,
    display: Option<String>,
    created: Timestamp,
    updated: Timestamp,
    expires: Option<Timestamp>,
    tokens: BTreeMap<String, Token>,
}

/// What opens a private preview.
struct Token {
    value: String,
    expires: Timestamp,
}

/// Every preview, by its sandbox and its name.
#[derive(Default)]
pub(super) struct Previews(BTreeMap<(Key, String), Preview>);

impl Previews {
    /// Removes those of a sandbox.
    pub(super) fn forget(&mut self, sandbox: &Key) {
        self.0.retain(|(known, _), _| known != sandbox);
    }

    /// Removes those whose time is over.
    pub(super) fn expire(&mut self, now: Timestamp) {
        self.0.retain(|_, preview| preview.expires.is_none_or(|expires| now < expires));
    }

    fn of<'a>(&'a self, sandbox: &'a Key) -> impl Iterator<Item = (&'a String, &'a Preview)> {
        self.0
            .iter()
            .filter(move |((known, _), _)| known == sandbox)
            .map(|((_, name), one)| (name, one))
    }
}

fn bad(message: &str) -> Refusal {
    error(400, "Bad Request", message)
}

fn not_found() -> Refusal {
    error(404, "Not Found", "Preview not found")
}

/// Checks what was sent; gives it without what the platform alone may say, and the end of its life.
fn read(
    body: &Value,
    pace: Pace,
    now: Timestamp,
) -> Result<(Map<String, Value>, Option<Timestamp>), Refusal> {
    let mut spec = match body.get("spec") {
        Some(Value::Object(spec)) => spec.clone(),
        _ => return Err(bad("spec must be an object")),
    };
    for name in ["url", "region"] {
        spec.remove(name);
    }
    spec.retain(|_, value| !value.is_null());
    let mut expires: Option<Timestamp> = None;
    for (name, value) in &spec {
        let text = value.as_str().unwrap_or_default();
        let good = match name.as_str() {
            "port" => value.as_u64().is_some_and(|port| (1..=65_535).contains(&port) && port != 80),
            "public" => value.is_boolean(),
            "prefixUrl" => text.is_empty() || is_name(text),
            "customDomain" => value.is_string(),
            "expires" if text.is_empty() => value.is_string(),
            "ttl" if text.is_empty() => value.is_string(),
            "expires" => match text.parse::<Timestamp>() {
                Ok(date) => {
                    expires = Some(expires.map_or(date, |known| known.min(date)));
                    true
                }
                Err(_) => false,
            },
            "ttl" => match expiry::seconds(text) {
                Some(seconds) => {
                    let end = pace.after(now, seconds);
                    expires = Some(expires.map_or(end, |known| known.min(end)));
                    true
                }
                None => false,
            },
            "requestHeaders" | "responseHeaders" => {
                value.as_object().is_some_and(|map| map.values().all(Value::is_string))
            }
            _ => true,
        };
        if !good {
            return Err(bad(&format!("spec.{name} has a value that is not allowed: {value}")));
        }
    }
    if !spec.contains_key("port") {
        return Err(bad("spec.port is missing"));
    }
    Ok((spec, expires))
}

impl Platform {
    fn preview_view(&self, key: &Key, name: &str, preview: &Preview) -> Value {
        let mut spec = preview.spec.clone();
        let url = format!("http://{}/preview/{}", self.address, preview.address);
        spec.insert("url".to_owned(), json!(url));
        spec.insert("region".to_owned(), json!("us-pdx-1"));
        spec.entry("public").or_insert(json!(false));
        json!({
            "metadata": {
                "name": name,
                "displayName": preview.display.as_deref().unwrap_or(name),
                "resourceName": key.1,
                "resourceType": "sandbox",
                "workspace": key.0,
                "createdAt": instant(preview.created),
                "updatedAt": instant(preview.updated),
                "createdBy": "simulated",
                "updatedBy": "simulated",
            },
            "spec": spec,
            "status": "DEPLOYED",
        })
    }

    /// Begins a call that concerns the previews of a sandbox that there is.
    fn preview_call(
        &self,
        world: &mut World,
        caller: &Caller,
        key: &Key,
        call: Call,
    ) -> Result<(), Refusal> {
        let scenario = self.scenario(world, caller, key);
        refusals::before(world, scenario, key, call)?;
        match world.sandboxes.get(key) {
            Some(sandbox) if sandbox.ended.is_none() => Ok(()),
            _ => Err(error(404, "Not Found", "Sandbox not found")),
        }
    }
}

/// The address of a preview. A prefix belongs to one preview of a workspace.
fn address(key: &Key, spec: &Map<String, Value>) -> String {
    match spec.get("prefixUrl").and_then(Value::as_str).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix}-{}", key.0),
        None => random_word(16),
    }
}

fn named(body: &Value) -> Result<(Option<&str>, Option<String>), Refusal> {
    let Some(Value::Object(metadata)) = body.get("metadata") else {
        return Err(bad("metadata must be an object"));
    };
    let text = |field: &str| match metadata.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(bad(&format!("metadata.{field} must be a string"))),
    };
    Ok((text("name")?, text("displayName")?.map(str::to_owned)))
}

/// `GET /sandboxes/{name}/previews`: always a bare array.
pub(super) async fn list(
    State(sim): State<Sim>,
    Path(sandbox): Path<String>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&sandbox)?;
    let (mut world, _) = sim.world();
    sim.preview_call(&mut world, &caller, &key, Call::List)?;
    let rows = world.previews.of(&key).map(|(name, preview)| sim.preview_view(&key, name, preview));
    Ok(json_answer(200, &rows.collect()))
}

/// `POST /sandboxes/{name}/previews`: 409 where the name or the prefix is taken, but with `force`.
pub(super) async fn create(
    State(sim): State<Sim>,
    Path(sandbox): Path<String>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let key = caller.key(&sandbox)?;
    let body = json_body(body).await?;
    let (name, display) = named(&body)?;
    let name = name.filter(|name| is_name(name));
    let name = name
        .ok_or_else(|| bad("metadata.name must be lowercase alphanumeric with hyphens, max 49"))?
        .to_owned();
    let (mut world, now) = sim.world();
    let (spec, expires) = read(&body, sim.pace, now)?;
    sim.preview_call(&mut world, &caller, &key, Call::Preview)?;
    let address = address(&key, &spec);
    let place = (key.clone(), name.clone());
    let taken: BTreeSet<_> = world
        .previews
        .0
        .iter()
        .filter(|(known, preview)| **known == place || preview.address == address)
        .map(|(known, _)| known.clone())
        .collect();
    if !taken.is_empty() && !caller.wants("force") {
        let told = format!("a preview named {name:?} or with its prefix exists");
        return Err(error(409, "Conflict", &told));
    }
    world.previews.0.retain(|known, _| !taken.contains(known));
    let preview = Preview {
        address,
        spec,
        display,
        created: now,
        updated: now,
        expires,
        tokens: BTreeMap::new(),
    };
    let view = sim.preview_view(&key, &name, &preview);
    world.previews.0.insert(place, preview);
    let scenario = sim.scenario(&world, &caller, &key);
    refusals::after(&mut world, scenario, &key)?;
    Ok(json_answer(200, &view))
}

/// `GET /sandboxes/{name}/previews/{preview}`.
pub(super) async fn get(
    State(sim): State<Sim>,
    Path((sandbox, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&sandbox)?;
    let (mut world, _) = sim.world();
    sim.preview_call(&mut world, &caller, &key, Call::Read)?;
    let preview = world.previews.0.get(&(key.clone(), name.clone())).ok_or_else(not_found)?;
    Ok(json_answer(200, &sim.preview_view(&key, &name, preview)))
}

/// `PUT /sandboxes/{name}/previews/{preview}`.
pub(super) async fn update(
    State(sim): State<Sim>,
    Path((sandbox, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let key = caller.key(&sandbox)?;
    let body = json_body(body).await?;
    let (sent, display) = named(&body)?;
    if sent.is_some_and(|sent| sent != name) {
        return Err(bad("metadata.name is not the name in the path"));
    }
    let (mut world, now) = sim.world();
    let (spec, expires) = read(&body, sim.pace, now)?;
    sim.preview_call(&mut world, &caller, &key, Call::Preview)?;
    let place = (key.clone(), name.clone());
    let prefix = |spec: &Map<String, Value>| spec.get("prefixUrl").cloned();
    let old = world.previews.0.get(&place).ok_or_else(not_found)?;
    let address =
        if prefix(&old.spec) == prefix(&spec) { old.address.clone() } else { address(&key, &spec) };
    let mut others = world.previews.0.iter().filter(|(known, _)| **known != place);
    if others.any(|(_, preview)| preview.address == address) {
        return Err(error(409, "Conflict", "another preview has this prefix"));
    }
    let preview = world.previews.0.get_mut(&place).ok_or_else(not_found)?;
    preview.address = address;
    preview.spec = spec;
    preview.display = display;
    preview.expires = expires;
    preview.updated = now;
    Ok(json_answer(200, &sim.preview_view(&key, &name, preview)))
}

/// `DELETE /sandboxes/{name}/previews/{preview}`.
pub(super) async fn delete(
    State(sim): State<Sim>,
    Path((sandbox, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&sandbox)?;
    let (mut world, _) = sim.world();
    sim.preview_call(&mut world, &caller, &key, Call::Delete)?;
    let preview = world.previews.0.remove(&(key.clone(), name.clone())).ok_or_else(not_found)?;
    Ok(json_answer(200, &sim.preview_view(&key, &name, &preview)))
}

fn token_view(key: &Key, preview: &str, name: &str, token: &Token, now: Timestamp) -> Value {
    json!({
        "metadata": {
            "name": name,
            "previewName": preview,
            "resourceName": key.1,
            "resourceType": "sandbox",
            "workspace": key.0,
        },
        "spec": {
            "token": token.value,
            "expiresAt": instant(token.expires),
            "expired": now >= token.expires,
        },
    })
}

/// `GET /sandboxes/{name}/previews/{preview}/tokens`.
pub(super) async fn tokens(
    State(sim): State<Sim>,
    Path((sandbox, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&sandbox)?;
    let (mut world, now) = sim.world();
    sim.preview_call(&mut world, &caller, &key, Call::List)?;
    let preview = world.previews.0.get(&(key.clone(), name.clone())).ok_or_else(not_found)?;
    let rows = preview.tokens.iter().map(|(token, one)| token_view(&key, &name, token, one, now));
    Ok(json_answer(200, &rows.collect()))
}

/// `POST /sandboxes/{name}/previews/{preview}/tokens`. Without a name the token gets one.
pub(super) async fn create_token(
    State(sim): State<Sim>,
    Path((sandbox, name)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let caller = sim.enter(&parts)?;
    let key = caller.key(&sandbox)?;
    let body = json_body(body).await?;
    let asked = named(&body)?.0.map(str::to_owned);
    let until = body.get("spec").and_then(|spec| spec.get("expiresAt"));
    let until = match until {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() => None,
        Some(value) => {
            let parsed = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
            Some(parsed.ok_or_else(|| bad("spec.expiresAt must be an ISO 8601 date"))?)
        }
    };
    let (mut world, now) = sim.world();
    sim.preview_call(&mut world, &caller, &key, Call::Preview)?;
    let preview = world.previews.0.get_mut(&(key.clone(), name.clone())).ok_or_else(not_found)?;
    let asked = asked.unwrap_or_else(|| random_word(8));
    if preview.tokens.contains_key(&asked) {
        return Err(error(409, "Conflict", &format!("a token named {asked:?} exists")));
    }
    let in_a_day = || now.checked_add(SignedDuration::from_secs(TOKEN)).unwrap_or(now);
    let token = Token { value: random_word(32), expires: until.unwrap_or_else(in_a_day) };
    let view = token_view(&key, &name, &asked, &token, now);
    preview.tokens.insert(asked, token);
    Ok(json_answer(200, &view))
}

/// `DELETE /sandboxes/{name}/previews/{preview}/tokens/{token}`.
pub(super) async fn delete_token(
    State(sim): State<Sim>,
    Path((sandbox, name, token)): Path<(String, String, String)>,
    request: Request,
) -> Reply {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = caller.key(&sandbox)?;
    let (mut world, _) = sim.world();
    sim.preview_call(&mut world, &caller, &key, Call::Delete)?;
    let preview = world.previews.0.get_mut(&(key, name)).ok_or_else(not_found)?;
    let removed = preview.tokens.remove(&token);
    removed.ok_or_else(|| error(404, "Not Found", "Token not found"))?;
    Ok(json_answer(200, &json!({"message": "Token deleted"})))
}

/// What a visitor of a preview sees: 401 without its token, 502 while nothing listens.
pub(super) async fn visit(
    State(sim): State<Sim>,
    Path(address): Path<String>,
    request: Request,
) -> Reply {
    let (parts, _) = request.into_parts();
    let query = Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri);
    let sent = text(&parts.headers, "x-blaxel-preview-token")
        .map(str::to_owned)
        .or_else(|| query.ok().and_then(|Query(mut query)| query.remove("bl_preview_token")));
    let (mut world, now) = sim.world();
    let World { previews, sandboxes, .. } = &mut *world;
    let found = previews.0.iter().find(|(_, preview)| preview.address == address);
    let Some(((key, _), preview)) = found else {
        return Err(gateway_error(404, "ROUTE_NOT_FOUND", "there is no such preview", false));
    };
    if preview.spec.get("public") != Some(&json!(true)) {
        let Some(sent) = sent else {
            let told = "the preview is private: send its token";
            return Err(gateway_error(401, "AUTHENTICATION_REQUIRED", told, false));
        };
        let opens = |token: &Token| token.value == sent && now < token.expires;
        if !preview.tokens.values().any(opens) {
            let told = "the token is not one of the preview's, or has expired";
            return Err(gateway_error(401, "AUTHENTICATION_FAILED", told, false));
        }
    }
    let up =
        |status: &Value| status.as_str().is_some_and(|text| text.eq_ignore_ascii_case("deployed"));
    let Some(sandbox) = sandboxes.get_mut(key).filter(|sandbox| up(&sandbox.status)) else {
        let told = "nothing listens in the sandbox";
        return Err(gateway_error(502, "WORKLOAD_UNAVAILABLE", told, true));
    };
    sandbox.used = now;
    let port = preview.spec.get("port");
    let answer = json!({"simulated": true, "workspace": key.0, "sandbox": key.1, "port": port});
    let mut response = json_answer(200, &answer);
    let headers = preview.spec.get("responseHeaders").and_then(Value::as_object);
    for (name, value) in headers.into_iter().flatten() {
        if let (Ok(name), Some(Ok(value))) =
            (HeaderName::try_from(name), value.as_str().map(HeaderValue::try_from))
        {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
