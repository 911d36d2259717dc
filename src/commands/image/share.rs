//! `sandgate image share`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{
        Fault, ImageRef, WorkspaceName,
        shares::{self, Shared},
    },
};

pub(super) fn run(args: &cli::Share, shell: &mut Shell) -> Result<Exit, Error> {
    let named: ImageRef = remote::named(&args.image)?;
    let name = named.whole("shares").map_err(Fault::into_error)?;
    let target: WorkspaceName = remote::named(&args.with)?;
    let account = args.account.as_deref().filter(|account| !account.is_empty());
    let shared = remote::run(&args.call, shell, async |client, _| {
        shares::share(client, &name, &target, account).await
    })?;
    match &shared {
        Shared::Now => {
            shell.status(
                "Shared",
                &format!("{name} with {target}, with all tags and those to come"),
            );
        }
        Shared::Already => {
            shell.status("Unchanged", &format!("{name} is shared with {target} already"));
        }
        Shared::Waiting { already, .. } => {
            let since = if *already { "still " } else { "" };
            shell.status("Waiting", &format!("{since}for an admin of {target} to accept {name}"));
            shell.note("they run `sandgate image accept SHARE` in that workspace, or accept it in the console");
        }
    }
    let text = report::remote::shared(
        remote::form(&args.call),
        &name.to_string(),
        target.as_str(),
        &shared,
    );
    remote::print(&args.call, &text, shell)?;
    Ok(if matches!(shared, Shared::Waiting { .. }) { Exit::Pending } else { Exit::Done })
}
