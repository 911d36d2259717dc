//! Sandboxes that end by themselves.

use sandgate::sim::Config;
use serde_json::{Value, json};

use crate::client::Client;

fn body(name: &str, spec: &Value) -> Value {
    let mut body = json!({
        "metadata": {"name": name},
        "spec": {"runtime": {"image": "blaxel/base-image:latest"}},
    });
    for (key, value) in spec.as_object().unwrap() {
        body["spec"][key] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_sandbox_ends_by_its_policy_and_its_record_stays_a_while() {
    // Five minutes are three seconds here.
    let client = Client::with(Config { time_factor: 0.01, ..Config::default() });
    let policy = json!([{"type": "ttl-max-age", "value": "30s", "action": "delete"}]);
    let spec = json!({"lifecycle": {"expirationPolicies": policy}});
    let made = client.call("POST", "/sandboxes", &body("short", &spec)).await.ok(200);
    assert!(made["expiresIn"].is_number(), "{made}");
    client.call("POST", "/sandboxes", &body("long", &json!({}))).await.ok(200);
    client.until_status("short", "TERMINATED").await;
    let names = |list: &Value| -> Vec<Value> {
        list["data"].as_array().unwrap().iter().map(|row| row["metadata"]["name"].clone()).collect()
    };
    assert_eq!(names(&client.get("/sandboxes").await.ok(200)), ["long"]);
    let all = client.get("/sandboxes?showTerminated=true").await.ok(200);
    assert_eq!(names(&all), ["long", "short"]);
    client.call("PUT", "/sandboxes/short", &body("short", &spec)).await.ok(404);
    while client.get("/sandboxes/short").await.status != 404 {}
    client.get("/sandboxes/long").await.ok(200);
}

#[tokio::test]
async fn the_name_of_an_ended_sandbox_is_free() {
    let client = Client::with(Config { time_factor: 0.01, ..Config::default() });
    let spec = json!({"lifecycle": {"expirationPolicies": [{"type": "ttl-idle", "value": "30s"}]}});
    client.call("POST", "/sandboxes", &body("box", &spec)).await.ok(200);
    client.until_status("box", "TERMINATED").await;
    client.call("POST", "/sandboxes", &body("box", &json!({}))).await.ok(200);
    client.until_status("box", "DEPLOYED").await;
}

#[tokio::test]
async fn lifetimes_are_checked() {
    let client = Client::with(Config::default());
    for spec in [
        json!({"lifecycle": {"expirationPolicies": [{"type": "never"}]}}),
        json!({"lifecycle": {"expirationPolicies": [{"type": "ttl-idle", "value": "x"}]}}),
        json!({"lifecycle": []}),
        json!({"runtime": {"image": "blaxel/base-image:latest", "ttl": "1m"}}),
        json!({"region": "eu-atlantis-1"}),
        json!({"runtime": {"image": "blaxel/base-image:latest", "ports": [{"target": 443}]}}),
        json!({"runtime": {"image": "blaxel/base-image:latest", "ports": [{"target": 1, "protocol": "sctp"}]}}),
    ] {
        let answer = client.call("POST", "/sandboxes", &body("box", &spec)).await;
        assert_eq!(answer.status, 400, "{spec}: {answer:?}");
    }
    client.get("/sandboxes/box").await.ok(404);
}

#[tokio::test]
async fn an_unknown_image_is_answered_with_those_that_are_known() {
    let client = Client::with(Config::default());
    for (image, status) in [
        ("blaxel/base-image:latest", 200),
        ("blaxel/base-image", 200),
        ("blaxel/none:latest", 400),
        ("blaxel/base-image:v9", 400),
        ("sandbox/none:latest", 400),
        ("base-image", 400),
        ("ghcr.io/owner/image:1", 200),
    ] {
        let name = format!("box-{}", image.len());
        let sent = body(&name, &json!({"runtime": {"image": image}}));
        let answer = client.call("POST", "/sandboxes", &sent).await;
        assert_eq!(answer.status, status, "{image}: {answer:?}");
        if status == 400 {
            assert_eq!(answer.json["code"], "INVALID_IMAGE");
            assert_eq!(answer.json["details"]["requested_image"], image);
            let known = answer.json["details"]["supported_images"].as_array().unwrap();
            assert!(known.contains(&json!("blaxel/node:latest")), "{answer:?}");
        }
        client.delete(&format!("/sandboxes/{name}")).await;
        while client.get(&format!("/sandboxes/{name}")).await.status != 404 {}
    }
}
