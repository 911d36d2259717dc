//! What is deployed, from the command line and `blaxel.toml`.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    cli,
    commands::platform::Target,
    error::Error,
    exit::Exit,
    project::{Project, manifest},
    ship::blaxel::{BUILD_SETTINGS, Request},
};

/// Reads what is deployed.
pub(super) fn read(
    args: &cli::Deploy,
    project: &Project,
    target: &Target,
) -> Result<Request, Error> {
    let toml =
        |what: String, help: &str| Err(Error::new(Exit::Usage, what).at("blaxel.toml").help(help));
    let mut request = Request { name: name(args, project)?, ..Request::default() };
    let Some(file) = &project.manifest else { return Ok(request) };
    if let Some(named) = &file.workspace
        && named.value != target.workspace
        && (target.scenario.is_none() || args.platform.workspace.is_some())
    {
        return Err(Error::new(Exit::Refused, format!("blaxel.toml names the workspace `{}`, the caller `{}`", named.value, target.workspace))
            .at("blaxel.toml")
            .help("the repository does not choose where it is deployed: make the two agree, or remove `workspace`"));
    }
    if file.image.is_some() {
        return toml(
            "`image` names a finished image, so there is nothing to build".into(),
            "remove `image` to build from the Dockerfile",
        );
    }
    request.runtime.clone_from(&file.runtime);
    request.region =
        file.region.as_ref().map(|region| region.value.clone()).filter(|region| region != "auto");
    request.volumes = file.volumes.iter().map(|volume| volume.value.clone()).collect();
    request.envs =
        file.env.iter().map(|env| (env.key.value.clone(), env.value.value.clone())).collect();
    request.labels = file
        .labels
        .iter()
        .map(|label| (label.key.value.clone(), label.value.value.clone()))
        .collect();
    for (key, label) in BUILD_SETTINGS {
        let value = match file.build.get(*key) {
            None | Some(Value::Bool(false)) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        request.labels.insert((*label).into(), value);
    }
    request.runtime.entry("memory").or_insert(json!(4096));
    Ok(request)
}

fn name(args: &cli::Deploy, project: &Project) -> Result<String, Error> {
    let given = args.name.clone().map(|name| (name, "--name"));
    let file = project.manifest.as_ref().and_then(|file| file.name.as_ref());
    let (name, place) = given
        .or_else(|| file.map(|name| (name.value.clone(), "blaxel.toml")))
        .unwrap_or_else(|| {
            let folder = std::path::absolute(&args.path).ok();
            let folder = folder
                .as_deref()
                .and_then(Path::file_name)
                .map(|name| name.to_string_lossy().into_owned());
            (manifest::slug(&folder.unwrap_or_default()), "the folder's name")
        });
    if manifest::is_name(&name) {
        return Ok(name);
    }
    Err(Error::new(Exit::Usage, format!("`{name}` is no sandbox name")).at(place).help(format!(
        "use lower-case letters, digits and inner hyphens, at most 49 characters: `{}`",
        manifest::slug(&name)
    )))
}
