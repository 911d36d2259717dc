//! The read of a project, with what is said when it cannot be read.

use std::{collections::BTreeMap, path::Path};

use super::policy::Judge;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    project::{self, OpenError, OpenOptions, Project},
    shell::Shell,
};

/// Reads the project in `root` as the command line and its settings say.
pub(super) fn open(root: &Path, source: &cli::Source, shell: &mut Shell) -> Result<Project, Error> {
    open_by(root, source, |_| (), shell)
}

/// The same without what only a COPY names, for a command that shows names and sizes alone.
pub(super) fn open_names(
    root: &Path,
    source: &cli::Source,
    shell: &mut Shell,
) -> Result<Project, Error> {
    open_by(root, source, |open| open.no_copied = true, shell)
}

fn open_by(
    root: &Path,
    source: &cli::Source,
    how: impl FnOnce(&mut OpenOptions),
    shell: &mut Shell,
) -> Result<Project, Error> {
    let rules = cli::Rules::default();
    let mut settled = Judge::new(source, &rules)?.settle(root, None);
    for warning in &settled.warnings {
        shell.warn(warning);
    }
    if let Some(problem) = settled.problems.pop() {
        return Err(problem);
    }
    how(&mut settled.open);
    project::open(root, &settled.open).map_err(|err| unreadable(root, err))
}

/// How the command line says that projects are read.
pub(super) fn open_options(source: &cli::Source) -> OpenOptions {
    OpenOptions {
        dockerfile: source.dockerfile.clone(),
        keep_links: source.symlinks == cli::Symlinks::Keep,
        include: source.include.clone(),
        ..OpenOptions::default()
    }
}

/// What is said of a project that cannot be read.
pub(super) fn unreadable(root: &Path, err: OpenError) -> Error {
    let what = err.to_string();
    match err {
        OpenError::Root { .. } => {
            Error::new(Exit::Usage, what).help("name the folder that holds the Dockerfile")
        }
        OpenError::Dockerfile { help, is_absent, .. } => {
            Error { is_absent, ..Error::new(Exit::Usage, what).at(named(root)).help(help) }
        }
        OpenError::Manifest { .. } => Error::new(Exit::Usage, what)
            .at(named(&root.join("blaxel.toml")))
            .help("make it a readable file inside the folder, or remove it"),
        OpenError::Include { problem, .. } => Error::new(Exit::Usage, what)
            .at("--include")
            .because(problem)
            .help("write it like a line of .dockerignore"),
    }
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

/// The folder in front of every path of a report: as the user wrote it, `/` between the names, ""
/// for the working directory.
pub(super) fn shown(root: &Path) -> String {
    let text = root.display().to_string().replace(std::path::MAIN_SEPARATOR, "/");
    let text = text.trim_start_matches("./").trim_end_matches('/');
    if text == "." { String::new() } else { text.to_owned() }
}

/// The folder as the user wrote it.
pub(super) fn named(root: &Path) -> String {
    root.display().to_string()
}
