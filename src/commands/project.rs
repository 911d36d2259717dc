//! The read of a project, with what is said when it cannot be read.

use std::{collections::BTreeMap, path::Path};

use crate::{
    cli,
    error::Error,
    exit::Exit,
    project::{self, OpenError, OpenOptions, Project},
};

/// Reads the project in `root` as the command line says.
pub(super) fn open(root: &Path, source: &cli::Source) -> Result<Project, Error> {
    let options = OpenOptions {
        dockerfile: source.dockerfile.clone(),
        keep_links: source.symlinks == cli::Symlinks::Keep,
        include: source.include.clone(),
    };
    project::open(root, &options).map_err(|err| {
        let what = err.to_string();
        match err {
            OpenError::Root { .. } => {
                Error::new(Exit::Usage, what).help("name the folder that holds the Dockerfile")
            }
            OpenError::Dockerfile { help, .. } => {
                Error::new(Exit::Usage, what).at(shown(root)).help(help)
            }
            OpenError::Include { problem, .. } => Error::new(Exit::Usage, what)
                .at("--include")
                .because(problem)
                .help("write it like a line of .dockerignore"),
        }
    })
}

/// The values of `--build-arg`.
pub(super) fn build_args(source: &cli::Source) -> Result<BTreeMap<String, String>, Error> {
    source
        .build_args
        .iter()
        .map(|given| match given.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            // The text may be a value that was meant to be secret.
            _ => Err(Error::new(Exit::Usage, "a build argument has no value")
                .at("--build-arg")
                .help("write it as NAME=VALUE")),
        })
        .collect()
}

/// The folder as the user knows it.
pub(super) fn shown(root: &Path) -> String {
    root.display().to_string()
}
