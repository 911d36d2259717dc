//! What is asked for by name.

use crate::{cli::CiCommand, ship::ci::Command};

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
