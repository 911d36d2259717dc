//! Which project of which GitLab is talked to, and as whom. Comes from the caller alone, never from a repository.

use reqwest::Url;
use tokio::time::Instant;

use super::Fault;
use crate::ship::{
    blaxel::{Secret, host},
    forge::github::Pace,
};

/// How a client is made.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) base: Url,
    pub(super) project: String,
    pub(super) token: Secret,
    pub(super) deadline: Instant,
    pub(super) pace: Pace,
}

impl Settings {
    /// `api` is `CI_API_V4_URL`: `https://gitlab.com/api/v4`. TLS is required but on a loopback address. `project` is a number,
    /// or `GROUP/NAME` with as many groups as there are. After `deadline` nothing is waited for.
    pub fn new(api: &str, project: &str, token: Secret, deadline: Instant) -> Result<Self, Fault> {
        let base = base(api).map_err(|why| {
            Fault::usage(format!("the URL of GitLab's API {why}: CI_API_V4_URL is something like https://gitlab.com/api/v4"))
        })?;
        if project.is_empty() || matches!(project, "." | "..") {
            return Err(Fault::usage(format!(
                "`{project}` is no project: CI_PROJECT_ID is a number"
            )));
        }
        if token.expose().is_empty() {
            return Err(Fault::usage("there is no token for GitLab: set SANDGATE_GITLAB_TOKEN"));
        }
        let project = project.to_owned();
        Ok(Self { base, project, token, deadline, pace: Pace::default() })
    }

    /// The same at another pace.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
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
        let of = |api: &str, project: &str, token: &str| {
            Settings::new(api, project, Secret::new(token), Instant::now())
        };
        for good in ["https://gitlab.com/api/v4", "https://x/git/api/v4/", "http://127.0.0.1:1/v4"]
        {
            assert!(of(good, "5", "t").is_ok(), "{good}");
        }
        for bad in
            ["http://gitlab.com/api/v4", "http://127.0.0.1.x.example", "ftp://x", "", "https://a@x"]
        {
            assert!(of(bad, "5", "t").is_err(), "{bad}");
        }
        assert!(of("https://x", "group/sub/name", "t").is_ok());
        for (project, token) in [("", "t"), ("..", "t"), ("5", "")] {
            assert!(of("https://x", project, token).is_err(), "{project}");
        }
    }
}
