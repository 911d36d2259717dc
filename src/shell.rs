//! The only printer: data to standard output, everything else to standard error.

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::{error::Error, escape};

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors and warnings alone.
    Quiet,
    /// One line a step.
    Normal,
    /// Details.
    Verbose,
}

/// Where a run prints.
pub struct Shell {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    verbosity: Verbosity,
    color_out: bool,
    color_err: bool,
    terminal: bool,
    runner: Runner,
}

/// Whose runner reads along, and obeys some lines that it reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Runner {
    /// Nobody's.
    #[default]
    None,
    /// That of GitHub Actions.
    Github,
    /// The agent of Azure Pipelines.
    Azure,
}

const VERB: Style = AnsiColor::Green.on_default().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();

/// The word that lets GitHub's runner read commands again, while it must not. It is the whole process's: whoever writes a command
/// at once has no shell.
static STOPPED: Mutex<Option<String>> = Mutex::new(None);

fn stopped() -> MutexGuard<'static, Option<String>> {
    STOPPED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A command that GitHub's runner must read at once, whatever else is said: that a secret, which was made just now, is to be
/// shown nowhere.
pub fn at_once(command: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = io::stderr().write_all(read_at_once(stopped().as_deref(), command).as_bytes());
}

/// Where commands are stopped, the runner would show this one as it is, and the secret in it.
fn read_at_once(stopped: Option<&str>, command: &str) -> String {
    match stopped {
        Some(word) => format!("::{word}::\n{command}\n::stop-commands::{word}\n"),
        None => format!("{command}\n"),
    }
}

impl Shell {
    /// Prints to the process's own streams.
    pub fn new(color: ColorChoice, verbosity: Verbosity) -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        let terminal = err.is_terminal();
        let out = AutoStream::new(out, color);
        let color_out = !matches!(out.current_choice(), ColorChoice::Never);
        // Whoever writes there asks `colors` first: without colour nothing is left to take out.
        let out: Box<dyn Write + Send> =
            if color_out { Box::new(out) } else { Box::new(out.into_inner()) };
        let err = AutoStream::new(err, color);
        let color_err = !matches!(err.current_choice(), ColorChoice::Never);
        let (err, runner) = (Box::new(err), Runner::default());
        Self { out, err, verbosity, color_out, color_err, terminal, runner }
    }

    /// Says whose runner reads along.
    pub fn guard(&mut self, runner: Runner) {
        self.runner = runner;
    }

    /// Whether a runner reads along that obeys some lines.
    pub fn is_guarded(&self) -> bool {
        self.runner != Runner::None
    }

    /// Whether that is GitHub's, which takes commands of ours.
    pub fn is_github(&self) -> bool {
        self.runner == Runner::Github
    }

    /// Text that a runner does not obey, where one reads along.
    pub fn guarded<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_guarded() { escape::workflow(text) } else { Cow::Borrowed(text) }
    }

    /// Standard output, for data. It keeps or drops colour by itself.
    pub fn out(&mut self) -> &mut dyn Write {
        &mut *self.out
    }

    /// Standard error, for a report that belongs beside the steps.
    pub fn err(&mut self) -> &mut dyn Write {
        &mut *self.err
    }

    /// Whether standard error shows colour.
    pub fn err_colors(&self) -> bool {
        self.color_err
    }

    /// Whether standard output shows colour.
    pub fn colors(&self) -> bool {
        self.color_out
    }

    /// Whether standard error is a terminal that may be redrawn.
    pub fn is_terminal(&self) -> bool {
        self.terminal && self.verbosity != Verbosity::Quiet
    }

    /// How much is said.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// `     Packing 12 files`: one step, on standard error.
    pub fn status(&mut self, verb: &str, message: &str) {
        if self.verbosity >= Verbosity::Normal {
            let message = escape::terminal(message, false);
            self.stderr(&format!("{VERB}{verb:>12}{VERB:#} {message}"));
        }
    }

    /// A detail, shown with `-v`.
    pub fn detail(&mut self, message: &str) {
        if self.verbosity >= Verbosity::Verbose {
            let message = escape::terminal(message, false);
            self.stderr(&format!("{:>12} {message}", ""));
        }
    }

    /// A plain line on standard error, such as a line of a remote log.
    pub fn line(&mut self, message: &str) {
        if self.verbosity >= Verbosity::Normal {
            let message = escape::terminal(message, false);
            self.stderr(&message);
        }
    }

    /// A command to GitHub's runner.
    pub fn command(&mut self, command: &str) {
        if self.verbosity >= Verbosity::Normal {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(self.err, "{}", escape::terminal(command, false));
        }
    }

    /// Lets GitHub's runner obey nothing from here on: lines of somebody else follow.
    #[cfg(feature = "remote")]
    pub fn stop_commands(&mut self) {
        let mut stopped = stopped();
        if stopped.is_none() && self.is_github() && self.verbosity >= Verbosity::Normal {
            let word = format!("sandgate-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
            self.command(&format!("::stop-commands::{word}"));
            *stopped = Some(word);
        }
    }

    /// Lets it obey again, where it was stopped.
    #[cfg(feature = "remote")]
    pub fn resume_commands(&mut self) {
        if let Some(word) = stopped().take() {
            self.command(&format!("::{word}::"));
        }
    }

    /// A line of text from elsewhere on standard output. False where nobody reads it any more.
    pub fn data(&mut self, line: &str) -> bool {
        let line = escape::terminal(line, false);
        let line = self.guarded(&line).into_owned();
        writeln!(self.out, "{line}").and_then(|()| self.out.flush()).is_ok()
    }

    /// A question on standard error, which the cursor stays behind.
    pub fn question(&mut self, question: &str) {
        let question = escape::terminal(question, false);
        // Nobody is left to ask when standard error is closed: the answer is then no.
        let _ = write!(self.err, "{NOTE}?{NOTE:#} {} [y/N] ", self.guarded(&question));
        let _ = self.err.flush();
    }

    /// A report that was written for standard error, line ends included.
    pub fn report(&mut self, report: &str) {
        // Nobody is left to tell when standard error is closed.
        let _ = self.err.write_all(self.guarded(report).as_bytes());
    }

    /// A warning.
    pub fn warn(&mut self, message: &str) {
        let message = escape::terminal(message, false);
        self.stderr(&format!("{WARNING}warning{WARNING:#}: {message}"));
    }

    /// A remark.
    pub fn note(&mut self, message: &str) {
        if self.verbosity >= Verbosity::Normal {
            let message = escape::terminal(message, false);
            self.stderr(&format!("{NOTE}note{NOTE:#}: {message}"));
        }
    }

    /// An error that ends the run.
    pub fn error(&mut self, error: &Error) {
        self.stderr(&format!("{ERROR}error{ERROR:#}: {}", escape::terminal(&error.what, true)));
        if let Some(place) = &error.place {
            self.stderr(&format!("  {NOTE}-->{NOTE:#} {}", escape::terminal(place, false)));
        }
        for cause in &error.causes {
            let cause = escape::terminal(cause, true);
            self.stderr(&format!(
                "   {NOTE}|{NOTE:#} {}",
                cause.replace('\n', &format!("\n   {NOTE}|{NOTE:#} "))
            ));
        }
        if let Some(help) = &error.help {
            self.stderr(&format!(
                "   {NOTE}={NOTE:#} {NOTE}help{NOTE:#}: {}",
                escape::terminal(help, true)
            ));
        }
    }

    fn stderr(&mut self, line: &str) {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(self.err, "{}", self.guarded(line));
    }
}

#[cfg(test)]
mod tests {
    use super::read_at_once;

    #[test]
    fn what_must_be_read_at_once_is_read_where_commands_are_stopped() {
        assert_eq!(read_at_once(None, "::add-mask::x"), "::add-mask::x\n");
        let text = read_at_once(Some("word"), "::add-mask::x");
        assert_eq!(text, "::word::\n::add-mask::x\n::stop-commands::word\n");
    }
}
