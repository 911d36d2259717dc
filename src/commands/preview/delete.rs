//! `sandgate preview delete`.

use super::project;
use crate::{
    cli,
    commands::remote::{self, Steps},
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{Client, Fault, ImageName, SandboxName, images, sandboxes},
};

/// A preview that is gone.
pub(in crate::commands) struct Deleted {
    name: SandboxName,
    /// Whether it was there.
    existed: bool,
    /// The image that went with it.
    image: Option<ImageName>,
    /// An image of its name that stays, since nothing says that the preview built it.
    left: Option<ImageName>,
}

impl Deleted {
    /// Whether there was something to delete.
    pub(in crate::commands) fn is_something(&self) -> bool {
        self.existed || self.image.is_some()
    }
}

pub(super) fn run(args: &cli::PreviewDelete, shell: &mut Shell) -> Result<Exit, Error> {
    let deleted = delete(args, shell)?;
    let image = deleted.image.as_ref().map(ToString::to_string);
    let text = report::remote::deleted_preview(
        remote::form(&args.call),
        deleted.name.as_str(),
        deleted.existed,
        image.as_deref(),
    );
    remote::print(&args.call, &text, shell)
}

/// Deletes the preview, where it is there, and the image that it built. The steps are told on standard error.
pub(in crate::commands) fn delete(
    args: &cli::PreviewDelete,
    shell: &mut Shell,
) -> Result<Deleted, Error> {
    let own = args.name.repository.as_deref();
    delete_named(named(args)?, own, args.built, &args.call, shell)
}

/// The same of one whose name is known.
pub(in crate::commands) fn delete_named(
    name: SandboxName,
    repository: Option<&str>,
    built: bool,
    call: &cli::Call,
    shell: &mut Shell,
) -> Result<Deleted, Error> {
    let deleted = remote::run(call, shell, async |client, shell| {
        gone(client, name, repository, built, shell).await
    })?;
    let name = &deleted.name;
    if deleted.existed {
        shell.status("Deleted", &format!("the preview {name}"));
    } else {
        shell.status("Unchanged", &format!("the preview {name} is gone already"));
    }
    if let Some(image) = &deleted.image {
        shell.status("Deleted", &format!("the image {image}, which it was built as"));
    }
    if let Some(image) = &deleted.left {
        shell.note(&format!(
            "there is an image {image}: where the preview was built as it, --built deletes it, too"
        ));
    }
    Ok(deleted)
}

/// The preview that would be deleted.
pub(in crate::commands) fn named(args: &cli::PreviewDelete) -> Result<SandboxName, Error> {
    Ok(project::read(&args.path, &args.name, &args.vars, &args.call.platform)?.name)
}

async fn gone(
    client: &Client,
    name: SandboxName,
    repository: Option<&str>,
    told: bool,
    shell: &mut Shell,
) -> Result<Deleted, Fault> {
    let seen = sandboxes::find(client, &name).await?;
    // What is over may be shown for a while.
    let built = told || seen.as_ref().is_some_and(super::is_built);
    let known = seen.filter(|known| !known.is_over());
    let mut existed = false;
    if let Some(known) = &known {
        super::ours(&name, known, repository)?;
        if !known.is_ending() {
            // Its previews and their tokens go with it.
            existed = sandboxes::delete(client, &name).await?;
        }
    }
    let image: ImageName = name.as_str().parse()?;
    if !built {
        // Of a sandbox that was there it is known that it was made from another image.
        let left = known.is_none() && images::find(client, &image).await?.is_some();
        return Ok(Deleted { name, existed, image: None, left: left.then_some(image) });
    }
    if known.is_some() {
        // Until then it uses the image.
        sandboxes::gone(client, &name, &mut Steps(shell)).await?;
    }
    let there = images::find(client, &image).await?.is_some();
    if there {
        images::delete(client, &image).await?;
    }
    Ok(Deleted { name, existed, image: there.then_some(image), left: None })
}
