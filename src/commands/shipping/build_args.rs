//! Build arguments on their way to the builder, and only there.

use std::collections::BTreeMap;

use crate::{
    error::Error,
    exit::Exit,
    gate,
    lint::Options,
    pack::Extra,
    project::{Project, path::ContextPath},
};

/// Names and values of build arguments.
pub(super) type BuildArgs = BTreeMap<String, String>;

/// The build arguments as the platform's builder takes them: `[build.args]`, then the caller's.
pub(super) fn extras(project: &Project, given: &BuildArgs) -> Result<Vec<Extra>, Error> {
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
pub(super) fn keep_out(project: &mut Project, options: &Options) -> Result<(), Error> {
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
