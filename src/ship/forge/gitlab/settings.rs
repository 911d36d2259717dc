//! Which project of which GitLab is talked to, and as whom. Comes from the caller alone, never from a repository.

use tokio::time::Instant;

use super::Fault;
use crate::ship::{
    blaxel::Secret,
    forge::{
        Pace,
        door::{Door, NoDoor},
    },
};

/// How a client is made.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) door: Door,
    pub(super) project: String,
}

impl Settings {
    /// `api` is `CI_API_V4_URL`: `https://gitlab.com/api/v4`. TLS is required but on a loopback address. `project` is a number,
    /// or `GROUP/NAME` with as many groups as there are. After `deadline` nothing is waited for.
    pub fn new(api: &str, project: &str, token: Secret, deadline: Instant) -> Result<Self, Fault> {
        let door = Door::new(api, token, deadline).map_err(|why| match why {
            NoDoor::Url(why) => Fault::usage(format!("the URL of GitLab's API {why}: CI_API_V4_URL is something like https://gitlab.com/api/v4")),
            NoDoor::Token => Fault::usage("there is no token for GitLab: set SANDGATE_GITLAB_TOKEN"),
        })?;
        if project.is_empty() || matches!(project, "." | "..") {
            return Err(Fault::usage(format!(
                "`{project}` is no project: CI_PROJECT_ID is a number"
            )));
        }
        Ok(Self { door, project: project.to_owned() })
    }

    /// The same at another pace.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { door: self.door.paced(pace), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_one_part_of_a_path() {
        let of =
            |project: &str| Settings::new("https://x", project, Secret::new("t"), Instant::now());
        for good in ["5", "group/sub/name"] {
            assert!(of(good).is_ok(), "{good}");
        }
        for bad in ["", ".", ".."] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
