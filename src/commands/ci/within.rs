//! Where the run is in the repository, and with it the paths that it is given.

use std::path::{Component, Path, PathBuf};

use crate::{repo, settings};

/// Where the run is.
pub(super) struct Within {
    /// The top of the checkout, its links resolved.
    top: Option<PathBuf>,
    /// The folder of the run, relative to it: "" or with `/` at its end.
    prefix: String,
}

impl Within {
    /// Looks where that is.
    pub(super) fn of(github: &settings::Github) -> Self {
        let checkout = github.workspace.as_ref().and_then(|dir| dir.canonicalize().ok());
        let top = checkout.or_else(repo::around);
        let here = top.as_ref().and_then(|top| repo::relative(top, Path::new(".")));
        let prefix = match here.unwrap_or_default().trim_matches('/') {
            "" | "." => String::new(),
            below => format!("{below}/"),
        };
        Self { top, prefix }
    }

    /// A path, relative to the repository.
    pub(super) fn at(&self, path: &str) -> String {
        let path = path.trim_start_matches("./");
        let given = Path::new(path);
        // Where such a path leads only the disk knows.
        let leads_off =
            given.is_absolute() || given.components().any(|part| part == Component::ParentDir);
        let top = self.top.as_deref().filter(|_| leads_off);
        if let Some(below) = top.and_then(|top| repo::relative(top, given)) {
            return below;
        }
        match path {
            "" | "." => self.prefix.trim_end_matches('/').to_owned(),
            path if given.is_absolute() => path.to_owned(),
            path => format!("{}{path}", self.prefix),
        }
    }
}
