//! What is known of the project that a preview is made for.

use std::path::Path;

use super::name;
use crate::{
    cli,
    commands::{manifest, platform, vars::Vars},
    error::Error,
    project::manifest::Manifest,
    ship::blaxel::SandboxName,
};

/// The project, and what its preview is called.
pub(super) struct Described {
    /// `blaxel.toml`, where there is one.
    pub(super) file: Option<Manifest>,
    /// What it may use.
    pub(super) vars: Vars,
    pub(super) name: SandboxName,
}

/// Reads it. A file that cannot be read whole may name another sandbox than the one that is meant.
pub(super) fn read(
    path: &Path,
    name: &cli::PreviewName,
    vars: &[String],
    platform: &cli::Platform,
) -> Result<Described, Error> {
    let vars = Vars::read(vars)?;
    let file = manifest::read(path)?;
    if let Some(file) = &file {
        manifest::whole(file)?;
        manifest::same_workspace(file, &vars, platform, &platform::planned(platform)?)?;
    }
    let name = name::read(name, path, file.as_ref(), &vars)?;
    Ok(Described { file, vars, name })
}
