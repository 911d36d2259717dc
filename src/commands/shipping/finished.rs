//! A finished image that is shipped instead of a build.

use crate::{
    cli,
    commands::vars::Vars,
    error::Error,
    exit::Exit,
    project::{image::ImageRef, manifest::Manifest},
};

const FILE: &str = "blaxel.toml";

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
