//! Where on GitLab a run is told of, as its runner says.

use super::{Host, Read};

/// The most merge requests of a branch that are told of: GitLab names no more.
const MOST: usize = 4;

/// Where a run is told of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The root of the API: `https://gitlab.com/api/v4`.
    pub api: Option<String>,
    /// `https://gitlab.com`.
    pub server: Option<String>,
    /// The number of the project that the merge requests are of.
    pub project: Option<String>,
    /// Its page.
    pub page: Option<String>,
    /// The merge requests, by their numbers in that project. Of a pipeline for a branch, those that are open for it.
    pub requests: Vec<u64>,
}

impl Place {
    /// Reads it; elsewhere it is nothing.
    pub fn of(host: Host, read: Read<'_>) -> Self {
        if host != Host::Gitlab {
            return Self::default();
        }
        let common =
            Self { api: read("CI_API_V4_URL"), server: read("CI_SERVER_URL"), ..Self::default() };
        let number = read("CI_MERGE_REQUEST_IID").and_then(|text| text.parse().ok());
        if let Some(number) = number {
            // A fork's pipeline is of the fork's project, and its merge request of another.
            return Self {
                project: read("CI_MERGE_REQUEST_PROJECT_ID").or_else(|| read("CI_PROJECT_ID")),
                page: read("CI_MERGE_REQUEST_PROJECT_URL").or_else(|| read("CI_PROJECT_URL")),
                requests: vec![number],
                ..common
            };
        }
        let own = read("CI_PROJECT_PATH");
        let open = read("CI_OPEN_MERGE_REQUESTS").unwrap_or_default();
        let requests = open.split(',').filter_map(|one| {
            let (project, number) = one.trim().rsplit_once('!')?;
            (Some(project) == own.as_deref()).then(|| number.parse().ok())?
        });
        Self {
            project: read("CI_PROJECT_ID"),
            page: read("CI_PROJECT_URL"),
            requests: requests.take(MOST).collect(),
            ..common
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, Place};

    fn of(variables: &[(&str, &str)]) -> Place {
        let get = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Place::of(Host::Gitlab, &get)
    }

    #[test]
    fn a_merge_request_is_its_own_projects() {
        let place = of(&[
            ("CI_PROJECT_ID", "9"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "5"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_OPEN_MERGE_REQUESTS", "g/p!8"),
        ]);
        assert_eq!((place.project.as_deref(), place.requests), (Some("5"), vec![7]));
    }

    #[test]
    fn a_branch_has_those_that_are_open_for_it_here() {
        let open = "g/p!7,g/other!8, g/p!9,g/p!x,p!1,!2,,g/p!10,g/p!11,g/p!12";
        let place = of(&[
            ("CI_PROJECT_ID", "5"),
            ("CI_PROJECT_PATH", "g/p"),
            ("CI_OPEN_MERGE_REQUESTS", open),
        ]);
        assert_eq!((place.project.as_deref(), place.requests), (Some("5"), vec![7, 9, 10, 11]));
        assert_eq!(of(&[("CI_OPEN_MERGE_REQUESTS", "!2")]).requests, [0; 0]);
    }
}
