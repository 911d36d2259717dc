//! `sandgate.toml`, read. Pure: where the file lies is the caller's business.
//!
//! Reading never fails: what cannot be used is a [`Problem`], and the rest still holds.

mod hadolint;
mod preset;
mod read;
mod wire;

use semver::VersionReq;

pub use self::{hadolint::read as read_hadolint, preset::Preset, read::read};
use super::{
    diagnostic::Severity,
    policy::{FailOn, Override},
    select::Selector,
};
use crate::project::source::Span;

/// The settings of a `sandgate.toml`.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Versions of sandgate that may read it, and where it says so.
    pub required: Option<(VersionReq, Span)>,
    /// The settings to start from.
    pub preset: Preset,
    /// What runs instead of the default rules.
    pub select: Option<Vec<Selector>>,
    /// What runs too.
    pub extend_select: Vec<Selector>,
    /// What does not run.
    pub ignore: Vec<Selector>,
    /// What nothing silences.
    pub no_suppress: Vec<Selector>,
    /// Severities instead of the rules' own.
    pub severity: Vec<(Selector, Severity)>,
    /// What fails a run, where the file says it.
    pub fail_on: Option<FailOn>,
    /// The baseline, relative to the file.
    pub baseline: Option<String>,
    /// Other settings for some files.
    pub overrides: Vec<Override>,
    /// What is sent although it is always left out.
    pub include: Vec<String>,
    /// Workspaces that the image is meant to be shared with, as they are written: `prod`, `ACCOUNT/prod`.
    pub promote_to: Vec<String>,
    /// Workspaces that no new build may reach by itself.
    pub protected: Vec<String>,
}

/// Something in a configuration file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where in the file.
    pub span: Span,
    /// What is wrong: lower case, no final period.
    pub what: String,
    /// What to do.
    pub help: Option<String>,
}

/// The JSON schema of `sandgate.toml`, for editors.
pub fn schema() -> String {
    let schema = schemars::schema_for!(wire::File);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
