//! `sandgate sandbox list`.

use crate::{
    cli, commands::remote, error::Error, exit::Exit, report, shell::Shell, ship::blaxel::sandboxes,
};

pub(super) fn run(call: &cli::Call, shell: &mut Shell) -> Result<Exit, Error> {
    let all = remote::run(call, shell, async |client, _| sandboxes::list(client).await)?;
    remote::print(call, &report::remote::sandboxes(remote::form(call), &all), shell)
}
