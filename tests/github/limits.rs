//! The three things that a 403 can be, and the other refusals.

use std::time::Duration;

use sandgate::{
    exit::Exit,
    ship::forge::{
        github::{
            Fault, Limit,
            checks::{self, Conclusion},
            deployments, pulls, statuses,
        },
        row,
    },
};
use serde_json::{Value, json};

use crate::world::{Fake, HEAD, World, answer, client, client_until, fast, row};

#[tokio::test]
async fn a_lacking_permission_is_told_by_the_line_to_add() {
    let world = World::new(&[]).await;
    let client = client(&world.api, "ghs_read");
    assert!(pulls::get(&client, 7).await.unwrap().is_some());
    let deployment = deployments::New {
        sha: HEAD,
        environment: "dev",
        description: "",
        id: "1",
        record: Value::Null,
        transient: false,
        production: false,
    };
    let check = checks::New {
        name: "sandgate",
        sha: HEAD,
        id: "1",
        details_url: None,
        conclusion: Conclusion::Success,
        title: "fine",
        summary: "fine",
        annotations: &[],
    };
    for (fault, needs) in [
        (row::publish(&client, &row("web", "x")).await.unwrap_err(), "statuses: write"),
        (deployments::create(&client, &deployment).await.unwrap_err(), "deployments: write"),
        (checks::create(&client, &check).await.unwrap_err(), "checks: write"),
    ] {
        assert!(matches!(fault, Fault::Permission { .. }), "{fault:?}");
        assert_eq!(fault.needs(), Some(needs));
        assert_eq!(fault.exit(), Exit::Auth);
        let told = fault.into_error();
        assert!(told.help.unwrap().contains(&format!("add `{needs}`")));
    }
    let posts = world.running.calls().into_iter().filter(|call| call.method == "POST").count();
    assert_eq!(posts, 3, "no permission comes by trying again");
}

#[tokio::test]
async fn what_cannot_be_seen_tells_what_it_may_need() {
    let world = World::new(&[]).await;
    let fault = deployments::set(
        &world.client(),
        1,
        &deployments::NewStatus {
            state: deployments::State::Success,
            description: "",
            log_url: None,
            environment_url: None,
            auto_inactive: false,
        },
    )
    .await
    .unwrap_err();
    assert!(matches!(fault, Fault::Missing { .. }), "{fault:?}");
    assert_eq!(fault.needs(), Some("deployments: write"));
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_told_and_never_shown() {
    let token = "ghs_secretsecretsecret";
    let fake = Fake::new(move |_, _| {
        answer(401, &[], &format!(r#"{{"message": "Bad credentials: {token}"}}"#))
    });
    let fault = pulls::get(&client(&fake.api, token), 7).await.unwrap_err();
    assert!(matches!(fault, Fault::Token { .. }), "{fault:?}");
    let told = format!("{fault:?} {:?}", fault.clone().into_error());
    assert!(!told.contains(token) && told.contains("Bad credentials"), "{told}");
    let request = &fake.requests()[0];
    assert!(request.contains("authorization: Bearer ghs_secret"), "{request}");
    assert!(request.contains("user-agent: sandgate/"), "{request}");
    assert!(request.contains("accept: application/vnd.github+json, application/json;q=0.9"));
    assert!(request.contains("x-github-api-version: 20"), "{request}");
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn a_secondary_limit_is_waited_for_and_the_post_made_once() {
    for fault in ["403", "403-retry", "429", "429-retry"] {
        let fault = format!("POST /api/v3/repos/*/*/statuses/*#1={fault}");
        let world = World::new(&[&fault]).await;
        row::publish(&world.client(), &row("web", "x")).await.unwrap();
        assert_eq!(world.calls("POST", HEAD).len(), 2, "{fault}");
        assert_eq!(world.there().await["statuses"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_limit_that_ends_too_late_is_told() {
    let world = World::new(&["POST /api/v3/repos/*/*/statuses/*=403"]).await;
    let client = client_until(&world.api, "ghs_job", Duration::from_millis(500), fast());
    let fault = row::publish(&client, &row("web", "x")).await.unwrap_err();
    let Fault::Limited { limit, .. } = &fault else { panic!("{fault:?}") };
    assert_eq!(*limit, Limit::Secondary);
    assert_eq!(fault.needs(), None);
    assert_eq!(world.calls("POST", HEAD).len(), 1, "a minute is not there");
}

#[tokio::test]
async fn the_primary_limit_is_told_from_the_others() {
    let world = World::new(&[]).await;
    world.seed("limits", json!({"hour": 2})).await;
    let client = client_until(&world.api, "ghs_job", Duration::from_millis(500), fast());
    for _ in 0..2 {
        statuses::newest(&client, HEAD).await.unwrap();
    }
    let fault = statuses::newest(&client, HEAD).await.unwrap_err();
    let Fault::Limited { limit, pause, .. } = &fault else { panic!("{fault:?}") };
    assert_eq!(*limit, Limit::Primary);
    // The rest of an hour that lasts 72 s.
    assert!(*pause > Duration::from_secs(50) && *pause < Duration::from_secs(80), "{pause:?}");
}

#[tokio::test]
async fn writes_of_a_minute_are_limited_as_at_github() {
    let world = World::new(&[]).await;
    world.seed("limits", json!({"writes_minute": 3})).await;
    let client = world.client();
    for number in 0..4 {
        row::publish(&client, &row("web", &number.to_string())).await.unwrap();
    }
    let refused = world.calls("POST", HEAD).iter().filter(|call| call.status == Some(403)).count();
    assert!(refused > 0, "the fourth waits for the minute to end");
    assert_eq!(world.there().await["statuses"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_is_not_accepted_tells_which_field() {
    let world = World::new(&[]).await;
    let client = world.client();
    let new = statuses::New {
        context: "x",
        state: statuses::State::Success,
        description: "",
        target_url: Some("ftp://x"),
    };
    let fault = statuses::create(&client, HEAD, &new).await.unwrap_err();
    let Fault::Api { status: 422, .. } = &fault else { panic!("{fault:?}") };
    assert!(fault.detail().contains("target_url must use http(s) scheme"), "{}", fault.detail());
}
