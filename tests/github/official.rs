//! Every call of the client, for `tests/github/official/run`: with the official description of the API in between.

use std::{env, time::Duration};

use sandgate::ship::forge::{
    comment::{Target, upsert},
    github::{
        checks::{self, Conclusion},
        comments, deployments, pulls, statuses, users,
    },
    row,
};
use serde_json::json;

use crate::{
    calls::annotations,
    comment::{leg, target},
    world::{HEAD, client_until, fast, row, table},
};

/// Does nothing unless `SANDGATE_TEST_GITHUB` is the address of an API with `o/r` and its pull request 7.
#[tokio::test]
async fn every_call_is_as_the_description_wants_it() {
    let Ok(api) = env::var("SANDGATE_TEST_GITHUB") else { return };
    let within = Duration::from_secs(50);
    let client = client_until(&api, "ghs_job", within, fast());
    let web = row::Row { target_url: Some("https://ci.example/1".into()), ..row("web", "one") };
    for row in [&web, &row("api", "two"), &row("web", "three")] {
        assert!(leg(&client, row).await.unwrap().settled);
    }
    assert_eq!(statuses::newest(&client, HEAD).await.unwrap().len(), 2);
    let all = comments::list(&client, 7).await.unwrap();
    assert!(comments::find(&client, all[0].id).await.unwrap().is_some());
    let person = client_until(&api, "ghp_ada", within, fast());
    assert!(leg(&client, &row("web", "four")).await.unwrap().settled);
    let hers = Target { author: "ada", ..target() };
    let made = upsert(&person, &hers, &mut |rows, _| Some(table(rows))).await.unwrap();
    assert!(comments::delete(&client, made.id.unwrap()).await.unwrap());

    let new = deployments::New {
        sha: HEAD,
        environment: "dev",
        description: "web at k3x9f2",
        id: "run 1, web",
        record: json!({"image": "sandbox/web:k3x9f2"}),
        transient: true,
        production: false,
    };
    let made = deployments::create(&client, &new).await.unwrap();
    for state in
        [deployments::State::Queued, deployments::State::InProgress, deployments::State::Success]
    {
        let status = deployments::NewStatus {
            state,
            description: "web",
            log_url: Some("https://ci.example/1"),
            environment_url: Some("https://preview.example"),
            auto_inactive: false,
        };
        deployments::set(&client, made.id, &status).await.unwrap();
    }
    assert_eq!(deployments::statuses(&client, made.id).await.unwrap().len(), 3);
    assert_eq!(deployments::list(&client, Some(HEAD), "dev").await.unwrap().len(), 1);
    let other = deployments::New { id: "2", environment: "pr-7", ..new };
    let other = deployments::create(&client, &other).await.unwrap();
    let ended = deployments::NewStatus {
        state: deployments::State::Inactive,
        description: "",
        log_url: None,
        environment_url: None,
        auto_inactive: true,
    };
    deployments::set(&client, other.id, &ended).await.unwrap();

    let annotations = annotations(120);
    let check = checks::New {
        name: "sandgate",
        sha: HEAD,
        id: "run 1",
        details_url: Some("https://ci.example/1"),
        conclusion: Conclusion::Neutral,
        title: "120 warnings",
        summary: "All of them.",
        annotations: &annotations,
    };
    assert_eq!(checks::create(&client, &check).await.unwrap().annotations, 120);
    assert_eq!(checks::list(&client, HEAD, "sandgate").await.unwrap()[0].annotations, 120);

    assert!(pulls::get(&client, 7).await.unwrap().is_some());
    assert_eq!(pulls::of_commit(&client, HEAD).await.unwrap().len(), 1);
    assert_eq!(pulls::from_branch(&client, "o:bump").await.unwrap().len(), 1);
    assert_eq!(users::me(&person).await.unwrap().as_deref(), Some("ada"));
}
