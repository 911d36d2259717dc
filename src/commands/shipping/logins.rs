//! The logins for registries that the caller gives.

use std::{io::Read as _, path::Path};

use crate::{
    cli,
    error::Error,
    exit::Exit,
    registry::{Logins, Surroundings},
    settings,
    shell::Shell,
};

/// Longest configuration or list of logins that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Whether the caller gives any: what lies in the project is nobody's wish.
pub(super) fn given(args: &cli::Logins) -> bool {
    !args.registry_cred.is_empty()
        || args.registry_cred_stdin
        || args.docker_config.is_some()
        || args.user_docker_config
        || settings::variable(settings::REGISTRY_CRED).is_some()
}

/// Reads the logins, the first for a registry wins: what was typed, standard input, the environment, the
/// configuration that is named, that of the project (`auths` alone, never its helpers), and the user's own where it
/// is asked for.
pub(super) fn read(
    args: &cli::Logins,
    project: Option<&Path>,
    shell: &mut Shell,
) -> Result<Surroundings, Error> {
    let mut logins = Logins::default();
    for text in &args.registry_cred {
        add(&mut logins, text, "--registry-cred")?;
    }
    if args.registry_cred_stdin {
        let mut text = String::new();
        let read = std::io::stdin().take(LONGEST).read_to_string(&mut text);
        read.map_err(|err| unreadable("standard input", &err.to_string()))?;
        lines(&mut logins, &text, "--registry-cred-stdin")?;
    }
    if let Some(text) = settings::variable(settings::REGISTRY_CRED) {
        lines(&mut logins, &text, settings::REGISTRY_CRED)?;
    }
    if let Some(path) = &args.docker_config {
        configuration(&mut logins, path, true, shell)?;
    }
    if let Some(folder) = project {
        configuration(&mut logins, &folder.join(".docker/config.json"), false, shell)?;
    }
    let surroundings = settings::registry();
    // A login that was tried is worth more than an answer that was kept.
    let docker_config = surroundings.docker_config.filter(|_| args.user_docker_config);
    Ok(Surroundings { logins, docker_config, cache: None, ..surroundings })
}

/// `REG=USER:PASS`. What is wrong is told without the text: it is a secret.
fn add(logins: &mut Logins, text: &str, place: &str) -> Result<(), Error> {
    let parts = text.split_once('=').and_then(|(registry, login)| {
        let (user, password) = login.split_once(':')?;
        Some((registry.trim(), user, password))
    });
    match parts {
        Some((registry, user, password))
            if ![registry, user, password].iter().any(|part| part.is_empty()) =>
        {
            logins.add(registry, user, password);
            Ok(())
        }
        _ => Err(Error::new(Exit::Usage, "a login for a registry cannot be read")
            .at(place)
            .help("write it as REGISTRY=USER:PASSWORD, such as ghcr.io=me:TOKEN")),
    }
}

fn lines(logins: &mut Logins, text: &str, place: &str) -> Result<(), Error> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.into_iter().try_for_each(|line| add(logins, line, place))
}

fn configuration(
    logins: &mut Logins,
    path: &Path,
    given: bool,
    shell: &mut Shell,
) -> Result<(), Error> {
    let shown = path.display().to_string();
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound && !given => return Ok(()),
        Err(err) => return Err(unreadable(&shown, &err.to_string())),
    };
    let mut bytes = Vec::new();
    let read = file.take(LONGEST).read_to_end(&mut bytes);
    read.map_err(|err| unreadable(&shown, &err.to_string()))?;
    let helpers = logins.read(&bytes).map_err(|why| unreadable(&shown, &why))?;
    if helpers {
        shell.detail(&format!(
            "`{shown}` names credential helpers, which are not asked: --user-docker-config asks your own"
        ));
    }
    Ok(())
}

fn unreadable(place: &str, why: &str) -> Error {
    Error::new(Exit::Usage, "the logins for registries cannot be read")
        .at(place)
        .because(why)
        .help("give a Docker config.json with `auths`, or --registry-cred")
}
