//! Where a forge is, as whom it is talked to, and until when. Comes from the caller alone, never from a repository.

use reqwest::Url;
use tokio::time::Instant;

use super::Pace;
use crate::ship::blaxel::{Secret, host};

/// Where a forge is, as whom it is talked to, and until when.
#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) base: Url,
    pub(super) token: Secret,
    /// After it nothing is waited for.
    pub(super) deadline: Instant,
    pub(super) pace: Pace,
}

/// Why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoDoor {
    /// The URL of the API: "is not encrypted, …".
    Url(&'static str),
    /// There is no token.
    Token,
}

impl Door {
    /// `api` is the URL of the API. TLS is required but on a loopback address.
    pub(super) fn new(api: &str, token: Secret, deadline: Instant) -> Result<Self, NoDoor> {
        let base = base(api).map_err(NoDoor::Url)?;
        if token.expose().is_empty() {
            return Err(NoDoor::Token);
        }
        Ok(Self { base, token, deadline, pace: Pace::default() })
    }

    /// The same at another pace.
    pub(super) fn paced(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }
}

fn base(api: &str) -> Result<Url, &'static str> {
    let url = Url::parse(api.trim_end_matches('/')).map_err(|_| "cannot be read")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if host::loopback(&url) => Ok(url),
        "http" => Err("is not encrypted, and its host is not this machine"),
        _ => Err("is neither http nor https"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_nowhere_unencrypted() {
        let of = |api: &str, token: &str| Door::new(api, Secret::new(token), Instant::now());
        for good in [
            "https://api.github.com",
            "https://ghe.example/api/v3/",
            "https://x/git/api/v4/",
            "http://127.0.0.1:1/api/v3",
        ] {
            assert!(of(good, "t").is_ok(), "{good}");
        }
        for bad in [
            "http://api.github.com",
            "http://127.0.0.1.x.example",
            "ftp://x",
            "",
            "https://a:b@x",
            "https://a@x",
        ] {
            assert!(matches!(of(bad, "t"), Err(NoDoor::Url(_))), "{bad}");
        }
        assert!(matches!(of("https://x", ""), Err(NoDoor::Token)));
    }
}
