//! `sandgate preview delete`.

use super::project;
use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{SandboxName, sandboxes},
};

/// A preview that is gone.
pub(in crate::commands) struct Deleted {
    pub(in crate::commands) name: SandboxName,
    /// Whether it was there.
    pub(in crate::commands) existed: bool,
}

pub(super) fn run(args: &cli::PreviewDelete, shell: &mut Shell) -> Result<Exit, Error> {
    let Deleted { name, existed } = delete(args, shell)?;
    let text = report::remote::deleted(remote::form(&args.call), "preview", name.as_str(), existed);
    remote::print(&args.call, &text, shell)
}

/// Deletes the preview, where it is there. The steps are told on standard error.
pub(in crate::commands) fn delete(
    args: &cli::PreviewDelete,
    shell: &mut Shell,
) -> Result<Deleted, Error> {
    let name = project::read(&args.path, &args.name, &args.vars, &args.call.platform)?.name;
    let existed = remote::run(&args.call, shell, async |client, _| {
        match sandboxes::find(client, &name).await? {
            None => Ok(false),
            Some(known) if known.is_over() || known.is_ending() => Ok(false),
            Some(known) => {
                super::ours(&name, &known)?;
                // Its previews and their tokens go with it.
                sandboxes::delete(client, &name).await
            }
        }
    })?;
    if existed {
        shell.status("Deleted", &format!("the preview {name}"));
    } else {
        shell.status("Unchanged", &format!("the preview {name} is gone already"));
    }
    Ok(Deleted { name, existed })
}
