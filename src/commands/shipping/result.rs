//! What it came to, on standard output.

use std::fmt::Write as _;

use crate::{
    cli::ResultFormat,
    error::Error,
    escape,
    record::{Record, Status},
    shell::Shell,
};

/// Prints the result: the record as JSON whatever happened, or lines for people where it succeeded.
pub(super) fn print(format: ResultFormat, record: &Record, shell: &mut Shell) -> Result<(), Error> {
    let text = match format {
        // The same in JSON, and nothing that the runner obeys.
        ResultFormat::Json if shell.is_guarded() => record.to_json().replace("##[", "#\\u0023["),
        ResultFormat::Json => record.to_json(),
        ResultFormat::Human if matches!(record.status, Status::Succeeded | Status::Accepted) => {
            shell.guarded(&lines(record)).into_owned()
        }
        ResultFormat::Human => return Ok(()),
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
        size(record.content_bytes.unwrap_or_default()),
        size(record.archive_bytes.unwrap_or_default())
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

/// Bytes for people, in powers of 1000.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_short() {
        for (bytes, want) in [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_250_000, "1.2 MB")] {
            assert_eq!(size(bytes), want);
        }
    }
}
