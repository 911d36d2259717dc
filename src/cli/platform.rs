//! What every command takes that talks to the platform.

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
