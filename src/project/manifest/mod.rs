//! `blaxel.toml`: typed, spanned, every key known. Pure.

mod model;
mod parse;

pub use model::{EnvVar, Issue, IssueKind, Manifest, Port, Spanned};
pub use parse::parse;
