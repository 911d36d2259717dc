//! What every command has in common that asks the platform or changes something there.

use std::{str::FromStr, time::Duration};

use super::{
    platform::{self, Ended, Target},
    span,
};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    project::manifest,
    report::remote::Form,
    settings,
    shell::Shell,
    ship::{
        Reporter,
        blaxel::{Client, Fault, SandboxName},
    },
};

/// How long a command may take where nobody says.
const LIMIT: &str = "5m";

/// A name that was typed, as what it names.
pub(super) fn named<T: FromStr<Err = Fault>>(text: &str) -> Result<T, Error> {
    text.parse().map_err(Fault::into_error)
}

/// The name of a sandbox that is going to be.
pub(super) fn new_name(text: &str) -> Result<SandboxName, Error> {
    if manifest::is_name(text) {
        return named(text);
    }
    let slug = manifest::slug(text);
    let example = if slug.is_empty() { "my-app" } else { &slug };
    Err(Error::new(Exit::Usage, format!("`{text}` is no sandbox name")).help(format!(
        "use lower-case letters, digits and inner hyphens, at most 49 characters: `{example}`"
    )))
}

/// How long a command may take.
pub(super) fn limit(call: &cli::Call) -> Result<Duration, Error> {
    span::timeout(call.timeout.as_deref().unwrap_or(LIMIT))
}

/// Where a command goes. A simulated one says so.
pub(super) fn target(call: &cli::Call, shell: &mut Shell) -> Result<Target, Error> {
    let target = platform::target(&call.platform)?;
    if target.scenario.is_some() {
        shell.note(
            "the platform is simulated: a small world (docs/simulator.md), of which nothing stays",
        );
    }
    Ok(target.furnished())
}

/// Runs what needs the platform.
pub(super) fn run<T>(
    call: &cli::Call,
    shell: &mut Shell,
    work: impl AsyncFnOnce(&Client, &mut Shell) -> Result<T, Fault>,
) -> Result<T, Error> {
    let limit = limit(call)?;
    let target = target(call, shell)?;
    let ended = target.run(limit, async |client| work(client, shell).await, |error| error);
    ended.map_err(Ended::into_error)
}

/// The form of a result.
pub(super) fn form(call: &cli::Call) -> Form {
    Form { json: call.format == cli::DataFormat::Json, simulated: call.platform.sim }
}

/// Prints a result, or writes it where `--output` says.
pub(super) fn print(call: &cli::Call, text: &str, shell: &mut Shell) -> Result<Exit, Error> {
    if let Some(path) = &call.output {
        super::save(path, |out| out.write_all(text.as_bytes()))?;
        return Ok(Exit::Done);
    }
    let text = match call.format {
        cli::DataFormat::Json => text.to_owned(),
        cli::DataFormat::Human => shell.guarded(text).into_owned(),
    };
    super::written(shell.out().write_all(text.as_bytes()).and_then(|()| shell.out().flush()))
}

/// Refuses at once what would have to be asked about where nobody can be.
pub(super) fn askable(yes: bool) -> Result<(), Error> {
    if yes || settings::can_ask() {
        return Ok(());
    }
    Err(Error::new(Exit::Usage, "this cannot be undone, and nobody can be asked here")
        .help("give --yes where it is meant"))
}

/// Asks, unless the answer was given with `--yes`. What is asked about does not happen on any answer but yes.
pub(super) async fn confirmed(yes: bool, question: &str, shell: &mut Shell) -> bool {
    if yes {
        return true;
    }
    shell.question(question);
    // On a thread of its own, so that signals are still heard.
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let answer = answer.await.ok().and_then(Result::ok).unwrap_or_default();
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// What is said where the answer was no.
pub(super) fn left_alone(shell: &mut Shell) -> Exit {
    shell.note("nothing was changed");
    Exit::Interrupted
}

/// Tells a wait to a shell.
pub(super) struct Steps<'a>(pub(super) &'a mut Shell);

impl Reporter for Steps<'_> {
    fn status(&mut self, status: &str) {
        self.0.status("Status", status);
    }

    fn log(&mut self, line: &str) {
        self.0.line(line);
    }

    fn note(&mut self, text: &str) {
        self.0.note(text);
    }

    fn uploaded(&mut self, _bytes: u64) {}
}
