//! `sandgate image list`.

use crate::{
    cli, commands::remote, error::Error, exit::Exit, report, shell::Shell, ship::blaxel::images,
};

pub(super) fn run(call: &cli::Call, shell: &mut Shell) -> Result<Exit, Error> {
    let all = remote::run(call, shell, async |client, _| images::list(client).await)?;
    remote::print(call, &report::remote::images(remote::form(call), &all), shell)
}
