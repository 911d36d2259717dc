//! What is deployed, from the command line and `blaxel.toml`.

use serde_json::json;

use crate::{
    cli,
    commands::{platform::Target, shipping::request},
    error::Error,
    project::Project,
    ship::blaxel::Request,
};

/// Reads what is deployed.
pub(super) fn read(
    args: &cli::Deploy,
    project: &Project,
    target: &Target,
) -> Result<Request, Error> {
    let mut request = request::read(&args.ship, project, target)?;
    let Some(file) = &project.manifest else { return Ok(request) };
    request.runtime.clone_from(&file.runtime);
    request.region =
        file.region.as_ref().map(|region| region.value.clone()).filter(|region| region != "auto");
    request.volumes = file.volumes.iter().map(|volume| volume.value.clone()).collect();
    request.envs =
        file.env.iter().map(|env| (env.key.value.clone(), env.value.value.clone())).collect();
    for label in &file.labels {
        request.labels.entry(label.key.value.clone()).or_insert_with(|| label.value.value.clone());
    }
    request.runtime.entry("memory").or_insert(json!(4096));
    Ok(request)
}
