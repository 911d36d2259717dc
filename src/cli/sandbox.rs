//! `sandgate sandbox`.

use clap::{Args, Subcommand};

use super::Call;

/// `sandgate sandbox`.
#[derive(Debug, Subcommand)]
pub enum Sandbox {
    /// Create a sandbox from an image that is there, and wait until it runs
    Create(SandboxCreate),
    /// List the sandboxes of the workspace
    List(Call),
    /// Show one sandbox
    Get(SandboxGet),
    /// Delete a sandbox
    Delete(SandboxDelete),
    /// Print the log of a sandbox
    Logs(SandboxLogs),
}

/// `sandgate sandbox create`.
#[derive(Debug, Args)]
pub struct SandboxCreate {
    /// Name of the sandbox
    pub name: String,
    /// Image: sandbox/NAME:TAG, or another that the platform runs
    #[arg(long, value_name = "IMAGE")]
    pub image: String,
    /// Memory
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..))]
    pub memory: Option<u32>,
    /// A port that is open, with its protocol: 3000, 3000/tls
    #[arg(long = "port", value_name = "PORT")]
    pub ports: Vec<String>,
    /// Environment variable; NAME alone takes the value of the caller's own
    #[arg(short, long = "env", value_name = "NAME[=VALUE]")]
    pub envs: Vec<String>,
    /// Label
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub labels: Vec<String>,
    /// Region, such as us-pdx-1
    #[arg(long)]
    pub region: Option<String>,
    /// Delete it this long after it was created (30m, 24h, 7d)
    #[arg(long, value_name = "DURATION")]
    pub ttl: Option<String>,
    /// Delete it after this long without use (30m, 24h, 7d)
    #[arg(long, value_name = "DURATION")]
    pub idle: Option<String>,
    /// Do not wait until it runs
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate sandbox get`.
#[derive(Debug, Args)]
pub struct SandboxGet {
    /// Name of the sandbox
    pub name: String,
    /// Follow the status until it settles
    #[arg(long)]
    pub watch: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate sandbox delete`.
#[derive(Debug, Args)]
pub struct SandboxDelete {
    /// Name of the sandbox
    pub name: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate sandbox logs`.
#[derive(Debug, Args)]
pub struct SandboxLogs {
    /// Name of the sandbox
    pub name: String,
    /// From this long ago on (30m, 24h, 7d)
    #[arg(long, default_value = "10m", value_name = "DURATION")]
    pub since: String,
    /// Go on until the timeout or Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}
