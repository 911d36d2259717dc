//! Command line and environment, settled into what a command needs. Nobody else reads either.

use std::{env, io::IsTerminal};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{error::Error, exit::Exit};

/// Today, for rules that know dates: `--today`, else `SOURCE_DATE_EPOCH`, else the clock (UTC).
pub(crate) fn today(given: Option<&str>) -> Result<Date, Error> {
    if let Some(given) = given {
        return given.parse().map_err(|_| {
            Error::new(Exit::Usage, format!("`{given}` is not a date"))
                .at("--today")
                .help("write it as YYYY-MM-DD")
        });
    }
    let now = match env::var("SOURCE_DATE_EPOCH") {
        Ok(epoch) => epoch
            .trim()
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                Error::new(Exit::Usage, "SOURCE_DATE_EPOCH is not a number of seconds")
                    .at("environment")
                    .help("unset it, or set it to seconds since 1970-01-01 UTC")
            })?,
        Err(_) => Timestamp::now(),
    };
    Ok(now.to_zoned(TimeZone::UTC).date())
}

/// Whether to draw progress: a terminal, and no CI.
pub(crate) fn interactive() -> bool {
    std::io::stderr().is_terminal() && env::var_os("CI").is_none()
}
