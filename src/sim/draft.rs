//! What clients send about a sandbox, checked.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::places::is_region;

/// Longest name of a sandbox or an image.
const LONGEST_NAME: usize = 49;

/// What a client wants a sandbox to be.
pub(super) struct Draft {
    pub(super) name: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) extra: Map<String, Value>,
    pub(super) spec: Map<String, Value>,
}

/// Whether a name may be the name of a sandbox or an image.
pub(super) fn is_name(name: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Whether a byte may stand in an external ID.
fn is_external(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Labels, with the build settings among them checked.
pub(super) fn labels(value: Option<&Value>) -> Result<BTreeMap<String, String>, String> {
    let mut out = BTreeMap::new();
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(out) };
    let map = value.as_object().ok_or("labels must be an object")?;
    for (name, value) in map {
        let value = value.as_str().ok_or_else(|| format!("label {name:?} must be a string"))?;
        let within = |most: u64, least: u64| {
            value.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number))
        };
        let good = match name.as_str() {
            "x-blaxel-build-memory" => within(32_768, 1),
            "x-blaxel-build-volume" => within(131_072, 0),
            "x-blaxel-build-region" => {
                value.len() <= 63
                    && value.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                    && value
                        .bytes()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
            }
            _ if name.starts_with("x-blaxel-") => value.len() <= 64,
            _ => true,
        };
        if !good {
            return Err(format!("label {name:?} has a value that is not allowed"));
        }
        out.insert(name.clone(), value.to_owned());
    }
    Ok(out)
}

impl Draft {
    /// Reads a body, or says what is wrong with it.
    pub(super) fn read(body: &Value) -> Result<Self, String> {
        let body = body.as_object().ok_or("the body must be an object")?;
        let empty = Map::new();
        let object = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(&empty),
            Some(Value::Object(map)) => Ok(map),
            Some(_) => Err(format!("{name} must be an object")),
        };
        let (metadata, spec) = (object("metadata")?, object("spec")?.clone());
        let name = match metadata.get("name") {
            None => None,
            Some(Value::String(name)) if is_name(name) => Some(name.clone()),
            Some(_) => {
                return Err(
                    "metadata.name must be lowercase alphanumeric with hyphens, max 49".to_owned()
                );
            }
        };
        match spec.get("runtime") {
            None | Some(Value::Null) => {}
            Some(Value::Object(runtime)) => check_runtime(runtime)?,
            Some(_) => return Err("spec.runtime must be an object".to_owned()),
        }
        match spec.get("region") {
            None | Some(Value::Null) => {}
            Some(Value::String(region)) if region.is_empty() || is_region(region) => {}
            Some(region) => {
                return Err(format!("spec.region: {region} is not one of GET /locations"));
            }
        }
        let mut extra = Map::new();
        for (name, most) in [("displayName", 63), ("externalId", 64)] {
            match metadata.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text))
                    if text.chars().count() <= most
                        && (name == "displayName" || text.bytes().all(is_external)) =>
                {
                    extra.insert(name.to_owned(), json!(text));
                }
                Some(_) => {
                    return Err(format!("metadata.{name} must be a string of at most {most}"));
                }
            }
        }
        Ok(Self { name, labels: labels(metadata.get("labels"))?, extra, spec })
    }

    /// The image that shall run, if the body names one.
    pub(super) fn image(&self) -> Option<&str> {
        let image = self.spec.get("runtime")?.get("image")?.as_str()?;
        (!image.is_empty()).then_some(image)
    }
}

fn check_runtime(runtime: &Map<String, Value>) -> Result<(), String> {
    let memory = runtime.get("memory").filter(|memory| !memory.is_null());
    if memory.is_some_and(|memory| memory.as_u64().is_none_or(|memory| memory == 0)) {
        return Err("spec.runtime.memory must be a positive integer (MB)".to_owned());
    }
    if runtime.get("image").is_some_and(|image| !image.is_string() && !image.is_null()) {
        return Err("spec.runtime.image must be a string".to_owned());
    }
    for port in runtime.get("ports").and_then(Value::as_array).into_iter().flatten() {
        let target = port.get("target").and_then(Value::as_u64);
        if !target.is_some_and(|target| (1..=65_535).contains(&target)) {
            return Err("spec.runtime.ports[].target must be a port".to_owned());
        }
        if matches!(target, Some(80 | 443)) {
            return Err("spec.runtime.ports[].target: 80 and 443 are reserved".to_owned());
        }
        let protocol = port.get("protocol").filter(|protocol| !protocol.is_null());
        let known = |protocol: &Value| {
            protocol.as_str().is_some_and(|text| {
                ["HTTP", "TCP", "UDP", "TLS"].iter().any(|known| known.eq_ignore_ascii_case(text))
            })
        };
        if protocol.is_some_and(|protocol| !known(protocol)) {
            return Err("spec.runtime.ports[].protocol must be HTTP, TCP, UDP or TLS".to_owned());
        }
    }
    for env in runtime.get("envs").and_then(Value::as_array).into_iter().flatten() {
        if env.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err("spec.runtime.envs[].name must be a string".to_owned());
        }
    }
    Ok(())
}
