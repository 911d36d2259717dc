//! `sandgate image decline`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{ShareId, pending},
};

pub(super) fn run(args: &cli::Decline, shell: &mut Shell) -> Result<Exit, Error> {
    let id: ShareId = remote::named(&args.share)?;
    let share =
        remote::run(&args.call, shell, async |client, _| pending::decline(client, &id).await)?;
    shell.status("Declined", &format!("{} from {}", share.image, share.source));
    let text = report::remote::answered(remote::form(&args.call), &share, "declined");
    remote::print(&args.call, &text, shell)
}
