//! GitHub's events, read with tolerance: older payloads lack fields, and those of forks and merged pull requests can be
//! nearly empty. What is not there is `None`; nothing is an error. Texts are as they came: they are the repository's.

use serde_json::Value;

/// The most commits of a push that are looked at.
const COMMITS: usize = 2048;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `pull_request`, and `pull_request_target`.
    PullRequest(PullRequest),
    /// `push`.
    Push(Push),
    /// `merge_group`, and a pipeline of a merge train.
    MergeGroup(MergeGroup),
    /// `workflow_dispatch`, and `repository_dispatch`.
    Dispatch(Dispatch),
    /// `release`.
    Release(Release),
    /// `workflow_run`.
    WorkflowRun(WorkflowRun),
    /// `schedule`.
    Schedule,
    /// Any other, by its name.
    Other(String),
}

/// The repository that the event is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repository {
    /// `OWNER/NAME`.
    pub name: Option<String>,
    /// Its default branch.
    pub default_branch: Option<String>,
}

/// One side of a pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// Its commit.
    pub sha: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// `OWNER/NAME` of its repository; `None` where that was deleted.
    pub repository: Option<String>,
}

/// `pull_request`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: Option<u64>,
    /// `opened`, `synchronize`, `closed`, …
    pub action: String,
    /// What is to be merged.
    pub head: Side,
    /// What it is to be merged into.
    pub base: Side,
    /// Whether it is merged. The merge commit is filled in even where it is not.
    pub merged: bool,
    /// The label that it was just given.
    pub label: Option<String>,
    /// Whether the event is `pull_request_target`, which has the secrets of the repository.
    pub target: bool,
}

impl PullRequest {
    /// Whether it comes from another repository, or from one that nobody knows.
    pub fn is_from_fork(&self) -> bool {
        self.head.repository.is_none() || self.head.repository != self.base.repository
    }

    /// Whether nobody knows any more where it came from.
    pub fn is_of_nobody(&self) -> bool {
        self.head.repository.is_none()
    }
}

/// `push`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Push {
    /// The branch.
    pub branch: Option<String>,
    /// The tag, where it is no branch.
    pub tag: Option<String>,
    /// The commit before; `None` for a new branch.
    pub before: Option<String>,
    /// The commit after; `None` where a tag names something else.
    pub after: Option<String>,
    /// Whether the branch or tag is gone.
    pub deleted: bool,
    /// Whether the branch was rewritten.
    pub forced: bool,
    /// Message of the last commit.
    pub message: String,
    /// The commits, the oldest first, each with its message: a merge queue pushes several merges at once.
    pub commits: Vec<(String, String)>,
}

/// `merge_group`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeGroup {
    /// `checks_requested`, `destroyed`.
    pub action: String,
    /// What it is compared with.
    pub base: Option<String>,
    /// Its commit.
    pub head: Option<String>,
    /// The pull request that its branch is called after.
    pub number: Option<u64>,
}

/// `workflow_dispatch`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dispatch {
    /// The branch.
    pub branch: Option<String>,
    /// The tag, where it is no branch.
    pub tag: Option<String>,
}

impl Dispatch {
    /// Of the whole name of a branch or tag.
    pub fn of(name: Option<&str>) -> Self {
        Self { branch: branch(name), tag: tag(name) }
    }
}

/// `release`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// `published`, `created`, …
    pub action: String,
    /// Its tag.
    pub tag: Option<String>,
    /// Whether it is a pre-release.
    pub prerelease: bool,
    /// Whether it is a draft.
    pub draft: bool,
}

/// `workflow_run`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkflowRun {
    /// The event that started the run.
    pub event: String,
    /// The commit that it ran on.
    pub head: Option<String>,
    /// `OWNER/NAME` of the repository of that commit.
    pub repository: Option<String>,
    /// `OWNER/NAME` of the repository that the workflow is of.
    pub base: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// How it ended.
    pub conclusion: Option<String>,
}

impl Event {
    /// Reads the payload of the event `name`.
    pub fn read(name: &str, payload: &Value) -> Self {
        match name {
            "pull_request" | "pull_request_target" => {
                Self::PullRequest(pull_request(payload, name == "pull_request_target"))
            }
            "push" => Self::Push(push(payload)),
            "merge_group" => Self::MergeGroup(merge_group(payload)),
            "workflow_dispatch" | "repository_dispatch" => {
                Self::Dispatch(Dispatch::of(text(payload, "/ref").as_deref()))
            }
            "release" => Self::Release(Release {
                action: text(payload, "/action").unwrap_or_default(),
                tag: text(payload, "/release/tag_name"),
                prerelease: flag(payload, "/release/prerelease"),
                draft: flag(payload, "/release/draft"),
            }),
            "workflow_run" => Self::WorkflowRun(WorkflowRun {
                event: text(payload, "/workflow_run/event").unwrap_or_default(),
                head: sha(payload, "/workflow_run/head_sha"),
                repository: text(payload, "/workflow_run/head_repository/full_name"),
                base: text(payload, "/workflow_run/repository/full_name")
                    .or_else(|| text(payload, "/repository/full_name")),
                branch: text(payload, "/workflow_run/head_branch"),
                conclusion: text(payload, "/workflow_run/conclusion"),
            }),
            "schedule" => Self::Schedule,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Repository {
    /// Reads which repository a payload is of.
    pub fn read(payload: &Value) -> Self {
        Self {
            name: text(payload, "/repository/full_name"),
            default_branch: text(payload, "/repository/default_branch")
                .or_else(|| text(payload, "/repository/master_branch")),
        }
    }
}

fn pull_request(payload: &Value, target: bool) -> PullRequest {
    let side = |name: &str| Side {
        sha: sha(payload, &format!("/pull_request/{name}/sha")),
        branch: text(payload, &format!("/pull_request/{name}/ref")),
        repository: text(payload, &format!("/pull_request/{name}/repo/full_name")),
    };
    let action = text(payload, "/action").unwrap_or_default();
    PullRequest {
        number: number(payload, "/number").or_else(|| number(payload, "/pull_request/number")),
        label: text(payload, "/label/name").filter(|_| action == "labeled"),
        action,
        head: side("head"),
        base: side("base"),
        merged: flag(payload, "/pull_request/merged"),
        target,
    }
}

fn push(payload: &Value) -> Push {
    let name = text(payload, "/ref");
    let after = sha(payload, "/after");
    let tag = tag(name.as_deref());
    Push {
        branch: branch(name.as_deref()),
        before: sha(payload, "/before"),
        deleted: flag(payload, "/deleted") || after.is_none(),
        // After the push of an annotated tag, that is the tag, and no commit.
        after: if tag.is_some() { sha(payload, "/head_commit/id") } else { after },
        tag,
        forced: flag(payload, "/forced"),
        message: text(payload, "/head_commit/message").unwrap_or_default(),
        commits: commits(payload),
    }
}

fn commits(payload: &Value) -> Vec<(String, String)> {
    let all = payload["commits"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |commit| Some((sha(commit, "/id")?, text(commit, "/message").unwrap_or_default()));
    all.iter().take(COMMITS).filter_map(of).collect()
}

fn merge_group(payload: &Value) -> MergeGroup {
    // refs/heads/gh-readonly-queue/main/pr-12-<sha>
    let head = text(payload, "/merge_group/head_ref").unwrap_or_default();
    let last = head.rsplit('/').next().unwrap_or_default();
    let digits = last.strip_prefix("pr-").and_then(|rest| rest.split('-').next());
    MergeGroup {
        action: text(payload, "/action").unwrap_or_default(),
        base: sha(payload, "/merge_group/base_sha"),
        head: sha(payload, "/merge_group/head_sha"),
        number: digits.and_then(|digits| digits.parse().ok()),
    }
}

fn branch(name: Option<&str>) -> Option<String> {
    let name = name?;
    match name.strip_prefix("refs/heads/") {
        Some(branch) => Some(branch.to_owned()),
        None => (!name.starts_with("refs/")).then(|| name.to_owned()),
    }
}

fn tag(name: Option<&str>) -> Option<String> {
    name?.strip_prefix("refs/tags/").map(str::to_owned)
}

fn text(value: &Value, at: &str) -> Option<String> {
    value.pointer(at)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn number(value: &Value, at: &str) -> Option<u64> {
    value.pointer(at)?.as_u64().filter(|number| *number > 0)
}

fn flag(value: &Value, at: &str) -> bool {
    value.pointer(at).and_then(Value::as_bool).unwrap_or_default()
}

/// A commit: hexadecimal, and not the zeros that stand for none.
fn sha(value: &Value, at: &str) -> Option<String> {
    text(value, at).filter(|sha| {
        (40..=64).contains(&sha.len())
            && sha.bytes().all(|byte| byte.is_ascii_hexdigit())
            && sha.bytes().any(|byte| byte != b'0')
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Event, Push};

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn what_is_not_there_is_no_error() {
        for name in ["pull_request", "push", "merge_group", "release", "workflow_run", "x"] {
            for payload in
                [json!({}), json!(null), json!([]), json!({"pull_request": 1, "ref": {}})]
            {
                let _ = Event::read(name, &payload);
            }
        }
        let Event::PullRequest(pull) = Event::read("pull_request", &json!({})) else { panic!() };
        assert!(pull.is_from_fork() && !pull.merged && pull.number.is_none());
    }

    #[test]
    fn a_fork_is_known_by_its_repository() {
        let of = |head: serde_json::Value| {
            let payload = json!({"pull_request": {
                "head": {"repo": head}, "base": {"repo": {"full_name": "o/r"}}
            }});
            let Event::PullRequest(pull) = Event::read("pull_request", &payload) else { panic!() };
            pull.is_from_fork()
        };
        assert!(!of(json!({"full_name": "o/r"})));
        assert!(of(json!({"full_name": "evil/r"})));
        assert!(of(json!(null)));
    }

    #[test]
    fn zeros_are_no_commit() {
        let payload = json!({"ref": "refs/heads/a/b", "before": "0".repeat(40), "after": SHA});
        let Event::Push(push) = Event::read("push", &payload) else { panic!() };
        let branch = Some("a/b".to_owned());
        assert_eq!(push, Push { branch, after: Some(SHA.into()), ..Push::default() });
        let payload = json!({"ref": "refs/tags/v1", "after": SHA, "deleted": true});
        let Event::Push(push) = Event::read("push", &payload) else { panic!() };
        assert_eq!((push.branch, push.tag.as_deref(), push.after), (None, Some("v1"), None));
        assert!(push.deleted);
        let commit = "89abcdef0123456789abcdef0123456789abcdef";
        let payload = json!({"ref": "refs/tags/v1", "after": SHA, "head_commit": {"id": commit}});
        let Event::Push(push) = Event::read("push", &payload) else { panic!() };
        assert_eq!(push.after.as_deref(), Some(commit));
        assert!(!push.deleted);
    }

    #[test]
    fn a_merge_queue_names_the_pull_request() {
        let payload = json!({"merge_group": {
            "head_ref": format!("refs/heads/gh-readonly-queue/release/1.x/pr-12-{SHA}"),
            "base_sha": SHA,
        }});
        let Event::MergeGroup(group) = Event::read("merge_group", &payload) else { panic!() };
        assert_eq!((group.number, group.base.as_deref()), (Some(12), Some(SHA)));
    }
}
