//! `sandgate deploy`.

use clap::Args;

use super::Ship;

/// `sandgate deploy`.
#[derive(Debug, Args)]
pub struct Deploy {
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub ship: Ship,
}
