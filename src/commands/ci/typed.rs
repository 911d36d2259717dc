//! What is asked for by name.

use super::given;
use crate::{
    cli::{self, CiCommand},
    error::Error,
    exit::Exit,
    ship::ci::{Command, Event},
};

pub(super) fn command(typed: CiCommand) -> Option<Command> {
    Some(match typed {
        CiCommand::Auto => return None,
        CiCommand::Lint => Command::Lint,
        CiCommand::Plan => Command::Plan,
        CiCommand::Preview => Command::Preview,
        CiCommand::Push => Command::Push,
        CiCommand::Deploy => Command::Deploy,
        CiCommand::Promote => Command::Promote,
        CiCommand::Cleanup => Command::Cleanup,
        CiCommand::Audit => Command::Audit,
        CiCommand::Report => Command::Report,
    })
}

pub(super) fn verb(command: Command) -> &'static str {
    match command {
        Command::Lint => "lint",
        Command::Plan => "plan",
        Command::Preview => "preview",
        Command::Push => "push",
        Command::Deploy => "deploy",
        Command::Promote => "promote",
        Command::Cleanup => "clean up",
        Command::Audit => "audit",
        Command::Report => "report",
    }
}

/// The number of the pull request.
pub(super) fn number(args: &cli::Ci, event: &Event) -> Result<Option<u64>, Error> {
    let Some(text) = given::some(args.pr_number.as_ref()) else { return Ok(None) };
    if matches!(event, Event::WorkflowRun(_)) {
        return Err(Error::new(
            Exit::Usage,
            "the pull request of another workflow's run is not taken from anybody's word",
        )
        .at("--pr-number")
        .help("leave `pr-number` out: it is found by the commit"));
    }
    text.parse().map(Some).map_err(|_| {
        Error::new(Exit::Usage, format!("`{text}` is no number of a pull request"))
            .at("--pr-number")
            .help("give the number alone, such as 12")
    })
}
