//! The rows: a status of the commit for each image, and for each workspace that one is promoted to.

use futures_util::{StreamExt as _, stream};

use crate::{
    record::{leg::Leg, row},
    report::comment::{self, Standing},
    ship::forge::{
        Row,
        github::{Client, Fault, statuses::State},
        row as kept,
    },
};

/// The rows of a leg.
pub(super) fn of(leg: &Leg, sha: &str, key: Option<&str>) -> Vec<Row> {
    let urls = [&leg.preview_url, &leg.run.url].into_iter().flatten();
    let url = urls.into_iter().find(|url| url.starts_with("https://"));
    let one = |row: comment::Row| Row {
        image: match key {
            Some(key) => format!("{}/{}", row::key(key), row.name),
            None => row.name,
        },
        sha: sha.to_owned(),
        state: match row.standing {
            Standing::Good => State::Success,
            Standing::Bad => State::Failure,
            Standing::Open => State::Pending,
        },
        description: row.text,
        target_url: url.cloned(),
    };
    comment::rows(leg).into_iter().map(one).collect()
}

/// The row of an image that is going to be built.
pub(super) fn begun(leg: &Leg, sha: &str, key: Option<&str>) -> Vec<Row> {
    let begun = |row| Row { state: State::Pending, description: "Being built".to_owned(), ..row };
    of(leg, sha, key).into_iter().map(begun).collect()
}

/// A row as a comment tells it; `None` for that of a comment with another key.
pub(super) fn told(row: &Row, key: Option<&str>) -> Option<comment::Row> {
    let name = match key {
        Some(key) => row.image.strip_prefix(&row::key(key))?.strip_prefix('/')?,
        None => row.image.as_str(),
    };
    Some(comment::Row {
        name: name.to_owned(),
        sha: row.sha.clone(),
        text: row.description.clone(),
        standing: match row.state {
            State::Success => Standing::Good,
            State::Failure | State::Error => Standing::Bad,
            State::Pending => Standing::Open,
        },
        url: row.target_url.clone(),
    })
}

/// Who else is at work on a commit, where each job writes so many rows.
pub(super) use kept::others;

/// Writes them, so many at once. One that cannot be written keeps none of the others back, unless none of them can be: for
/// want of a permission, or because of a limit. Gives back the first fault.
pub(super) async fn publish(client: &Client, rows: &[Row], at_once: usize) -> Result<(), Fault> {
    let calls = rows.iter().map(|row| kept::publish(client, row));
    let mut ended = stream::iter(calls).buffer_unordered(at_once);
    let mut all = Ok(());
    while let Some(one) = ended.next().await {
        match one {
            Err(fault) if fault.needs().is_some() || matches!(fault, Fault::Limited { .. }) => {
                return Err(fault);
            }
            one => all = all.and(one),
        }
    }
    all
}
