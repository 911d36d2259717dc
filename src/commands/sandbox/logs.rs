//! `sandgate sandbox logs`.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};

use crate::{
    cli,
    commands::{remote, span},
    error::Error,
    exit::Exit,
    shell::Shell,
    ship::{
        Reporter,
        blaxel::{SandboxName, sandboxes},
    },
};

/// Lines are data: they go to standard output.
struct Lines<'a> {
    shell: &'a mut Shell,
    count: usize,
    follow: &'a Cell<bool>,
}

impl Reporter for Lines<'_> {
    fn status(&mut self, _status: &str) {}

    fn log(&mut self, line: &str) {
        self.count += 1;
        // Nobody reads any more: there is nothing to go on for.
        if !self.shell.data(line) {
            self.follow.set(false);
        }
    }

    fn note(&mut self, text: &str) {
        self.shell.note(text);
    }

    fn uploaded(&mut self, _bytes: u64) {}
}

pub(super) fn run(args: &cli::SandboxLogs, shell: &mut Shell) -> Result<Exit, Error> {
    let name: SandboxName = remote::named(&args.name)?;
    let since = span::read("--since", &args.since)?;
    let back = SignedDuration::try_from(since.length()).unwrap_or(SignedDuration::MAX);
    let since = Timestamp::now().checked_sub(back).unwrap_or(Timestamp::UNIX_EPOCH);
    let count = remote::run(&args.call, shell, async |client, shell| {
        let follow = Cell::new(args.follow);
        let mut lines = Lines { shell, count: 0, follow: &follow };
        sandboxes::logs(client, &name, since, &follow, &mut lines).await?;
        Ok(lines.count)
    })?;
    if count == 0 {
        shell.note(&format!(
            "there are no lines since {since:.0}; the first may come half a minute late"
        ));
    }
    Ok(Exit::Done)
}
