//! Lint, gate, pack, upload, wait.

use super::{Work, gated, guarded::Guard, known, packed, send::send};
use crate::{
    cli,
    commands::{
        platform::{self, Ended},
        policy::{Judge, Settled},
        project, timeout,
    },
    error::Error,
    exit::Exit,
    record::{self, Record, deploy_key},
    report,
    shell::Shell,
    ship::blaxel::Fault,
};

pub(super) fn run<W: Work>(
    args: &cli::Ship,
    work: &W,
    shell: &mut Shell,
    record: &mut Record,
) -> Result<Exit, Error> {
    let timeout = timeout::read(&args.timeout)?;
    let build_args = project::build_args(&args.source)?;
    let target = platform::target(&args.platform)?;
    let judge = Judge::new(&args.source, &args.rules)?;
    let mut settled = settle(&judge, args, shell)?;
    let mut opened = crate::project::open(&args.path, &settled.open)
        .map_err(|err| project::unreadable(&args.path, err))?;
    let request = work.request(&opened, &target)?;
    let guard = Guard::read(args, &settled)?;
    record.name = Some(request.name.clone());
    record.workspace = Some(target.workspace.clone());

    let said = settled.warnings.len();
    judge.look_up(&opened, &mut settled);
    for warning in &settled.warnings[said..] {
        shell.warn(warning);
    }
    for detail in &settled.details {
        shell.detail(detail);
    }
    let (outcome, passed) = gated::lint(args, &opened, &settled, shell, record);
    if !passed {
        record.failure = Some(record::Failure {
            phase: Some("lint"),
            cause: report::Counts::of([&outcome]).words(),
            ..record::Failure::default()
        });
        return Ok(Exit::Findings);
    }
    let archive = packed::pack(&mut opened, &settled.options, &build_args, shell, record)
        .inspect_err(|error| record.failure = Some(failure(Some("pack"), error)))?;
    if let Some(digest) = &record.context_digest {
        let key = deploy_key(digest, &W::settings(&request), &target.workspace, &request.name);
        record.deploy_key = Some(key);
    }
    match send::<W>(&target, &request, Some(&archive), &guard, timeout, shell) {
        Ok(shipped) => {
            record.timings.extend(shipped.timings);
            record.image = shipped.image.or_else(|| {
                let known = args.record.as_deref().and_then(|path| known::image(path, record));
                known.filter(|known| shipped.reused && shipped.images.contains(known))
            });
            record.url = shipped.url;
            record.reused = shipped.reused;
            if shipped.accepted {
                record.status = record::Status::Accepted;
            }
            Ok(Exit::Done)
        }
        Err(Ended::Fault(Fault::Failed(mut failure))) => {
            failure.excerpt = failure
                .dockerfile_line
                .and_then(|line| report::source_lines(&opened, &outcome, line));
            record.failure = Some(record::Failure {
                phase: Some(failure.phase),
                step: failure.step.clone(),
                dockerfile_line: failure.dockerfile_line,
                cause: failure.cause.clone(),
                log_tail: failure.log_tail.clone(),
            });
            Err(Fault::Failed(failure).into_error())
        }
        Err(Ended::Fault(fault)) => {
            let phase = fault.phase();
            let error = fault.into_error();
            record.failure = Some(failure(phase, &error));
            Err(error)
        }
        Err(Ended::Error(error)) => Err(error),
    }
}

/// How the project is judged. A gate whose settings cannot be read lets nothing pass.
fn settle(judge: &Judge<'_>, args: &cli::Ship, shell: &mut Shell) -> Result<Settled, Error> {
    let mut settled = judge.settle(&args.path, args.fail_on);
    judge.recall(&mut settled);
    for warning in &settled.warnings {
        shell.warn(warning);
    }
    let Some(last) = settled.problems.pop() else { return Ok(settled) };
    for problem in &settled.problems {
        shell.error(problem);
    }
    Err(last)
}

/// An error as the record tells it.
pub(super) fn failure(phase: Option<&'static str>, error: &Error) -> record::Failure {
    let cause = if error.causes.is_empty() { error.what.clone() } else { error.causes.join("; ") };
    record::Failure { phase, cause, ..record::Failure::default() }
}
