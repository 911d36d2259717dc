//! `sandgate image shares`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{Fault, ImageRef, shares},
};

pub(super) fn run(args: &cli::ImageNamed, shell: &mut Shell) -> Result<Exit, Error> {
    let named: ImageRef = remote::named(&args.image)?;
    let name = named.whole("shares").map_err(Fault::into_error)?;
    let all = remote::run(&args.call, shell, async |client, _| shares::list(client, &name).await)?;
    let text = report::remote::shares(remote::form(&args.call), &name.to_string(), &all);
    remote::print(&args.call, &text, shell)
}
