//! Images are shared inside the account at once, and across accounts with an approval.

use sandgate::sim::{ACCOUNT, Config, Credential, PARTNER, PARTNER_ACCOUNT, Role, Scenario};
use serde_json::{Value, json};

use crate::client::{Client, DOCKERFILE};

const SHARE: &str = "/images/sandbox/box/share";

async fn with_image(scenario: Scenario) -> Client {
    with(Config { scenario, ..Config::default() }).await
}

async fn with(config: Config) -> Client {
    let client = Client::with(Config { time_factor: 0.05, ..config });
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
    let workspaces = [("ws", "own"), ("far", "other"), ("near", "other"), ("side", "own")]
        .map(|(name, account)| (name.to_owned(), account.to_owned()))
        .to_vec();
    let mut client = with(Config { workspaces, ..Config::default() }).await;
    // A wrong account is answered as a workspace that there is not.
    for (target, account) in [
        ("far", Some("own")),
        ("far", Some("third")),
        ("far", None),
        ("side", Some("other")),
        ("none", None),
        ("none", Some("other")),
    ] {
        let body = json!({"targetWorkspace": target, "targetAccountId": account});
        client.call("POST", SHARE, &body).await.ok(404);
    }
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
    client.workspace = "side".to_owned();
    client.call("POST", "/images?skip-build=true", &taken).await.ok(200);
    client.workspace = "ws".to_owned();
    let body = json!({"targetWorkspace": "side", "targetAccountId": "own"});
    client.call("POST", "/images/sandbox/taken/share", &body).await.ok(409);

    // What was accepted is active, and asking again says so.
    let shares = client.get(SHARE).await.ok(200);
    assert_eq!(
        (&shares[0]["accountId"], &shares[0]["status"]),
        (&json!("other"), &json!("active"))
    );
    let body = json!({"targetWorkspace": "far", "targetAccountId": "other"});
    client.call("POST", SHARE, &body).await.ok(200);
    for (workspace, status) in [("far", 200), ("none", 404)] {
        client.get(&format!("/workspaces/{workspace}")).await.ok(status);
    }
    client.workspace = "none".to_owned();
    client.get("/sandboxes").await.ok(404);
}

#[tokio::test]
async fn one_workspace_of_another_account_is_always_there() {
    let client = with_image(Scenario::Happy).await;
    assert_eq!(client.get("/workspaces/ws").await.ok(200)["accountId"], ACCOUNT);
    let partner = client.get(&format!("/workspaces/{PARTNER}")).await.ok(200);
    assert_eq!(partner["accountId"], PARTNER_ACCOUNT);
    let body = json!({"targetWorkspace": PARTNER, "targetAccountId": PARTNER_ACCOUNT});
    let pending = client.call("POST", SHARE, &body).await.ok(202);
    assert_eq!(pending["sourceAccountId"], ACCOUNT);
    assert_eq!(pending["targetAccountId"], PARTNER_ACCOUNT);
}

#[tokio::test]
async fn a_share_that_nobody_answered_expires() {
    let mut client = Client::with(Config { time_factor: 1.0e-6, ..Config::default() });
    let own = json!({"name": "box", "resourceType": "sandbox", "image": "ghcr.io/x/y:1"});
    client.call("POST", "/images?skip-build=true", &own).await.ok(200);
    let body = json!({"targetWorkspace": PARTNER, "targetAccountId": PARTNER_ACCOUNT});
    let pending = client.call("POST", SHARE, &body).await.ok(202);
    // Seven days are 0.6 s here.
    while client.get(SHARE).await.ok(200) != json!([]) {}
    client.workspace = PARTNER.to_owned();
    let accept = format!("/pending-image-shares/{}/accept", pending["id"].as_str().unwrap());
    client.call("POST", &accept, &Value::Null).await.ok(410);
    client.workspace = "ws".to_owned();
    let again = client.call("POST", SHARE, &body).await.ok(202);
    assert_ne!(again["id"], pending["id"]);
}

#[tokio::test]
async fn shares_take_an_admin() {
    let (member, service) = ("member-key", "service-key");
    let mut one = Credential::new(service, Role::Admin);
    one.workspaces = vec!["ws".to_owned()];
    let credentials = vec![Credential::new(member, Role::Member), one];
    let shown = format!("{credentials:?}");
    assert!(!shown.contains(member) && !shown.contains(service), "{shown}");
    let mut client = with(Config { credentials, ..Config::default() }).await;
    let body = json!({"targetWorkspace": PARTNER, "targetAccountId": PARTNER_ACCOUNT});
    let pending = client.call("POST", SHARE, &body).await.ok(202);
    let id = pending["id"].as_str().unwrap();
    let answers = [
        ("POST", SHARE.to_owned(), "ws"),
        ("DELETE", format!("{SHARE}/{PARTNER}"), "ws"),
        ("POST", format!("/pending-image-shares/{id}/accept"), PARTNER),
        ("POST", format!("/pending-image-shares/{id}/decline"), PARTNER),
    ];
    let bearer = format!("Bearer {member}");
    for (method, path, workspace) in &answers {
        client.workspace = (*workspace).to_owned();
        let url = format!("{}{path}", client.running.base_url);
        let mut headers =
            vec![("Authorization", bearer.as_str()), ("X-Blaxel-Workspace", *workspace)];
        let refused =
            client.bare(method, &url, &headers, body.to_string().into_bytes()).await.ok(403);
        assert_eq!(refused["error"], "Forbidden");
        headers[0].1 = "Bearer any-key";
        headers.push(("X-Sandgate-Scenario", "not-admin"));
        client.bare(method, &url, &headers, body.to_string().into_bytes()).await.ok(403);
    }
    // A member reads and deploys.
    for (key, workspace, status) in
        [(member, "ws", 200), (member, PARTNER, 200), (service, "ws", 200), (service, PARTNER, 403)]
    {
        let (bearer, url) =
            (format!("Bearer {key}"), format!("{}/sandboxes", client.running.base_url));
        let headers = [("Authorization", bearer.as_str()), ("X-Blaxel-Workspace", workspace)];
        client.bare("GET", &url, &headers, Vec::new()).await.ok(status);
    }
}

#[tokio::test]
async fn shares_meet_what_is_in_the_way() {
    let mut client = with_image(Scenario::ShareExists).await;
    let prod = json!({"targetWorkspace": "prod"});
    client.call("POST", SHARE, &prod).await.ok(200);
    client.call("POST", SHARE, &prod).await.ok(409);
    let body = json!({"targetWorkspace": PARTNER, "targetAccountId": PARTNER_ACCOUNT});
    let pending = client.call("POST", SHARE, &body).await.ok(202);
    client.workspace = PARTNER.to_owned();
    let accept = format!("/pending-image-shares/{}/accept", pending["id"].as_str().unwrap());
    let header = [("X-Sandgate-Scenario", "accept-conflict")];
    client.call_with("POST", &accept, &Value::Null, &header).await.ok(409);
    client.call_with("POST", &format!("{accept}?force=true"), &Value::Null, &header).await.ok(200);
}

#[tokio::test]
async fn new_tags_come_to_the_others_by_themselves_and_may_be_late() {
    for scenario in [Scenario::Happy, Scenario::LateTags] {
        let mut client = with_image(scenario).await;
        client.call("POST", SHARE, &json!({"targetWorkspace": "prod"})).await.ok(200);
        client.workspace = "prod".to_owned();
        let first = client.get("/images/sandbox/box").await.status;
        assert_eq!(first, if scenario == Scenario::LateTags { 404 } else { 200 });
        while client.get("/images/sandbox/box").await.status != 200 {}
        client.workspace = "ws".to_owned();
        let new = json!({"name": "box", "resourceType": "sandbox", "image": "ghcr.io/x/y:1", "tag": "v2"});
        client.call("POST", "/images?skip-build=true", &new).await.ok(200);
        client.workspace = "prod".to_owned();
        let seen = |json: &Value| json["spec"]["tags"].to_string().contains("\"v2\"");
        let at_once = seen(&client.get("/images/sandbox/box").await.ok(200));
        assert_eq!(at_once, scenario == Scenario::Happy);
        client.until("/images/sandbox/box", seen).await;
    }
}
