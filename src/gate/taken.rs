//! Build arguments and logins are sent as files of the context: a COPY may take them into the image.

use std::path::PathBuf;

use std::sync::Arc;

use crate::{
    lint::{
        Options,
        diagnostic::Location,
        facts::{Facts, Origin},
    },
    project::{
        Project,
        context::{Entry, EntryKind},
        path::ContextPath,
    },
};

/// The file in which the platform's builder expects build arguments, one `NAME=VALUE` a line.
pub const BUILD_ARGS: &str = ".env.build";
/// The file in which the platform's builder expects logins for registries, as Docker keeps them.
pub const LOGINS: &str = ".docker/config.json";

/// Where an instruction takes a file that is only made for the archive ([`BUILD_ARGS`], [`LOGINS`]) into the image
/// that is deployed, if one does and the file is sent. Copies between stages are followed. The project is as before
/// when this returns.
pub fn taken(project: &mut Project, options: &Options, file: &str) -> Option<Location> {
    let ignored = project.docker_ignore.as_ref().is_some_and(|rules| rules.rules.is_ignored(file));
    if ignored {
        return None;
    }
    // It is asked for as if it lay in the folder.
    let path = ContextPath::new(file);
    let entries = &mut Arc::make_mut(&mut project.tree).entries;
    let (at, old) = match entries.binary_search_by(|entry| entry.path.cmp(&path)) {
        Ok(at) => (at, Some(entries.remove(at))),
        Err(at) => (at, None),
    };
    let sent = Entry {
        path: path.clone(),
        disk: PathBuf::new(),
        kind: EntryKind::File { size: 0, executable: false },
        excluded: None,
        via_link: false,
    };
    entries.insert(at, sent);
    let found = copied(project, options, &path);
    let entries = &mut Arc::make_mut(&mut project.tree).entries;
    entries.remove(at);
    if let Some(old) = old {
        entries.insert(at, old);
    }
    found
}

fn copied(project: &Project, options: &Options, file: &ContextPath) -> Option<Location> {
    let facts = Facts::new(project, options);
    let placed = facts
        .images
        .last()?
        .paths
        .values()
        .find(|placed| matches!(&placed.origin, Origin::Context(from) if from == file))?;
    Some(facts.at(facts.instruction(placed.instruction).span))
}
