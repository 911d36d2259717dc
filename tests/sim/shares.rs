//! Images are shared inside the account at once, and across accounts with an approval.

use sandgate::sim::Scenario;
use serde_json::{Value, json};

use crate::client::{Client, DOCKERFILE};

const SHARE: &str = "/images/sandbox/box/share";

async fn with_image(scenario: Scenario) -> Client {
    let client = Client::new(scenario);
    client.deploy("box", &[("Dockerfile", DOCKERFILE)]).await;
    client.until_status("box", "DEPLOYED").await;
    client
}

#[tokio::test]
async fn a_shared_image_is_seen_whole_and_can_be_run() {
    let mut client = with_image(Scenario::Happy).await;
    let to = |target: &str| json!({"targetWorkspace": target});
    for (body, status) in
        [(json!({}), 400), (to(""), 400), (to("ws"), 400), (to("prod"), 200), (to("prod"), 200)]
    {
        client.call("POST", SHARE, &body).await.ok(status);
    }
    client.call("POST", "/images/sandbox/none/share", &to("prod")).await.ok(404);
    let shares = client.get(SHARE).await.ok(200);
    assert_eq!(shares.as_array().map(Vec::len), Some(1));
    assert_eq!((&shares[0]["workspace"], &shares[0]["status"]), (&json!("prod"), &json!("active")));
    client.delete("/sandboxes/box").await.ok(200);
    while client.get("/sandboxes/box").await.status != 404 {}
    client.delete("/images/sandbox/box").await.ok(400);

    client.workspace = "prod".to_owned();
    let image = client.get("/images/sandbox/box").await.ok(200);
    assert_eq!(image["metadata"]["sourceWorkspace"], "ws");
    let tag = image["spec"]["tags"][0]["name"].as_str().unwrap().to_owned();
    assert_eq!(client.get("/images").await.ok(200)[0]["metadata"]["name"], "box");
    // What was shared cannot be shared on, nor deleted.
    client.call("POST", SHARE, &to("third")).await.ok(404);
    client.delete("/images/sandbox/box").await.ok(404);
    let run = json!({
        "metadata": {"name": "live"},
        "spec": {"runtime": {"image": format!("sandbox/box:{tag}")}},
    });
    client.call("POST", "/sandboxes", &run).await.ok(200);

    client.workspace = "ws".to_owned();
    client.delete(&format!("{SHARE}/prod")).await.ok(200);
    client.delete(&format!("{SHARE}/prod")).await.ok(404);
    assert_eq!(client.get(SHARE).await.ok(200), json!([]));
    client.workspace = "prod".to_owned();
    client.get("/images/sandbox/box").await.ok(404);
}

#[tokio::test]
async fn another_account_has_to_accept() {
    let mut client = with_image(Scenario::Happy).await;
    let body = json!({"targetWorkspace": "far", "targetAccountId": "other"});
    let pending = client.call("POST", SHARE, &body).await.ok(202);
    let again = client.call("POST", SHARE, &body).await.ok(202);
    assert_eq!(pending["id"], again["id"]);
    assert_eq!(client.get(SHARE).await.ok(200)[0]["status"], "pending");
    let accept = format!("/pending-image-shares/{}/accept", pending["id"].as_str().unwrap());
    let decline = accept.replace("accept", "decline");
    client.call("POST", &accept, &Value::Null).await.ok(403);
    let outgoing = client.get("/pending-image-shares?direction=outgoing").await.ok(200);
    assert_eq!(outgoing[0]["hasConflict"], false);
    client.get("/pending-image-shares?direction=up").await.ok(400);

    client.workspace = "far".to_owned();
    let incoming = client.get("/pending-image-shares?direction=incoming").await.ok(200);
    assert_eq!(incoming[0]["id"], pending["id"]);
    let expired = [("X-Sandgate-Scenario", "share-expired")];
    client.call_with("POST", &accept, &Value::Null, &expired).await.ok(410);
    let own = json!({"name": "box", "resourceType": "sandbox", "image": "ghcr.io/x/y:1"});
    client.call("POST", "/images?skip-build=true", &own).await.ok(200);
    client.call("POST", &accept, &Value::Null).await.ok(409);
    client.call("POST", &format!("{accept}?force=true"), &Value::Null).await.ok(200);
    client.call("POST", &accept, &Value::Null).await.ok(404);
    let image = client.get("/images/sandbox/box").await.ok(200);
    assert_eq!(image["metadata"]["sourceWorkspace"], "ws");

    client.workspace = "ws".to_owned();
    let taken = json!({"name": "taken", "resourceType": "sandbox", "image": "ghcr.io/x/y:1"});
    client.call("POST", "/images?skip-build=true", &taken).await.ok(200);
    let body = json!({"targetWorkspace": "near", "targetAccountId": "other"});
    let pending = client.call("POST", SHARE, &body).await.ok(202);
    client.workspace = "near".to_owned();
    let decline =
        decline.replace(decline.split('/').nth(2).unwrap(), pending["id"].as_str().unwrap());
    client.call("POST", &decline, &Value::Null).await.ok(204);
    client.call("POST", "/images?skip-build=true", &taken).await.ok(200);
    client.workspace = "ws".to_owned();
    let body = json!({"targetWorkspace": "near"});
    client.call("POST", "/images/sandbox/taken/share", &body).await.ok(409);
}
