//! `sandgate lint`.

use crate::{cli, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &cli::Lint, shell: &mut Shell) -> Result<Exit, Error> {
    let _ = (args, shell);
    Err(Error::new(Exit::Bug, "`lint` is not built yet"))
}
