//! `sandgate pack`.

use crate::{cli, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &cli::Pack, shell: &mut Shell) -> Result<Exit, Error> {
    let _ = (args, shell);
    Err(Error::new(Exit::Bug, "`pack` is not built yet"))
}
