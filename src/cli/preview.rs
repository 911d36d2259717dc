//! `sandgate preview`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Call, FailOn, Logins, Rules, Source};

/// `sandgate preview`.
#[derive(Debug, Subcommand)]
pub enum Preview {
    /// Create the sandbox and its URL, or bring them up to date
    Create(Box<PreviewCreate>),
    /// Delete the sandbox and its URL, and the image where the preview built it
    Delete(Box<PreviewDelete>),
}

/// Which preview is meant.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false, id = "which")]
pub struct PreviewName {
    /// What it is for, such as pr-12: the sandbox is called after it and the project
    #[arg(long = "for", value_name = "WHAT", group = "which")]
    pub purpose: Option<String>,
    /// Name of the sandbox itself
    #[arg(long, group = "which")]
    pub name: Option<String>,
    /// Name of the project, where it is not that of its files
    #[arg(skip)]
    pub project: Option<String>,
    /// Whose preview it is, where that is known: a digest of the repository
    #[arg(skip)]
    pub repository: Option<String>,
}

/// `sandgate preview create`.
#[derive(Debug, Args)]
pub struct PreviewCreate {
    /// Project folder, whose blaxel.toml has the name and the ports
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub name: PreviewName,
    /// Image that is there: sandbox/NAME:TAG [default: the project is built, under the preview's own name]
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Port that the URL leads to [default: the first of blaxel.toml that is not reserved]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Environment variable, beside those of blaxel.toml; NAME alone takes the value of the caller's own
    #[arg(short, long = "env", value_name = "NAME[=VALUE]")]
    pub envs: Vec<String>,
    /// Variable that blaxel.toml may use; NAME alone takes the value of the caller's own
    #[arg(long = "var", value_name = "NAME[=VALUE]")]
    pub vars: Vec<String>,
    /// Only whoever has a token can open it
    #[arg(long)]
    pub private: bool,
    /// How long the token opens it (30m, 24h, 7d)
    #[arg(long, default_value = "24h", value_name = "DURATION", requires = "private")]
    pub token_ttl: String,
    /// Delete the sandbox this long after it was created (30m, 24h, 7d)
    #[arg(long, default_value = "7d", value_name = "DURATION")]
    pub ttl: String,
    /// Delete the sandbox after this long without use (30m, 24h, 7d)
    #[arg(long, value_name = "DURATION")]
    pub idle: Option<String>,
    /// Build arguments, one NAME=VALUE a line; --build-arg wins over them, they over blaxel.toml
    #[arg(long, value_name = "FILE")]
    pub build_env_file: Option<PathBuf>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub logins: Logins,
    /// Print every request and every file that would be sent, without secrets, and call nobody
    #[arg(long)]
    pub dry_run: bool,
    /// Do not build from this severity on [default: sandgate.toml, else error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Write what was built here, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "image")]
    pub record: Option<PathBuf>,
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
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate preview delete`.
#[derive(Debug, Args)]
pub struct PreviewDelete {
    /// Project folder, whose blaxel.toml has the name
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub name: PreviewName,
    /// Variable that blaxel.toml may use; NAME alone takes the value of the caller's own
    #[arg(long = "var", value_name = "NAME[=VALUE]")]
    pub vars: Vec<String>,
    /// The preview was built: delete the image of its name even where its sandbox, which would tell, is gone already
    #[arg(long)]
    pub built: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}
