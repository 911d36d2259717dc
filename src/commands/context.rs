//! `sandgate context`.

use crate::{cli, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &cli::Context, shell: &mut Shell) -> Result<Exit, Error> {
    let _ = (args, shell);
    Err(Error::new(Exit::Bug, "`context` is not built yet"))
}
