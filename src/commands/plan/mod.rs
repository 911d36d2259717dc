//! `sandgate plan`.

mod compared;
mod elsewhere;
mod make;
mod read;
mod records;
mod write;

pub(super) use self::make::make;
#[cfg(feature = "remote")]
pub(super) use self::write::outputs;
use crate::{cli, error::Error, exit::Exit, shell::Shell};

pub(super) fn run(args: &cli::Plan, shell: &mut Shell) -> Result<Exit, Error> {
    let mut plan = make(args, &cli::Rules::default(), shell)?;
    plan.warnings.splice(..0, compared::nothing(args));
    for warning in &plan.warnings {
        shell.warn(warning);
    }
    write::write(args, &plan, shell)
}
