//! What is shared where, against what is declared.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};

use super::Target;
use crate::ship::blaxel::{Client, Fault, ImageName, Share, images, shares};

/// How many images are asked for at once.
const AT_ONCE: usize = 8;

/// An image and where it is meant to be shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The image.
    pub image: ImageName,
    /// The targets.
    pub targets: Vec<Target>,
}

/// Where an image stands with a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// As declared.
    Kept,
    /// Declared, and waits for an approval.
    Waiting,
    /// Declared and not shared.
    Missing,
    /// Shared, or offered, and not declared.
    Undeclared,
    /// Declared for an image that is not there.
    NoImage,
    /// The shares of the image cannot be read.
    Unreadable,
}

/// A row of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// The image.
    pub image: ImageName,
    /// The workspace; `None` where the shares cannot be read.
    pub workspace: Option<String>,
    /// Where they stand.
    pub standing: Standing,
    /// More about it.
    pub detail: Option<String>,
}

/// Compares every image that the workspace owns with what is declared. Rows are sorted.
///
/// # Errors
/// Images that cannot be listed.
pub async fn audit(client: &Client, declared: &[Declared]) -> Result<Vec<Audited>, Fault> {
    let mut meant: BTreeMap<ImageName, Vec<&Target>> = BTreeMap::new();
    for one in declared {
        meant.entry(one.image.clone()).or_default().extend(&one.targets);
    }
    let owned: Vec<ImageName> = images::list(client)
        .await?
        .iter()
        .filter(|image| image.source.is_none())
        .filter_map(|image| format!("{}/{}", image.kind, image.name).parse().ok())
        .collect();
    let mut rows = Vec::new();
    let asked =
        stream::iter(owned.iter().map(async |name| (name, shares::list(client, name).await)));
    let mut asked = asked.buffer_unordered(AT_ONCE);
    while let Some((name, found)) = asked.next().await {
        let targets = meant.remove(name).unwrap_or_default();
        match found {
            Ok(shares) => rows.extend(compared(name, &targets, &shares)),
            Err(fault @ Fault::Auth { status: 401, .. }) => return Err(fault),
            Err(fault) => rows.push(Audited {
                image: name.clone(),
                workspace: None,
                standing: Standing::Unreadable,
                detail: Some(fault.detail()),
            }),
        }
    }
    for (image, targets) in meant {
        rows.extend(targets.into_iter().map(|target| Audited {
            image: image.clone(),
            workspace: Some(target.workspace.to_string()),
            standing: Standing::NoImage,
            detail: None,
        }));
    }
    rows.sort_by(|a, b| (&a.image, &a.workspace).cmp(&(&b.image, &b.workspace)));
    rows.dedup();
    Ok(rows)
}

fn compared(name: &ImageName, targets: &[&Target], shares: &[Share]) -> Vec<Audited> {
    let row = |workspace: &str, standing, detail| Audited {
        image: name.clone(),
        workspace: Some(workspace.to_owned()),
        standing,
        detail,
    };
    let mut rows = Vec::new();
    for target in targets {
        let workspace = target.workspace.as_str();
        let share = shares.iter().find(|share| share.workspace == workspace);
        let (standing, detail) = match share {
            None => (Standing::Missing, None),
            Some(share) => match (&target.account, &share.account) {
                (Some(meant), Some(is)) if meant != is => (
                    Standing::Undeclared,
                    Some(format!("shared with the account {is}, declared for {meant}")),
                ),
                _ if share.is_pending() => (Standing::Waiting, share.owner.clone()),
                _ => (Standing::Kept, None),
            },
        };
        rows.push(row(workspace, standing, detail));
    }
    for share in shares {
        if targets.iter().all(|target| target.workspace.as_str() != share.workspace) {
            let detail = share.is_pending().then(|| "waits for an approval".to_owned());
            rows.push(row(&share.workspace, Standing::Undeclared, detail));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standing_is_told() {
        let share = |workspace: &str, account: &str, status: &str| Share {
            workspace: workspace.into(),
            account: (!account.is_empty()).then(|| account.to_owned()),
            status: Some(status.into()),
            ..Share::default()
        };
        let shares = [
            share("kept", "", "ACTIVE"),
            share("waiting", "b", "PENDING"),
            share("other", "c", "ACTIVE"),
            share("extra", "", "ACTIVE"),
            share("offered", "d", "PENDING"),
        ];
        let targets: Vec<Target> = ["kept", "b/waiting", "a/other", "absent"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let targets: Vec<&Target> = targets.iter().collect();
        let rows = compared(&"app".parse().unwrap(), &targets, &shares);
        let told: Vec<(&str, Standing)> =
            rows.iter().map(|row| (row.workspace.as_deref().unwrap(), row.standing)).collect();
        assert_eq!(
            told,
            [
                ("kept", Standing::Kept),
                ("waiting", Standing::Waiting),
                ("other", Standing::Undeclared),
                ("absent", Standing::Missing),
                ("extra", Standing::Undeclared),
                ("offered", Standing::Undeclared),
            ]
        );
        assert!(rows[2].detail.as_ref().unwrap().contains("declared for a"));
    }
}
