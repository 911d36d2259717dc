//! What is deployed and where, from the command line, the environment and `blaxel.toml`.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};

use super::flow::BuildArgs;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    gate,
    lint::{Options, Outcome},
    pack::Extra,
    project::{Project, manifest, path::ContextPath},
    report, settings,
    ship::blaxel::{Credentials, Failure, Fault, Host, Request, Secret},
    sim::Scenario,
};

/// Where it goes.
pub(super) struct Target {
    pub(super) workspace: String,
    /// The embedded platform's way to behave; `None` for the real one.
    pub(super) scenario: Option<Scenario>,
    settings: settings::Platform,
}

/// Reads where it goes. Nothing of it comes from the repository.
pub(super) fn target(args: &cli::Deploy) -> Result<Target, Error> {
    let settings = settings::platform();
    let workspace = args.workspace.clone().filter(|name| !name.is_empty());
    if args.sim {
        let scenario = Scenario::parse(&args.scenario)
            .map_err(|_| crate::commands::sim::unknown(&args.scenario))?;
        let workspace = workspace.unwrap_or_else(|| "sim".to_owned());
        return Ok(Target { workspace, scenario: Some(scenario), settings });
    }
    if settings.key.is_none() && settings.client_credentials.is_none() {
        return Err(Error::new(Exit::Auth, "there are no credentials for the platform").help(
            "set BL_API_KEY, or BL_CLIENT_CREDENTIALS for a service account; `--sim` needs none",
        ));
    }
    let workspace = workspace.ok_or_else(|| {
        Error::new(Exit::Usage, "no workspace is named")
            .help("set BL_WORKSPACE, or give --workspace")
    })?;
    Ok(Target { workspace, scenario: None, settings })
}

impl Target {
    /// The platform and the credentials for it. The embedded one gets none of the caller's.
    pub(super) fn host(&self, simulated: Option<&str>) -> Result<(Host, Credentials), Fault> {
        if let Some(url) = simulated {
            return Ok((Host::new(Some(url), None)?, Credentials::Key(Secret::new("simulated"))));
        }
        let host =
            Host::new(self.settings.api_url.as_deref(), self.settings.environment.as_deref())?;
        let credentials = match (&self.settings.key, &self.settings.client_credentials) {
            (None, Some(client)) => Credentials::Client(Secret::new(client)),
            (key, _) => Credentials::Key(Secret::new(key.as_deref().unwrap_or_default())),
        };
        Ok((host, credentials))
    }
}

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
        && (target.scenario.is_none() || args.workspace.is_some())
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
    for (key, label) in [
        ("memoryMb", "x-blaxel-build-memory"),
        ("volumeMb", "x-blaxel-build-volume"),
        ("region", "x-blaxel-build-region"),
        ("cacheDrive", "x-blaxel-build-cache"),
        ("experimental", "x-blaxel-experimental"),
    ] {
        let value = match file.build.get(key) {
            None | Some(Value::Bool(false)) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        request.labels.insert(label.into(), value);
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

/// The build arguments as the platform's builder takes them: `[build.args]`, then the caller's.
pub(super) fn build_env(project: &Project, given: &BuildArgs) -> Result<Vec<Extra>, Error> {
    let mut all: BuildArgs = project
        .manifest
        .iter()
        .flat_map(|file| &file.build_args)
        .map(|arg| (arg.key.value.clone(), arg.value.value.clone()))
        .collect();
    all.extend(given.clone());
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let mut text = String::new();
    for (name, value) in all {
        if value.contains(['\n', '\r']) {
            return Err(Error::new(
                Exit::Usage,
                format!("the build argument `{name}` has a line end in its value"),
            )
            .help("the platform reads build arguments line by line: encode the value"));
        }
        text.push_str(&format!("{name}={value}\n"));
    }
    Ok(vec![Extra { path: ContextPath::new(gate::BUILD_ARGS), bytes: text.into_bytes() }])
}

/// Refuses build arguments that would end up in the image.
pub(super) fn keep_build_args_out(project: &mut Project, options: &Options) -> Result<(), Error> {
    let file = gate::BUILD_ARGS;
    let Some(location) = gate::taken_build_args(project, options) else { return Ok(()) };
    let source = &project.dockerfile.source;
    let line = location.span.map_or(1, |span| source.line_of(span.start as usize));
    let ignore = project
        .docker_ignore
        .as_ref()
        .map_or(".dockerignore", |ignore| ignore.source.path().as_str());
    Err(Error::new(Exit::Refused, "the build arguments would be copied into the image")
        .at(format!("{}:{line}", location.file))
        .because(format!(
            "they are sent as `{file}` beside the Dockerfile, and this instruction takes that file along"
        ))
        .help(format!("add `{file}` to {ignore}: the builder reads it all the same")))
}

/// The lines of the Dockerfile that a failed build names.
pub(super) fn excerpt(project: &Project, outcome: &Outcome, failure: &Failure) -> Option<String> {
    report::source_lines(project, outcome, failure.dockerfile_line?)
}

/// `90s`, `30m`, `1h`, or seconds.
pub(super) fn duration(text: &str) -> Result<Duration, Error> {
    let bad = || {
        Error::new(Exit::Usage, format!("`{text}` is no duration"))
            .at("--timeout")
            .help("write it as 90s, 30m or 1h")
    };
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(bad()),
    };
    let number: u64 = number.parse().map_err(|_| bad())?;
    let seconds = number
        .checked_mul(seconds)
        .filter(|seconds| (1..=7 * 24 * 3600).contains(seconds))
        .ok_or_else(bad)?;
    Ok(Duration::from_secs(seconds))
}
