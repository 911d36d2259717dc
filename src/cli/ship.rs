//! What `sandgate deploy` and `sandgate push` take alike.

use std::path::PathBuf;

use clap::Args;

use super::{FailOn, Platform, ResultFormat, Rules, Source};

/// What is shipped, from where, and how long it may take.
#[derive(Debug, Args)]
pub struct Ship {
    /// Project folder
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// Name of the sandbox and its image [default: blaxel.toml, else the folder's name]
    #[arg(short, long)]
    pub name: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub platform: Platform,
    /// Give up after this long (90s, 30m, 1h)
    #[arg(long, default_value = "30m", value_name = "DURATION")]
    pub timeout: String,
    /// End once the platform has taken the upload: exit code 0 then says accepted, not built
    #[arg(long)]
    pub no_wait: bool,
    /// Write what happened here, as JSON
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Form of the result on standard output
    #[arg(long, value_enum, default_value_t = ResultFormat::Human, value_name = "FORMAT")]
    pub format: ResultFormat,
    /// Refuse to build an image that this workspace sees through a share, since it would see the new build at once
    /// [default: sandgate.toml]
    #[arg(
        long = "protected-workspace",
        env = "SANDGATE_PROTECTED_WORKSPACES",
        value_delimiter = ',',
        value_name = "WORKSPACE"
    )]
    pub protected: Vec<String>,
    /// Build it although a protected workspace sees it at once
    #[arg(long)]
    pub allow_propagation: bool,
    /// Refuse it from this severity on [default: sandgate.toml, else error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub rules: Rules,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub source: Source,
}
