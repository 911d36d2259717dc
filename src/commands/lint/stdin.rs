//! The file that is linted as standard input holds it.

use std::{io::Read as _, path::Path};

use super::one::Job;
use crate::{
    commands::project::named,
    error::Error,
    exit::Exit,
    project::Replacement,
    repo::{self, Near},
};

/// Standard input holds one file of a project.
const LARGEST: u64 = 16 << 20;

/// The project whose file is on standard input.
pub(super) fn job(path: &Path, near: &Near) -> Result<Job, Error> {
    let refused = |why: &str| {
        Error::new(Exit::Usage, format!("standard input cannot be linted: {why}"))
            .at("--stdin")
            .help("name a file of a project with `--stdin-filename`")
    };
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|err| refused(&err.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused("it is larger than 16 MiB"));
    }
    let target = repo::of_file(path, near)
        .ok_or_else(|| refused(&format!("`{}` belongs to no project", named(path))))?;
    let inside = repo::inside(&target.root, path)
        .ok_or_else(|| refused(&format!("`{}` is no path of a file", named(path))))?;
    let mut job = Job::from(target);
    job.replace = Some(Replacement { path: inside, bytes });
    Ok(job)
}
