//! The propagation guard: a new tag of a shared image is seen at once wherever the image is shared.

use crate::ship::blaxel::{Client, Fault, ImageName, Rule, Share, WorkspaceName, shares};

/// Whether a push would reach protected workspaces.
#[derive(Debug)]
pub enum Guarded {
    /// It reaches none of them; these it does.
    Free(Vec<Share>),
    /// It reaches these.
    Reaches(Vec<Share>),
    /// Nobody knows: the shares cannot be read.
    Unknown(Fault),
}

/// Looks whom a new tag of an image reaches. Between this look and the push somebody may share it: the platform has no way
/// to rule that out.
pub async fn guard(client: &Client, name: &ImageName, protected: &[WorkspaceName]) -> Guarded {
    let shares = match shares::list(client, name).await {
        Ok(shares) => shares,
        // What is not there yet, or is another workspace's, is shared by nobody here.
        Err(Fault::Rule(broken)) if matches!(broken.rule, Rule::Missing | Rule::NotOwned) => {
            Vec::new()
        }
        Err(fault) => return Guarded::Unknown(fault),
    };
    let is_protected =
        |share: &&Share| protected.iter().any(|name| name.as_str() == share.workspace);
    let reached: Vec<Share> = shares.iter().filter(is_protected).cloned().collect();
    if reached.is_empty() { Guarded::Free(shares) } else { Guarded::Reaches(reached) }
}
