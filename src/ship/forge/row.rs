//! Rows: what each leg of a run says of its image, where only that leg writes.
//!
//! A row is a commit status `sandgate/NAME`. No leg overwrites the status of another, as it may a comment, and whoever sees
//! the commit sees them.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;

use super::github::{
    Client, Fault,
    statuses::{self, New, State},
};

/// The span that writes are counted in.
const MINUTE: Duration = Duration::from_mins(1);
/// What the contexts of rows begin with.
const PREFIX: &str = "sandgate/";

/// A row: one image of one leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the leg calls its work, such as [`crate::record::row::Name`]: two legs with one name overwrite each other. At most
    /// 240 bytes: a context has 255.
    pub image: String,
    /// The commit that the row is of.
    pub sha: String,
    /// How it stands.
    pub state: State,
    /// In words, at most 140 characters. It is data: whoever may write statuses may write it.
    pub description: String,
    /// Where there is more.
    pub target_url: Option<String>,
}

/// Writes a row: one call, which takes effect once. A row that is there already is not written again only where the answer
/// was lost, so write one at the end of a leg, and at most one before.
pub async fn publish(client: &Client, row: &Row) -> Result<(), Fault> {
    let new = New {
        context: &format!("{PREFIX}{}", row.image),
        state: row.state,
        description: &row.description,
        target_url: row.target_url.as_deref(),
    };
    statuses::create(client, &row.sha, &new).await.map(drop)
}

/// Who else is at work on a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How many legs are at the same point, this one among them: those that wrote rows in the minute before the newest one.
    pub legs: usize,
    /// How many rows the commit has.
    pub rows: usize,
    /// How long it took to find out.
    pub took: Duration,
}

/// Finds out who else is at work on a commit, where each leg writes so many rows. By the forge's clock alone.
pub async fn others(client: &Client, sha: &str, each: usize) -> Result<Others, Fault> {
    let begun = Instant::now();
    let statuses = statuses::newest(client, sha).await?;
    let took = begun.elapsed();
    let rows = statuses.iter().filter(|one| one.context.starts_with(PREFIX));
    let written: Vec<Timestamp> = rows.filter_map(|one| one.created).collect();
    let newest = written.iter().max();
    let begin = newest.and_then(|newest| newest.checked_sub(client.pace().of(MINUTE)).ok());
    let lately = written.iter().filter(|at| begin.is_none_or(|begin| **at > begin)).count();
    Ok(Others { legs: lately / each.max(1), rows: written.len(), took })
}

/// The newest row of each image over some commits, in the order in which they were written.
pub async fn read(client: &Client, shas: &[&str]) -> Result<Vec<Row>, Fault> {
    let mut newest: BTreeMap<String, (u64, Row)> = BTreeMap::new();
    for sha in shas {
        for status in statuses::newest(client, sha).await? {
            let Some(image) = status.context.strip_prefix(PREFIX) else { continue };
            if newest.get(image).is_some_and(|(id, _)| *id > status.id) {
                continue;
            }
            let row = Row {
                image: image.to_owned(),
                sha: (*sha).to_owned(),
                state: status.state,
                description: status.description.clone(),
                target_url: status.target_url.clone(),
            };
            newest.insert(row.image.clone(), (status.id, row));
        }
    }
    let mut rows: Vec<(u64, Row)> = newest.into_values().collect();
    rows.sort_by_key(|(id, _)| *id);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
