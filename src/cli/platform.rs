//! What every command takes that talks to the platform.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which platform, and which workspace of it.
#[derive(Debug, Clone, Args)]
pub struct Platform {
    /// Workspace
    #[arg(short, long, env = "BL_WORKSPACE", hide_env_values = true)]
    pub workspace: Option<String>,
    /// Use the embedded platform: no account, nothing leaves this machine
    #[arg(long)]
    pub sim: bool,
    /// With --sim: how the platform behaves
    #[arg(long, default_value = "happy", requires = "sim", value_name = "NAME")]
    pub scenario: String,
}

/// `--format` of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResultFormat {
    /// For people
    Human,
    /// The record, as JSON
    Json,
}

/// What every command takes that asks the platform or changes something there.
#[derive(Debug, Clone, Args)]
pub struct Call {
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub platform: Platform,
    /// Give up after this long (90s, 30m, 1h) [default: 5m, and 30m where something is built]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// Form of the result
    #[arg(long, value_enum, default_value_t = DataFormat::Human, value_name = "FORMAT")]
    pub format: DataFormat,
    /// Write the result here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `--format` of what is on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DataFormat {
    /// For people
    Human,
    /// JSON, versioned
    Json,
}
