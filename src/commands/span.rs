//! A span of time as the platform writes it: `30m`, `24h`, `7d`.

use std::{fmt, time::Duration};

use crate::{error::Error, exit::Exit};

/// Longest span that is taken, in seconds: a year.
const LONGEST: u64 = 366 * 24 * 3600;

/// Shortest life of a sandbox that the platform takes, in seconds.
const SHORTEST: u64 = 300;

/// A span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    text: String,
    length: Duration,
}

impl Span {
    /// How long it is.
    pub(super) fn length(&self) -> Duration {
        self.length
    }
}

/// With its unit, which is how the platform takes it.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads what `--timeout` was given.
pub(super) fn timeout(text: &str) -> Result<Duration, Error> {
    read("--timeout", text).map(|span| span.length())
}

/// Reads a span that `option` was given; without a unit it is seconds.
pub(super) fn read(option: &str, text: &str) -> Result<Span, Error> {
    let bad = || {
        Error::new(Exit::Usage, format!("`{text}` is no span of time"))
            .at(option)
            .help("write it as 90s, 30m, 24h, 7d or 2w, a year at most")
    };
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "w" => 7 * 24 * 3600,
        _ => return Err(bad()),
    };
    let number: u64 = number.parse().map_err(|_| bad())?;
    let seconds = number
        .checked_mul(seconds)
        .filter(|seconds| (1..=LONGEST).contains(seconds))
        .ok_or_else(bad)?;
    let length = Duration::from_secs(seconds);
    Ok(Span { text: format!("{number}{unit}"), length })
}

/// How long a sandbox lives, as the platform takes it.
pub(super) fn life(option: &str, text: &str) -> Result<String, Error> {
    let span = read(option, text)?;
    if span.length.as_secs() < SHORTEST {
        return Err(Error::new(Exit::Usage, format!("`{text}` is too short a life"))
            .at(option)
            .help("the platform takes 5m or more"));
    }
    Ok(span.text)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn spans_are_read_with_their_unit() {
        for (text, seconds) in
            [("90", 90), ("90s", 90), ("5m", 300), ("24h", 86_400), ("2w", 1_209_600)]
        {
            assert_eq!(read("--ttl", text).unwrap().length().as_secs(), seconds);
        }
        for bad in ["", "m", "0s", "-5m", "5 m", "400d", "5y", "99999999999999999999s"] {
            assert!(read("--ttl", bad).is_err(), "{bad}");
        }
    }
}
