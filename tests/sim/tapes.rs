//! An exchange is recorded without its secrets, and played again.

use std::path::Path;

use sandgate::sim::{Config, Recording, Running, Scenario, record, replay, start};
use serde_json::{Value, json};

use crate::client::{Client, DOCKERFILE, archive};

const KEY: &str = "c4nary-key-of-the-api";

/// A client of something that runs.
fn client(running: Running) -> Client {
    let mut client = Client::new(Scenario::Happy);
    client.running = running;
    client.key = KEY;
    client
}

fn recorder(upstream: &str, file: &Path) -> Client {
    client(
        record(Recording {
            port: 0,
            upstream: upstream.to_owned(),
            file: file.to_owned(),
            mask: |text| text.replace("c4nary-by-its-look", "[removed]"),
        })
        .unwrap(),
    )
}

/// A deployment with secrets in every place that may hold one. Gives the statuses that were seen.
async fn deployment(client: &Client) -> Vec<Value> {
    let auth = "cm9ib3Q6YzRuYXJ5LXJlZ2lzdHJ5"; // robot:c4nary-registry
    let body = json!({
        "metadata": {"name": "box", "labels": {"note": "c4nary-by-its-look"}},
        "spec": {"runtime": {
            "memory": 2048,
            "dockerConfig": json!({"auths": {"ghcr.io": {"auth": auth}}}).to_string(),
            "envs": [{"name": "TOKEN", "value": "c4nary-env-value"}],
        }},
    });
    client.call("PUT", "/sandboxes/box?upload=true", &body).await.ok(404);
    let made = client.call("POST", "/sandboxes?upload=true&other=c4nary-query", &body).await;
    let dockerfile = format!("{DOCKERFILE}RUN echo c4nary-env-value\n");
    let files = archive(&[("Dockerfile", &dockerfile), ("secret", "c4nary-in-the-archive")]);
    assert_eq!(client.upload(&made.url(), files).await.status, 200);
    let (_, seen) = client.until_status("box", "DEPLOYED").await;
    let logs = "/observability/logs?resourceType=sandboxes&workloadIds=box";
    client.until(logs, |json| json["box"]["logs"].is_array()).await;
    let preview = json!({"metadata": {"name": "web"}, "spec": {"port": 3000, "requestHeaders": {"Authorization": "c4nary-header"}}});
    client.call("POST", "/sandboxes/box/previews", &preview).await.ok(200);
    let token = json!({"metadata": {"name": "t"}, "spec": {}});
    client.call("POST", "/sandboxes/box/previews/web/tokens", &token).await.ok(200);
    client.get("/nothing").await.ok(404);
    seen
}

#[tokio::test]
async fn an_exchange_is_recorded_without_secrets_and_played_again() {
    let platform = start(Config { time_factor: 0.05, ..Config::default() }).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("exchange.json");
    let recording = recorder(&platform.base_url, &file);
    let seen = deployment(&recording).await;
    drop(recording);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        !text.contains("c4nary"),
        "{}",
        &text[text.find("c4nary").unwrap().saturating_sub(200)..]
    );
    for secret in [KEY, "X-Amz-Signature", "X-Amz-Credential", "cm9ib3Q6", "simulated@example.com"]
    {
        assert!(!text.contains(secret), "{secret}");
    }
    let tape: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(tape["version"], 1);
    let upload =
        tape["exchanges"].as_array().unwrap().iter().find(|one| one["path"] == "/_sim/upload/0");
    assert_eq!(upload.unwrap()["sent"]["sha256"].as_str().unwrap().len(), 64);

    // The platform is not needed any more.
    drop(platform);
    let again = deployment(&client(replay(&file, 0).unwrap())).await;
    assert_eq!(again, seen);
}

#[tokio::test]
async fn a_player_repeats_its_last_answer_and_says_what_it_does_not_know() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("exchange.json");
    let get = |status: &str| json!({"method": "GET", "path": "/sandboxes/box", "status": 200, "headers": [], "body": {"status": status}});
    let put = json!({"method": "PUT", "path": "/sandboxes/box", "status": 200, "headers": [], "body": {}});
    let exchanges = json!([get("OLD"), put, get("BUILDING"), get("BUILDING"), get("DEPLOYED")]);
    let tape = json!({"version": 1, "recorder": "a test", "exchanges": exchanges});
    std::fs::write(&file, tape.to_string()).unwrap();
    let client = client(replay(&file, 0).unwrap());
    for _ in 0..3 {
        assert_eq!(client.get("/sandboxes/box").await.ok(200)["status"], "OLD");
    }
    client.call("PUT", "/sandboxes/box", &json!({})).await.ok(200);
    client.until_status("box", "DEPLOYED").await;
    assert_eq!(client.get("/sandboxes/box").await.ok(200)["status"], "DEPLOYED");
    let unknown = client.call("PUT", "/sandboxes/box", &json!({})).await.ok(501);
    assert!(unknown["message"].as_str().unwrap().contains("PUT /sandboxes/box"), "{unknown}");
    assert!(replay(&dir.path().join("none"), 0).is_err());
    std::fs::write(&file, "{\"version\": 2, \"recorder\": \"\", \"exchanges\": []}").unwrap();
    assert!(replay(&file, 0).unwrap_err().to_string().contains("version 2"));
}

#[tokio::test]
async fn a_platform_that_is_not_there_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("exchange.json");
    let platform = start(Config::default()).unwrap();
    let url = platform.base_url.clone();
    drop(platform);
    let recording = recorder(&url, &file);
    recording.get("/sandboxes").await.ok(502);
    let tape: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(tape["exchanges"][0]["status"], 0);
}
