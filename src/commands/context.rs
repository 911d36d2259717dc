//! `sandgate context`.

use crate::{cli, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &cli::Context, shell: &mut Shell) -> Result<Exit, Error> {
    let project = super::project::open(&args.path, &args.source)?;
    let mut text = String::new();
    for entry in project.tree.sent() {
        text.push_str(&crate::escape::terminal(&entry.path, false));
        text.push('\n');
    }
    super::written(shell.out().write_all(text.as_bytes()))
}
