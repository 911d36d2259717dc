//! `sandgate deploy`.

use crate::{cli, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &cli::Deploy, shell: &mut Shell) -> Result<Exit, Error> {
    let _ = (args, shell);
    Err(Error::new(Exit::Bug, "`deploy` is not built yet"))
}
