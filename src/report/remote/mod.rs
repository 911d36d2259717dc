//! What is on the platform, for people and for scripts.

mod images;
mod previews;
mod promotion;
mod prune;
mod sandboxes;
mod shares;

use jiff::Timestamp;
use serde::Serialize;

pub use self::{
    images::{deleted, image, images, latest, tags},
    previews::{Shown, deleted_preview, preview},
    promotion::{audited, exposures, promotion},
    prune::{prune, pruned},
    sandboxes::{sandbox, sandboxes},
    shares::{answered, pending, shared, shares, unshared},
};
use super::context::bytes;
use crate::escape;

/// The form of a result, and what every form tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// JSON, version 1, instead of lines for people.
    pub json: bool,
    /// Nothing of it is real.
    pub simulated: bool,
}

/// Fields are added, never renamed or removed, within a version.
#[derive(Serialize)]
struct Document<T> {
    version: u32,
    simulated: bool,
    #[serde(flatten)]
    data: T,
}

impl Form {
    /// The data as JSON, or what `human` makes for people.
    fn write<T: Serialize>(self, data: T, human: impl FnOnce() -> String) -> String {
        if !self.json {
            return human();
        }
        let document = Document { version: 1, simulated: self.simulated, data };
        // Text, numbers and lists always have a form in JSON.
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        format!("{}\n", escape::json(&text))
    }
}

/// `name      value` lines; what has no value has no line.
fn lines(rows: &[(&str, Option<String>)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    rows.iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)))
        .map(|(name, value)| format!("{name:<width$}  {}\n", escape::terminal(value, false)))
        .collect()
}

/// An instant to the second, in UTC.
fn at(instant: Option<Timestamp>) -> Option<String> {
    instant.map(|instant| format!("{instant:.0}"))
}

fn size(size: Option<u64>) -> Option<String> {
    size.map(bytes)
}
