//! What is deployed, from the command line and `blaxel.toml`.

use serde_json::{Value, json};

use super::options;
use crate::{
    cli,
    commands::{ports, shipping::From},
    error::Error,
    exit::Exit,
    project::manifest::Manifest,
    ship::blaxel::{Port, Request},
};

/// Memory of a sandbox whose file names none, in MB: what the official SDKs ask for.
const MEMORY: u32 = 4096;

/// Reads what is deployed. What is typed wins over the file.
pub(super) fn read(args: &cli::Deploy, from: &From<'_>) -> Result<Request, Error> {
    let mut request = from.read()?;
    if let Some(file) = from.manifest {
        of_file(file, from, &mut request)?;
    }
    request.recreate = args.recreate;
    if let Some(region) = &args.region {
        request.region = Some(region.clone());
    }
    request.region = request.region.filter(|region| !matches!(region.as_str(), "" | "auto"));
    if let Some(memory) = args.memory {
        request.runtime.insert("memory".into(), json!(memory));
    }
    request.runtime.entry("memory").or_insert(json!(MEMORY));
    for text in &args.ports {
        let Port { target, protocol, .. } = ports::read(text)?;
        let ports = request.runtime.entry("ports").or_insert_with(|| json!([]));
        let Value::Array(ports) = ports else { continue };
        let known = ports.iter_mut().find(|known| known["target"] == target);
        match (known, protocol) {
            (None, protocol) => ports.push(json!({
                "target": target,
                "protocol": protocol.unwrap_or_else(|| "HTTP".to_owned()),
            })),
            // Its name stays.
            (Some(known), Some(protocol)) => known["protocol"] = json!(protocol),
            (Some(_), None) => (),
        }
    }
    for text in &args.volumes {
        let volume = options::volume(text)?;
        let same =
            |known: &Value| ["name", "mountPath"].iter().any(|key| known[*key] == volume[*key]);
        request.volumes.retain(|known| !same(known));
        request.volumes.push(volume);
    }
    if !args.volumes.is_empty() && request.region.is_none() {
        return Err(Error::new(Exit::Usage, "a volume is given, and no region")
            .at("--volume")
            .because("a volume lives in one region, and only a sandbox there can mount it")
            .help("give --region, the one of the volume"));
    }
    for text in &args.envs {
        let (name, value) = options::env(text)?;
        request.envs.retain(|(known, _)| *known != name);
        request.envs.push((name, value));
    }
    for text in &args.labels {
        let (name, value) = options::label(text)?;
        request.labels.insert(name, value);
    }
    Ok(request)
}

fn of_file(file: &Manifest, from: &From<'_>, request: &mut Request) -> Result<(), Error> {
    let generation = request.runtime.remove("generation");
    request.runtime.clone_from(&file.runtime);
    if let Some(generation) = generation {
        request.runtime.insert("generation".into(), generation);
    }
    request.region =
        file.region.as_ref().map(|region| from.vars.fill("region", &region.value)).transpose()?;
    request.volumes = file.volumes.iter().map(|volume| volume.value.clone()).collect();
    if let Some(policies) = file.root.get("policies") {
        request.spec.insert("policies".into(), policies.to_json());
    }
    for env in &file.env {
        let name = env.key.value.clone();
        let value = from.vars.fill(&format!("env.{name}"), &env.value.value)?;
        request.envs.push((name, value));
    }
    for label in &file.labels {
        request.labels.entry(label.key.value.clone()).or_insert_with(|| label.value.value.clone());
    }
    Ok(())
}
