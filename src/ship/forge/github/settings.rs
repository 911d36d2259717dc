//! Which repository of which forge is talked to, and as whom. Comes from the caller alone, never from a repository.

use tokio::time::Instant;

use super::{Fault, Pace};
use crate::ship::{
    blaxel::Secret,
    forge::door::{Door, NoDoor},
};

/// How a client is made.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) door: Door,
    pub(super) owner: String,
    pub(super) name: String,
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
        let door = Door::new(api, token, deadline).map_err(|why| match why {
            NoDoor::Url(why) => Fault::Usage {
                what: format!("the URL of GitHub's API {why}"),
                help: "GITHUB_API_URL is something like https://api.github.com".into(),
            },
            NoDoor::Token => Fault::Usage {
                what: "there is no token for GitHub".into(),
                help: "pass `github-token: ${{ github.token }}`, or set GITHUB_TOKEN".into(),
            },
        })?;
        Ok(Self { door, owner: owner.to_owned(), name: name.to_owned() })
    }

    /// The same at another pace.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { door: self.door.paced(pace), ..self }
    }
}

/// Whether a text is an owner or a repository: it becomes one part of a path.
fn part(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed) && !matches!(text, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(repository: &str) -> Result<Settings, Fault> {
        Settings::new("https://x", repository, Secret::new("t"), Instant::now())
    }

    #[test]
    fn a_repository_is_two_parts_of_a_path() {
        for good in ["o/r", "My-Org/repo.name_1"] {
            assert!(settings(good).is_ok(), "{good}");
        }
        for bad in ["", "o", "o/", "/r", "o/r/s", "../r", "o/..", "o/r?x", "o/r x", "o/r%2f"] {
            assert!(settings(bad).is_err(), "{bad}");
        }
    }
}
