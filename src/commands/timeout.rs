//! How long something may take.

use std::time::Duration;

use crate::{error::Error, exit::Exit};

/// `90s`, `30m`, `1h`, or seconds.
pub(super) fn read(text: &str) -> Result<Duration, Error> {
    let bad = || {
        Error::new(Exit::Usage, format!("`{text}` is no duration"))
            .at("--timeout")
            .help("write it as 90s, 30m or 1h")
    };
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(bad()),
    };
    let number: u64 = number.parse().map_err(|_| bad())?;
    let seconds = number
        .checked_mul(seconds)
        .filter(|seconds| (1..=7 * 24 * 3600).contains(seconds))
        .ok_or_else(bad)?;
    Ok(Duration::from_secs(seconds))
}
