//! What came of it, for the record and as it is told.

use super::{Shipped, known};
use crate::{
    cli,
    commands::platform::Ended,
    error::Error,
    exit::Exit,
    lint::Outcome,
    project::Project,
    record::{self, Record},
    report,
    ship::blaxel::Fault,
};

/// Writes down what came of it, and ends as it has to.
pub(super) fn tell(
    args: &cli::Ship,
    shipped: Result<Shipped, Ended>,
    source: Option<(&Project, &Outcome)>,
    record: &mut Record,
) -> Result<Exit, Error> {
    match shipped {
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
            failure.excerpt =
                failure.dockerfile_line.zip(source).and_then(|(line, (project, outcome))| {
                    report::source_lines(project, outcome, line)
                });
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

/// An error as the record tells it.
pub(super) fn failure(phase: Option<&'static str>, error: &Error) -> record::Failure {
    let cause = if error.causes.is_empty() { error.what.clone() } else { error.causes.join("; ") };
    record::Failure { phase, cause, ..record::Failure::default() }
}
