//! What a promotion will expose, without changing anything.

use super::Target;
use crate::ship::blaxel::{
    Client, Fault, Image, ImageName, Rule, Share, TagName, images, sandboxes, shares,
};

/// What one target sees, and what sharing would add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The target.
    pub target: Target,
    /// Where the share stands; `None` where there is none yet.
    pub share: Option<Share>,
    /// The sandboxes there that use the image; `None` where they cannot be listed.
    pub users: Option<Vec<String>>,
}

/// The image, and the tag that is promoted: the one that was asked for, else the newest.
///
/// # Errors
/// [`Rule::Missing`] where there is no such image or tag, [`Rule::NotOwned`] where it is another workspace's.
pub async fn pinned(
    client: &Client,
    name: &ImageName,
    tag: Option<&TagName>,
) -> Result<(Image, TagName), Fault> {
    let image = images::own(client, name).await?;
    let found = match tag {
        Some(tag) => image
            .tags
            .iter()
            .flatten()
            .find(|known| known.name == tag.as_str())
            .map(|known| known.name.clone()),
        None => image.newest().map(|newest| newest.name.clone()),
    };
    match (found, tag) {
        (Some(found), _) => {
            let tag = found.parse()?;
            Ok((image, tag))
        }
        (None, Some(tag)) => Err(Rule::Missing.fault(
            format!("`{name}` has no tag `{tag}`"),
            format!("`sandgate image tags {name}` lists those there are"),
        )),
        (None, None) => Err(Rule::Missing.fault(
            format!("`{name}` has no tag that names one build: there is nothing to promote"),
            "build it first, with `sandgate push` or `sandgate deploy`",
        )),
    }
}

/// Looks at every target.
///
/// # Errors
/// Shares that cannot be read.
pub async fn look(
    client: &Client,
    name: &ImageName,
    targets: &[Target],
    of: impl Fn(&Target) -> Client,
) -> Result<Vec<Exposure>, Fault> {
    let shares = shares::list(client, name).await?;
    let mut out = Vec::new();
    for target in targets {
        let share = shares.iter().find(|share| share.workspace == target.workspace.as_str());
        let users = sandboxes::users(&of(target), name, None).await.ok();
        out.push(Exposure { target: target.clone(), share: share.cloned(), users });
    }
    Ok(out)
}
