//! `sandgate plan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Source;

/// `sandgate plan`.
#[derive(Debug, Default, Args)]
pub struct Plan {
    /// Folders, with every sandbox project below them
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Compare the working tree with this commit: a hash, a branch, HEAD^1
    #[arg(long, value_name = "REF|SHA", env = "SANDGATE_BASE", hide_env_values = true)]
    pub base: Option<String>,
    /// Compare with the commit where the base and HEAD parted, for a branch that the base moved on from
    #[arg(long)]
    pub merge_base: bool,
    /// Records of earlier pushes and deploys, as --record or `sandgate ci` wrote them: files, or folders with them
    #[arg(long, value_name = "FILE|FOLDER")]
    pub records: Vec<PathBuf>,
    /// Heed records of this alone: an image that was pushed is not deployed
    #[arg(long, value_enum, value_name = "ACTION", requires = "records")]
    pub records_of: Option<Action>,
    /// Heed records of this workspace alone
    #[arg(short = 'w', long, value_name = "NAME", env = "BL_WORKSPACE", hide_env_values = true)]
    pub workspace: Option<String>,
    /// Build every image
    #[arg(long)]
    pub all: bool,
    /// Build no other image
    #[arg(long, value_name = "IMAGE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// What one of several equal runners builds, counted from 1: 2/5
    #[arg(long, value_name = "N/COUNT")]
    pub shard: Option<String>,
    /// Form of the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Human, value_name = "FORMAT")]
    pub format: PlanFormat,
    /// Write the plan here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The most jobs; with more images a job builds several
    #[arg(long, value_name = "COUNT", default_value_t = 256, value_parser = count)]
    pub max_jobs: usize,
    /// Fail where more waves are needed, as a pipeline with a fixed number of them has to
    #[arg(long, value_name = "COUNT", value_parser = count)]
    pub max_waves: Option<usize>,
    /// What each job of a generated pipeline runs; it finds the projects in `SANDGATE_PATHS`
    #[arg(long, value_name = "COMMAND", default_value = "sandgate ci", value_parser = command)]
    pub run: String,
    /// The image that the jobs of a generated pipeline run in
    #[arg(long, value_name = "IMAGE")]
    pub job_image: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub source: Source,
}

/// `--records-of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// An image was built
    Push,
    /// An image was built, and runs
    Deploy,
}

/// `--format` of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// A table
    #[default]
    Human,
    /// JSON, versioned: everything
    Json,
    /// A path a line, bases first
    Paths,
    /// Outputs of a GitHub step, also written to `GITHUB_OUTPUT` where that is set
    Github,
    /// A child pipeline for GitLab
    Gitlab,
    /// Steps for `buildkite-agent pipeline upload`
    Buildkite,
    /// The configuration that a setup workflow of CircleCI goes on with
    Circleci,
}

/// A number from 1 on.
pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a number from 1 on".into()),
        Ok(count) => Ok(count),
    }
}

fn command(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("a job that runs nothing builds nothing: write a command".into());
    }
    Ok(text.to_owned())
}
