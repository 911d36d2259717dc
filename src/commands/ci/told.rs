//! What a record says, as a leg.

use crate::{
    error::Error,
    record::{
        self, Record, Status,
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
        cause: cause(failure, error),
        help: error.and_then(|error| error.help.clone()),
        log_tail: failure.log_tail.clone(),
    });
}

/// What a record tells of it, behind what came to nothing: where a step failed, that is its headline.
fn cause(failure: &record::Failure, error: Option<&Error>) -> String {
    let what = error.map(|error| error.what.as_str()).filter(|_| failure.step.is_none());
    match what {
        Some(what) if failure.cause.is_empty() => what.to_owned(),
        Some(what) if !failure.cause.starts_with(what) => format!("{what}: {}", failure.cause),
        _ => failure.cause.clone(),
    }
}

/// Writes down the error that ended it: however far it came, its status is not good.
pub(super) fn failed(leg: &mut Leg, error: &Error) {
    if leg.status == Status::Succeeded {
        let stopped = error.exit.is_signal();
        leg.status = if stopped { Status::Cancelled } else { Status::Error };
    }
    leg.failure.get_or_insert_with(|| failure(error));
}

/// An error of one image of several, as the run says it. What a signal ended is all of it.
pub(super) fn of_image(leg: &Leg, error: Error) -> Error {
    if error.exit.is_signal() {
        return error;
    }
    Error { what: format!("`{}`: {}", leg.image, error.what), ..error }
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

#[cfg(test)]
mod tests {
    use super::{Error, Leg, Record, Status, failed, record, write};
    use crate::exit::Exit;

    #[test]
    fn what_came_to_nothing_stands_in_front_of_why() {
        let error = Error::new(Exit::Refused, "`a` is shared with `prod`");
        for (cause, step, told) in [
            (
                "every build is seen there",
                None,
                "`a` is shared with `prod`: every build is seen there",
            ),
            ("`a` is shared with `prod`", None, "`a` is shared with `prod`"),
            ("", None, "`a` is shared with `prod`"),
            ("exit code: 1", Some("RUN false"), "exit code: 1"),
        ] {
            let failure = record::Failure {
                cause: cause.into(),
                step: step.map(str::to_owned),
                ..record::Failure::default()
            };
            let record =
                Record { status: Status::Refused, failure: Some(failure), ..Record::default() };
            let mut leg = Leg::default();
            write(&mut leg, &record, Some(&error));
            assert_eq!(leg.failure.map(|failure| failure.cause).as_deref(), Some(told));
        }
    }

    #[test]
    fn what_ends_with_an_error_is_not_good() {
        for (before, exit, after) in [
            (Status::Succeeded, Exit::Usage, Status::Error),
            (Status::Succeeded, Exit::Interrupted, Status::Cancelled),
            (Status::TimedOut, Exit::TimedOut, Status::TimedOut),
        ] {
            let mut leg = Leg { status: before, ..Leg::default() };
            failed(&mut leg, &Error::new(exit, "it broke"));
            assert_eq!(leg.status, after);
            assert_eq!(leg.failure.map(|failure| failure.cause).as_deref(), Some("it broke"));
            let leg = Leg { image: "a".into(), ..Leg::default() };
            let told = super::of_image(&leg, Error::new(exit, "it broke")).what;
            assert_eq!(told, if exit.is_signal() { "it broke" } else { "`a`: it broke" });
        }
    }
}
