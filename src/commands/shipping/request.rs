//! What is shipped, from the command line and `blaxel.toml`: the part that every command needs.

use std::path::Path;

use serde_json::Value;

use crate::{
    cli,
    commands::platform::Target,
    error::Error,
    exit::Exit,
    project::{Project, manifest},
    ship::blaxel::{BUILD_SETTINGS, Request},
};

/// Reads the name, the generation and how it is built.
pub(in crate::commands) fn read(
    args: &cli::Ship,
    project: &Project,
    target: &Target,
) -> Result<Request, Error> {
    let mut request =
        Request { name: name(args, project)?, no_wait: args.no_wait, ..Request::default() };
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
        return Err(Error::new(
            Exit::Usage,
            "`image` names a finished image, so there is nothing to build",
        )
        .at("blaxel.toml")
        .help("remove `image` to build from the Dockerfile"));
    }
    for (key, label) in BUILD_SETTINGS {
        let value = match file.build.get(*key) {
            None | Some(Value::Bool(false)) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        request.labels.insert((*label).into(), value);
    }
    if let Some(generation) = &file.generation {
        request.runtime.insert("generation".into(), generation.value.clone().into());
    }
    Ok(request)
}

fn name(args: &cli::Ship, project: &Project) -> Result<String, Error> {
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
