//! `sandgate sandbox get`.

use crate::{
    cli,
    commands::remote::{self, Steps},
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{SandboxName, sandboxes},
};

pub(super) fn run(args: &cli::SandboxGet, shell: &mut Shell) -> Result<Exit, Error> {
    let name: SandboxName = remote::named(&args.name)?;
    let settled = remote::run(&args.call, shell, async |client, shell| {
        // One that is not there from the start is a mistake, and no end.
        let sandbox = sandboxes::get(client, &name).await?;
        if !args.watch {
            return Ok(Some(sandbox));
        }
        sandboxes::settle(client, &name, &mut Steps(shell)).await
    })?;
    let Some(sandbox) = settled else {
        return Err(Error::new(Exit::Platform, format!("the sandbox `{name}` is gone"))
            .help("it was deleted, or its time was over, while it was watched"));
    };
    let text = report::remote::sandbox(remote::form(&args.call), &sandbox);
    remote::print(&args.call, &text, shell)?;
    let failed = args.watch && sandbox.status.as_deref() == Some("FAILED");
    Ok(if failed { Exit::Failed } else { Exit::Done })
}
