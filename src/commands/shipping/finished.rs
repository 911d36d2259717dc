//! A finished image that is shipped instead of a build.

use std::path::Path;

use crate::{
    cli,
    commands::vars::Vars,
    error::Error,
    exit::Exit,
    project::{image::ImageRef, manifest::Manifest},
    ship::blaxel::Request,
};

const FILE: &str = "blaxel.toml";
/// What the platform's own images begin with: those of the workspace, and those that it publishes.
const OWN: [&str; 2] = ["sandbox/", "blaxel/"];

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
    nothing_to_build(&args.source, args.build_env_file.as_deref(), &image, place)?;
    if ImageRef::parse(&image).is_none() {
        return Err(Error::new(Exit::Usage, format!("`{image}` is no image"))
            .at(place)
            .help("write it as ghcr.io/acme/app:1"));
    }
    Ok(Some(image))
}

/// Refuses what says how something is built where an image is finished; `place` is where it is named.
pub(in crate::commands) fn nothing_to_build(
    source: &cli::Source,
    build_env_file: Option<&Path>,
    image: &str,
    place: &str,
) -> Result<(), Error> {
    if source.dockerfile.is_none() && source.build_args.is_empty() && build_env_file.is_none() {
        return Ok(());
    }
    Err(Error::new(Exit::Usage, format!("`{image}` is finished, so there is nothing to build"))
        .at(place)
        .help("leave out --dockerfile, --build-arg and --build-env-file, or the image"))
}

/// Refuses a finished image that no sandbox can be made from.
pub(in crate::commands) fn runs(request: &Request) -> Result<(), Error> {
    match &request.image {
        Some(image)
            if !is_elsewhere(&image.reference)
                && !OWN.iter().any(|kind| image.reference.starts_with(kind)) =>
        {
            Err(no_registry(&image.reference))
        }
        _ => Ok(()),
    }
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
