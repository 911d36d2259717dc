//! Which images are built, in the forms of CI systems. One file a form.
//!
//! Paths and reasons come from the repository: they are values of JSON here, never text of a script.

mod buildkite;
mod carried;
mod circleci;
mod github;
mod gitlab;
mod human;
mod json;
mod paths;

use serde::Serialize;

pub use self::{
    carried::Uncarried,
    github::{Output, Outputs, outputs},
    human::{human, summary},
};
use crate::{
    escape,
    repo::affected::{Plan, spread},
};

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A table.
    Human,
    /// JSON, version 1: everything.
    Json,
    /// A path a line, bases first.
    Paths,
    /// Lines for `GITHUB_OUTPUT`.
    Github,
    /// A child pipeline.
    Gitlab,
    /// Steps for `buildkite-agent pipeline upload`.
    Buildkite,
    /// The configuration that a setup workflow goes on with.
    Circleci,
}

/// How jobs are made.
#[derive(Debug, Clone)]
pub struct Jobs {
    /// The most of them.
    pub most: usize,
    /// What each runs; it gets `SANDGATE_PATHS` and `SANDGATE_JOB`.
    pub run: String,
    /// The image that it runs in, where that is to be said.
    pub image: Option<String>,
}

impl Default for Jobs {
    /// As many as GitHub lets a matrix have, each of which runs `sandgate ci`.
    fn default() -> Self {
        Self { most: 256, run: "sandgate ci".into(), image: None }
    }
}

/// The plan in a form; `Err` where a path would not arrive as it is.
pub fn write(plan: &Plan, form: Form, jobs: &Jobs) -> Result<String, Uncarried> {
    let spread = spread(plan, jobs.most);
    match form {
        Form::Human => Ok(human(plan)),
        Form::Json => Ok(json::json(plan, &spread)),
        Form::Paths => paths::paths(plan),
        Form::Github => Ok(outputs(plan, jobs)?.text()),
        Form::Gitlab => gitlab::pipeline(plan, &spread, jobs),
        Form::Buildkite => buildkite::pipeline(plan, &spread, jobs),
        Form::Circleci => circleci::config(plan, &spread, jobs),
    }
}

fn pretty(value: &impl Serialize) -> String {
    // Text, numbers and lists always have a form in JSON.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    format!("{}\n", escape::json(&text))
}

fn compact(value: &impl Serialize) -> String {
    escape::json(&serde_json::to_string(value).unwrap_or_default()).into_owned()
}
