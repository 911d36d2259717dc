//! GitHub's own example payloads, all of them. `SANDGATE_WEBHOOKS` names the `index.json` of npm
//! `@octokit/webhooks-examples`; without it this part says loudly that it did not run.

use std::collections::BTreeMap;

use sandgate::ship::ci::{Asked, Command, Event, Job, Repository, decide};
use serde_json::Value;

#[test]
fn every_example_is_read_and_those_that_matter_decide_rightly() {
    let Some(path) = std::env::var_os("SANDGATE_WEBHOOKS") else {
        let required = std::env::var_os("SANDGATE_REQUIRE_REAL").is_some();
        assert!(!required, "SANDGATE_WEBHOOKS has to name the examples");
        eprintln!("NOT RUN: set SANDGATE_WEBHOOKS to index.json of @octokit/webhooks-examples");
        return;
    };
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut reports = 0;
    let mut runs = Vec::new();
    for kind in all.as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        for payload in kind["examples"].as_array().unwrap() {
            let event = Event::read(name, payload);
            let repository = Repository::read(payload);
            let asked = Asked {
                default_branch: repository.default_branch.as_deref(),
                promotes: true,
                credentials: true,
                ..Asked::default()
            };
            let decision = decide(&event, &asked);
            *counts.entry(name.to_owned()).or_default() += 1;
            let action = payload["action"].as_str().unwrap_or_default();
            match &event {
                Event::PullRequest(pull) => {
                    assert!(pull.number.is_some(), "{payload}");
                    let sides =
                        [&payload["pull_request"]["head"], &payload["pull_request"]["base"]];
                    let [head, base] = sides.map(|side| side["repo"]["full_name"].as_str());
                    let fork = head.is_none() || head != base;
                    let want = match (fork, action) {
                        (true, "closed") => Job::Nothing,
                        (true, _) => Job::Do(Command::Lint),
                        (false, "closed") => Job::Do(Command::Cleanup),
                        (false, _) => Job::Do(Command::Preview),
                    };
                    assert_eq!((decision.job, decision.fork), (want, fork), "{action}");
                    assert_eq!(
                        decision.commit.as_deref(),
                        payload["pull_request"]["head"]["sha"].as_str()
                    );
                }
                Event::Push(push) => {
                    let name = payload["ref"].as_str().unwrap();
                    let want =
                        match (payload["deleted"].as_bool(), name.strip_prefix("refs/heads/")) {
                            (Some(true), _) => Job::Nothing,
                            (_, Some(branch))
                                if repository.default_branch.as_deref() == Some(branch) =>
                            {
                                Job::Do(Command::Promote)
                            }
                            _ => Job::Do(Command::Lint),
                        };
                    assert_eq!(decision.job, want, "{name}");
                    assert!(push.branch.is_some() || push.tag.is_some(), "{name}");
                }
                Event::MergeGroup(group) => {
                    assert!(group.base.is_some() && group.head.is_some() && group.number.is_some());
                    let want =
                        if action == "destroyed" { Job::Nothing } else { Job::Do(Command::Lint) };
                    assert_eq!(decision.job, want);
                }
                Event::Release(release) => {
                    let want = match (action, release.prerelease, release.draft) {
                        ("published", false, false) => Job::Do(Command::Promote),
                        ("published", true, false) => Job::Do(Command::Lint),
                        _ => Job::Nothing,
                    };
                    assert_eq!(decision.job, want, "{action}");
                }
                Event::WorkflowRun(run) => {
                    runs.push(payload);
                    reports += usize::from(decision.job == Job::Do(Command::Report));
                    assert!(run.head.is_some() && run.repository.is_some());
                    let want = if run.event == "pull_request" {
                        Job::Do(Command::Report)
                    } else {
                        Job::Nothing
                    };
                    assert_eq!(decision.job, want, "{}", run.event);
                }
                _ => assert!(
                    !matches!(decision.job, Job::Do(Command::Promote | Command::Deploy))
                        || name.ends_with("_dispatch")
                ),
            }
        }
    }
    // None of them is of a fork's pull request, which is what a report is made for: here is one that is.
    assert_eq!(reports, 0);
    let mut of_fork = (*runs.first().unwrap()).clone();
    of_fork["workflow_run"]["event"] = "pull_request".into();
    of_fork["workflow_run"]["head_repository"]["full_name"] = "stranger/fork".into();
    let event = Event::read("workflow_run", &of_fork);
    let decision = decide(&event, &Asked::default());
    assert_eq!(decision.job, Job::Do(Command::Report));
    assert_eq!(decision.commit.as_deref(), of_fork["workflow_run"]["head_sha"].as_str());
    assert!(counts.len() > 50 && counts["pull_request"] > 20, "{counts:?}");
}
