//! When a call is made again, and when.

use std::time::{Duration, SystemTime};

use reqwest::{Method, StatusCode, header::HeaderMap};

/// Most tries of one call.
pub(super) const TRIES: u32 = 5;

/// What an answer means for another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It will not get better.
    Never,
    /// The call had no effect, or may have it twice.
    Retry,
    /// Nobody knows whether it took effect, and twice would be wrong: read back first.
    ReadBack,
}

/// Judges an answer; `None` means that none came.
pub(super) fn judge(method: &Method, status: Option<StatusCode>) -> Again {
    let repeatable = method != Method::POST;
    match status.map(|status| status.as_u16()) {
        // A limited call did not take effect.
        Some(429) => Again::Retry,
        None | Some(408 | 500 | 502 | 503 | 504) if repeatable => Again::Retry,
        None | Some(408 | 500 | 502 | 503 | 504) => Again::ReadBack,
        _ => Again::Never,
    }
}

/// How long the server asks to wait before the next try.
pub(in crate::ship) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    Some(at.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_never_repeated_blindly() {
        let status = |code| StatusCode::from_u16(code).ok();
        for code in [None, status(500), status(502), status(504), status(408)] {
            assert_eq!(judge(&Method::POST, code), Again::ReadBack, "{code:?}");
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                assert_eq!(judge(&method, code), Again::Retry, "{method} {code:?}");
            }
        }
        assert_eq!(judge(&Method::POST, status(429)), Again::Retry);
        for code in [400, 401, 403, 404, 409] {
            assert_eq!(judge(&Method::PUT, status(code)), Again::Never, "{code}");
        }
    }

    #[test]
    fn the_server_decides_how_long() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "7".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
        headers.insert("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::ZERO));
        headers.insert("retry-after", "soon".parse().unwrap());
        assert_eq!(retry_after(&headers), None);
    }
}
