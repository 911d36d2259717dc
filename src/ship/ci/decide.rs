//! What follows from an event: which job runs, as whom, and why.

use super::event::{Dispatch, Event, MergeGroup, PullRequest, Push, Release, WorkflowRun};

/// What the caller may ask for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Check the projects.
    Lint,
    /// Find the images that a change affects.
    Plan,
    /// Build images, and previews of them.
    Preview,
    /// Build images.
    Push,
    /// Build images and sandboxes.
    Deploy,
    /// Build images, or take the one that is named, and share them.
    Promote,
    /// Remove what a pull request left.
    Cleanup,
    /// Compare what is shared with what is declared.
    Audit,
    /// Tell what earlier jobs wrote down.
    Report,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// This.
    Do(Command),
    /// Nothing: there is nothing to do.
    Nothing,
    /// Nothing: it would be unsafe.
    Refused,
}

impl Job {
    /// Whether the settings of the repository have a say in it.
    pub fn is_judged(self) -> bool {
        !matches!(
            self,
            Self::Nothing
                | Self::Refused
                | Self::Do(Command::Cleanup | Command::Audit | Command::Report)
        )
    }
}

/// What the caller says of the run.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// What is to be done; `None` where the event decides.
    pub command: Option<Command>,
    /// The branches whose commits go to production; none means the default branch.
    pub production: &'a [String],
    /// The default branch, where the event names it.
    pub default_branch: Option<&'a str>,
    /// Whether the CI system never says which branch that is.
    pub names_no_default: bool,
    /// Whether there is a workspace to promote to.
    pub promotes: bool,
    /// Whether there are credentials for the platform.
    pub credentials: bool,
    /// Whether the caller answers for the commit.
    pub trusted: bool,
    /// Whether Dependabot started the run, which then sees no secret but Dependabot's own.
    pub dependabot: bool,
    /// The label by which a maintainer lets a fork's commit be built under `pull_request_target`.
    pub label: Option<&'a str>,
}

/// What is done, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is done.
    pub job: Job,
    /// Why, as a clause: "the branch `main` goes to production".
    pub why: String,
    /// What to do about it, where something can be.
    pub help: Option<&'static str>,
    /// Whether less is done than what the caller gave is for.
    pub doubtful: bool,
    /// The pull request that it is about.
    pub pull: Option<u64>,
    /// The commit that statuses and deployments belong to; `None` where only the environment knows it.
    pub commit: Option<String>,
    /// The commit whose settings judge this one: that of the base of a pull request.
    pub base: Option<String>,
    /// Whether the commit comes from another repository.
    pub fork: bool,
    /// Whether what is merged goes to production, as far as that is known.
    pub lands: bool,
    /// The commit must be on one of these branches, which the event does not prove; empty where it proves what it has to.
    pub on: Vec<String>,
}

impl Decision {
    fn new(job: Job, why: impl Into<String>) -> Self {
        Self {
            job,
            why: why.into(),
            help: None,
            doubtful: false,
            pull: None,
            commit: None,
            base: None,
            fork: false,
            lands: true,
            on: Vec::new(),
        }
    }

    /// That nothing is shipped, why, and what to do, where less is done than what the caller gave is for.
    pub fn doubt(&self) -> Option<String> {
        let help = self.help.filter(|_| self.doubtful)?;
        Some(format!("nothing is built or promoted: {}; {help}", self.why))
    }

    fn told(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }
}

fn no_key(asked: &Asked<'_>) -> &'static str {
    if asked.dependabot {
        "runs that Dependabot starts see its own secrets alone: have the key among those to have it built"
    } else {
        "set BL_API_KEY to have it built"
    }
}

/// Decides.
pub fn decide(event: &Event, asked: &Asked<'_>) -> Decision {
    match event {
        Event::PullRequest(pull) => Decision {
            pull: pull.number,
            commit: pull.head.sha.clone(),
            base: pull.base.sha.clone(),
            fork: pull.is_from_fork(),
            lands: lands(pull, asked),
            ..pull_request(pull, asked)
        },
        Event::Push(push) => Decision { commit: push.after.clone(), ..pushed(push, asked) },
        Event::MergeGroup(group) => Decision {
            pull: group.number,
            commit: group.head.clone(),
            base: group.base.clone(),
            ..merge_group(group, asked)
        },
        Event::Dispatch(Dispatch { tag: Some(tag), .. }) => on_tag(tag, asked),
        Event::Dispatch(dispatch) => on_branch(dispatch.branch.as_deref(), asked),
        Event::Release(release) => released(release, asked),
        Event::WorkflowRun(run) => Decision { commit: run.head.clone(), ..after(run, asked) },
        Event::Schedule => match (asked.command, asked.credentials) {
            (Some(command), _) => unasked(command, asked),
            (None, true) => Decision::new(Job::Do(Command::Audit), "a schedule asks for an audit"),
            (None, false) => lint("a schedule, and there are no credentials for an audit"),
        },
        Event::Other(name) => match asked.command {
            Some(command) => unasked(command, asked),
            None if name.is_empty() => lint("no event is known: GITHUB_EVENT_NAME is not set")
                .told("name the event with --event-name (a recorded one is rehearsed with --event FILE beside it), or name what to do with --command"),
            None => lint(&format!("nothing is decided for the event `{name}`"))
                .told("name what to do with --command"),
        },
    }
}

fn lint(why: &str) -> Decision {
    Decision::new(Job::Do(Command::Lint), why)
}

fn by_name(command: Command) -> Decision {
    Decision::new(Job::Do(command), "the caller asks for it")
}

/// A command that was asked for where the event says nothing of a branch.
fn unasked(command: Command, asked: &Asked<'_>) -> Decision {
    match command {
        Command::Promote if !asked.trusted => refused(
            "this event says nothing of a production branch",
            "give --trusted where the workflow itself makes sure of the commit",
        ),
        command => by_name(command),
    }
}

fn refused(why: impl Into<String>, help: &'static str) -> Decision {
    Decision::new(Job::Refused, why).told(help)
}

fn pull_request(pull: &PullRequest, asked: &Asked<'_>) -> Decision {
    let fork = pull.is_from_fork();
    let builds = |command: Command| {
        matches!(command, Command::Preview | Command::Push | Command::Deploy | Command::Promote)
    };
    match asked.command {
        Some(Command::Promote) if !asked.trusted => {
            return refused(
                "a pull request promotes nothing: its commit is not on a production branch",
                "promote on `push`, once it is merged",
            );
        }
        Some(command) if !builds(command) => return by_name(command),
        _ => (),
    }
    if pull.action == "closed" {
        // Where a fork is gone nobody knows that it was one; and a label may have given one a preview. Only what is marked
        // as a preview of this number is removed.
        let had_none = fork && !pull.target && !pull.is_of_nobody();
        return match (had_none, asked.credentials) {
            (true, _) => Decision::new(
                Job::Nothing,
                "a pull request of a fork is closed, which has no preview",
            ),
            (false, false) => Decision::new(
                Job::Nothing,
                "the pull request is closed, and without credentials it had no preview",
            ),
            (false, true) if pull.number.is_none() => Decision::new(
                Job::Nothing,
                "a pull request is closed, and the event does not say which",
            ),
            (false, true) => Decision::new(Job::Do(Command::Cleanup), "the pull request is closed"),
        };
    }
    if fork {
        // A label that was given earlier was given for an earlier commit.
        let labelled = asked.label.is_some() && pull.label.as_deref() == asked.label;
        return match (pull.target, labelled) {
            (false, _) => lint("a pull request of a fork: it has no secrets, and nothing is built")
                .told("the companion workflow of docs/github-action.md comments on it"),
            (true, false) => refused(
                "`pull_request_target` has the secrets of this repository, and the commit is a fork's",
                "use `pull_request`, or let a maintainer allow a commit by the label that --label names",
            ),
            (true, true) => {
                let why = "a maintainer allowed this commit of a fork";
                Decision::new(Job::Do(asked.command.unwrap_or(Command::Preview)), why)
            }
        };
    }
    match (asked.command, asked.credentials) {
        (Some(command), _) => by_name(command),
        (None, true) => Decision::new(Job::Do(Command::Preview), "a pull request gets a preview"),
        (None, false) => {
            lint("a pull request, and there are no credentials to build it").told(no_key(asked))
        }
    }
}

fn pushed(push: &Push, asked: &Asked<'_>) -> Decision {
    if push.deleted {
        return Decision::new(Job::Nothing, "the branch or tag was deleted");
    }
    match &push.tag {
        Some(tag) => match asked.command {
            Some(Command::Promote) if !asked.trusted => {
                of_production(by_name(Command::Promote), asked)
            }
            Some(command) => by_name(command),
            None => lint(&format!("the tag `{tag}` was pushed"))
                .told("name what a tag does with --command, or promote on `release`"),
        },
        None => on_branch(push.branch.as_deref(), asked),
    }
}

fn on_tag(tag: &str, asked: &Asked<'_>) -> Decision {
    match asked.command {
        Some(Command::Promote) if !asked.trusted => refused(
            format!("it was started on the tag `{tag}`, which is no branch"),
            "start it on a branch of --production-branch [default: the default branch]",
        ),
        Some(command) => by_name(command),
        None => lint(&format!("it was started on the tag `{tag}`, which is no branch"))
            .told("start it on a production branch, or name what to do with --command"),
    }
}

/// Branches to promote from where none is known.
const NO_BRANCH: &str = "this CI system does not say which branch is the default one: name those that go to production in SANDGATE_PRODUCTION_BRANCHES, or with --production-branch";

fn on_branch(branch: Option<&str>, asked: &Asked<'_>) -> Decision {
    let shown = branch.unwrap_or("?");
    let production = branch.is_some_and(|branch| is_production(branch, asked));
    let unknown = asked.production.is_empty() && asked.names_no_default;
    match (asked.command, production) {
        (Some(Command::Promote), false) if !asked.trusted && unknown => refused(
            format!("whether the branch `{shown}` is a production branch is not known"),
            NO_BRANCH,
        ),
        (Some(Command::Promote), false) if !asked.trusted => refused(
            format!("the branch `{shown}` is no production branch"),
            "promote from a branch of --production-branch [default: the default branch]",
        ),
        (Some(command), _) => by_name(command),
        (None, false) if unknown && (asked.credentials || asked.promotes) => {
            let why = format!("whether the branch `{shown}` goes to production is not known");
            Decision { doubtful: true, ..lint(&why).told(NO_BRANCH) }
        }
        (None, false) => lint(&format!("the branch `{shown}` is no production branch")),
        (None, true) if !asked.credentials => {
            let why = format!("the branch `{shown}`, and there are no credentials to build it");
            Decision { doubtful: asked.promotes, ..lint(&why).told(no_key(asked)) }
        }
        (None, true) => {
            let command = if asked.promotes { Command::Promote } else { Command::Deploy };
            Decision::new(Job::Do(command), format!("the branch `{shown}` goes to production"))
        }
    }
}

fn is_production(branch: &str, asked: &Asked<'_>) -> bool {
    match asked.production {
        [] => asked.default_branch == Some(branch),
        branches => branches.iter().any(|one| one == branch),
    }
}

/// Whether the merge of a pull request is a push to a production branch. What nobody says may be one.
fn lands(pull: &PullRequest, asked: &Asked<'_>) -> bool {
    let is_known = !asked.production.is_empty() || asked.default_branch.is_some();
    pull.base.branch.as_deref().is_none_or(|branch| !is_known || is_production(branch, asked))
}

fn merge_group(group: &MergeGroup, asked: &Asked<'_>) -> Decision {
    match asked.command {
        _ if group.action == "destroyed" => {
            Decision::new(Job::Nothing, "the merge group was dissolved")
        }
        Some(command @ (Command::Lint | Command::Plan | Command::Report)) => by_name(command),
        _ => lint("what is queued is judged before it is merged, and nothing of it is built yet"),
    }
}

fn released(release: &Release, asked: &Asked<'_>) -> Decision {
    let tag = release.tag.as_deref().unwrap_or("?");
    match asked.command {
        Some(command @ (Command::Lint | Command::Audit | Command::Report)) => by_name(command),
        _ if release.draft || release.action != "published" => Decision::new(
            Job::Nothing,
            format!("the release `{tag}` is {}, not published", release.action),
        ),
        Some(Command::Promote) if !asked.trusted => of_production(by_name(Command::Promote), asked),
        Some(command) => by_name(command),
        None if release.prerelease => lint(&format!("`{tag}` is a pre-release")),
        None if asked.promotes && asked.credentials => {
            let released = Decision::new(Job::Do(Command::Promote), format!("`{tag}` is released"));
            if asked.trusted { released } else { of_production(released, asked) }
        }
        None if asked.promotes => {
            let why = format!("`{tag}` is released, and there are no credentials to build it");
            Decision { doubtful: true, ..lint(&why).told(no_key(asked)) }
        }
        None => lint(&format!("`{tag}` is released, and nothing says where to"))
            .told("give --promote-to, and set BL_API_KEY"),
    }
}

/// Anybody who writes may tag any commit and release it, and what the release says it was made on is free text.
fn of_production(decision: Decision, asked: &Asked<'_>) -> Decision {
    let on: Vec<String> = match asked.production {
        [] => asked.default_branch.map(str::to_owned).into_iter().collect(),
        branches => branches.to_vec(),
    };
    if on.is_empty() {
        return refused(
            "a tag is on no branch, and no production branch is known",
            "name the branches with --production-branch",
        );
    }
    Decision { on, ..decision }
}

fn after(run: &WorkflowRun, asked: &Asked<'_>) -> Decision {
    match asked.command {
        Some(Command::Report) | None if run.event != "pull_request" => {
            Decision::new(Job::Nothing, format!("the workflow ran for `{}`", run.event))
        }
        Some(Command::Report) | None if run.repository.is_some() && run.repository == run.base => {
            Decision::new(
                Job::Nothing,
                "the pull request is this repository's own: its run told of it by itself",
            )
        }
        Some(Command::Report) | None => {
            Decision::new(Job::Do(Command::Report), "the workflow of a pull request has ended")
        }
        Some(_) => refused(
            "a run after another has the secrets of this repository, and what it would build is another's commit",
            "only `report` runs here",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Asked, Command, Decision, Job, decide};
    use crate::ship::ci::Event;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    fn all() -> Asked<'static> {
        Asked {
            default_branch: Some("main"),
            promotes: true,
            credentials: true,
            ..Asked::default()
        }
    }

    fn of(name: &str, payload: &Value, asked: &Asked<'_>) -> Decision {
        decide(&Event::read(name, payload), asked)
    }

    fn pull(action: &str, fork: bool) -> Value {
        let from = if fork { "evil/r" } else { "o/r" };
        json!({"action": action, "number": 12, "pull_request": {
            "head": {"sha": SHA, "repo": {"full_name": from}},
            "base": {"sha": SHA, "ref": "main", "repo": {"full_name": "o/r"}},
            "merge_commit_sha": SHA, "labels": [{"name": "safe"}],
        }, "label": {"name": "safe"}})
    }

    /// The same of a fork that was deleted.
    fn gone(action: &str) -> Value {
        let mut payload = pull(action, true);
        payload["pull_request"]["head"]["repo"] = Value::Null;
        payload
    }

    fn pushed(name: &str) -> Value {
        json!({"ref": name, "after": SHA})
    }

    #[test]
    fn the_event_decides() {
        let lint = Job::Do(Command::Lint);
        let none = Asked { default_branch: Some("main"), ..Asked::default() };
        let plain = Asked { promotes: false, ..all() };
        let cases = [
            ("pull_request", pull("opened", false), all(), Job::Do(Command::Preview)),
            ("pull_request", pull("opened", false), none.clone(), lint),
            ("pull_request", pull("opened", true), all(), lint),
            ("pull_request", pull("closed", false), all(), Job::Do(Command::Cleanup)),
            ("pull_request", pull("closed", true), all(), Job::Nothing),
            ("pull_request_target", pull("closed", true), all(), Job::Do(Command::Cleanup)),
            ("pull_request", gone("closed"), all(), Job::Do(Command::Cleanup)),
            ("pull_request", gone("closed"), none.clone(), Job::Nothing),
            ("pull_request", gone("opened"), all(), lint),
            ("pull_request", json!({"action": "closed"}), all(), Job::Nothing),
            ("pull_request", pull("closed", false), none.clone(), Job::Nothing),
            ("pull_request_target", pull("opened", true), all(), Job::Refused),
            ("pull_request", json!({}), all(), lint),
            ("push", pushed("refs/heads/main"), all(), Job::Do(Command::Promote)),
            ("push", pushed("refs/heads/main"), plain, Job::Do(Command::Deploy)),
            ("push", pushed("refs/heads/main"), none.clone(), lint),
            ("push", pushed("refs/heads/topic"), all(), lint),
            ("push", pushed("refs/tags/main"), all(), lint),
            ("push", json!({"ref": "refs/heads/main", "deleted": true}), all(), Job::Nothing),
            ("merge_group", json!({"action": "checks_requested"}), all(), lint),
            ("merge_group", json!({"action": "destroyed"}), all(), Job::Nothing),
            (
                "workflow_dispatch",
                json!({"ref": "refs/heads/main"}),
                all(),
                Job::Do(Command::Promote),
            ),
            ("workflow_dispatch", json!({"ref": "refs/heads/topic"}), all(), lint),
            ("workflow_dispatch", json!({"ref": "refs/tags/main"}), all(), lint),
            (
                "release",
                json!({"action": "published", "release": {"tag_name": "v1"}}),
                all(),
                Job::Do(Command::Promote),
            ),
            (
                "release",
                json!({"action": "published", "release": {"tag_name": "v1"}}),
                Asked { default_branch: None, ..all() },
                Job::Refused,
            ),
            (
                "release",
                json!({"action": "published", "release": {"prerelease": true}}),
                all(),
                lint,
            ),
            ("release", json!({"action": "created", "release": {}}), all(), Job::Nothing),
            (
                "workflow_run",
                json!({"workflow_run": {"event": "pull_request"}}),
                all(),
                Job::Do(Command::Report),
            ),
            ("workflow_run", json!({"workflow_run": {"event": "push"}}), all(), Job::Nothing),
            ("schedule", json!({}), all(), Job::Do(Command::Audit)),
            ("schedule", json!({}), none, lint),
            ("watch", json!({}), all(), lint),
        ];
        for (name, payload, asked, want) in cases {
            let decision = of(name, &payload, &asked);
            assert_eq!(decision.job, want, "{name} {payload}: {}", decision.why);
        }
    }

    #[test]
    fn a_name_does_not_make_it_safe() {
        let asked = |command| Asked { command: Some(command), ..all() };
        for (name, payload, command, want) in [
            ("pull_request", pull("opened", true), Command::Deploy, Job::Do(Command::Lint)),
            ("pull_request", pull("opened", false), Command::Promote, Job::Refused),
            ("pull_request_target", pull("opened", true), Command::Preview, Job::Refused),
            ("pull_request_target", pull("opened", true), Command::Lint, Job::Do(Command::Lint)),
            ("push", pushed("refs/heads/topic"), Command::Promote, Job::Refused),
            ("push", pushed("refs/tags/v1"), Command::Promote, Job::Do(Command::Promote)),
            (
                "release",
                json!({"action": "deleted", "release": {}}),
                Command::Promote,
                Job::Nothing,
            ),
            ("workflow_dispatch", json!({"ref": "refs/tags/main"}), Command::Promote, Job::Refused),
            ("push", pushed("refs/heads/topic"), Command::Deploy, Job::Do(Command::Deploy)),
            ("merge_group", json!({}), Command::Deploy, Job::Do(Command::Lint)),
            ("merge_group", json!({}), Command::Plan, Job::Do(Command::Plan)),
            ("pull_request", pull("opened", true), Command::Plan, Job::Do(Command::Plan)),
            (
                "workflow_run",
                json!({"workflow_run": {"event": "pull_request"}}),
                Command::Deploy,
                Job::Refused,
            ),
        ] {
            assert_eq!(of(name, &payload, &asked(command)).job, want, "{name} {payload}");
        }
        let trusted = Asked { trusted: true, ..asked(Command::Promote) };
        let payload = pushed("refs/heads/topic");
        assert_eq!(of("push", &payload, &trusted).job, Job::Do(Command::Promote));
        let payload = pull("opened", true);
        assert_eq!(of("pull_request_target", &payload, &trusted).job, Job::Refused);
        let labelled = Asked { label: Some("safe"), ..all() };
        for (action, want) in
            [("labeled", Job::Do(Command::Preview)), ("synchronize", Job::Refused)]
        {
            let decision = of("pull_request_target", &pull(action, true), &labelled);
            assert_eq!(decision.job, want, "{action}");
        }
    }

    #[test]
    fn what_is_merged_into_another_branch_does_not_go_to_production() {
        let into = |base: Value, asked: &Asked<'_>| {
            let mut payload = pull("opened", false);
            payload["pull_request"]["base"]["ref"] = base;
            of("pull_request", &payload, asked).lands
        };
        let named = ["release".to_owned()];
        let named = Asked { production: &named, ..all() };
        assert!(into(json!("main"), &all()) && into(json!("release"), &named));
        assert!(!into(json!("develop"), &all()) && !into(json!("main"), &named));
        // What nobody says may be one.
        let unknown = Asked { default_branch: None, ..all() };
        assert!(into(json!("develop"), &unknown) && into(Value::Null, &all()));
    }

    #[test]
    fn a_tag_that_a_run_is_started_on_is_no_branch() {
        let asked = Asked { command: Some(Command::Promote), ..all() };
        for asked in [asked, all()] {
            let why = of("workflow_dispatch", &json!({"ref": "refs/tags/v1"}), &asked).why;
            assert_eq!(why, "it was started on the tag `v1`, which is no branch");
        }
    }

    #[test]
    fn a_key_that_is_missing_is_asked_for_where_it_would_be_seen() {
        let help = |dependabot| {
            let asked = Asked { credentials: false, dependabot, ..all() };
            of("pull_request", &pull("opened", false), &asked).help.unwrap_or_default()
        };
        assert!(help(false).contains("BL_API_KEY"), "{}", help(false));
        assert!(help(true).contains("Dependabot"), "{}", help(true));
    }

    #[test]
    fn where_no_production_branch_is_known_it_is_said_what_to_set() {
        let unnamed = Asked { default_branch: None, names_no_default: true, ..all() };
        let payload = pushed("refs/heads/main");
        let decision = of("push", &payload, &unnamed);
        assert_eq!((decision.job, decision.doubtful), (Job::Do(Command::Lint), true));
        assert!(decision.help.unwrap().contains("SANDGATE_PRODUCTION_BRANCHES"));
        let asked = Asked { command: Some(Command::Promote), ..unnamed.clone() };
        let refused = of("push", &payload, &asked);
        assert_eq!((refused.job, refused.help), (Job::Refused, decision.help));
        let named = ["release".to_owned()];
        for asked in [
            Asked { promotes: false, credentials: false, ..unnamed.clone() },
            Asked { production: &named, ..unnamed },
            // Jenkins says it of the primary branch alone.
            Asked { default_branch: None, ..all() },
        ] {
            let decision = of("push", &payload, &asked);
            assert_eq!((decision.doubtful, decision.help), (false, None), "{asked:?}");
        }
    }

    #[test]
    fn the_head_of_a_pull_request_is_what_it_is_about() {
        let decision = of("pull_request", &pull("opened", false), &all());
        assert_eq!((decision.pull, decision.commit.as_deref()), (Some(12), Some(SHA)));
        let production = ["release".to_owned()];
        let asked = Asked { production: &production, ..all() };
        assert_eq!(of("push", &pushed("refs/heads/main"), &asked).job, Job::Do(Command::Lint));
        assert_eq!(
            of("push", &pushed("refs/heads/release"), &asked).job,
            Job::Do(Command::Promote)
        );
    }
}
