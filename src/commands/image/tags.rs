//! `sandgate image tags`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{Fault, ImageRef, images},
};

pub(super) fn run(args: &cli::ImageNamed, shell: &mut Shell) -> Result<Exit, Error> {
    let named: ImageRef = remote::named(&args.image)?;
    let name = named.whole("lists the tags of").map_err(Fault::into_error)?;
    let image = remote::run(&args.call, shell, async |client, _| images::get(client, &name).await)?;
    remote::print(&args.call, &report::remote::tags(remote::form(&args.call), &image), shell)
}
