//! Faults on the way, and the list of the calls that were made.

use std::time::Instant;

use sandgate::sim::{Config, Fault, Kind, Scenario};
use serde_json::{Value, json};

use crate::client::{Client, DOCKERFILE, archive, sandbox};

const POST: &str = "/sandboxes?upload=true";

fn with(faults: &[&str]) -> Client {
    let faults = faults.iter().map(|text| text.parse::<Fault>().unwrap()).collect();
    Client::with(Config { faults, time_factor: 0.05, ..Config::default() })
}

/// What became of a call: its status and its body, or how it broke.
async fn tried(
    client: &Client,
    method: &str,
    path: &str,
    body: Vec<u8>,
) -> Result<(u16, String), String> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(2))
        .build()
        .unwrap();
    let answer = http
        .request(method.parse().unwrap(), format!("{}{path}", client.running.base_url))
        .header("X-Blaxel-Authorization", "Bearer synthetic-key")
        .header("X-Blaxel-Workspace", "ws")
        .body(body)
        .send()
        .await;
    let told = |err: &reqwest::Error| {
        let mut text = err.to_string();
        let mut source = std::error::Error::source(err);
        while let Some(err) = source {
            text.push_str(&format!(": {err}"));
            source = err.source();
        }
        text
    };
    let answer = answer.map_err(|err| told(&err))?;
    let status = answer.status().as_u16();
    Ok((status, answer.text().await.map_err(|err| told(&err))?))
}

async fn post(client: &Client) -> Result<(u16, String), String> {
    tried(client, "POST", POST, sandbox("box").to_string().into_bytes()).await
}

#[tokio::test]
async fn each_fault_breaks_the_first_call_and_tells_the_truth_of_its_effect() {
    for (name, _) in Kind::named() {
        let kind: Kind = name.parse().unwrap();
        let fault: Fault = format!("POST /sandboxes#1={name}").parse().unwrap();
        // The port is closed for as long as it is said to be, so that a call can be made meanwhile.
        let time_factor = if kind == Kind::Down { 2.0 } else { 0.05 };
        let client = Client::with(Config { faults: vec![fault], time_factor, ..Config::default() });
        let broken = post(&client).await;
        match (kind, &broken) {
            (
                Kind::ResetBefore
                | Kind::ResetInRequest
                | Kind::ResetAfter
                | Kind::Down
                | Kind::Cut
                | Kind::StallBefore
                | Kind::StallAfter,
                Err(_),
            ) => {}
            (Kind::Truncated, Ok((200, text))) => {
                assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
            }
            (Kind::Slow | Kind::WrongType, Ok((200, text))) => {
                assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
            }
            (Kind::Portal, Ok((200, text))) => assert!(text.contains("Sign in"), "{text}"),
            (Kind::Redirect, Ok((307, _))) => {}
            _ => panic!("{name}: {broken:?}"),
        }
        if kind == Kind::Down {
            let refused = tried(&client, "GET", "/sandboxes/box", Vec::new()).await.unwrap_err();
            assert!(refused.contains("refused"), "{refused}");
            while tried(&client, "GET", "/sandboxes/box", Vec::new()).await.is_err() {}
        }
        let there = client.get("/sandboxes/box").await.status == 200;
        assert_eq!(there, kind.takes_effect(), "{name}");
        let again = post(&client).await.unwrap();
        assert_eq!(again.0, if there { 409 } else { 200 }, "{name}: {again:?}");
        let calls = client.running.calls();
        assert_eq!(calls[0].fault.as_deref(), Some(name));
        let lost = broken.is_err();
        assert_eq!(calls[0].status.is_none(), lost, "{name}: {calls:?}");
    }
}

#[tokio::test]
async fn a_reset_is_one() {
    for kind in ["reset-before", "reset-after"] {
        let broken = post(&with(&[&format!("POST /sandboxes={kind}")])).await.unwrap_err();
        assert!(broken.contains("reset") || broken.contains("closed"), "{broken}");
    }
}

#[tokio::test]
async fn a_status_says_what_it_was_asked_to() {
    for (kind, status, html, effect, retry) in [
        ("500", 500, false, false, false),
        ("429-retry", 429, false, false, true),
        ("504-html-after", 504, true, true, false),
        ("408", 408, false, false, false),
        ("409", 409, false, false, false),
    ] {
        let client = with(&[&format!("* /sandboxes#1={kind}")]);
        let answer = client.call("POST", POST, &sandbox("box")).await;
        assert_eq!((answer.status, answer.json.is_null()), (status, html), "{kind}: {answer:?}");
        assert_eq!(answer.headers.contains_key("retry-after"), retry, "{kind}");
        let there = client.get("/sandboxes/box").await.status == 200;
        assert_eq!(there, effect, "{kind}");
    }
}

#[tokio::test]
async fn an_upload_breaks_off_in_its_body() {
    let client = with(&["PUT /store/*#1=reset-in-request"]);
    let first = client.call("POST", POST, &sandbox("box")).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = vec![0; 8 * 1024 * 1024];
    let broken = http.put(first.url()).header("Content-Type", "application/zip").body(body).send();
    assert!(broken.await.is_err());
    let second = client.call("PUT", "/sandboxes/box?upload=true", &sandbox("box")).await;
    let files = archive(&[("Dockerfile", DOCKERFILE)]);
    assert_eq!(client.upload(&second.url(), files).await.status, 200);
    client.until_status("box", "DEPLOYED").await;
}

#[tokio::test]
async fn scenarios_break_the_first_change_alone() {
    for (scenario, effect) in [
        (Scenario::ResetBefore, false),
        (Scenario::ResetAfter, true),
        (Scenario::TruncatedJson, true),
        (Scenario::SlowBody, true),
        (Scenario::Stall, true),
        (Scenario::Redirect, false),
    ] {
        let client = Client::new(scenario);
        let started = Instant::now();
        drop(post(&client).await);
        if scenario == Scenario::SlowBody {
            // Sixteen drops, each behind the one before.
            assert!(started.elapsed().as_millis() >= 150, "{:?}", started.elapsed());
        }
        assert_eq!(client.get("/sandboxes/box").await.status == 200, effect, "{scenario:?}");
        let again = post(&client).await.unwrap();
        assert_eq!(again.0, if effect { 409 } else { 200 }, "{scenario:?}: {again:?}");
        // The same by a header, on a platform that is happy.
        let client = Client::new(Scenario::Happy);
        let header = [("X-Sandgate-Scenario", scenario.name())];
        let url = format!("{}{POST}", client.running.base_url);
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(std::time::Duration::from_secs(2))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let sent = http
            .post(url)
            .header("X-Blaxel-Authorization", "Bearer synthetic-key")
            .header("X-Blaxel-Workspace", "ws")
            .header(header[0].0, header[0].1)
            .body(sandbox("box").to_string());
        drop(sent.send().await);
        let met = client.running.calls()[0].fault.clone();
        assert_eq!(met.as_deref(), Some(scenario_fault(scenario)), "{scenario:?}");
    }
}

fn scenario_fault(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::TruncatedJson => "truncated",
        Scenario::SlowBody => "slow",
        Scenario::Stall => "stall-after",
        other => other.name(),
    }
}

#[tokio::test]
async fn calls_are_listed_without_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("calls.jsonl");
    let client =
        Client::with(Config { log: Some(log.clone()), time_factor: 0.05, ..Config::default() });
    client.deploy("box", &[("Dockerfile", DOCKERFILE)]).await;
    client.until_status("box", "DEPLOYED").await;
    client.get("/sandboxes?q=box&secret=c4nary-of-a-query").await.ok(200);
    let root = client.running.base_url.trim_end_matches("/v0").to_owned();
    let url = format!("{root}/_sim/calls");
    let listed = client.bare("GET", &url, &[], Vec::new()).await.ok(200);
    let calls = listed["calls"].as_array().unwrap();
    let made: Vec<_> = calls
        .iter()
        .take(3)
        .map(|call| {
            (
                call["method"].as_str().unwrap(),
                call["path"].as_str().unwrap().split('/').nth(1).unwrap(),
                &call["status"],
            )
        })
        .collect();
    assert_eq!(
        made,
        [("PUT", "v0", &json!(404)), ("POST", "v0", &json!(200)), ("PUT", "store", &json!(200))]
    );
    assert_eq!(calls[1]["path"], "/v0/sandboxes?upload=true");
    assert_eq!(
        (&calls[1]["workspace"], &calls[1]["version"]),
        (&json!("ws"), &json!("2026-04-28"))
    );
    let last = calls.last().unwrap();
    assert_eq!(last["path"], "/v0/sandboxes?q=box");
    let text = std::fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().count(), calls.len());
    for line in text.lines() {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["version"], 1);
    }
    for secret in ["X-Amz-Signature", "c4nary", "synthetic-key"] {
        assert!(!text.contains(secret) && !listed.to_string().contains(secret), "{secret}");
    }
    assert_eq!(client.bare("DELETE", &url, &[], Vec::new()).await.status, 204);
    assert_eq!(client.running.calls(), []);
}
