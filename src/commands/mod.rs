//! One file a subcommand: call, report, exit.

#[cfg(feature = "remote")]
mod audit;
mod baseline;
mod build_args;
#[cfg(feature = "remote")]
mod ci;
mod context;
#[cfg(feature = "remote")]
mod deploy;
#[cfg(feature = "remote")]
mod envs;
mod explain;
#[cfg(feature = "remote")]
mod image;
mod lint;
#[cfg(feature = "remote")]
mod manifest;
#[cfg(feature = "remote")]
mod mask;
#[cfg(feature = "remote")]
mod online;
mod pack;
mod plan;
#[cfg(feature = "remote")]
mod platform;
mod policy;
#[cfg(feature = "remote")]
mod ports;
#[cfg(feature = "remote")]
mod preview;
mod project;
#[cfg(feature = "remote")]
mod promote;
#[cfg(feature = "remote")]
mod push;
#[cfg(feature = "remote")]
mod record;
#[cfg(feature = "remote")]
mod remote;
mod rules;
#[cfg(feature = "remote")]
mod sandbox;
mod save;
#[cfg(feature = "remote")]
mod shipping;
#[cfg(feature = "remote")]
mod sim;
#[cfg(feature = "remote")]
mod span;
#[cfg(feature = "remote")]
mod stop;
#[cfg(feature = "remote")]
mod vars;
#[cfg(feature = "remote")]
mod world;

use std::path::PathBuf;

use self::{policy::Judge, save::save};
use crate::{
    cli::{Cli, Command},
    error::Error,
    exit::Exit,
    repo::{self, Target},
    shell::Shell,
};

/// Runs the command that was typed.
pub(crate) fn run(cli: Cli, shell: &mut Shell) -> Result<Exit, Error> {
    match cli.command {
        Command::Lint(args) => lint::run(&args, shell),
        Command::Baseline(args) => baseline::run(&args, shell),
        Command::Explain(args) => explain::run(&args, shell),
        Command::Rules => rules::run(shell),
        Command::Context(args) => context::run(&args, shell),
        Command::Pack(args) => pack::run(&args, shell),
        Command::Plan(args) => plan::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Push(args) => push::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Deploy(args) => deploy::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Image(args) => image::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Sandbox(args) => sandbox::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Promote(args) => promote::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Audit(args) => audit::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Preview(args) => preview::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Ci(args) => ci::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Report(args) => ci::report::run(&args, shell),
        #[cfg(feature = "remote")]
        Command::Sim(args) => sim::run(&args, shell),
    }
}

/// Tells of a command line of `sandgate ci` that cannot be read.
#[cfg(feature = "remote")]
pub(crate) fn unread(text: &str) {
    // Values of the options that may stand before it.
    let is_value = |word: &String| matches!(word.as_str(), "auto" | "always" | "never");
    if crate::settings::words().find(|word| !is_value(word)).as_deref() == Some("ci") {
        ci::unread(text);
    }
}

/// The projects that the paths of a command line mean.
fn search(paths: &[PathBuf], judge: &Judge<'_>, shell: &mut Shell) -> Vec<Target> {
    let search = repo::find(paths, &judge.near);
    for path in &search.strays {
        shell.detail(&format!("{} belongs to no project", project::named(path)));
    }
    for dir in &search.others {
        shell.note(&format!(
            "{} has a Dockerfile that says nothing of a sandbox, and is left out unless it is named",
            project::named(dir)
        ));
    }
    for file in &search.unchosen {
        shell.note(&format!(
            "{} speaks of a sandbox, and is left out unless it is named or a blaxel.toml chooses it",
            project::named(file)
        ));
    }
    if search.targets.is_empty() && !search.strays.is_empty() {
        shell.note("the files belong to no project");
    }
    search.targets
}

/// Ends a run that wrote its data: a reader that went away is no failure.
fn written(result: std::io::Result<()>) -> Result<Exit, Error> {
    match result {
        Ok(()) => Ok(Exit::Done),
        Err(err) if err.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(err) => Err(Error::new(Exit::Platform, "the output could not be written")
            .because(err.to_string())
            .help("check where standard output goes")),
    }
}
