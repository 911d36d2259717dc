//! Answers that get lost: what was asked for takes effect once.

use std::time::Duration;

use sandgate::ship::forge::{
    github::{
        Pace,
        checks::{self, Conclusion},
        deployments, statuses,
    },
    row,
};
use serde_json::json;

use crate::{
    calls::annotations,
    world::{HEAD, World, client_until, fast, row},
};

/// What takes effect and is not seen to.
const LOST: &[&str] =
    &["reset-after", "cut", "truncated", "stall-after", "502-html-after", "504-after", "500-after"];
/// What takes no effect.
const NOTHING: &[&str] =
    &["reset-before", "stall-before", "502", "503-retry", "504-html", "portal"];

/// How often a call is made that meets a fault: a lost answer is no reason for another.
fn expected(kind: &str) -> usize {
    if LOST.contains(&kind) { 1 } else { 2 }
}

fn impatient() -> Pace {
    Pace { answer: Duration::from_millis(400), ..fast() }
}

#[tokio::test]
async fn a_status_is_made_once() {
    for kind in LOST.iter().chain(NOTHING) {
        let world = World::new(&[&format!("POST /api/v3/repos/*/*/statuses/*#1={kind}")]).await;
        let client = client_until(&world.api, "ghs_job", Duration::from_secs(30), impatient());
        row::publish(&client, &row("web", "x")).await.unwrap();
        assert_eq!(world.calls("POST", HEAD).len(), expected(kind), "{kind}");
        assert_eq!(world.there().await["statuses"].as_array().unwrap().len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_deployment_and_its_status_are_made_once() {
    for kind in LOST.iter().chain(NOTHING) {
        let world = World::new(&[
            &format!("POST /api/v3/repos/*/*/deployments#1={kind}"),
            &format!("POST /api/v3/repos/*/*/deployments/*/statuses#1={kind}"),
        ])
        .await;
        let client = client_until(&world.api, "ghs_job", Duration::from_secs(30), impatient());
        let new = deployments::New {
            sha: HEAD,
            environment: "dev",
            description: "web",
            id: "run 1, attempt 1, web",
            record: json!({"a": 1}),
            transient: false,
            production: false,
        };
        let made = deployments::create(&client, &new).await.unwrap();
        assert_eq!(made.record, json!({"a": 1}));
        assert_eq!(world.calls("POST", "/deployments").len(), expected(kind), "{kind}");
        let status = deployments::NewStatus {
            state: deployments::State::Success,
            description: "there",
            log_url: None,
            environment_url: None,
            auto_inactive: true,
        };
        let set = deployments::set(&client, made.id, &status).await.unwrap();
        assert_eq!(set.state, Some(deployments::State::Success));
        let there = world.there().await;
        assert_eq!(there["deployments"].as_array().unwrap().len(), 1, "{kind}");
        assert_eq!(there["deployments"][0]["statuses"].as_array().unwrap().len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_check_run_and_each_annotation_are_made_once() {
    let annotations = annotations(120);
    for kind in LOST.iter().chain(NOTHING) {
        let world = World::new(&[
            &format!("POST /api/v3/repos/*/*/check-runs#1={kind}"),
            &format!("PATCH /api/v3/repos/*/*/check-runs/*#1={kind}"),
        ])
        .await;
        let client = client_until(&world.api, "ghs_job", Duration::from_secs(30), impatient());
        let new = checks::New {
            name: "sandgate",
            sha: HEAD,
            id: "run 1",
            details_url: None,
            conclusion: Conclusion::Neutral,
            title: "120 warnings",
            summary: "All of them.",
            annotations: &annotations,
        };
        checks::create(&client, &new).await.unwrap();
        assert_eq!(world.calls("POST", "/check-runs").len(), expected(kind), "{kind}");
        let there = world.there().await;
        assert_eq!(there["checks"].as_array().unwrap().len(), 1, "{kind}");
        let kept = there["checks"][0]["annotations"].as_array().unwrap();
        let messages: Vec<&str> = kept.iter().filter_map(|one| one["message"].as_str()).collect();
        let sent: Vec<&str> = annotations.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(messages, sent, "{kind}");
    }
}

#[tokio::test]
async fn reading_outlasts_what_breaks_on_the_way() {
    for kind in LOST.iter().chain(NOTHING).chain(&["403", "429-retry"]) {
        let world =
            World::new(&[&format!("GET /api/v3/repos/*/*/commits/*/status#1-2={kind}")]).await;
        let client = client_until(&world.api, "ghs_job", Duration::from_secs(30), impatient());
        assert!(statuses::newest(&client, HEAD).await.unwrap().is_empty(), "{kind}");
        assert_eq!(world.calls("GET", "/status?per_page=100").len(), 3, "{kind}");
    }
}
