//! What `blaxel.toml` says of the project that a preview is made for.

use std::{
    fs::File,
    io::{ErrorKind, Read as _},
    path::Path,
};

use crate::{
    commands::platform::Target,
    error::Error,
    exit::Exit,
    project::{
        manifest::{self, IssueKind, Manifest},
        path::ContextPath,
        source::Source,
    },
};

const FILE: &str = "blaxel.toml";
/// Longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Reads it; `None` where there is none. No Dockerfile is needed: when a pull request is closed, there may be no project
/// any more.
pub(super) fn read(folder: &Path) -> Result<Option<Manifest>, Error> {
    let path = folder.join(FILE);
    let failed = |why: String| {
        Error::new(Exit::Usage, format!("{FILE} cannot be read"))
            .at(path.display().to_string())
            .because(why)
            .help("correct it, or name the folder of the project")
    };
    match std::fs::metadata(&path) {
        Err(err) if err.kind() == ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(failed(err.to_string())),
        Ok(meta) if !meta.is_file() => return Err(failed("it is no file".to_owned())),
        Ok(meta) if meta.len() > LONGEST => {
            return Err(failed("it is larger than 1 MiB".to_owned()));
        }
        Ok(_) => (),
    }
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes));
    read.map_err(|err| failed(err.to_string()))?;
    let file = manifest::parse(Source::new(ContextPath::new(FILE), bytes));
    match file.issues.iter().find(|issue| issue.kind == IssueKind::Syntax) {
        Some(issue) => Err(failed(issue.message.clone())),
        None => Ok(Some(file)),
    }
}

/// Refuses a workspace that the repository chooses.
pub(super) fn same_workspace(file: Option<&Manifest>, target: &Target) -> Result<(), Error> {
    let Some(named) = file.and_then(|file| file.workspace.as_ref()) else { return Ok(()) };
    if named.value == target.workspace || target.scenario.is_some() {
        return Ok(());
    }
    Err(Error::new(
        Exit::Refused,
        format!("{FILE} names the workspace `{}`, the caller `{}`", named.value, target.workspace),
    )
    .at(FILE)
    .help("the repository does not choose where it is deployed: make the two agree, or remove `workspace`"))
}
