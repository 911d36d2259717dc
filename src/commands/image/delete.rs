//! `sandgate image delete`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{ImageRef, images},
};

pub(super) fn run(args: &cli::ImageDelete, shell: &mut Shell) -> Result<Exit, Error> {
    let named: ImageRef = remote::named(&args.image)?;
    remote::askable(args.yes)?;
    let shown = named.to_string();
    let what = if named.tag.is_some() { "" } else { " with all its tags" };
    let question = format!("Delete {shown}{what}?");
    let deleted = remote::run(&args.call, shell, async |client, shell| {
        if !remote::confirmed(args.yes, &question, shell).await {
            return Ok(false);
        }
        match &named.tag {
            Some(tag) => images::delete_tag(client, &named.image, tag).await?,
            None => images::delete(client, &named.image).await?,
        }
        Ok(true)
    })?;
    if !deleted {
        return Ok(remote::left_alone(shell));
    }
    shell.status("Deleted", &shown);
    let kind = if named.tag.is_some() { "tag" } else { "image" };
    let text = report::remote::deleted(remote::form(&args.call), kind, &shown, true);
    remote::print(&args.call, &text, shell)
}
