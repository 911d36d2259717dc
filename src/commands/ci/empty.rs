//! A folder in which there is nothing to do: it lacks more than the file that a project would be read from.

use std::path::PathBuf;

use crate::{error::Error, exit::Exit};

/// What is said of it, in place of the error that its project cannot be read.
pub(super) fn told(paths: &[PathBuf], error: Error) -> Error {
    let is_empty = |path: &PathBuf| {
        path.is_dir() && !["Dockerfile", "blaxel.toml"].iter().any(|name| path.join(name).exists())
    };
    match paths {
        // Where a Dockerfile has another name, the error names it.
        [path] if error.is_absent && is_empty(path) => {
            let shown = crate::commands::project::named(path);
            Error::new(Exit::Usage, format!("there is no sandbox project in `{shown}`, and none below it"))
                .help("name folders with a Dockerfile or a blaxel.toml, or folders above them: as arguments, or with the input `path`")
        }
        _ => error,
    }
}
