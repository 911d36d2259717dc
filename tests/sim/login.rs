//! Tokens that end, and the login of a person.

use sandgate::sim::Config;
use serde_json::{Value, json};

use crate::client::{Answer, Client};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn post(client: &Client, path: &str, body: &Value) -> Answer {
    let url = format!("{}{path}", client.running.base_url);
    client.bare("POST", &url, &[], body.to_string().into_bytes()).await
}

async fn workspaces(client: &Client, token: &Value) -> u16 {
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let url = format!("{}/workspaces", client.running.base_url);
    client.bare("GET", &url, &[("X-Blaxel-Authorization", &bearer)], Vec::new()).await.status
}

#[tokio::test]
async fn a_person_logs_in_at_a_browser() {
    let client = Client::with(Config { key: Some("other".to_owned()), ..Config::default() });
    post(&client, "/login/device", &json!({})).await.ok(400);
    let begun = json!({"client_id": "blaxel", "scope": "offline_access"});
    let begun = post(&client, "/login/device", &begun).await.ok(200);
    let ask =
        json!({"grant_type": DEVICE, "client_id": "blaxel", "device_code": begun["device_code"]});
    let waiting = post(&client, "/oauth/token", &ask).await.ok(400);
    assert_eq!(waiting["error"], "authorization_pending");
    let page = begun["verification_uri_complete"].as_str().unwrap();
    assert_eq!(client.bare("GET", &format!("{page}x"), &[], Vec::new()).await.status, 404);
    assert_eq!(client.bare("GET", page, &[], Vec::new()).await.status, 200);
    let tokens = post(&client, "/oauth/token", &ask).await.ok(200);
    assert_eq!(workspaces(&client, &tokens["access_token"]).await, 200);
    // A code serves once.
    assert_eq!(post(&client, "/oauth/token", &ask).await.ok(400)["error"], "invalid_grant");
    assert_eq!(workspaces(&client, &json!("other")).await, 200);
    assert_eq!(workspaces(&client, &tokens["refresh_token"]).await, 401);
}

#[tokio::test]
async fn an_access_token_ends_and_is_renewed() {
    let client = Client::with(Config { token_lifetime: 0, ..Config::default() });
    let begun = post(&client, "/login/device", &json!({"client_id": "blaxel"})).await.ok(200);
    client.bare("GET", begun["verification_uri_complete"].as_str().unwrap(), &[], Vec::new()).await;
    let ask = json!({"grant_type": DEVICE, "device_code": begun["device_code"]});
    let tokens = post(&client, "/oauth/token", &ask).await.ok(200);
    assert_eq!(tokens["expires_in"], 0);
    assert_eq!(workspaces(&client, &tokens["access_token"]).await, 401);
    let renew = json!({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]});
    post(&client, "/oauth/token", &renew).await.ok(200);
}
