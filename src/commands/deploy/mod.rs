//! `sandgate deploy`.

mod build_args;
mod flow;
mod gated;
mod packed;
mod progress;
mod request;
mod result;
mod send;

use std::time::Instant;

use jiff::Timestamp;

use crate::{
    cli,
    error::Error,
    exit::Exit,
    record::{Record, Status},
    settings,
    shell::Shell,
};

pub(super) fn run(args: &cli::Deploy, shell: &mut Shell) -> Result<Exit, Error> {
    let started = Instant::now();
    let mut record = Record {
        simulated: args.platform.sim,
        started: Timestamp::now().to_string(),
        commit: settings::commit(),
        ..Record::default()
    };
    let ended = flow::run(args, shell, &mut record);
    record.timings.push(("total", started.elapsed()));
    record.status = match &ended {
        Ok(Exit::Done) => Status::Succeeded,
        Ok(Exit::Findings) => Status::Refused,
        Ok(_) => Status::Error,
        Err(error) => match error.exit {
            Exit::Failed => Status::Failed,
            Exit::TimedOut => Status::TimedOut,
            Exit::Refused => Status::Refused,
            Exit::Interrupted | Exit::Terminated => Status::Cancelled,
            _ => Status::Error,
        },
    };
    if let Err(error) = &ended {
        record.failure.get_or_insert_with(|| flow::failure(None, error));
    }
    record.error = ended.as_ref().err().map(|error| error.what.clone());
    // What happened is told even where the record cannot be written, and the other way round.
    let saved = args
        .record
        .as_ref()
        .map_or(Ok(()), |path| super::save(path, |out| out.write_all(record.to_json().as_bytes())));
    let printed = result::print(args, &record, shell);
    if let (Err(_), Err(unsaved)) = (&ended, &saved) {
        shell.error(unsaved);
    }
    let exit = ended?;
    saved?;
    printed?;
    Ok(exit)
}
