//! Which repository of which forge is talked to, and as whom. Comes from the caller alone, never from a repository.

use reqwest::Url;
use tokio::time::Instant;

use super::{Fault, Pace};
use crate::ship::blaxel::{Secret, host};

/// How a client is made.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) base: Url,
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) token: Secret,
    pub(super) deadline: Instant,
    pub(super) pace: Pace,
}

impl Settings {
    /// `api` is `GITHUB_API_URL`: `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. TLS is required
    /// but on a loopback address. `repository` is `OWNER/NAME`. After `deadline` nothing is waited for.
    pub fn new(
        api: &str,
        repository: &str,
        token: Secret,
        deadline: Instant,
    ) -> Result<Self, Fault> {
        let (owner, name) = repository
            .split_once('/')
            .filter(|(owner, name)| part(owner) && part(name))
            .ok_or_else(|| Fault::Usage {
                what: format!("`{repository}` is no repository"),
                help: "GITHUB_REPOSITORY is OWNER/NAME".into(),
            })?;
        let base = base(api).map_err(|why| Fault::Usage {
            what: format!("the URL of GitHub's API {why}"),
            help: "GITHUB_API_URL is something like https://api.github.com".into(),
        })?;
        if token.expose().is_empty() {
            return Err(Fault::Usage {
                what: "there is no token for GitHub".into(),
                help: "pass `github-token: ${{ github.token }}`, or set GITHUB_TOKEN".into(),
            });
        }
        let (owner, name) = (owner.to_owned(), name.to_owned());
        Ok(Self { base, owner, name, token, deadline, pace: Pace::default() })
    }

    /// The same at another pace.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }
}

/// Whether a text is an owner or a repository: it becomes one part of a path.
fn part(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed) && !matches!(text, "." | "..")
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

    fn settings(api: &str, repository: &str, token: &str) -> Result<Settings, Fault> {
        Settings::new(api, repository, Secret::new(token), Instant::now())
    }

    #[test]
    fn only_tls_or_this_machine() {
        for good in
            ["https://api.github.com", "https://ghe.example/api/v3/", "http://127.0.0.1:1/api/v3"]
        {
            assert!(settings(good, "o/r", "t").is_ok(), "{good}");
        }
        for bad in
            ["http://api.github.com", "http://127.0.0.1.x.example", "ftp://x", "", "https://a:b@x"]
        {
            assert!(settings(bad, "o/r", "t").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_repository_is_two_parts_of_a_path() {
        for good in ["o/r", "My-Org/repo.name_1"] {
            assert!(settings("https://x", good, "t").is_ok(), "{good}");
        }
        for bad in ["", "o", "o/", "/r", "o/r/s", "../r", "o/..", "o/r?x", "o/r x", "o/r%2f"] {
            assert!(settings("https://x", bad, "t").is_err(), "{bad}");
        }
        assert!(settings("https://x", "o/r", "").is_err());
    }
}
