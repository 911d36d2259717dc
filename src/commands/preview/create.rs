//! `sandgate preview create`.

use super::{
    build, sandbox,
    wanted::{self, Wanted},
};
use crate::{
    cli,
    commands::{platform, remote, shipping},
    error::Error,
    exit::Exit,
    record::Record,
    report,
    shell::Shell,
    ship::blaxel::{self, Fault, ImageRef, Preview, PreviewToken, Sandbox, Secret},
};

/// A preview that is up.
pub(in crate::commands) struct Created {
    pub(in crate::commands) sandbox: Sandbox,
    pub(in crate::commands) preview: Preview,
    /// What opens it, where it is private.
    pub(in crate::commands) token: Option<PreviewToken>,
    /// What was done: `created`, `updated`, `unchanged`.
    pub(in crate::commands) change: &'static str,
}

pub(super) fn run(args: &cli::PreviewCreate, shell: &mut Shell) -> Result<Exit, Error> {
    if let (true, Some(image)) = (args.dry_run, &args.image) {
        let planned = planned(args, image)?;
        let exit = remote::print(&args.call, &planned, shell)?;
        shell.note("nothing was sent: --dry-run");
        return Ok(exit);
    }
    let (record, ended) = create(args, shell);
    // What happened is told even where the record cannot be written, and the other way round.
    let saved = match (&args.record, &record) {
        (Some(path), Some(record)) => {
            crate::commands::save(path, |out| out.write_all(record.to_json().as_bytes()))
        }
        _ => Ok(()),
    };
    if let (Err(_), Err(unsaved)) = (&ended, &saved) {
        shell.error(unsaved);
    }
    let planned = record.as_ref().and_then(|record| record.dry_run.as_deref());
    let exit = match (ended?, planned) {
        (Some(created), _) => told(args, &created, shell)?,
        (None, Some(planned)) => remote::print(&args.call, planned, shell)?,
        (None, None) => Exit::Findings,
    };
    saved?;
    Ok(exit)
}

fn told(args: &cli::PreviewCreate, created: &Created, shell: &mut Shell) -> Result<Exit, Error> {
    let token = created.token.as_ref();
    let shown = report::remote::Shown {
        sandbox: &created.sandbox,
        preview: &created.preview,
        token: token.and_then(|token| Some((token.expose()?, token.expires))),
        change: created.change,
    };
    remote::print(&args.call, &report::remote::preview(remote::form(&args.call), &shown), shell)
}

/// Makes the preview, or brings it up to date: with the image that is named, else with what it builds from the project.
/// The steps are told on standard error. Gives the record of what was built, which is neither printed nor written, and
/// the preview; `None` where the gate let nothing pass.
pub(in crate::commands) fn create(
    args: &cli::PreviewCreate,
    shell: &mut Shell,
) -> (Option<Record>, Result<Option<Created>, Error>) {
    let Some(image) = &args.image else {
        let wanted = match wanted::read(args) {
            Ok(wanted) => wanted,
            Err(error) => return (None, Err(error)),
        };
        let (record, ended) = build::run(args, &wanted, shell);
        return (Some(record), ended);
    };
    (None, of_image(args, image, shell).map(Some))
}

/// Whether it could be made, as far as the command line and the project say it.
pub(in crate::commands) fn check(args: &cli::PreviewCreate) -> Result<(), Error> {
    wanted::read(args).map(drop)
}

/// The preview of an image that is there.
fn wanted_of(args: &cli::PreviewCreate, image: &str) -> Result<Wanted, Error> {
    shipping::nothing_to_build(&args.source, args.build_env_file.as_deref(), image, "--image")?;
    let image: ImageRef = remote::named(image)?;
    let (image, tag) = image.pinned().map_err(Fault::into_error)?;
    let mut wanted = wanted::read(args)?;
    wanted.create.image = image.tagged(tag.as_str());
    Ok(wanted)
}

fn of_image(args: &cli::PreviewCreate, image: &str, shell: &mut Shell) -> Result<Created, Error> {
    let wanted = wanted_of(args, image)?;
    remote::run(&args.call, shell, async |client, shell| {
        let (sandbox, change) = sandbox::up(client, &wanted.create, shell).await?;
        let (preview, token) = wanted.open(client).await?;
        Ok(Created { sandbox, preview, token, change })
    })
}

/// The calls for an image that is there, without one being made.
fn planned(args: &cli::PreviewCreate, image: &str) -> Result<String, Error> {
    let wanted = wanted_of(args, image)?;
    let target = platform::planned(&args.call.platform)?;
    let host = target.planned_host()?;
    let mut create = wanted.create.clone();
    for (_, value) in &mut create.envs {
        *value = Secret::new(shipping::MASK);
    }
    let mut calls = blaxel::plan_given_preview(&create, &host);
    calls.extend(wanted.calls(&host));
    let planned = shipping::Planned {
        action: "preview",
        name: create.name.as_str(),
        workspace: &target.workspace,
        calls,
        plan: None,
    };
    Ok(planned.text(args.call.format == cli::DataFormat::Json))
}
