//! Whether the target sees what was promoted.

use std::time::Duration;

use tokio::time::Instant;

use crate::ship::{
    Reporter,
    blaxel::{Client, Fault, ImageName, TagName, images},
};

/// Whether a tag is seen in a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is.
    Yes,
    /// Nobody knows: the credentials do not reach into the target.
    Unknown {
        /// What was said.
        why: String,
    },
    /// It is not, and the time for it is over.
    No {
        /// What is seen instead.
        why: String,
    },
}

/// Looks into the workspace of `there` until the tag of `source`'s image is seen, for `patience` at most.
///
/// # Errors
/// A target that cannot be asked, but for a refusal of the credentials: that is [`Verified::Unknown`].
pub async fn verify(
    there: &Client,
    source: &str,
    name: &ImageName,
    tag: &TagName,
    patience: Duration,
    reporter: &mut dyn Reporter,
) -> Result<Verified, Fault> {
    let started = Instant::now();
    let mut told = false;
    loop {
        let image = match images::find(there, name).await {
            Ok(image) => image,
            Err(fault @ Fault::Auth { .. }) => {
                return Ok(Verified::Unknown { why: fault.detail() });
            }
            Err(fault) => return Err(fault),
        };
        let why = match &image {
            None => format!("the workspace `{}` does not see {name}", there.workspace()),
            Some(image) if image.source.as_deref().is_some_and(|owner| owner != source) => {
                let owner = image.source.as_deref().unwrap_or_default();
                let why =
                    format!("`{}` sees the {name} of the workspace `{owner}`", there.workspace());
                return Ok(Verified::No { why });
            }
            Some(image) if image.tags.iter().flatten().any(|known| known.name == tag.as_str()) => {
                return Ok(Verified::Yes);
            }
            Some(_) => {
                format!("the workspace `{}` sees {name} without the tag {tag}", there.workspace())
            }
        };
        if !std::mem::replace(&mut told, true) {
            reporter.note(&format!("{why}; looking again"));
        }
        let pause = there.pace().between(started.elapsed());
        if started.elapsed() + pause > patience || !there.sleep(pause).await {
            return Ok(Verified::No { why });
        }
    }
}
