//! What commands read of a project's `blaxel.toml`, without the rest of the project.

use std::path::Path;

use super::{platform::Target, project::unreadable, vars::Vars};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    project::{
        self,
        manifest::{self, IssueKind, Manifest},
    },
};

/// `blaxel.toml` of a folder; `None` where there is none. No Dockerfile is needed, nor the folder itself: when a pull
/// request is closed, there may be no project any more.
pub(super) fn read(folder: &Path) -> Result<Option<Manifest>, Error> {
    project::read_manifest(folder).map_err(|err| unreadable(folder, err))
}

/// Refuses a file of which something could not be read: it would be left out.
pub(super) fn whole(file: &Manifest) -> Result<(), Error> {
    let unread = |kind: IssueKind| matches!(kind, IssueKind::Syntax | IssueKind::Type);
    let Some(issue) = file.issues.iter().find(|issue| unread(issue.kind)) else { return Ok(()) };
    let line = file.source.line_of(issue.span.start as usize);
    Err(Error::new(Exit::Usage, format!("blaxel.toml cannot be used: {}", issue.message))
        .at(format!("blaxel.toml:{line}"))
        .help(issue.help.clone().unwrap_or_else(|| {
            "correct it: what cannot be read would be left out otherwise".into()
        })))
}

/// Refuses a workspace that the repository chooses.
pub(super) fn same_workspace(
    file: &Manifest,
    vars: &Vars,
    platform: &cli::Platform,
    target: &Target,
) -> Result<(), Error> {
    let Some(named) = &file.workspace else { return Ok(()) };
    let named = vars.fill("workspace", &named.value)?;
    // The embedded platform has every workspace, and needs none named.
    let chosen = target.scenario.is_none() || platform.workspace.is_some();
    if named == target.workspace || !chosen {
        return Ok(());
    }
    Err(Error::new(
        Exit::Refused,
        format!("blaxel.toml names the workspace `{named}`, the caller `{}`", target.workspace),
    )
    .at("blaxel.toml")
    .help("the repository does not choose where it is deployed: make the two agree, or remove `workspace`"))
}

/// What a project's image is called where `blaxel.toml` names nothing: after its folder.
pub(super) fn of_folder(folder: &Path) -> String {
    manifest::slug(&folder_name(folder))
}

/// What a folder is called, also where it is told by `.`.
pub(super) fn folder_name(folder: &Path) -> String {
    let folder = std::path::absolute(folder).ok();
    let name = folder.as_deref().and_then(Path::file_name);
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
