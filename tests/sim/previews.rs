//! Addresses of a sandbox, and the tokens that open private ones.

use sandgate::sim::{Config, Scenario};
use serde_json::{Value, json};

use crate::client::{Client, DOCKERFILE};

const PREVIEWS: &str = "/sandboxes/box/previews";

async fn deployed(time_factor: f64) -> Client {
    let client = Client::with(Config { time_factor, ..Config::default() });
    client.deploy("box", &[("Dockerfile", DOCKERFILE)]).await;
    client.until_status("box", "DEPLOYED").await;
    client
}

fn preview(name: &str, spec: &Value) -> Value {
    json!({"metadata": {"name": name}, "spec": spec})
}

async fn visit(client: &Client, url: &str, headers: &[(&str, &str)]) -> u16 {
    client.bare("GET", url, headers, Vec::new()).await.status
}

#[tokio::test]
async fn a_preview_leads_to_its_port() {
    let client = deployed(0.05).await;
    let spec = json!({"port": 3000, "public": true, "prefixUrl": "pr-7", "responseHeaders": {"x-from": "preview"}});
    client.call("POST", "/sandboxes/none/previews", &preview("web", &spec)).await.ok(404);
    let made = client.call("POST", PREVIEWS, &preview("web", &spec)).await.ok(200);
    assert_eq!(made["metadata"]["resourceName"], "box");
    let url = made["spec"]["url"].as_str().unwrap();
    assert!(url.ends_with("/preview/pr-7-ws"), "{url}");
    let seen = client.bare("GET", url, &[], Vec::new()).await;
    assert_eq!(seen.headers["x-from"], "preview");
    assert_eq!(seen.ok(200)["port"], 3000);

    // Neither a name nor a prefix is given twice, but by force.
    client.call("POST", PREVIEWS, &preview("web", &json!({"port": 1}))).await.ok(409);
    client.call("POST", PREVIEWS, &preview("other", &spec)).await.ok(409);
    let forced = format!("{PREVIEWS}?force=true");
    client.call("POST", &forced, &preview("other", &spec)).await.ok(200);
    client.get(&format!("{PREVIEWS}/web")).await.ok(404);
    let list = client.get(PREVIEWS).await.ok(200);
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!(list[0]["metadata"]["name"], "other");

    let path = format!("{PREVIEWS}/other");
    let private = preview("other", &json!({"port": 4000, "prefixUrl": "pr-7"}));
    let changed = client.call("PUT", &path, &private).await.ok(200);
    assert_eq!((&changed["spec"]["public"], &changed["spec"]["url"]), (&json!(false), &json!(url)));
    assert_eq!(visit(&client, url, &[]).await, 401);
    client.call("PUT", &format!("{PREVIEWS}/none"), &preview("none", &spec)).await.ok(404);
    client.call("PUT", &path, &preview("not-other", &spec)).await.ok(400);
    client.delete(&path).await.ok(200);
    client.delete(&path).await.ok(404);
    assert_eq!(visit(&client, url, &[]).await, 404);
}

#[tokio::test]
async fn a_private_preview_takes_a_token() {
    let client = deployed(0.05).await;
    let made = client.call("POST", PREVIEWS, &preview("web", &json!({"port": 3000}))).await.ok(200);
    let url = made["spec"]["url"].as_str().unwrap();
    let tokens = format!("{PREVIEWS}/web/tokens");
    let body = json!({"metadata": {"name": ""}, "spec": {"expiresAt": "2099-01-01T00:00:00Z"}});
    let token = client.call("POST", &tokens, &body).await.ok(200);
    let past = json!({"metadata": {"name": "old"}, "spec": {"expiresAt": "2020-01-01T00:00:00Z"}});
    let old = client.call("POST", &tokens, &past).await.ok(200);
    client.call("POST", &tokens, &past).await.ok(409);
    let bad = json!({"metadata": {"name": "bad"}, "spec": {"expiresAt": "soon"}});
    client.call("POST", &tokens, &bad).await.ok(400);
    assert_eq!((&token["spec"]["expired"], &old["spec"]["expired"]), (&json!(false), &json!(true)));
    let (good, old) =
        (token["spec"]["token"].as_str().unwrap(), old["spec"]["token"].as_str().unwrap());
    for (sent, status) in [(good, 200), (old, 401), ("made-up", 401)] {
        assert_eq!(visit(&client, &format!("{url}?bl_preview_token={sent}"), &[]).await, status);
        assert_eq!(visit(&client, url, &[("X-Blaxel-Preview-Token", sent)]).await, status);
    }
    assert_eq!(client.get(&tokens).await.ok(200).as_array().map(Vec::len), Some(2));
    let name = token["metadata"]["name"].as_str().unwrap();
    client.delete(&format!("{tokens}/{name}")).await.ok(200);
    client.delete(&format!("{tokens}/{name}")).await.ok(404);
    assert_eq!(visit(&client, &format!("{url}?bl_preview_token={good}"), &[]).await, 401);
}

#[tokio::test]
async fn what_a_preview_may_be_is_checked() {
    let client = deployed(0.05).await;
    for spec in [
        json!({}),
        json!({"port": 80}),
        json!({"port": 0}),
        json!({"port": "3000"}),
        json!({"port": 1, "public": "yes"}),
        json!({"port": 1, "prefixUrl": "Upper"}),
        json!({"port": 1, "expires": "soon"}),
        json!({"port": 1, "ttl": "soon"}),
        json!({"port": 1, "requestHeaders": {"a": 1}}),
    ] {
        let answer = client.call("POST", PREVIEWS, &preview("web", &spec)).await;
        assert_eq!(answer.status, 400, "{spec}: {answer:?}");
    }
    for body in [
        json!({"spec": {"port": 1}}),
        preview("", &json!({"port": 1})),
        json!({"metadata": {"name": "a"}}),
    ] {
        client.call("POST", PREVIEWS, &body).await.ok(400);
    }
}

#[tokio::test]
async fn a_preview_ends_with_its_time_and_its_sandbox() {
    let client = deployed(0.01).await;
    let spec = json!({"port": 3000, "public": true, "ttl": "30s"});
    let made = client.call("POST", PREVIEWS, &preview("short", &spec)).await.ok(200);
    let spec = json!({"port": 3000, "public": true});
    let long = client.call("POST", PREVIEWS, &preview("long", &spec)).await.ok(200);
    let url = made["spec"]["url"].as_str().unwrap();
    while visit(&client, url, &[]).await != 404 {}
    let url = long["spec"]["url"].as_str().unwrap();
    assert_eq!(visit(&client, url, &[]).await, 200);
    client.delete("/sandboxes/box").await.ok(200);
    while client.get("/sandboxes/box").await.status != 404 {}
    assert_eq!(visit(&client, url, &[]).await, 404);
    client.get(PREVIEWS).await.ok(404);
}

#[tokio::test]
async fn nothing_listens_before_the_sandbox_is_deployed() {
    let client = Client::new(Scenario::Slow);
    client.deploy("box", &[("Dockerfile", DOCKERFILE)]).await;
    let spec = json!({"port": 3000, "public": true});
    let made = client.call("POST", PREVIEWS, &preview("web", &spec)).await.ok(200);
    assert_eq!(visit(&client, made["spec"]["url"].as_str().unwrap(), &[]).await, 502);
}
