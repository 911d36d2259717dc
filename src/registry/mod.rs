//! Asks registries what images are: size, settings, platforms. Downloads no layer.
//!
//! Registry and token server are strangers: bodies, time, redirects and token rounds are bounded,
//! and credentials go to whom they belong. Nothing of a project chooses a credential helper.

mod cache;
mod challenge;
mod client;
mod credentials;
mod endpoint;
mod login;
mod logins;
mod look_up;
mod measure;
mod names;
mod realm;
mod token;
mod trouble;

use std::path::PathBuf;

pub(crate) use client::Client;
pub(crate) use logins::Logins;
pub(crate) use trouble::{Kind, Trouble};

/// What of the user's machine has a part in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// Logins that the caller gives for this run; they come first.
    pub(crate) logins: Logins,
    /// The folder of Docker's configuration.
    pub(crate) docker_config: Option<PathBuf>,
    /// Folders where credential helpers may lie; absolute.
    pub(crate) programs: Vec<PathBuf>,
    /// Where answers are kept by their digest.
    pub(crate) cache: Option<PathBuf>,
}
