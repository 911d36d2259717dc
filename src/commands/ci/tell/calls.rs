//! The calls to GitHub that a run would make, in their order: nobody is called. What depends on an answer says so.

use super::{
    super::{Done, merging::environment, overtaken, scene::Scene},
    client::is_read_only,
    comment::own_key,
    comment_calls::{self, Comment},
    rows,
    wanted::{self, Wanted},
};
use crate::{
    cli,
    record::{
        Status,
        leg::{Did, Leg},
    },
    ship::{
        ci::{Command, Job},
        forge::{Row, github::deployments::State},
    },
};

/// The calls, a line each.
pub(super) fn all(args: &cli::Ci, scene: &Scene, done: &Done, comment: Comment) -> String {
    let repository = scene.here.repository.name.as_deref().unwrap_or("OWNER/REPO");
    let (Some(sha), feedback) = (scene.commit.as_deref(), &args.feedback) else {
        return "none: no commit is known\n".to_owned();
    };
    if is_read_only(scene) {
        return "none: the token of a fork's pull request can write nothing\n".to_owned();
    }
    let own = scene.decision.job != Job::Do(Command::Report);
    let at = format!("/repos/{repository}");
    let mut lines = Vec::new();
    if scene.decision.job == Job::Do(Command::Preview)
        && let Some(number) = overtaken::asks(args, scene)
    {
        lines.push(format!("GET {at}/pulls/{number}, whether this is its newest commit"));
    }
    if own {
        let key = own_key(args);
        let (statuses, deployments) = (feedback.status, feedback.deployments);
        let builds = |leg: &&Leg| matches!(leg.did, Did::Preview | Did::Push | Did::Deploy);
        let begins = |leg: &&Leg| leg.status != Status::Refused;
        let legs = || done.legs.iter();
        if statuses {
            let begun = legs().filter(builds).filter(begins);
            let begun = begun.flat_map(|leg| rows::begun(leg, sha, key.as_deref()));
            let begun: Vec<String> = begun.map(|one| row(&at, sha, &one)).collect();
            let counts = deployments && !begun.is_empty();
            lines.extend(begun);
            if counts {
                lines.push(format!("GET {at}/commits/{sha}/status, how many jobs begin with it"));
            }
        }
        for leg in legs().filter(begins) {
            lines.extend(before(args, scene, leg, &at));
            if deployments {
                for one in wanted::of(args, scene, leg) {
                    lines.push(format!("POST {at}/deployments environment={}", one.environment));
                    lines.push(format!("POST {at}/deployments/ID/statuses state=in_progress"));
                }
            }
        }
        lines.extend(merged(args, scene, &done.legs, &at));
        if statuses {
            let ended = rows::all(args, &done.legs, sha);
            lines.extend(ended.iter().map(|one| row(&at, sha, one)));
            if !done.legs.is_empty() {
                lines.push(format!("GET {at}/commits/{sha}/status, how many jobs end with it"));
            }
        }
        if deployments {
            let ended = legs().filter(begins).flat_map(|leg| wanted::of(args, scene, leg));
            lines.extend(ended.flat_map(|one| told(&at, &one, statuses)));
            lines.extend(removed(scene, &done.legs, &at));
        }
    }
    if comment != Comment::None {
        lines.extend(comment_calls::all(scene, (&at, sha), comment));
    }
    if feedback.check && own && !done.legs.is_empty() {
        lines.push(format!("POST {at}/check-runs"));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn row(at: &str, sha: &str, row: &Row) -> String {
    format!(
        "POST {at}/statuses/{sha} context=sandgate/{} state={} description={}",
        row.image,
        row.state.name(),
        row.description
    )
}

/// What was promoted before, read before a promotion.
fn before(args: &cli::Ci, scene: &Scene, leg: &Leg, at: &str) -> Vec<String> {
    let first = scene.targets.first().filter(|_| leg.did == Did::Promote);
    first.map_or_else(Vec::new, |target| {
        earlier(
            at,
            &environment(args, target.workspace.as_str()),
            "it has a promotion of the image",
        )
    })
}

/// What is promoted now, read for what merging does.
fn merged(args: &cli::Ci, scene: &Scene, legs: &[Leg], at: &str) -> Vec<String> {
    if legs.iter().all(|leg| leg.merging.is_empty()) {
        return Vec::new();
    }
    let mut names: Vec<String> =
        scene.targets.iter().map(|target| environment(args, target.workspace.as_str())).collect();
    names.sort();
    names.dedup();
    names.iter().flat_map(|name| earlier(at, name, "it has a promotion of an image")).collect()
}

fn earlier(at: &str, environment: &str, has: &str) -> Vec<String> {
    vec![
        format!("GET {at}/deployments environment={environment}"),
        format!("GET {at}/deployments/ID/statuses, where {has}"),
    ]
}

/// How a deployment ended, and the end of the one before it.
fn told(at: &str, one: &Wanted<'_>, statuses: bool) -> Vec<String> {
    let mut lines = vec![format!("POST {at}/deployments/ID/statuses state={}", one.state.name())];
    if one.state == State::Success {
        lines.extend(earlier(at, &one.environment, "it has an older one of the image"));
        lines.push(format!(
            "POST {at}/deployments/ID/statuses state=inactive, where the older one is active or waits"
        ));
        if statuses && one.leg.did == Did::Promote {
            lines.push(format!("POST {at}/statuses/SHA state=success, where the older one waits"));
        }
    }
    lines
}

/// The end of the deployments of previews that are removed.
fn removed(scene: &Scene, legs: &[Leg], at: &str) -> Vec<String> {
    let (Some(pull), true) = (scene.pull, legs.iter().any(|leg| leg.did == Did::Cleanup)) else {
        return Vec::new();
    };
    vec![
        format!("GET {at}/deployments environment=pr-{pull}"),
        format!("GET {at}/deployments/ID/statuses, where it has one of the image"),
        format!("POST {at}/deployments/ID/statuses state=inactive, where it has one of the image"),
    ]
}
