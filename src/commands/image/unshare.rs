//! `sandgate image unshare`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{Fault, ImageRef, WorkspaceName, shares},
};

pub(super) fn run(args: &cli::Unshare, shell: &mut Shell) -> Result<Exit, Error> {
    let named: ImageRef = remote::named(&args.image)?;
    let name = named.whole("shares").map_err(Fault::into_error)?;
    let target: WorkspaceName = remote::named(&args.with)?;
    remote::askable(args.yes)?;
    let question = format!(
        "Unshare {name} with {target}? Sandboxes there that use it break when they start or scale up next."
    );
    let ended = remote::run(&args.call, shell, async |client, shell| {
        if !remote::confirmed(args.yes, &question, shell).await {
            return Ok(None);
        }
        shares::unshare(client, &name, &target).await.map(Some)
    })?;
    let Some(existed) = ended else { return Ok(remote::left_alone(shell)) };
    if existed {
        shell.status("Unshared", &format!("{name} with {target}"));
    } else {
        shell.status("Unchanged", &format!("{name} is not shared with {target}"));
    }
    let form = remote::form(&args.call);
    let text = report::remote::unshared(form, &name.to_string(), target.as_str(), existed);
    remote::print(&args.call, &text, shell)
}
