//! `sandgate sim`.

use crate::{cli, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &cli::Sim, shell: &mut Shell) -> Result<Exit, Error> {
    let _ = (args, shell);
    Err(Error::new(Exit::Bug, "`sim` is not built yet"))
}
