//! `sandgate image accept`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{ShareId, pending},
};

pub(super) fn run(args: &cli::Accept, shell: &mut Shell) -> Result<Exit, Error> {
    let id: ShareId = remote::named(&args.share)?;
    let share = remote::run(&args.call, shell, async |client, _| {
        pending::accept(client, &id, args.force).await
    })?;
    shell.status("Accepted", &format!("{} from {}", share.image, share.source));
    let text = report::remote::answered(remote::form(&args.call), &share, "accepted");
    remote::print(&args.call, &text, shell)
}
