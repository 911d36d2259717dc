//! What is seen while something is shipped: a live line on a terminal, plain timed lines elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{escape, report::context::bytes, settings, shell::Shell, ship::Reporter};

/// Tells it to a shell.
pub(super) struct Progress<'a> {
    shell: &'a mut Shell,
    started: Instant,
    live: Option<ProgressBar>,
    total: u64,
    whole: bool,
}

impl<'a> Progress<'a> {
    pub(super) fn new(shell: &'a mut Shell, total: u64) -> Self {
        let live = (shell.is_terminal() && settings::interactive()).then(|| {
            let style = ProgressStyle::with_template(if shell.err_colors() {
                "{spinner:.green} {elapsed:>4} {wide_msg}"
            } else {
                "{spinner} {elapsed:>4} {wide_msg}"
            });
            let bar = ProgressBar::new_spinner();
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { shell, started: Instant::now(), live, total, whole: false }
    }

    /// Says what is called, and for how long at most.
    pub(super) fn begin(&mut self, host: &str, timeout: Duration) {
        self.say(&format!(
            "uploading {} to {host}, for {} s at most",
            bytes(self.total),
            timeout.as_secs()
        ));
    }

    /// Takes the live line away.
    pub(super) fn end(&mut self) {
        if let Some(bar) = self.live.take() {
            bar.finish_and_clear();
        }
        self.shell.resume_commands();
    }

    fn say(&mut self, text: &str) {
        let line = format!("[{:>6.1}s] {text}", self.started.elapsed().as_secs_f64());
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        match self.live.clone() {
            Some(bar) => bar.suspend(|| self.shell.line(line)),
            None => self.shell.line(line),
        }
    }

    fn live(&self, text: &str) {
        if let Some(bar) = &self.live {
            bar.set_message(escape::terminal(text, false).into_owned());
        }
    }
}

impl Reporter for Progress<'_> {
    fn status(&mut self, status: &str) {
        self.live(status);
        self.say(status);
    }

    fn log(&mut self, line: &str) {
        // A log line must not be able to command the runner that shows it.
        self.shell.stop_commands();
        self.line(&format!("         | {line}"));
    }

    fn note(&mut self, text: &str) {
        self.say(text);
    }

    fn uploaded(&mut self, sent: u64) {
        self.live(&format!("uploading {} of {}", bytes(sent), bytes(self.total)));
        if sent >= self.total && !std::mem::replace(&mut self.whole, true) {
            self.say("uploaded");
        }
    }
}
