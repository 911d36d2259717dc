//! `sandgate sandbox delete`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{SandboxName, sandboxes},
};

pub(super) fn run(args: &cli::SandboxDelete, shell: &mut Shell) -> Result<Exit, Error> {
    let name: SandboxName = remote::named(&args.name)?;
    remote::askable(args.yes)?;
    let question = format!("Delete the sandbox {name} and what is in it?");
    let deleted = remote::run(&args.call, shell, async |client, shell| {
        // One that is not there is a mistake, which the nearest name helps with.
        sandboxes::get(client, &name).await?;
        if !remote::confirmed(args.yes, &question, shell).await {
            return Ok(false);
        }
        sandboxes::delete(client, &name).await.map(|_| true)
    })?;
    if !deleted {
        return Ok(remote::left_alone(shell));
    }
    shell.status("Deleted", &format!("the sandbox {name}"));
    let text = report::remote::deleted(remote::form(&args.call), "sandbox", name.as_str(), true);
    remote::print(&args.call, &text, shell)
}
