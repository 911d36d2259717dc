//! What it came to, on standard output.

use std::fmt::Write as _;

use crate::{
    cli::ResultFormat,
    error::Error,
    escape,
    record::{Record, Status},
    report::context::bytes,
    shell::Shell,
};

/// Prints the result: the record as JSON whatever happened, or lines for people where it succeeded; of a dry run what
/// would be sent.
pub(super) fn print(format: ResultFormat, record: &Record, shell: &mut Shell) -> Result<(), Error> {
    let text = match format {
        ResultFormat::Json => record.dry_run.clone().unwrap_or_else(|| record.to_json()),
        ResultFormat::Human => {
            let text = match &record.dry_run {
                Some(planned) => planned,
                None if matches!(record.status, Status::Succeeded | Status::Accepted) => {
                    &lines(record)
                }
                None => return Ok(()),
            };
            shell.guarded(text).into_owned()
        }
    };
    crate::commands::written(shell.out().write_all(text.as_bytes())).map(|_| ())
}

fn lines(record: &Record) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{name:<9} {}", escape::terminal(value, false));
        }
    };
    let unknown = record.reused && record.image.is_none();
    let untold = "reused, tag unknown (not promotable): nothing says which earlier build it is";
    line("image", record.image.as_deref().or_else(|| unknown.then_some(untold)));
    if record.status == Status::Accepted {
        line("accepted", Some("the platform has the upload; nobody waited for the build"));
    }
    line("url", record.url.as_deref());
    line("digest", record.context_digest.as_deref());
    let sizes = format!(
        "{} entries, {}; archive {}",
        record.entries.unwrap_or_default(),
        bytes(record.content_bytes.unwrap_or_default()),
        bytes(record.archive_bytes.unwrap_or_default())
    );
    line("context", Some(&sizes));
    let times: Vec<String> = record
        .timings
        .iter()
        .map(|(phase, time)| format!("{phase} {:.2} s", time.as_secs_f64()))
        .collect();
    line("time", Some(&times.join(", ")));
    if record.reused {
        line("build", Some("reused: the platform had an identical one"));
    }
    if record.simulated {
        line(
            "simulated",
            Some("yes: nothing left this machine, and the image and the URL do not exist"),
        );
    }
    out
}
