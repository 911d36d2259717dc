//! `sandgate image prune`.

use crate::{
    cli,
    commands::remote,
    error::Error,
    exit::Exit,
    report,
    shell::Shell,
    ship::blaxel::{
        Client, Fault, ImageName, ImageRef, TagName, images,
        prune::{Fate, Row, plan},
        sandboxes,
    },
};

pub(super) fn run(args: &cli::Prune, shell: &mut Shell) -> Result<Exit, Error> {
    let named: ImageRef = remote::named(&args.image)?;
    let name = named.whole("prunes").map_err(Fault::into_error)?;
    if !args.dry_run {
        remote::askable(args.yes)?;
    }
    let form = remote::form(&args.call);
    let (rows, agreed) = remote::run(&args.call, shell, async |client, shell| {
        let rows = look(client, &name, args.keep).await?;
        let gone = rows.iter().filter(|row| row.fate == Fate::Remove).count();
        if args.dry_run || gone == 0 {
            return Ok((rows, true));
        }
        if !args.yes {
            let human = report::remote::Form { json: false, ..form };
            shell.report(&report::remote::prune(human, &name.to_string(), &rows, false));
        }
        let question = format!("Delete {} of {name}?", report::remote::pruned(&rows));
        let agreed = remote::confirmed(args.yes, &question, shell).await;
        if agreed {
            remove(client, &name, &rows, shell).await?;
        }
        Ok((rows, agreed))
    })?;
    if !agreed {
        return Ok(remote::left_alone(shell));
    }
    match (rows.iter().any(|row| row.fate == Fate::Remove), args.dry_run) {
        (false, _) => shell.status("Unchanged", &format!("{name} has nothing to prune")),
        (true, true) => {
            shell.status("Would delete", &format!("{} of {name}", report::remote::pruned(&rows)));
        }
        (true, false) => {
            shell.status("Pruned", &format!("{name}: {}", report::remote::pruned(&rows)));
        }
    }
    // Whoever was asked has seen it.
    if !args.yes && !args.dry_run && !form.json {
        return Ok(Exit::Done);
    }
    let text = report::remote::prune(form, &name.to_string(), &rows, args.dry_run);
    remote::print(&args.call, &text, shell)
}

/// What becomes of each tag. An image that is shared keeps them all: the platform would refuse the first one.
async fn look(client: &Client, name: &ImageName, keep: u32) -> Result<Vec<Row>, Fault> {
    let image = images::unshared(client, name).await?;
    let used = sandboxes::tags_in_use(client, name).await?;
    let keep = usize::try_from(keep).unwrap_or(usize::MAX);
    Ok(plan(image.tags.as_deref().unwrap_or_default(), &used, keep))
}

/// Removes one tag after the other, oldest first, and says so: what is gone is gone even where a later one stays.
async fn remove(
    client: &Client,
    name: &ImageName,
    rows: &[Row],
    shell: &mut Shell,
) -> Result<(), Fault> {
    for row in rows.iter().rev().filter(|row| row.fate == Fate::Remove) {
        let tag: TagName = row.tag.name.parse()?;
        images::delete_tag(client, name, &tag).await?;
        shell.status("Deleted", &name.tagged(&row.tag.name));
    }
    Ok(())
}
