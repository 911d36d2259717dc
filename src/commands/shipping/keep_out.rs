//! What is sent for the builder alone, and must not end up in the image.

use crate::{error::Error, exit::Exit, gate, lint::Options, project::Project};

/// Refuses files of the archive that would end up in the image; `what` names what they hold.
pub(super) fn keep_out(
    project: &mut Project,
    options: &Options,
    file: &str,
    what: &str,
) -> Result<(), Error> {
    let Some(location) = gate::taken(project, options, file) else { return Ok(()) };
    let source = &project.dockerfile.source;
    let line = location.span.map_or(1, |span| source.line_of(span.start as usize));
    let ignore = project
        .docker_ignore
        .as_ref()
        .map_or(".dockerignore", |ignore| ignore.source.path().as_str());
    Err(Error::new(Exit::Refused, format!("the {what} would be copied into the image"))
        .at(format!("{}:{line}", location.file))
        .because(format!(
            "they are sent as `{file}` beside the Dockerfile, and this instruction takes that file along"
        ))
        .help(format!("add `{file}` to {ignore}: the builder reads it all the same")))
}
