//! Sandboxes: look, create from an image, change the image, delete.

use std::{collections::BTreeMap, fmt};

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    client::Client,
    effect::{self, Effect},
    fault::Fault,
    images,
    names::{ImageName, ImageRef, SandboxName, TagName},
    read,
    rule::{self, Rule},
    secret::Secret,
    wire::{Port, Sandbox},
};

pub use super::follow::{gone, logs, rollout, settle};

/// What a sandbox is created from. Nothing is uploaded: the image is there.
#[derive(Clone)]
pub struct Create {
    /// The name.
    pub name: SandboxName,
    /// `sandbox/NAME:TAG`, or any other reference that the platform runs.
    pub image: String,
    /// MB.
    pub memory: Option<u32>,
    /// Ports.
    pub ports: Vec<Port>,
    /// Environment variables. They cannot change later.
    pub envs: Vec<(String, Secret)>,
    /// Where it runs.
    pub region: Option<String>,
    /// How long it lives at most, such as `24h`.
    pub ttl: Option<String>,
    /// How long it lives without being used, such as `30m`.
    pub idle: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// Without the values of the variables.
impl fmt::Debug for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Create")
            .field("name", &self.name)
            .field("image", &self.image)
            .finish_non_exhaustive()
    }
}

impl Create {
    /// A sandbox of this name and image, with what the platform takes by default.
    pub fn new(name: SandboxName, image: impl Into<String>) -> Self {
        Self {
            name,
            image: image.into(),
            memory: None,
            ports: Vec::new(),
            envs: Vec::new(),
            region: None,
            ttl: None,
            idle: None,
            labels: BTreeMap::new(),
        }
    }

    pub(super) fn body(&self) -> Value {
        let mut runtime = Map::from_iter([("image".to_owned(), json!(self.image))]);
        if let Some(memory) = self.memory {
            runtime.insert("memory".into(), json!(memory));
        }
        if !self.ports.is_empty() {
            runtime.insert("ports".into(), self.ports.iter().map(port).collect());
        }
        if !self.envs.is_empty() {
            let envs = self.envs.iter();
            let envs = envs.map(|(name, value)| json!({ "name": name, "value": value.expose() }));
            runtime.insert("envs".into(), envs.collect());
        }
        let mut spec = Map::from_iter([("runtime".to_owned(), Value::Object(runtime))]);
        if let Some(region) = &self.region {
            spec.insert("region".into(), json!(region));
        }
        let policy = |kind: &str, value: &Option<String>| {
            value.as_ref().map(|value| json!({ "type": kind, "value": value, "action": "delete" }))
        };
        let policies = [policy("ttl-max-age", &self.ttl), policy("ttl-idle", &self.idle)];
        let policies: Vec<Value> = policies.into_iter().flatten().collect();
        if !policies.is_empty() {
            spec.insert("lifecycle".into(), json!({ "expirationPolicies": policies }));
        }
        json!({
            "metadata": { "name": self.name.as_str(), "labels": self.labels },
            "spec": spec,
        })
    }

    /// A fault without the values of the variables, which the platform may repeat.
    fn clean(&self, fault: Fault) -> Fault {
        let clean =
            |text: String| self.envs.iter().fold(text, |text, (_, value)| value.redact(&text));
        match fault {
            Fault::Api { call, status, message } => {
                Fault::Api { call, status, message: clean(message) }
            }
            Fault::Rule(mut broken) => {
                broken.said = broken.said.map(clean);
                Fault::Rule(broken)
            }
            other => other,
        }
    }
}

fn port(port: &Port) -> Value {
    let mut value = json!({ "target": port.target });
    if let Some(name) = &port.name {
        value["name"] = json!(name);
    }
    if let Some(protocol) = &port.protocol {
        value["protocol"] = json!(protocol);
    }
    value
}

/// Every sandbox of the workspace. Lists hold no events.
pub async fn list(client: &Client) -> Result<Vec<Sandbox>, Fault> {
    let rows = read::all(client, &["sandboxes"], &[read::LIMIT]).await?.unwrap_or_default();
    Ok(rows.iter().map(Sandbox::read).collect())
}

/// A sandbox; `None` where there is none.
pub async fn find(client: &Client, name: &SandboxName) -> Result<Option<Sandbox>, Fault> {
    let value = read::one(client, &["sandboxes", name.as_str()], &[]).await?;
    Ok(value.as_ref().map(Sandbox::read))
}

/// A sandbox.
///
/// # Errors
/// [`Rule::Missing`], with the nearest name.
pub async fn get(client: &Client, name: &SandboxName) -> Result<Sandbox, Fault> {
    match find(client, name).await? {
        Some(sandbox) => Ok(sandbox),
        None => Err(missing(client, name).await),
    }
}

pub(super) async fn missing(client: &Client, name: &SandboxName) -> Fault {
    // The list is for the hint alone.
    let known = list(client).await.unwrap_or_default();
    rule::missing(
        &format!("there is no sandbox `{name}` in the workspace `{}`", client.workspace()),
        name.as_str(),
        "sandgate sandbox list",
        known.iter().map(|sandbox| sandbox.name.as_str()),
    )
}

/// The tags of an image that sandboxes name, each with the sandbox. One that names none takes `latest`.
pub async fn tags_in_use(
    client: &Client,
    image: &ImageName,
) -> Result<Vec<(String, String)>, Fault> {
    let whole = image.to_string();
    let all = list(client).await?;
    let used = all.into_iter().filter_map(|sandbox| {
        let reference = sandbox.image.as_deref()?;
        let (name, tag) = reference.rsplit_once(':').unwrap_or((reference, "latest"));
        (name == whole).then(|| (tag.to_owned(), sandbox.name.clone()))
    });
    Ok(used.collect())
}

/// The names of the sandboxes that are made from an image, or from one tag of it.
pub async fn users(
    client: &Client,
    image: &ImageName,
    tag: Option<&TagName>,
) -> Result<Vec<String>, Fault> {
    let used = tags_in_use(client, image).await?;
    let wanted = |used: &str| tag.is_none_or(|tag| tag.as_str() == used);
    Ok(used.into_iter().filter(|(tag, _)| wanted(tag)).map(|(_, name)| name).collect())
}

/// Creates a sandbox from an image that is there, and tells how it is right after the call. [`rollout`] waits for it.
///
/// # Errors
/// [`Rule::Exists`] where there is one of that name.
pub async fn create(client: &Client, wanted: &Create) -> Result<Sandbox, Fault> {
    let name = &wanted.name;
    if let Some(known) = find(client, name).await?.filter(|known| !known.is_over()) {
        return Err(exists(name, &known));
    }
    let body = wanted.body();
    // None was there a moment ago: one with this image comes from this call.
    let landed = async || {
        let found = find(client, name).await?;
        let ours = |found: &Sandbox| {
            !found.is_over() && found.image.as_deref() == Some(wanted.image.as_str())
        };
        Ok(found.filter(ours))
    };
    let effect = effect::post(client, &["sandboxes"], &[], Some(&body), landed).await;
    match effect.map_err(|fault| wanted.clean(fault))? {
        Effect::Answer(answer) if matches!(answer.status.as_u16(), 400 | 404) => {
            let fault = wanted.clean(answer.fault());
            Err(no_image(client, &wanted.image).await.unwrap_or(fault))
        }
        Effect::ReadBack(sandbox) => Ok(sandbox),
        Effect::Answer(answer) if answer.status == StatusCode::CONFLICT => {
            match find(client, name).await? {
                Some(known) => Err(exists(name, &known)),
                None => Err(wanted.clean(answer.fault())),
            }
        }
        Effect::Answer(answer) => read::value(client, answer)
            .map(|value| Sandbox::read(&value))
            .map_err(|fault| wanted.clean(fault)),
    }
}

/// That an image of the platform is not there, where it is not: a refusal says so in words alone.
async fn no_image(client: &Client, image: &str) -> Option<Fault> {
    let named: ImageRef = image.strip_prefix("sandbox/").and(image.parse().ok())?;
    let looked = match &named.tag {
        Some(tag) => images::tagged(client, &named.image, tag).await,
        None => images::get(client, &named.image).await,
    };
    looked.err().filter(|fault| matches!(fault, Fault::Rule(_)))
}

fn exists(name: &SandboxName, known: &Sandbox) -> Fault {
    let image = known.image.as_deref().unwrap_or("an image that the platform does not name");
    let help = if known.is_ending() {
        "it is on its way out: try again in a moment".to_owned()
    } else {
        format!("choose another name, or `sandgate sandbox delete {name}` first")
    };
    Rule::Exists.fault(format!("there is a sandbox `{name}` already, made from {image}"), help)
}

/// Gives a sandbox that exists another image; everything else stays as it is.
pub async fn change_image(
    client: &Client,
    name: &SandboxName,
    known: &Sandbox,
    image: &str,
) -> Result<Sandbox, Fault> {
    let mut spec = if known.spec.is_object() { known.spec.clone() } else { json!({}) };
    if !spec["runtime"].is_object() {
        spec["runtime"] = json!({});
    }
    spec["runtime"]["image"] = json!(image);
    if let Some(runtime) = spec["runtime"].as_object_mut() {
        // They cannot change, and those that are secret were not shown.
        runtime.remove("envs");
    }
    let body = json!({
        "metadata": { "name": name.as_str(), "labels": known.labels },
        "spec": spec,
    });
    let answer = client.sure(Method::PUT, &["sandboxes", name.as_str()], &[], Some(&body)).await?;
    Ok(Sandbox::read(&read::value(client, answer)?))
}

/// Deletes a sandbox. False where there is none.
///
/// # Errors
/// [`Rule::NotAllowed`].
pub async fn delete(client: &Client, name: &SandboxName) -> Result<bool, Fault> {
    if find(client, name).await?.is_none() {
        return Ok(false);
    }
    let answer = client
        .sure(Method::DELETE, &["sandboxes", name.as_str()], &[], None)
        .await
        .map_err(|fault| {
            rule::role(
                fault,
                &format!("the key may not delete the sandbox `{name}`"),
                "use a key whose role allows it, or ask an admin of the workspace",
            )
        })?;
    match answer.status {
        // It was there a moment ago: an earlier try took effect.
        StatusCode::NOT_FOUND => Ok(true),
        status if status.is_success() => Ok(true),
        _ => Err(answer.fault()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_created_says_only_what_was_asked_for() {
        let mut wanted = Create::new("app".parse().unwrap(), "sandbox/app:t1");
        let plain = json!({
            "metadata": {"name": "app", "labels": {}},
            "spec": {"runtime": {"image": "sandbox/app:t1"}},
        });
        assert_eq!(wanted.body(), plain);
        wanted.memory = Some(2048);
        wanted.ports = vec![Port { target: 3000, ..Port::default() }];
        wanted.envs = vec![("KEY".to_owned(), Secret::new("value-1"))];
        wanted.region = Some("us-pdx-1".to_owned());
        wanted.ttl = Some("24h".to_owned());
        wanted.idle = Some("30m".to_owned());
        let spec = wanted.body()["spec"].clone();
        assert_eq!(
            spec,
            json!({
                "region": "us-pdx-1",
                "runtime": {
                    "image": "sandbox/app:t1", "memory": 2048, "ports": [{"target": 3000}],
                    "envs": [{"name": "KEY", "value": "value-1"}],
                },
                "lifecycle": {"expirationPolicies": [
                    {"type": "ttl-max-age", "value": "24h", "action": "delete"},
                    {"type": "ttl-idle", "value": "30m", "action": "delete"},
                ]},
            })
        );
        assert!(!format!("{wanted:?}").contains("value-1"));
    }
}
