//! `blaxel.toml`: typed, spanned, every key known. Pure.
//!
//! `tree` holds the values with their places, `schema` says which keys there are, `check` compares
//! the two, `parse` fills the typed [`Manifest`].

mod check;
mod model;
mod parse;
mod schema;
mod tree;
mod values;

pub use check::closest;
pub use model::{Edit, EnvVar, Issue, IssueKind, Manifest, Port, Spanned};
pub use parse::{parse, read as read_toml};
pub use schema::{build_keys, root_keys};
pub use tree::{Data, Entry, Table, Value};
pub use values::{KNOWN_REGIONS, MAX_NAME, duration_seconds, is_interpolated, is_name, slug};
