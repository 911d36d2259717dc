//! From ENTRYPOINT and CMD to sandbox-api, hop by hop.

use super::{super::diagnostic::Location, images::ImageFs};
use crate::project::{Project, dockerfile::Stages};

/// How the final stage starts.
#[derive(Debug, Default)]
pub struct Start {
    /// The hops, from ENTRYPOINT or CMD on.
    pub hops: Vec<Hop>,
    /// Whether the last hop starts sandbox-api.
    pub reaches_api: bool,
}

impl Start {
    /// The chain as lines for people.
    pub fn describe(&self) -> Vec<String> {
        self.hops.iter().map(|hop| hop.what.clone()).collect()
    }
}

/// One hop of the start chain.
#[derive(Debug, Clone)]
pub struct Hop {
    /// Where it stands.
    pub location: Location,
    /// What it does, in a few words.
    pub what: String,
}

/// Follows the chain.
pub(super) fn follow(project: &Project, stages: &Stages, images: &[ImageFs]) -> Start {
    let _ = (project, stages, images);
    Start::default()
}
