//! `sandgate rules`.

use std::fmt::Write as _;

use crate::{error::Error, exit::Exit, lint::rules, shell::Shell};

pub(super) fn run(shell: &mut Shell) -> Result<Exit, Error> {
    let mut table = String::new();
    for rule in rules::all() {
        let summary =
            rule.page.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("");
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "{:<6} {:<22} {:<32} {summary}",
            rule.code,
            rules::weight(rule),
            rule.name
        );
    }
    super::written(shell.out().write_all(table.as_bytes()))
}
