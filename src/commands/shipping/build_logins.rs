//! Logins for the registries of base images, on their way to the builder.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::logins;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    gate,
    lint::{Options, facts::Facts},
    pack::Extra,
    project::{Project, path::ContextPath},
    registry::Client,
    shell::Shell,
    ship::blaxel::Secret,
};

/// The logins that the caller gives for the registries of a Dockerfile, as the platform's builder takes them, and what
/// of them must not be shown. `None` where none was given, or none is for these registries.
pub(super) fn extra(
    opened: &Project,
    options: &Options,
    args: &cli::Logins,
    shell: &mut Shell,
) -> Result<Option<(Extra, Vec<Secret>)>, Error> {
    if !logins::given(args) {
        return Ok(None);
    }
    let broken = |why: String| {
        Error::new(Exit::Usage, "the logins for registries cannot be read")
            .because(why)
            .help("check the Docker configuration, or give --registry-cred")
    };
    let surroundings = logins::read(args, None, shell)?;
    let mut hidden: Vec<Secret> = surroundings.logins.secrets().map(Secret::new).collect();
    let images = Facts::new(opened, options).external_images();
    let client = Arc::new(Client::new(surroundings).map_err(broken)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|err| broken(err.to_string()))?;
    let mut auths = Map::new();
    for image in images {
        let found = runtime.block_on(client.login_for(&image)).map_err(broken)?;
        let Some(login) = found else { continue };
        hidden.push(Secret::new(login.secret));
        let config: Value = serde_json::from_str(&login.docker_config).unwrap_or_default();
        auths.extend(config["auths"].as_object().cloned().unwrap_or_default());
    }
    runtime.shutdown_background();
    if auths.is_empty() {
        shell.note(
            "none of the logins that were given is for a registry of this Dockerfile: none is sent",
        );
        return Ok(None);
    }
    let text = json!({ "auths": auths }).to_string();
    let extra =
        Extra { path: ContextPath::new(gate::LOGINS), bytes: text.into_bytes(), counts: false };
    Ok(Some((extra, hidden)))
}
