//! What is promoted, and where to: from the command line and the records of earlier runs.

use std::path::Path;

use crate::{
    cli,
    commands::{record, remote},
    error::Error,
    exit::Exit,
    record::{Built, promotion::Promotion},
    ship::{
        blaxel::{Fault, ImageName, ImageRef, TagName},
        promote::Target,
    },
};

/// What is promoted.
pub(in crate::commands) struct Plan {
    pub(in crate::commands) image: ImageName,
    /// `None` takes the newest.
    pub(in crate::commands) tag: Option<TagName>,
    pub(in crate::commands) targets: Vec<Target>,
    /// The promotion before this one.
    pub(in crate::commands) last: Option<Promotion>,
}

/// Reads what is promoted.
pub(in crate::commands) fn read(args: &cli::Promote) -> Result<Plan, Error> {
    // A pipeline names it before the first promotion has written it.
    let last = match &args.last {
        Some(path) if args.rollback || args.undo || path.exists() => {
            Some(record::read(path, Promotion::read)?)
        }
        _ => None,
    };
    if let Some(last) = last.as_ref().filter(|_| args.rollback || args.undo) {
        return of_last(args, last.clone());
    }
    let (image, tag) = match (&args.from, &args.image) {
        (Some(path), _) => built(args, path)?,
        (None, image) => {
            let named: ImageRef = remote::named(image.as_deref().unwrap_or_default())?;
            if let Some(tag) = &named.tag {
                return Err(Error::new(Exit::Usage, format!("`{named}` names one tag, and the platform shares whole images"))
                    .because("the target sees every tag of it, and later ones too; which one it uses is pinned there")
                    .help(format!("to have this tag pinned, write `{} --tag {tag}`", named.image)));
            }
            let tag = args.tag.as_deref().map(remote::named).transpose()?;
            (named.image, tag)
        }
    };
    if let Some(last) = last.as_ref().filter(|last| last.image != image.to_string()) {
        return Err(Error::new(
            Exit::Usage,
            format!("--last tells of `{}`, and this promotes `{image}`", last.image),
        )
        .help("give the record of the same image"));
    }
    let mut targets = Vec::new();
    for text in &args.to {
        let mut target: Target = remote::named(text)?;
        target.account = target.account.or_else(|| args.account.clone());
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(Plan { image, tag, targets, last })
}

/// What a record of a promotion says, to go back behind it.
fn of_last(args: &cli::Promote, last: Promotion) -> Result<Plan, Error> {
    if last.simulated && !args.call.platform.sim {
        return Err(simulated("--last"));
    }
    let tag = if args.rollback {
        last.previous.clone().ok_or_else(|| {
            Error::new(Exit::Usage, "there is nothing to roll back to")
                .at("--last")
                .because(format!("no tag was promoted before {}", last.reference()))
                .help("promote the tag that is wanted with --tag")
        })?
    } else {
        last.tag.clone()
    };
    let all = last.targets.iter().filter(|target| args.rollback || target.shared_here);
    let targets: Result<Vec<Target>, Fault> = all
        .map(|target| match &target.account {
            Some(account) => format!("{account}/{}", target.workspace).parse(),
            None => target.workspace.parse(),
        })
        .collect();
    let plan = Plan {
        image: remote::named(&last.image)?,
        tag: Some(remote::named(&tag)?),
        targets: targets.map_err(Fault::into_error)?,
        last: None,
    };
    Ok(Plan { last: Some(last), ..plan })
}

/// What a push or a deploy built.
fn built(args: &cli::Promote, path: &Path) -> Result<(ImageName, Option<TagName>), Error> {
    let built = record::read(path, Built::read)?;
    if built.simulated && !args.call.platform.sim {
        return Err(simulated("--from"));
    }
    let workspace = args.call.platform.workspace.as_deref().filter(|name| !name.is_empty());
    if let Some(workspace) = workspace.filter(|name| *name != built.workspace) {
        return Err(Error::new(
            Exit::Usage,
            format!(
                "the record tells of the workspace `{}`, the caller names `{workspace}`",
                built.workspace
            ),
        )
        .at("--from")
        .help(format!(
            "promote from the workspace in which it was built: set BL_WORKSPACE (or --workspace) to `{}`, and name where it goes with --to",
            built.workspace
        )));
    }
    let named: ImageRef = remote::named(&built.image)?;
    let (image, tag) = named.pinned().map_err(Fault::into_error)?;
    Ok((image, Some(tag)))
}

fn simulated(option: &str) -> Error {
    Error::new(Exit::Refused, "the record tells of a simulated run: nothing of it exists")
        .at(option)
        .help("build on the platform, and promote that")
}
