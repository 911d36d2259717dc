//! The rows: a status of the commit for each image.

use crate::{
    record::leg::Leg,
    report::comment::{self, Standing},
    ship::forge::{Row, github::statuses::State},
};

/// The row of a leg. That of a removal takes the place of what it removed.
pub(super) fn of(leg: &Leg, sha: &str) -> Row {
    let row = comment::row(leg);
    let url = leg.preview_url.as_ref().or(leg.run.url.as_ref());
    Row {
        image: row.image,
        sha: sha.to_owned(),
        state: match row.standing {
            Standing::Good => State::Success,
            Standing::Bad => State::Failure,
            Standing::Open => State::Pending,
        },
        description: row.text,
        target_url: url.filter(|url| url.starts_with("https://")).cloned(),
    }
}

/// The row of an image that is going to be built.
pub(super) fn begun(leg: &Leg, sha: &str) -> Row {
    Row { state: State::Pending, description: "Being built".to_owned(), ..of(leg, sha) }
}

/// A row as a comment tells it.
pub(super) fn told(row: &Row) -> comment::Row {
    comment::Row {
        image: row.image.clone(),
        sha: row.sha.clone(),
        text: row.description.clone(),
        standing: match row.state {
            State::Success => Standing::Good,
            State::Failure | State::Error => Standing::Bad,
            State::Pending => Standing::Open,
        },
    }
}
