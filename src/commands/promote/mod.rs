//! `sandgate promote`.

pub(super) mod plan;
mod preview;
mod send;
mod target;
mod undo;

use jiff::Timestamp;

use self::plan::Plan;
use super::remote;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    record::{
        Status,
        promotion::{Action, Promotion, State},
    },
    report, settings,
    shell::Shell,
};

pub(super) fn run(args: &cli::Promote, shell: &mut Shell) -> Result<Exit, Error> {
    let plan = plan::read(args)?;
    if args.preview {
        return preview::run(args, &plan, shell);
    }
    let (record, ended) = carry_out(args, &plan, shell);
    // What happened is told even where the record cannot be written, and the other way round.
    let saved = args
        .record
        .as_ref()
        .map_or(Ok(()), |path| super::save(path, |out| out.write_all(record.to_json().as_bytes())));
    if let (Err(_), Err(unsaved)) = (&ended, &saved) {
        shell.error(unsaved);
    }
    let printed = remote::print(
        &args.call,
        &report::remote::promotion(remote::form(&args.call), &record),
        shell,
    );
    let exit = ended?;
    saved?;
    printed?;
    Ok(exit)
}

/// Does what was planned. The steps are told on standard error; the record, which holds what happened however the run
/// ended and all of an earlier one that still counts, is neither printed nor written.
pub(super) fn carry_out(
    args: &cli::Promote,
    plan: &Plan,
    shell: &mut Shell,
) -> (Promotion, Result<Exit, Error>) {
    let mut record = Promotion {
        action: match (args.rollback, args.undo) {
            (true, _) => Action::Rollback,
            (_, true) => Action::Undo,
            _ => Action::Promote,
        },
        simulated: args.call.platform.sim,
        started: Timestamp::now().to_string(),
        commit: settings::commit(),
        image: plan.image.to_string(),
        previous: previous(args, plan),
        ..Promotion::default()
    };
    let ended = if args.undo {
        undo::run(args, plan, &mut record, shell)
    } else {
        send::run(args, plan, &mut record, shell)
    };
    if let (Err(_), Some(last)) = (&ended, &plan.last) {
        keep(&mut record, last);
    }
    record.status = status(&ended);
    record.error = ended.as_ref().err().map(|error| error.what.clone());
    (record, ended)
}

/// The tag that a rollback would go back to from here.
fn previous(args: &cli::Promote, plan: &Plan) -> Option<String> {
    let last = plan.last.as_ref()?;
    if args.undo {
        return last.previous.clone();
    }
    // Doing it again leads to the same.
    if plan.tag.as_ref().is_some_and(|tag| tag.as_str() == last.tag) {
        return last.previous.clone();
    }
    Some(last.tag.clone())
}

fn status(ended: &Result<Exit, Error>) -> Status {
    match ended {
        Ok(Exit::Done) => Status::Succeeded,
        Ok(Exit::Pending) => Status::Waiting,
        Ok(_) => Status::Error,
        Err(error) => match error.exit {
            Exit::Refused => Status::Refused,
            Exit::TimedOut => Status::TimedOut,
            Exit::Interrupted | Exit::Terminated => Status::Cancelled,
            _ => Status::Error,
        },
    }
}

/// The errors of the targets as one: the first ends the run, the others are told before it.
fn first(errors: Vec<Error>, shell: &mut Shell) -> Result<(), Error> {
    let mut errors = errors.into_iter();
    let Some(first) = errors.next() else { return Ok(()) };
    for other in errors {
        shell.error(&other);
    }
    Err(first)
}

/// What a run that broke off did not reach is as it was: its record may take the place of the one before.
fn keep(record: &mut Promotion, last: &Promotion) {
    if record.tag.is_empty() {
        record.tag.clone_from(&last.tag);
        record.previous.clone_from(&last.previous);
    }
    for target in last.targets.iter().filter(|target| target.shared_here) {
        if record.targets.iter().all(|known| known.workspace != target.workspace) {
            record.targets.push(target.clone());
        }
    }
}

/// Whether a share that is there may be undone by this record.
fn made_here(state: State, already: bool, before: Option<&Promotion>, workspace: &str) -> bool {
    let earlier = before.is_some_and(|last| {
        last.targets.iter().any(|target| target.workspace == workspace && target.shared_here)
    });
    match state {
        State::Shared => true,
        State::Waiting if !already => true,
        State::Already | State::Waiting | State::Failed => earlier,
        State::Unshared | State::Refused => false,
    }
}
