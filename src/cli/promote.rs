//! `sandgate promote` and `sandgate audit`.

use std::path::PathBuf;

use clap::Args;

use super::Call;

/// `sandgate promote`.
#[derive(Debug, Args)]
pub struct Promote {
    /// Image: sandbox/NAME, or NAME
    #[arg(required_unless_present_any = ["from", "rollback", "undo"], conflicts_with_all = ["from", "rollback", "undo"])]
    pub image: Option<String>,
    /// Promote what this record of a push or a deploy says was built
    #[arg(long, value_name = "RECORD", conflicts_with = "tag")]
    pub from: Option<PathBuf>,
    /// Workspace that shall use it, ACCOUNT/WORKSPACE in another account; may be given more than once
    #[arg(
        long,
        value_name = "WORKSPACE",
        value_delimiter = ',',
        required_unless_present_any = ["rollback", "undo"],
        conflicts_with_all = ["rollback", "undo"]
    )]
    pub to: Vec<String>,
    /// Account of the workspaces that name none
    #[arg(long, value_name = "ID", requires = "to")]
    pub account: Option<String>,
    /// The tag that the targets pin [default: the newest build]
    #[arg(long, value_name = "TAG", conflicts_with_all = ["rollback", "undo"])]
    pub tag: Option<String>,
    /// Wait this long for an admin of another account to accept (90s, 30m, 1h)
    #[arg(long, value_name = "DURATION", conflicts_with = "undo")]
    pub wait_approval: Option<String>,
    /// Say what promoting would expose, and change nothing
    #[arg(long, conflicts_with_all = ["rollback", "undo", "record", "wait_approval"])]
    pub preview: bool,
    /// Pin the tag that was promoted before the one of --last
    #[arg(long, requires = "last", conflicts_with = "undo")]
    pub rollback: bool,
    /// End the shares that the promotion of --last made
    #[arg(long, requires = "last")]
    pub undo: bool,
    /// With --undo: end a share although sandboxes use the image there
    #[arg(long, requires = "undo")]
    pub force: bool,
    /// Record of the promotion before this one, if there is one
    #[arg(long, value_name = "RECORD")]
    pub last: Option<PathBuf>,
    /// Write what happened here, as JSON
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// Folders, with every sandbox project below them
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Take the settings from this commit or file
    #[arg(long, value_name = "REF|FILE")]
    pub policy_from: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}
