//! What is pushed, from the command line and `blaxel.toml`.

use crate::{
    cli,
    commands::{platform::Target, shipping::request},
    error::Error,
    project::Project,
    ship::blaxel::Request,
};

/// Reads what is pushed.
pub(super) fn read(args: &cli::Push, project: &Project, target: &Target) -> Result<Request, Error> {
    request::read(&args.ship, project, target)
}
