//! What a record says, as a leg.

use crate::{
    error::Error,
    record::{
        Record, Status,
        leg::{Failure, Leg},
    },
};

/// Writes down what came of it.
pub(super) fn write(leg: &mut Leg, record: &Record, error: Option<&Error>) {
    leg.status = record.status;
    leg.simulated = record.simulated;
    if let Some(name) = &record.name {
        leg.image.clone_from(name);
    }
    if record.workspace.is_some() {
        leg.workspace.clone_from(&record.workspace);
    }
    leg.reference.clone_from(&record.image);
    leg.url.clone_from(&record.url);
    leg.digest.clone_from(&record.context_digest);
    leg.reused = record.reused;
    leg.bytes = record.content_bytes;
    let total = record.timings.iter().find(|(phase, _)| *phase == "total");
    leg.seconds = total.map(|(_, time)| time.as_secs());
    if leg.status == Status::Succeeded {
        return;
    }
    leg.failure = record.failure.as_ref().map(|failure| Failure {
        phase: failure.phase.map(str::to_owned),
        step: failure.step.clone(),
        line: failure.dockerfile_line,
        cause: failure.cause.clone(),
        help: error.and_then(|error| error.help.clone()),
        log_tail: failure.log_tail.clone(),
    });
}

/// What went wrong, in as far as an error tells it.
pub(super) fn failure(error: &Error) -> Failure {
    let why = error.causes.first().map(|why| format!(": {why}")).unwrap_or_default();
    Failure {
        cause: format!("{}{why}", error.what),
        help: error.help.clone(),
        ..Failure::default()
    }
}
