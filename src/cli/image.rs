//! `sandgate image`.

use clap::{Args, Subcommand};

use super::Call;

/// `sandgate image`.
#[derive(Debug, Subcommand)]
pub enum Image {
    /// List the images that the workspace sees
    List(Call),
    /// Show one image
    Get(ImageGet),
    /// List the tags of an image, newest first
    Tags(ImageNamed),
    /// Delete an image or one tag of it
    Delete(ImageDelete),
    /// Delete old tags that no sandbox uses
    Prune(Prune),
    /// Show who an image is shared with
    Shares(ImageNamed),
    /// Share an image, with all its tags and those to come, with another workspace
    Share(Share),
    /// End a share; sandboxes in that workspace break at their next start
    Unshare(Unshare),
    /// List the shares across accounts that wait for an approval
    Pending(Pending),
    /// Accept an image that another account offers
    Accept(Accept),
    /// Decline an image that another account offers
    Decline(Decline),
}

/// What takes the name of an image and nothing more.
#[derive(Debug, Args)]
pub struct ImageNamed {
    /// Image: sandbox/NAME, or NAME
    pub image: String,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate image get`.
#[derive(Debug, Args)]
pub struct ImageGet {
    /// Image: sandbox/NAME, or NAME
    pub image: String,
    /// Print the ID of the newest build alone: sandbox/NAME:TAG
    #[arg(long)]
    pub latest: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate image delete`.
#[derive(Debug, Args)]
pub struct ImageDelete {
    /// Image or tag: sandbox/NAME, sandbox/NAME:TAG
    pub image: String,
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

/// `sandgate image prune`.
#[derive(Debug, Args)]
pub struct Prune {
    /// Image: sandbox/NAME, or NAME
    pub image: String,
    /// Keep this many of the newest tags
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: u32,
    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
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

/// `sandgate image share`.
#[derive(Debug, Args)]
pub struct Share {
    /// Image: sandbox/NAME, or NAME
    pub image: String,
    /// The workspace that shall see it
    #[arg(long, alias = "to", value_name = "WORKSPACE")]
    pub with: String,
    /// The account of that workspace, where it is another one
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate image unshare`.
#[derive(Debug, Args)]
pub struct Unshare {
    /// Image: sandbox/NAME, or NAME
    pub image: String,
    /// The workspace that shall no longer see it
    #[arg(long, alias = "from", value_name = "WORKSPACE")]
    pub with: String,
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

/// `sandgate image pending`.
#[derive(Debug, Args)]
pub struct Pending {
    /// Those that others offer to this workspace alone
    #[arg(long, conflicts_with = "outgoing")]
    pub incoming: bool,
    /// Those of this workspace that others have not accepted alone
    #[arg(long)]
    pub outgoing: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate image accept`.
#[derive(Debug, Args)]
pub struct Accept {
    /// The share, as `sandgate image pending` lists it
    pub share: String,
    /// Overwrite an image of the same name
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}

/// `sandgate image decline`.
#[derive(Debug, Args)]
pub struct Decline {
    /// The share, as `sandgate image pending` lists it
    pub share: String,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub call: Call,
}
