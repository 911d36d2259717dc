//! A client of the workspace that an image is promoted to.

use crate::{
    settings,
    ship::{
        blaxel::{Client, Credentials, Secret},
        promote::Target,
    },
};

/// A client of a target: with the key that the caller has for it, else with the same credentials.
pub(super) fn client(source: &Client, target: &Target) -> Client {
    let key = settings::target_key().map(|key| Credentials::Key(Secret::new(&key)));
    source.elsewhere(&target.workspace, key)
}
