//! The rows: a status of the commit for each image, and for each workspace that one is promoted to. A job that only checks,
//! and checks many, has one for all.

use futures_util::{StreamExt as _, stream};

use super::{comment::own_key, is_bad};
use crate::{
    cli,
    commands::ci::given,
    record::{
        leg::{Did, Leg},
        row,
    },
    report::{
        Counts,
        comment::{self, Standing},
    },
    ship::forge::{
        Row,
        github::{Client, Fault, statuses::State},
        row as rows,
    },
};

/// The most images that have a row each where nothing is built, and no workspace is named that would give them the names of
/// those of builds: with hundreds, GitHub's limits would leave no call for the comment, and a job waits as long as it takes to
/// write them.
const EACH: usize = 10;

/// The rows of a job, what is not good in front: of many, the last may not be taken any more.
pub(super) fn all(args: &cli::Ci, legs: &[Leg], sha: &str) -> Vec<Row> {
    let key = own_key(args);
    if let [first, ..] = legs
        && legs.len() > EACH
        && legs.iter().all(|leg| leg.did == Did::Lint && leg.workspace.is_none())
    {
        return vec![kept(
            first,
            &sum(&given::list(&args.paths), first, legs),
            sha,
            key.as_deref(),
        )];
    }
    let mut rows: Vec<Row> = legs.iter().flat_map(|leg| of(leg, sha, key.as_deref())).collect();
    rows.sort_by_key(|row| row.state == State::Success);
    rows
}

/// One row for all. Its name is that of no image: `all:lint`, or after the folders that the job was given.
fn sum(paths: &[String], first: &Leg, legs: &[Leg]) -> comment::Row {
    let whose = match paths.join(",").as_str() {
        "" | "." => "all".to_owned(),
        paths => row::key(paths),
    };
    let check = if first.pull.is_none() { ":check" } else { "" };
    let bad: Vec<&str> =
        legs.iter().filter(|leg| is_bad(leg)).map(|leg| leg.image.as_str()).collect();
    let count = |read: fn(&Leg) -> usize| legs.iter().map(read).sum();
    let counts = Counts {
        errors: count(|leg| leg.lint.errors),
        warnings: count(|leg| leg.lint.warnings),
        infos: count(|leg| leg.lint.infos),
        ..Counts::default()
    };
    let (all, words) = (legs.len(), counts.words());
    let text = match bad.as_slice() {
        [] => format!("{all} images checked · {words}"),
        bad => format!("{} of {all} failed · {words}: {}", bad.len(), bad.join(", ")),
    };
    comment::Row {
        name: format!("{whose}:lint{check}"),
        sha: first.commit.clone().unwrap_or_default(),
        text: comment::Row::short(&text),
        pull: first.pull,
        standing: if bad.is_empty() { Standing::Good } else { Standing::Bad },
        url: None,
    }
}

/// The rows of a leg.
fn of(leg: &Leg, sha: &str, key: Option<&str>) -> Vec<Row> {
    comment::rows(leg).iter().map(|row| kept(leg, row, sha, key)).collect()
}

/// The row of an image that is going to be built.
pub(super) fn begun(leg: &Leg, sha: &str, key: Option<&str>) -> Vec<Row> {
    let begun = |row: comment::Row| {
        let row = comment::Row { text: "Being built".to_owned(), standing: Standing::Open, ..row };
        kept(leg, &row, sha, key)
    };
    comment::rows(leg).into_iter().map(begun).collect()
}

/// What the commit calls a row: the key of its comment stands in front.
pub(super) fn context(name: &str, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("{}/{name}", row::key(key)),
        None => name.to_owned(),
    }
}

/// A row as the commit has it.
fn kept(leg: &Leg, row: &comment::Row, sha: &str, key: Option<&str>) -> Row {
    let urls = [&leg.preview_url, &leg.run.url].into_iter().flatten();
    let url = urls.into_iter().find(|url| url.starts_with("https://"));
    Row {
        image: context(&row.name, key),
        sha: sha.to_owned(),
        state: match row.standing {
            Standing::Good => State::Success,
            Standing::Bad => State::Failure,
            Standing::Open => State::Pending,
        },
        description: row.description(),
        target_url: url.cloned(),
    }
}

/// A row as the comment of a pull request tells it; `None` for that of a comment with another key, or of another pull request.
pub(super) fn told(row: &Row, key: Option<&str>, pull: u64) -> Option<comment::Row> {
    let name = match key {
        Some(key) => row.image.strip_prefix(&row::key(key))?.strip_prefix('/')?,
        None => row.image.as_str(),
    };
    let (text, of) = comment::Row::described(&row.description);
    of.is_none_or(|of| of == pull).then(|| comment::Row {
        name: name.to_owned(),
        sha: row.sha.clone(),
        text: text.to_owned(),
        pull: of,
        standing: match row.state {
            State::Success => Standing::Good,
            State::Failure | State::Error => Standing::Bad,
            State::Pending => Standing::Open,
        },
        url: row.target_url.clone(),
    })
}

/// Who else is at work on a commit, where each job writes so many rows.
pub(super) use rows::others;

/// Writes them, so many at once. One that cannot be written keeps none of the others back, unless none of them can be: for
/// want of a permission, or because of a limit. Gives back the first fault.
pub(super) async fn publish(client: &Client, rows: &[Row], at_once: usize) -> Result<(), Fault> {
    let calls = rows.iter().map(|row| rows::publish(client, row));
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
