//! What is the same for everybody, and the call that removes every unused image.

use sandgate::sim::Scenario;
use serde_json::json;

use crate::client::{Client, DOCKERFILE};

#[tokio::test]
async fn regions_and_hub_images_are_listed() {
    let client = Client::new(Scenario::Happy);
    let locations = client.get("/locations").await.ok(200);
    assert_eq!(locations[0]["region"], "us-pdx-1");
    let configuration = client.get("/configuration").await.ok(200);
    assert_eq!(configuration["regions"].as_array().map(Vec::len), Some(4));
    assert_eq!(configuration["detectedRegion"], "us-pdx-1");
    let hub = client.get("/sandbox/hub").await.ok(200);
    let image = hub.as_array().unwrap().iter().find(|row| row["name"] == "nextjs").unwrap();
    assert_eq!((&image["image"], &image["memory"]), (&json!("blaxel/nextjs:latest"), &json!(4096)));
    assert_eq!(client.get("/features").await.ok(200), json!({"features": {}}));
    client.get("/features/x").await.ok(404);
    let client = Client::new(Scenario::Unauthorized);
    client.get("/locations").await.ok(401);
}

#[tokio::test]
async fn a_delete_without_a_name_removes_what_nothing_uses() {
    let client = Client::new(Scenario::Happy);
    client.deploy("used", &[("Dockerfile", DOCKERFILE)]).await;
    client.until_status("used", "DEPLOYED").await;
    for name in ["shared", "a", "b"] {
        let body = json!({"name": name, "resourceType": "sandbox", "image": "ghcr.io/x/y:1"});
        client.call("POST", "/images?skip-build=true", &body).await.ok(200);
    }
    let share = json!({"targetWorkspace": "prod"});
    client.call("POST", "/images/sandbox/shared/share", &share).await.ok(200);
    assert_eq!(client.delete("/images").await.ok(200)["deleted"], 2);
    for (name, status) in [("used", 200), ("shared", 200), ("a", 404), ("b", 404)] {
        client.get(&format!("/images/sandbox/{name}")).await.ok(status);
    }
    client.delete("/sandboxes/used").await.ok(200);
    while client.get("/sandboxes/used").await.status != 404 {}
    assert_eq!(client.delete("/images").await.ok(200)["deleted"], 1);
}
