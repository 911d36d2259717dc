//! The three things that a 403 of GitHub's can be: no permission, the primary rate limit, a secondary one.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use reqwest::{StatusCode, header::HeaderMap};

use crate::ship::{blaxel::retry::retry_after, forge::exchange::growing};

/// A rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many calls in an hour.
    Primary,
    /// Too many at once, or too much written in a short time.
    Secondary,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        })
    }
}

/// The limit that an answer speaks of, and how long to wait, in the server's time; `number` counts the tries from 1.
pub(super) fn of(
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    number: u32,
) -> Option<(Limit, Duration)> {
    if !matches!(status.as_u16(), 403 | 429) {
        return None;
    }
    let message = message.to_ascii_lowercase();
    // Such an answer may come with the last of the allowance.
    if message.contains("not accessible by") {
        return None;
    }
    let used_up = text(headers, "x-ratelimit-remaining") == Some("0");
    let asked = retry_after(headers);
    let secondary = message.contains("secondary rate limit") || message.contains("abuse detection");
    let spoken = secondary || message.contains("rate limit");
    if status.as_u16() == 403 && asked.is_none() && !used_up && !spoken {
        return None;
    }
    let limit = if used_up && !secondary { Limit::Primary } else { Limit::Secondary };
    let reset = || used_up.then(|| until_reset(headers)).flatten();
    Some((limit, asked.or_else(reset).unwrap_or_else(|| growing(number))))
}

/// How long it is until the allowance is whole again, by the server's clock.
fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let reset: i64 = text(headers, "x-ratelimit-reset")?.parse().ok()?;
    let date = text(headers, "date").and_then(|date| httpdate::parse_http_date(date).ok());
    let now = date.and_then(|date| Timestamp::try_from(date).ok()).unwrap_or_else(Timestamp::now);
    // A second more: neither says more than whole ones.
    let left = reset.saturating_sub(now.as_second()).saturating_add(1);
    Some(Duration::from_secs(u64::try_from(left).unwrap_or_default()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_403_is_one_of_three() {
        const SECONDARY: &str =
            "You have exceeded a secondary rate limit. Please wait a few minutes.";
        const PRIMARY: &str = "API rate limit exceeded for installation ID 1.";
        const DENIED: &str = "Resource not accessible by integration";
        let reset = Timestamp::now().as_second() + 90;
        let used_up =
            headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset.to_string())]);
        let dated = headers(&[
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "784111787"),
            ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ]);
        let asked = headers(&[("retry-after", "7"), ("x-ratelimit-remaining", "0")]);
        let none = HeaderMap::new();
        let seconds = Duration::from_secs;
        for (status, headers, message, number, expected) in [
            (403, &none, DENIED, 1, None),
            (403, &used_up, DENIED, 1, None),
            (403, &none, "Must have admin rights to Repository.", 1, None),
            (404, &asked, "Not Found", 1, None),
            (403, &asked, PRIMARY, 1, Some((Limit::Primary, seconds(7)))),
            (403, &asked, SECONDARY, 1, Some((Limit::Secondary, seconds(7)))),
            (403, &none, SECONDARY, 1, Some((Limit::Secondary, seconds(60)))),
            (403, &none, SECONDARY, 3, Some((Limit::Secondary, seconds(240)))),
            (
                403,
                &none,
                "You have triggered an abuse detection mechanism.",
                1,
                Some((Limit::Secondary, seconds(60))),
            ),
            (429, &none, "slow down", 1, Some((Limit::Secondary, seconds(60)))),
            (403, &none, PRIMARY, 1, Some((Limit::Secondary, seconds(60)))),
            (403, &dated, PRIMARY, 1, Some((Limit::Primary, seconds(11)))),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(of(status, headers, message, number), expected, "{status} {message}");
        }
        let (limit, pause) = of(StatusCode::FORBIDDEN, &used_up, PRIMARY, 1).unwrap();
        assert_eq!(limit, Limit::Primary);
        assert!((seconds(85)..=seconds(92)).contains(&pause), "{pause:?}");
    }
}
