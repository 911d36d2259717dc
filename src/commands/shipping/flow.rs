//! Lint, gate, pack, upload, wait; or a finished image in place of the first three.

use super::{
    From, Work, build_args, build_logins, dry_run, finished, gated, guarded::Guard, hidden, logins,
    outcome, packed, preflight, send::send,
};
use crate::{
    cli,
    commands::{manifest, platform, policy::Judge, project, span, vars::Vars},
    error::Error,
    exit::Exit,
    record::{Record, deploy_key},
    shell::Shell,
};

/// Looks whether the command line and `blaxel.toml` say all that is needed.
pub(super) fn check<W: Work>(args: &cli::Ship, work: &W) -> Result<(), Error> {
    let vars = Vars::read(&args.vars)?;
    let target = platform::planned(&args.platform)?;
    let manifest = manifest::read(&args.path)?;
    let image = finished::image(args, manifest.as_ref(), &vars)?;
    let file = manifest.as_ref();
    let from = From { args, manifest: file, vars: &vars, target: &target, image: image.as_deref() };
    W::check(&work.request(&from)?)
}

pub(super) fn run<W: Work>(
    args: &cli::Ship,
    work: &W,
    shell: &mut Shell,
    record: &mut Record,
) -> Result<Exit, Error> {
    let timeout = span::timeout(&args.timeout)?;
    let build_args = build_args::given(args)?;
    let vars = Vars::read(&args.vars)?;
    let target = if args.dry_run {
        platform::planned(&args.platform)?
    } else {
        platform::target(&args.platform)?
    };
    let judge = Judge::new(&args.source, &args.rules)?;
    let mut settled = gated::settle(&judge, args, shell)?;
    let guard = Guard::read(args, &settled)?;
    let manifest = manifest::read(&args.path)?;
    let image = finished::image(args, manifest.as_ref(), &vars)?;

    let (manifest, mut project) = match image {
        Some(_) => (manifest, None),
        None => {
            let opened = crate::project::open_with(&args.path, &settled.open, manifest);
            (None, Some(opened.map_err(|err| project::unreadable(&args.path, err))?))
        }
    };
    let file = project.as_ref().map_or(manifest.as_ref(), |project| project.manifest.as_ref());
    let from = From { args, manifest: file, vars: &vars, target: &target, image: image.as_deref() };
    let mut request = work.request(&from)?;
    request.hidden.extend(hidden::values(&request, &vars, &build_args));
    record.name = Some(request.name.clone());
    record.workspace = Some(target.workspace.clone());
    W::check(&request)?;

    let mut linted = None;
    if let Some(opened) = &project {
        let (found, passed) = gated::judge(args, &judge, opened, &mut settled, shell, record);
        if !passed {
            return Ok(Exit::Findings);
        }
        linted = Some(found);
    }
    if let Some(unused) = from.unused()? {
        shell.warn(&unused);
    }
    let mut plan = None;
    if let Some(opened) = &mut project {
        let given = build_logins::extra(opened, &settled.options, &args.logins, shell)?;
        let (logins, hidden) =
            given.map_or((None, Vec::new()), |(extra, hidden)| (Some(extra), hidden));
        request.hidden.extend(hidden);
        let planned = packed::plan(opened, &settled.options, &build_args, logins, shell);
        plan = Some(planned.inspect_err(|error| {
            record.failure = Some(outcome::failure(Some("pack"), error));
        })?);
    }
    if args.dry_run {
        record.dry_run = Some(dry_run::planned(args, work, &target, &request, plan.as_ref())?);
        shell.note("nothing was sent: --dry-run");
        return Ok(Exit::Done);
    }
    let mut archive = None;
    if let (Some(opened), Some(plan)) = (&project, &plan) {
        archive = Some(packed::pack(opened, plan, shell, record).inspect_err(|error| {
            record.failure = Some(outcome::failure(Some("pack"), error));
        })?);
    } else if finished::is_elsewhere(image.as_deref().unwrap_or_default()) {
        let surroundings = logins::read(&args.logins, Some(&args.path), shell)?;
        preflight::check(&mut request, surroundings, shell)?;
    }
    let digest = record.context_digest.as_deref().unwrap_or_default();
    let key = deploy_key(digest, &W::settings(&request), &target.workspace, &request.name);
    record.deploy_key = Some(key);
    let shipped = send(work, &target, &request, archive.as_ref(), &guard, timeout, shell);
    outcome::tell(args, shipped, project.as_ref().zip(linted.as_ref()), record)
}
