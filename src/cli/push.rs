//! `sandgate push`.

use clap::Args;

use super::Ship;

/// `sandgate push`.
#[derive(Debug, Args)]
pub struct Push {
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub ship: Ship,
}
