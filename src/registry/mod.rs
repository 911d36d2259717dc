//! Asks registries what images are: size, settings, platforms. Downloads no layer.
//!
//! Registry and token server are strangers: bodies, time, redirects and token rounds are bounded,
//! and credentials go to whom they belong. Nothing of a project chooses a credential.

mod cache;
mod challenge;
mod client;
mod credentials;
mod endpoint;
mod look_up;
mod measure;
mod names;
mod realm;
mod token;

use std::path::PathBuf;

pub(crate) use client::Client;

/// What of the user's machine has a part in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// The folder of Docker's configuration.
    pub(crate) docker_config: Option<PathBuf>,
    /// Folders where credential helpers may lie; absolute.
    pub(crate) programs: Vec<PathBuf>,
    /// Where answers are kept by their digest.
    pub(crate) cache: Option<PathBuf>,
}
