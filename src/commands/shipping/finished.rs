//! A finished image that is shipped instead of a build.

use std::{io::Read as _, path::Path};

use super::Vars;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    project::{
        image::ImageRef,
        manifest::{self, Manifest},
        path::ContextPath,
        source::Source,
    },
};

const FILE: &str = "blaxel.toml";
/// Longest `blaxel.toml` that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// `blaxel.toml` of a folder that need not be a whole project; `None` where there is none.
pub(super) fn manifest(folder: &Path) -> Result<Option<Manifest>, Error> {
    let unreadable = |why: String| {
        Error::new(Exit::Usage, "blaxel.toml cannot be read")
            .at(folder.join(FILE).display().to_string())
            .because(why)
            .help("make it a readable file, or remove it")
    };
    let file = match std::fs::File::open(folder.join(FILE)) {
        Ok(file) => file,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(unreadable(err.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|err| unreadable(err.to_string()))?;
    Ok(Some(manifest::parse(Source::new(ContextPath::new(FILE), bytes))))
}

/// The finished image that is meant, if one is.
pub(super) fn image(
    args: &cli::Ship,
    file: Option<&Manifest>,
    vars: &Vars,
) -> Result<Option<String>, Error> {
    let given = args.image.clone().map(|image| (image, "--image"));
    let named = match file.and_then(|file| file.image.as_ref()).filter(|_| given.is_none()) {
        Some(image) => Some((vars.fill("image", &image.value)?, FILE)),
        None => None,
    };
    let Some((image, place)) = given.or(named) else {
        let alone = |option: &str| {
            Err(Error::new(
                Exit::Usage,
                format!("{option} is about a finished image, and none is named"),
            )
            .help("give --image too, or set `image` in blaxel.toml"))
        };
        return if args.skip_build { alone("--skip-build") } else { Ok(None) };
    };
    if args.source.dockerfile.is_some()
        || !args.source.build_args.is_empty()
        || args.build_env_file.is_some()
    {
        return Err(Error::new(
            Exit::Usage,
            format!("`{image}` is finished, so there is nothing to build"),
        )
        .at(place)
        .help("leave out --dockerfile, --build-arg and --build-env-file, or the image"));
    }
    if ImageRef::parse(&image).is_none() {
        return Err(Error::new(Exit::Usage, format!("`{image}` is no image"))
            .at(place)
            .help("write it as ghcr.io/acme/app:1"));
    }
    Ok(Some(image))
}

/// Whether an image lies in a registry; others are the platform's own.
pub(in crate::commands) fn is_elsewhere(image: &str) -> bool {
    image.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']) || host == "localhost")
}

/// What is wrong with an image that is to come from a registry.
pub(in crate::commands) fn no_registry(image: &str) -> Error {
    let hub = if image.contains('/') { "docker.io/" } else { "docker.io/library/" };
    Error::new(Exit::Usage, format!("`{image}` does not name its registry"))
        .help(format!("name it: {hub}{image} for Docker Hub, or ghcr.io/{image}"))
}
