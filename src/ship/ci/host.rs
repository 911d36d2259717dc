//! Which CI system this is, and what it says of the run. The only place that knows: everything else asks this.

use serde_json::Value;

use super::event::{Dispatch, Event, MergeGroup, PullRequest, Push, Repository, Side};

/// A variable of the environment; empty is unset.
pub type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The CI systems that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// GitHub Actions, and what works alike (Gitea, Forgejo).
    Github,
    /// GitLab CI.
    Gitlab,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Buildkite.
    Buildkite,
    /// `CircleCI`.
    CircleCi,
    /// Azure Pipelines.
    Azure,
    /// Jenkins.
    Jenkins,
    /// None of them.
    Other,
}

/// What sets one apart from the others; the first that is set counts.
const SIGNS: [(Host, &str); 7] = [
    (Host::Github, "GITHUB_ACTIONS"),
    (Host::Gitlab, "GITLAB_CI"),
    (Host::Bitbucket, "BITBUCKET_BUILD_NUMBER"),
    (Host::Buildkite, "BUILDKITE"),
    (Host::CircleCi, "CIRCLECI"),
    (Host::Azure, "TF_BUILD"),
    (Host::Jenkins, "JENKINS_URL"),
];

impl Host {
    /// Finds out which it is.
    pub fn detect(read: Read<'_>) -> Self {
        SIGNS
            .into_iter()
            .find(|(_, name)| read(name).is_some_and(|value| value != "false"))
            .map_or(Self::Other, |(host, _)| host)
    }

    /// Whether it never says which branch is the default one. Jenkins says of a branch whether it is.
    pub fn names_no_default(self) -> bool {
        matches!(self, Self::Bitbucket | Self::CircleCi | Self::Azure)
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub Actions",
            Self::Gitlab => "GitLab CI",
            Self::Bitbucket => "Bitbucket Pipelines",
            Self::Buildkite => "Buildkite",
            Self::CircleCi => "CircleCI",
            Self::Azure => "Azure Pipelines",
            Self::Jenkins => "Jenkins",
            Self::Other => "no known CI system",
        }
    }
}

/// What the CI system says of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// What happened.
    pub event: Event,
    /// In which repository.
    pub repository: Repository,
    /// The commit that is checked out.
    pub commit: Option<String>,
    /// Number of the run; it grows. 0 where nobody says.
    pub run: u64,
    /// Which attempt, from 1.
    pub attempt: u64,
    /// The page of the run.
    pub url: Option<String>,
}

/// Reads it: from the payload of an event on GitHub, else from the environment.
pub fn read(host: Host, event: Option<&str>, payload: &Value, read: Read<'_>) -> Here {
    let number = |name: &str| read(name).and_then(|text| text.parse().ok()).unwrap_or_default();
    let of = |event, run, attempt: u64, url| Here {
        event,
        repository: Repository::default(),
        commit: None,
        run,
        attempt: attempt.max(1),
        url,
    };
    match host {
        Host::Github => {
            let name = read("GITHUB_REPOSITORY");
            let page = read("GITHUB_SERVER_URL").zip(name.clone()).zip(read("GITHUB_RUN_ID"));
            let known = Repository::read(payload);
            let mut event = Event::read(event.unwrap_or_default(), payload);
            // A dispatch from outside has its branch in the environment alone. A tag may be called as a branch is.
            if let Event::Dispatch(dispatch) = &mut event
                && payload.get("ref").is_none()
            {
                let name = read("GITHUB_REF").filter(|name| name.starts_with("refs/"));
                *dispatch = Dispatch::of(name.as_deref());
            }
            Here {
                event,
                repository: Repository { name: name.or(known.name), ..known },
                commit: read("GITHUB_SHA"),
                run: number("GITHUB_RUN_ID"),
                attempt: number("GITHUB_RUN_ATTEMPT").max(1),
                url: page.map(|((server, name), id)| format!("{server}/{name}/actions/runs/{id}")),
            }
        }
        Host::Gitlab => Here {
            repository: Repository {
                name: read("CI_PROJECT_PATH"),
                default_branch: read("CI_DEFAULT_BRANCH"),
            },
            commit: read("CI_COMMIT_SHA"),
            ..of(gitlab(read), number("CI_PIPELINE_ID"), 1, read("CI_JOB_URL"))
        },
        Host::Bitbucket => Here {
            repository: Repository { name: read("BITBUCKET_REPO_FULL_NAME"), default_branch: None },
            commit: read("BITBUCKET_COMMIT"),
            ..of(
                pull_or_push(
                    read,
                    &Names {
                        pull: "BITBUCKET_PR_ID",
                        branch: "BITBUCKET_BRANCH",
                        base: "BITBUCKET_PR_DESTINATION_BRANCH",
                        base_commit: "BITBUCKET_PR_DESTINATION_COMMIT",
                        commit: "BITBUCKET_COMMIT",
                        tag: "BITBUCKET_TAG",
                    },
                    // Pipelines do not run for pull requests of forks.
                    false,
                ),
                number("BITBUCKET_BUILD_NUMBER"),
                1,
                None,
            )
        },
        Host::Buildkite => {
            let from = read("BUILDKITE_PULL_REQUEST_REPO").map(|url| repository(&url));
            let fork = from.is_some() && from != read("BUILDKITE_REPO").map(|url| repository(&url));
            Here {
                repository: Repository {
                    name: None,
                    default_branch: read("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
                },
                commit: read("BUILDKITE_COMMIT"),
                ..of(
                    pull_or_push(
                        read,
                        &Names {
                            pull: "BUILDKITE_PULL_REQUEST",
                            branch: "BUILDKITE_BRANCH",
                            base: "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
                            base_commit: "",
                            commit: "BUILDKITE_COMMIT",
                            tag: "BUILDKITE_TAG",
                        },
                        fork,
                    ),
                    number("BUILDKITE_BUILD_NUMBER"),
                    number("BUILDKITE_RETRY_COUNT") + 1,
                    read("BUILDKITE_BUILD_URL"),
                )
            }
        }
        Host::CircleCi => {
            // The number is only given for a fork; else it is the end of a URL.
            let fork = read("CIRCLE_PR_NUMBER").is_some();
            let url = read("CIRCLE_PULL_REQUEST").unwrap_or_default();
            let number_of = read("CIRCLE_PR_NUMBER")
                .or_else(|| url.rsplit('/').next().map(str::to_owned))
                .and_then(|text| text.parse().ok());
            let event = match number_of {
                Some(number) => Event::PullRequest(PullRequest {
                    head: side(read("CIRCLE_SHA1"), read("CIRCLE_BRANCH"), fork),
                    base: side(None, None, false),
                    ..numbered(number)
                }),
                None => push(read("CIRCLE_BRANCH"), read("CIRCLE_TAG"), read("CIRCLE_SHA1")),
            };
            Here {
                commit: read("CIRCLE_SHA1"),
                ..of(event, number("CIRCLE_BUILD_NUM"), 1, read("CIRCLE_BUILD_URL"))
            }
        }
        Host::Azure => {
            let branch = read("BUILD_SOURCEBRANCH").unwrap_or_default();
            let number_of = read("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER")
                .or_else(|| read("SYSTEM_PULLREQUEST_PULLREQUESTID"))
                .and_then(|text| text.parse().ok());
            let fork = read("SYSTEM_PULLREQUEST_ISFORK")
                .is_some_and(|text| !text.eq_ignore_ascii_case("false"));
            let event = match (read("BUILD_REASON").as_deref(), number_of) {
                (Some("PullRequest"), Some(number)) => Event::PullRequest(PullRequest {
                    head: side(read("SYSTEM_PULLREQUEST_SOURCECOMMITID"), None, fork),
                    base: side(None, read("SYSTEM_PULLREQUEST_TARGETBRANCHNAME"), false),
                    ..numbered(number)
                }),
                (Some("Schedule"), _) => Event::Schedule,
                _ => push(
                    branch.strip_prefix("refs/heads/").map(str::to_owned),
                    branch.strip_prefix("refs/tags/").map(str::to_owned),
                    read("BUILD_SOURCEVERSION"),
                ),
            };
            Here {
                commit: read("BUILD_SOURCEVERSION"),
                ..of(event, number("BUILD_BUILDID"), number("SYSTEM_JOBATTEMPT"), None)
            }
        }
        Host::Jenkins => {
            let fork = read("CHANGE_FORK").is_some();
            let default = read("BRANCH_IS_PRIMARY").filter(|text| text == "true");
            Here {
                repository: Repository {
                    name: None,
                    default_branch: default.and_then(|_| read("BRANCH_NAME")),
                },
                commit: read("GIT_COMMIT"),
                ..of(
                    pull_or_push(
                        read,
                        &Names {
                            pull: "CHANGE_ID",
                            branch: "BRANCH_NAME",
                            base: "CHANGE_TARGET",
                            base_commit: "",
                            commit: "GIT_COMMIT",
                            tag: "TAG_NAME",
                        },
                        fork,
                    ),
                    number("BUILD_NUMBER"),
                    1,
                    read("BUILD_URL"),
                )
            }
        }
        Host::Other => of(Event::Other("none".to_owned()), 0, 1, None),
    }
}

/// Which variables say what.
struct Names {
    pull: &'static str,
    branch: &'static str,
    base: &'static str,
    base_commit: &'static str,
    commit: &'static str,
    tag: &'static str,
}

/// `OWNER/NAME` of a clone URL, in either of its spellings.
fn repository(url: &str) -> String {
    let url = url.trim_end_matches('/').trim_end_matches(".git");
    let mut parts = url.rsplit(['/', ':']);
    let name = parts.next().unwrap_or_default();
    format!("{}/{name}", parts.next().unwrap_or_default()).to_ascii_lowercase()
}

/// The repository of every side that is not a fork's: only whether two are the same matters.
const HERE: &str = "here";

fn side(sha: Option<String>, branch: Option<String>, fork: bool) -> Side {
    Side { sha, branch, repository: (!fork).then(|| HERE.to_owned()) }
}

fn numbered(number: u64) -> PullRequest {
    PullRequest { number: Some(number), action: "synchronize".to_owned(), ..PullRequest::default() }
}

fn push(branch: Option<String>, tag: Option<String>, after: Option<String>) -> Event {
    Event::Push(Push { branch, tag, after, ..Push::default() })
}

fn pull_or_push(read: Read<'_>, names: &Names, fork: bool) -> Event {
    let number = read(names.pull).and_then(|text| text.parse().ok());
    match number {
        Some(number) => Event::PullRequest(PullRequest {
            head: side(read(names.commit), read(names.branch), fork),
            base: side(read(names.base_commit), read(names.base), false),
            ..numbered(number)
        }),
        None => push(
            read(names.branch).filter(|_| read(names.tag).is_none()),
            read(names.tag),
            read(names.commit),
        ),
    }
}

fn gitlab(read: Read<'_>) -> Event {
    match read("CI_PIPELINE_SOURCE").as_deref() {
        // The pipeline of a merge request starts the children of its own, in which this is a variable of theirs.
        Some("merge_request_event" | "parent_pipeline")
            if read("CI_MERGE_REQUEST_IID").is_some() =>
        {
            let fork = read("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
                != read("CI_MERGE_REQUEST_PROJECT_PATH");
            let number = read("CI_MERGE_REQUEST_IID").and_then(|text| text.parse().ok());
            if read("CI_MERGE_REQUEST_EVENT_TYPE").as_deref() == Some("merge_train") {
                // What is checked out is its merge with all in front of it, as in GitHub's queue.
                return Event::MergeGroup(MergeGroup {
                    action: "checks_requested".to_owned(),
                    base: read("CI_MERGE_REQUEST_TARGET_BRANCH_SHA")
                        .or_else(|| read("CI_MERGE_REQUEST_DIFF_BASE_SHA")),
                    head: read("CI_COMMIT_SHA"),
                    number,
                });
            }
            Event::PullRequest(PullRequest {
                number,
                action: "synchronize".to_owned(),
                head: side(
                    read("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| read("CI_COMMIT_SHA")),
                    read("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
                    fork,
                ),
                base: side(
                    read("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
                    read("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
                    false,
                ),
                ..PullRequest::default()
            })
        }
        Some("schedule") => Event::Schedule,
        _ => push(read("CI_COMMIT_BRANCH"), read("CI_COMMIT_TAG"), read("CI_COMMIT_SHA")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::{Event, Host, read};

    fn of(variables: &[(&str, &str)], event: &str, payload: &Value) -> (Host, super::Here) {
        let all: BTreeMap<&str, &str> = variables.iter().copied().collect();
        let get = |name: &str| all.get(name).map(|value| (*value).to_owned());
        let host = Host::detect(&get);
        (host, read(host, Some(event), payload, &get))
    }

    #[test]
    fn each_system_tells_a_pull_request_from_a_push() {
        type Variables = &'static [(&'static str, &'static str)];
        let pulls: [(Host, Variables, bool); 8] = [
            (
                Host::Gitlab,
                &[
                    ("GITLAB_CI", "true"),
                    ("CI_PIPELINE_SOURCE", "merge_request_event"),
                    ("CI_MERGE_REQUEST_IID", "7"),
                    ("CI_MERGE_REQUEST_PROJECT_PATH", "g/p"),
                    ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "evil/p"),
                ],
                true,
            ),
            (Host::Bitbucket, &[("BITBUCKET_BUILD_NUMBER", "3"), ("BITBUCKET_PR_ID", "7")], false),
            (
                Host::Buildkite,
                &[
                    ("BUILDKITE", "true"),
                    ("BUILDKITE_PULL_REQUEST", "7"),
                    ("BUILDKITE_REPO", "git@github.com:acme/app.git"),
                    ("BUILDKITE_PULL_REQUEST_REPO", "https://github.com/evil/app.git"),
                ],
                true,
            ),
            (
                Host::Buildkite,
                &[
                    ("BUILDKITE", "true"),
                    ("BUILDKITE_PULL_REQUEST", "7"),
                    ("BUILDKITE_REPO", "git@github.com:acme/app.git"),
                    ("BUILDKITE_PULL_REQUEST_REPO", "https://github.com/acme/app"),
                ],
                false,
            ),
            (Host::CircleCi, &[("CIRCLECI", "true"), ("CIRCLE_PR_NUMBER", "7")], true),
            (
                Host::CircleCi,
                &[("CIRCLECI", "true"), ("CIRCLE_PULL_REQUEST", "https://github.com/o/r/pull/7")],
                false,
            ),
            (
                Host::Azure,
                &[
                    ("TF_BUILD", "True"),
                    ("BUILD_REASON", "PullRequest"),
                    ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "7"),
                    ("SYSTEM_PULLREQUEST_ISFORK", "False"),
                ],
                false,
            ),
            (
                Host::Jenkins,
                &[("JENKINS_URL", "x"), ("CHANGE_ID", "7"), ("CHANGE_FORK", "e")],
                true,
            ),
        ];
        for (want, variables, fork) in pulls {
            let (host, here) = of(variables, "", &Value::Null);
            let Event::PullRequest(pull) = here.event else { panic!("{want:?}") };
            assert_eq!((host, pull.number, pull.is_from_fork()), (want, Some(7), fork), "{want:?}");
        }
        let pushes: [Variables; 6] = [
            &[("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "main")],
            &[("BITBUCKET_BUILD_NUMBER", "3"), ("BITBUCKET_BRANCH", "main")],
            &[
                ("BUILDKITE", "true"),
                ("BUILDKITE_PULL_REQUEST", "false"),
                ("BUILDKITE_BRANCH", "main"),
            ],
            &[("CIRCLECI", "true"), ("CIRCLE_BRANCH", "main")],
            &[("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/heads/main")],
            &[("JENKINS_URL", "x"), ("BRANCH_NAME", "main")],
        ];
        for variables in pushes {
            let (host, here) = of(variables, "", &Value::Null);
            let Event::Push(push) = here.event else { panic!("{host:?}") };
            assert_eq!(push.branch.as_deref(), Some("main"), "{host:?}");
        }
        assert_eq!(of(&[("CI", "true")], "", &Value::Null).0, Host::Other);
    }

    #[test]
    fn a_child_pipeline_of_a_merge_request_is_one() {
        let variables = [
            ("GITLAB_CI", "true"),
            ("CI_PIPELINE_SOURCE", "parent_pipeline"),
            ("CI_MERGE_REQUEST_IID", "7"),
        ];
        let Event::PullRequest(pull) = of(&variables, "", &Value::Null).1.event else { panic!() };
        assert_eq!(pull.number, Some(7));
    }

    #[test]
    fn a_merge_train_is_a_queue() {
        let of_type = |more: &[(&str, &str)]| {
            let common = [
                ("GITLAB_CI", "true"),
                ("CI_PIPELINE_SOURCE", "merge_request_event"),
                ("CI_MERGE_REQUEST_IID", "7"),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "a"),
                ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "b"),
                ("CI_COMMIT_SHA", "c"),
            ];
            of(&[&common[..], more].concat(), "", &Value::Null).1.event
        };
        let target = ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "d");
        let train = ("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train");
        for (more, base) in [(&[train][..], "a"), (&[train, target], "d")] {
            let Event::MergeGroup(group) = of_type(more) else { panic!("{more:?}") };
            assert_eq!((group.base.as_deref(), group.head.as_deref()), (Some(base), Some("c")));
            assert_eq!((group.number, group.action.as_str()), (Some(7), "checks_requested"));
        }
        for other in ["detached", "merged_result"] {
            let event = of_type(&[("CI_MERGE_REQUEST_EVENT_TYPE", other), target]);
            assert!(matches!(event, Event::PullRequest(_)), "{other}");
        }
    }

    #[test]
    fn github_tells_by_its_payload() {
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://ghe.example"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_RUN_ID", "31"),
            ("GITHUB_REF", "refs/heads/main"),
        ];
        let payload = json!({"repository": {"full_name": "o/r", "default_branch": "trunk"}});
        let (host, here) = of(&variables, "workflow_dispatch", &payload);
        assert_eq!(host, Host::Github);
        assert_eq!((here.run, here.attempt), (31, 1));
        assert_eq!(here.url.as_deref(), Some("https://ghe.example/o/r/actions/runs/31"));
        assert_eq!(here.repository.default_branch.as_deref(), Some("trunk"));
        let Event::Dispatch(dispatch) = here.event else { panic!() };
        assert_eq!(dispatch.branch.as_deref(), Some("main"));
        // A tag that is called as a branch is none.
        let payload = json!({"ref": "refs/tags/main"});
        let Event::Dispatch(dispatch) = of(&variables, "workflow_dispatch", &payload).1.event
        else {
            panic!()
        };
        assert_eq!(dispatch.branch, None);
    }
}
