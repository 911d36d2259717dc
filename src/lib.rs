//! sandgate: the gate that every sandbox image passes on its way to users.
//!
//! The library is the binary's inside; `ARCHITECTURE.md` says how it is laid out.

pub mod cli;
mod commands;
pub mod error;
mod escape;
pub mod exit;
pub mod gate;
pub mod lint;
pub mod pack;
pub mod project;
pub mod record;
#[cfg(feature = "remote")]
mod registry;
pub mod repo;
pub mod report;
pub mod secrets;
mod settings;
pub mod shell;
#[cfg(feature = "remote")]
pub mod ship;
#[cfg(feature = "remote")]
pub mod sim;

use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(bug));
    let cli = cli::Cli::try_parse().unwrap_or_else(|error| unread(&error));
    let color = match cli.color {
        cli::Color::Auto => anstream::ColorChoice::Auto,
        cli::Color::Always => anstream::ColorChoice::Always,
        cli::Color::Never => anstream::ColorChoice::Never,
    };
    let verbosity = match (cli.quiet, cli.verbose) {
        (true, _) => shell::Verbosity::Quiet,
        (_, true) => shell::Verbosity::Verbose,
        _ if settings::debugs() => shell::Verbosity::Verbose,
        _ => shell::Verbosity::Normal,
    };
    let mut shell = shell::Shell::new(color, verbosity);
    shell.guard(if settings::in_github_actions() {
        shell::Runner::Github
    } else if settings::in_azure_pipelines() {
        shell::Runner::Azure
    } else {
        shell::Runner::None
    });
    match commands::run(cli, &mut shell) {
        Ok(exit) => exit.into(),
        Err(error) => {
            shell.error(&error);
            error.exit.into()
        }
    }
}

/// Ends where the command line cannot be read. In a job that is told where jobs are read, too.
fn unread(error: &clap::Error) -> ! {
    #[cfg(feature = "remote")]
    if error.use_stderr() && settings::in_github_actions() {
        commands::unread(&error.to_string());
    }
    error.exit()
}

/// Says what to do about a panic. The profile aborts on panic, which would exit with 134.
#[expect(clippy::exit, reason = "the process is ending; this only chooses its code")]
fn bug(info: &std::panic::PanicHookInfo<'_>) {
    let place =
        info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    let mut shell = shell::Shell::new(anstream::ColorChoice::Auto, shell::Verbosity::Normal);
    shell.error(
        &error::Error::new(
            exit::Exit::Bug,
            format!("sandgate {} stopped{place}", env!("CARGO_PKG_VERSION")),
        )
        .because(escape::terminal(&panic_message(info), true).into_owned())
        .help(
            "this is a fault of sandgate: please report it with the command line and this message",
        ),
    );
    std::process::exit(exit::Exit::Bug as i32);
}

fn panic_message(info: &std::panic::PanicHookInfo<'_>) -> String {
    info.payload_as_str().unwrap_or("no message").to_owned()
}
