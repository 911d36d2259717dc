//! Every route, in every version of the API.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use sandgate::sim::{Config, Scenario};
use serde_json::{Value, json};

use crate::client::{Client, DOCKERFILE, archive, kinds, sandbox};

#[tokio::test]
async fn a_sandbox_is_built_and_deployed() {
    let client = Client::new(Scenario::Happy);
    client.get("/sandboxes/box").await.ok(404);
    client.get("/images/sandbox/box").await.ok(404);
    let unknown = client.call("PUT", "/sandboxes/box?upload=true", &sandbox("box")).await;
    assert!(unknown.headers.get("x-blaxel-upload-url").is_none());
    assert_eq!(unknown.ok(404)["code"], 404);
    let files = [("Dockerfile", DOCKERFILE)];
    assert_eq!(client.deploy("box", &files).await.status, 200);
    let (sandbox, seen) = client.until_status("box", "DEPLOYED").await;

    let course = ["UPLOADING", "BUILDING", "DEPLOYING", "DEPLOYED"];
    let places: Vec<_> = seen.iter().map(|s| course.iter().position(|c| s == c).unwrap()).collect();
    assert!(places.is_sorted(), "{seen:?}");
    assert_eq!(
        kinds(&sandbox),
        [
            "buildimage.started",
            "buildimage.succeeded",
            "deployment.started",
            "deployment.succeeded"
        ]
    );
    let events = sandbox["events"].as_array().unwrap();
    assert!(events.iter().all(|event| event["revision"] == events[0]["revision"]));
    let time = events[0]["time"].as_str().unwrap();
    assert_eq!((time.len(), &time[19..20], &time[29..]), (30, ".", "Z"), "{time}");

    let image = sandbox["spec"]["runtime"]["image"].as_str().unwrap();
    let tag = image.strip_prefix("sandbox/box:").unwrap();
    assert_eq!(tag.len(), 12);
    assert_eq!(sandbox["spec"]["runtime"]["memory"], 4096);
    assert_eq!(sandbox["metadata"]["labels"]["x-blaxel-auto-generated"], "true");
    let url = sandbox["metadata"]["url"].as_str().unwrap();
    let auth = [("Authorization", "Bearer synthetic-key")];
    let health = client.bare("GET", &format!("{url}/health"), &auth, Vec::new()).await.ok(200);
    assert_eq!(health["status"], "ok");

    let image = client.get("/images/sandbox/box").await.ok(200);
    assert_eq!(image["metadata"]["status"], "BUILT");
    let tags = image["spec"]["tags"].as_array().unwrap();
    assert_eq!(
        tags.iter().map(|t| &t["name"]).collect::<Vec<_>>(),
        [&json!(tag), &json!("latest")]
    );
    assert!(tags[0]["size"].as_u64().unwrap() > 0);

    assert_eq!(client.deploy("box", &files).await.status, 200);
    let again = client.until("/sandboxes/box", |json| kinds(json).len() == 7).await.0;
    assert_eq!(again["spec"]["runtime"]["image"], sandbox["spec"]["runtime"]["image"]);
    let message = again["events"][4]["message"].as_str().unwrap();
    assert!(message.contains("identical image"), "{message}");
}

#[tokio::test]
async fn two_sandboxes_are_built_at_once() {
    let client = Client::new(Scenario::Happy);
    let one = format!("{DOCKERFILE}RUN one\n");
    let two = format!("{DOCKERFILE}COPY missing /\n");
    let (first, second) = ([("Dockerfile", one.as_str())], [("Dockerfile", two.as_str())]);
    let (first, second) = tokio::join!(client.deploy("one", &first), client.deploy("two", &second));
    assert_eq!((first.status, second.status), (200, 200));
    let (one, two) =
        tokio::join!(client.until_status("one", "DEPLOYED"), client.until_status("two", "FAILED"));
    assert!(one.0["spec"]["runtime"]["image"].as_str().unwrap().starts_with("sandbox/one:"));
    assert!(two.0["spec"]["runtime"].get("image").is_none());
    let message = two.0["events"][1]["message"].as_str().unwrap();
    assert!(
        message.contains("Dockerfile:5\n") && message.contains(">>> COPY missing /"),
        "{message}"
    );
    assert_eq!(client.get("/images/sandbox/two").await.ok(200)["metadata"]["status"], "FAILED");
}

#[tokio::test]
async fn a_bad_archive_fails_without_a_build() {
    let client = Client::new(Scenario::Happy);
    let answer = client.call("POST", "/sandboxes?upload=true", &sandbox("box")).await;
    assert_eq!(client.upload(&answer.url(), b"no archive".to_vec()).await.status, 200);
    let (sandbox, seen) = client.until_status("box", "FAILED").await;
    assert!(!seen.contains(&json!("BUILDING")), "{seen:?}");
    let message = sandbox["events"][0]["message"].as_str().unwrap();
    assert!(message.contains("not a zip archive"), "{message}");
}

#[tokio::test]
async fn callers_are_let_in_by_any_documented_header() {
    let key = "synthetic-one";
    let client = Client::with(Config { key: Some(key.to_owned()), ..Config::default() });
    let url = format!("{}/workspaces/ws", client.running.base_url);
    let bearer = format!("Bearer {key}");
    let cases: &[(&[(&str, &str)], u16)] = &[
        (&[("Authorization", &bearer)], 200),
        (&[("X-Blaxel-Authorization", &bearer)], 200),
        (&[], 401),
        (&[("Authorization", "Bearer other")], 401),
        (&[("Authorization", "Bearer ")], 401),
        (&[("Authorization", key)], 401),
        (&[("Authorization", &bearer), ("Blaxel-Version", "2026-04-16")], 200),
        (&[("Authorization", &bearer), ("Blaxel-Version", "2026-01-01")], 400),
        (&[("Authorization", &bearer), ("X-Sandgate-Scenario", "nope")], 400),
    ];
    for (headers, status) in cases {
        let answer = client.bare("GET", &url, headers, Vec::new()).await;
        assert_eq!(answer.status, *status, "{headers:?}: {answer:?}");
        assert!(answer.json.is_object(), "{answer:?}");
        assert!(!answer.text.contains(key), "{answer:?}");
    }
    let sandboxes = format!("{}/sandboxes", client.running.base_url);
    let auth = ("Authorization", bearer.as_str());
    assert_eq!(client.bare("GET", &sandboxes, &[auth], Vec::new()).await.status, 400);
    let by_query = format!("{sandboxes}?workspace=ws");
    assert_eq!(client.bare("GET", &by_query, &[auth], Vec::new()).await.status, 200);
    let version = [auth, ("Blaxel-Version", "1")];
    let wrong = client.bare("GET", &by_query, &version, Vec::new()).await;
    assert_eq!(wrong.json["error"], "invalid_api_version");
}

#[tokio::test]
async fn client_credentials_are_exchanged_for_tokens() {
    let client = Client::with(Config { key: Some("s3same".to_owned()), ..Config::default() });
    let url = format!("{}/oauth/token", client.running.base_url);
    let basic = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair));
    let grant = json!({"grant_type": "client_credentials"}).to_string().into_bytes();
    for (header, status) in [
        (basic("id:s3same"), 200),
        (basic("id:other"), 401),
        (basic("id"), 401),
        ("x".to_owned(), 401),
    ] {
        let headers = [("Authorization", header.as_str())];
        let answer = client.bare("POST", &url, &headers, grant.clone()).await;
        assert_eq!(answer.status, status, "{header}: {answer:?}");
    }
    let header = basic("id:s3same");
    let headers = [("Authorization", header.as_str())];
    let mut tokens = client.bare("POST", &url, &headers, grant).await.ok(200);
    assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(7200), &json!("Bearer")));
    for _ in 0..2 {
        // Clients read the end of its life from the token itself.
        let token = tokens["access_token"].as_str().unwrap();
        let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 7200);
        let bearer = format!("Bearer {token}");
        let workspaces = format!("{}/workspaces", client.running.base_url);
        let headers = [("X-Blaxel-Authorization", bearer.as_str())];
        client.bare("GET", &workspaces, &headers, Vec::new()).await.ok(200);
        let refresh =
            json!({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]});
        tokens = client.bare("POST", &url, &[], refresh.to_string().into_bytes()).await.ok(200);
    }
    for (body, error) in [
        (json!({"grant_type": "refresh_token", "refresh_token": "x"}), "invalid_grant"),
        (json!({"grant_type": "password"}), "unsupported_grant_type"),
    ] {
        let answer = client.bare("POST", &url, &[], body.to_string().into_bytes()).await;
        assert_eq!(answer.ok(400)["error"], error);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    let client = Client::new(Scenario::Happy);
    let root = client.running.base_url.trim_end_matches("/v0").to_owned();
    for (method, path, status) in [
        ("GET", "/", 404),
        ("GET", "/v0", 404),
        ("GET", "/v0/nothing", 404),
        ("PATCH", "/v0/sandboxes/box", 405),
        ("DELETE", "/v0/sandboxes", 405),
        ("DELETE", "/v0/sandboxes/", 404),
        ("PUT", "/v0/images", 405),
        ("DELETE", "/v0/images/", 404),
        ("DELETE", "/v0/images/sandbox", 404),
        ("DELETE", "/v0/images/sandbox/", 404),
        ("DELETE", "/v0/images/sandbox//tags/x", 404),
        ("DELETE", "/v0/images/sandbox/%20", 404),
        ("DELETE", "/v0/images/sandbox/:latest", 404),
        ("GET", "/v0/sandboxes/box/build-logs", 404),
        ("GET", "/v0/images/sandboxes/box", 400),
        ("GET", "/v0/sandboxes/%ff", 400),
        ("GET", "/store/x", 405),
    ] {
        let headers = [("Authorization", "Bearer synthetic-key"), ("X-Blaxel-Workspace", "ws")];
        let answer = client.bare(method, &format!("{root}{path}"), &headers, Vec::new()).await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert_eq!(answer.json["code"], status, "{method} {path}: {answer:?}");
    }
}

#[test]
fn a_key_is_not_shown() {
    let key = format!("synthetic-{}", "hidden");
    let shown = format!("{:?}", Config { key: Some(key.clone()), ..Config::default() });
    assert!(shown.contains("key") && !shown.contains(&key), "{shown}");
}

#[tokio::test]
async fn bad_bodies_are_refused() {
    let client = Client::new(Scenario::Happy);
    let url = format!("{}/sandboxes?upload=true", client.running.base_url);
    let headers = [("Authorization", "Bearer synthetic-key"), ("X-Blaxel-Workspace", "ws")];
    let large = format!("{{\"x\": \"{}\"}}", "y".repeat(1024 * 1024));
    for (body, status) in [("{", 400), ("", 400), ("[]", 400), (large.as_str(), 413)] {
        let answer = client.bare("POST", &url, &headers, body.as_bytes().to_vec()).await;
        assert_eq!(answer.status, status, "{}", &body[..body.len().min(20)]);
    }
    for body in [
        json!({}),
        json!({"metadata": {"name": ""}}),
        json!({"metadata": {"name": "Upper"}}),
        json!({"metadata": {"name": "-a"}}),
        json!({"metadata": {"name": "a".repeat(50)}}),
        json!({"metadata": {"name": 1}}),
        json!({"metadata": {"name": "a", "labels": {"x": 1}}}),
        json!({"metadata": {"name": "a"}, "spec": []}),
        json!({"metadata": {"name": "a"}, "spec": {"runtime": {"memory": "4096"}}}),
        json!({"metadata": {"name": "a"}, "spec": {"runtime": {"ports": [{"target": 0}]}}}),
        json!({"metadata": {"name": "a"}, "spec": {"runtime": {"envs": [{"value": "x"}]}}}),
    ] {
        let answer = client.call("POST", "/sandboxes?upload=true", &body).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(answer.json["code"].is_string(), "{body}: {answer:?}");
    }
    let other = client.call("POST", "/sandboxes?upload=true", &sandbox("box")).await;
    assert_eq!(other.status, 200);
    client.call("PUT", "/sandboxes/box?upload=true", &sandbox("cox")).await.ok(400);
}

#[tokio::test]
async fn a_sandbox_is_created_once() {
    let client = Client::new(Scenario::Happy);
    let body = json!({
        "metadata": {"name": "box", "externalId": "e-1"},
        "spec": {"runtime": {"image": "blaxel/base-image:latest", "envs": [
            {"name": "A", "value": "b"}, {"name": "S", "value": "hidden", "secret": true}
        ]}},
    });
    let created = client.call("POST", "/sandboxes?createIfNotExist=false", &body).await;
    assert!(created.headers.get("x-blaxel-upload-url").is_none());
    assert_eq!(created.ok(200)["status"], "DEPLOYING");
    let conflict = client.call("POST", "/sandboxes", &body).await.ok(409);
    assert_eq!((&conflict["status_code"], &conflict["sandbox_name"]), (&json!(409), &json!("box")));
    client.call("POST", "/sandboxes?createIfNotExist=true", &body).await.ok(200);
    let (shown, _) = client.until_status("box", "DEPLOYED").await;
    assert_eq!(shown["spec"]["runtime"]["envs"][1]["value"], "****");
    let open = client.get("/sandboxes/box?show_secrets=true").await.ok(200);
    assert_eq!(open["spec"]["runtime"]["envs"][1]["value"], "hidden");
    client.get("/sandboxes/by-external-id/e-1").await.ok(200);
    client.get("/sandboxes/by-external-id/e-2").await.ok(404);

    // An update replaces the labels and cannot change the environment.
    let mut changed = body.clone();
    changed["metadata"]["labels"] = json!({"a": "b"});
    changed["spec"]["runtime"]["envs"] = json!([]);
    client.call("PUT", "/sandboxes/box", &changed).await.ok(200);
    let (shown, _) = client.until_status("box", "DEPLOYED").await;
    assert_eq!(shown["metadata"]["labels"], json!({"a": "b"}));
    assert_eq!(shown["spec"]["runtime"]["envs"][0]["value"], "b");

    changed["metadata"] = json!({"name": "other"});
    changed["spec"]["runtime"]["image"] = json!("sandbox/none:latest");
    assert_eq!(client.call("POST", "/sandboxes", &changed).await.ok(400)["code"], "INVALID_IMAGE");

    assert_eq!(client.delete("/sandboxes/box").await.ok(200)["status"], "DELETING");
    client.call("PUT", "/sandboxes/box?upload=true", &sandbox("box")).await.ok(409);
    while client.get("/sandboxes/box").await.status != 404 {}
    client.delete("/sandboxes/box").await.ok(404);
}

#[tokio::test]
async fn lists_have_the_shape_of_their_version() {
    let mut client = Client::new(Scenario::Happy);
    for name in ["box-a", "box-b", "box-c"] {
        client.deploy(name, &[("Dockerfile", DOCKERFILE)]).await;
    }
    for name in ["box-a", "box-b", "box-c"] {
        client.until_status(name, "DEPLOYED").await;
    }
    for (version, sandboxes, images) in [
        (None, false, false),
        (Some("2026-04-16"), false, false),
        (Some("2026-04-28"), true, false),
        (Some("2026-09-22"), true, true),
    ] {
        client.version = version;
        for (path, pages) in [("/sandboxes", sandboxes), ("/images", images)] {
            let list = client.get(path).await.ok(200);
            let rows = if pages { &list["data"] } else { &list };
            assert_eq!(rows.as_array().map(Vec::len), Some(3), "{version:?} {path}: {list}");
            assert!(rows[0].get("events").is_none(), "{list}");
        }
        let image = client.get("/images/sandbox/box-a").await.ok(200);
        let tags = client.get("/images/sandbox/box-a/tags?limit=50&sort=name%3Aasc").await;
        if images {
            assert_eq!((&image["spec"]["tagCount"], image["spec"].get("tags")), (&json!(2), None));
            assert_eq!(tags.ok(200)["data"].as_array().map(Vec::len), Some(2));
        } else {
            assert_eq!(image["spec"]["tags"].as_array().map(Vec::len), Some(2));
            tags.ok(404);
        }
    }
    for (sort, order) in [
        ("", ["box-c", "box-b", "box-a"]),
        ("&sort=createdAt:asc", ["box-a", "box-b", "box-c"]),
        ("&sort=name:asc", ["box-a", "box-b", "box-c"]),
        ("&sort=name:desc", ["box-c", "box-b", "box-a"]),
    ] {
        pages(&client, sort, &order).await;
    }
    for (query, count) in [
        ("status=DEPLOYED", 3),
        ("status=failed,BUILDING", 0),
        ("q=BOX-b", 1),
        ("q=auto-generated", 3),
        ("q=x", 3),
    ] {
        let list = client.get(&format!("/sandboxes?{query}")).await.ok(200);
        assert_eq!(list["meta"]["total"], count, "{query}");
    }
    for query in ["status=NEVER", "limit=201", "limit=0", "sort=size", "cursor=x"] {
        client.get(&format!("/sandboxes?{query}")).await.ok(400);
    }
    client.workspace = "elsewhere".to_owned();
    assert_eq!(client.get("/sandboxes").await.ok(200)["meta"]["total"], 0);
    client.get("/sandboxes/box-a").await.ok(404);
    assert_eq!(client.get("/workspaces").await.ok(200)[0]["name"], "elsewhere");
    assert_eq!(client.get("/workspaces/x").await.ok(200)["status"], "ready");
}

/// Reads a list page by page. A cursor serves its own query alone.
async fn pages(client: &Client, sort: &str, order: &[&str]) {
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let list = client.get(&format!("/sandboxes?limit=2&cursor={cursor}{sort}")).await.ok(200);
        names.extend(
            list["data"].as_array().unwrap().iter().map(|row| row["metadata"]["name"].clone()),
        );
        cursor = list["meta"]["nextCursor"].as_str().unwrap().to_owned();
        assert_eq!(list["meta"]["hasMore"], !cursor.is_empty());
        if cursor.is_empty() {
            break;
        }
        client.get(&format!("/sandboxes?cursor={cursor}{sort}&q=other")).await.ok(400);
    }
    assert_eq!(names, order, "{sort}");
}

#[tokio::test]
async fn an_image_is_pushed_and_removed() {
    let client = Client::new(Scenario::Happy);
    let body = json!({"name": "img", "resourceType": "sandbox"});
    let files = [("Dockerfile", DOCKERFILE)];
    let answer = client.call("POST", "/images?upload=true", &body).await;
    assert_eq!(
        (&answer.json["name"], &answer.json["resourceType"]),
        (&json!("img"), &json!("sandbox"))
    );
    client.get("/images/sandbox/img").await.ok(404);
    assert_eq!(client.upload(&answer.url(), archive(&files)).await.status, 200);
    let built = |json: &Value| json["metadata"]["status"] == "BUILT";
    let (image, _) = client.until("/images/sandbox/img", built).await;
    client.get("/sandboxes/img").await.ok(404);
    let tag = image["spec"]["tags"][0]["name"].as_str().unwrap().to_owned();

    let answer = client.call("POST", "/images?upload=true", &body).await;
    client.upload(&answer.url(), archive(&files)).await;
    let reused = |json: &Value| kinds(json).len() == 3;
    let (again, _) = client.until("/images/sandbox/img", reused).await;
    assert_eq!(again["spec"]["tags"], image["spec"]["tags"]);

    let run = json!({"metadata": {"name": "user"}, "spec": {"runtime": {"image": format!("sandbox/img:{tag}")}}});
    client.call("POST", "/sandboxes", &run).await.ok(200);
    for path in ["/images/sandbox/img".to_owned(), format!("/images/sandbox/img:{tag}")] {
        client.delete(&path).await.ok(400);
    }
    client.delete("/images/sandbox/img/tags/latest").await.ok(200);
    client.delete("/images/sandbox/img/tags/latest").await.ok(404);
    client.delete("/sandboxes/user").await.ok(200);
    while client.get("/sandboxes/user").await.status != 404 {}
    client.delete(&format!("/images/sandbox/img:{tag}")).await.ok(200);
    client.delete("/images/sandbox/img").await.ok(200);
    client.delete("/images/sandbox/img").await.ok(404);
}

#[tokio::test]
async fn an_image_is_imported_from_a_registry() {
    let client = Client::new(Scenario::Happy);
    let base = json!({"name": "img", "resourceType": "sandbox", "image": "ghcr.io/x/y:1"});
    assert_eq!(client.call("POST", "/images", &base).await.ok(200)["build"], true);
    client.until("/images/sandbox/img", |json| json["metadata"]["status"] == "BUILT").await;
    let mut tagged = base.clone();
    tagged["tag"] = json!("v1");
    let skipped = client.call("POST", "/images?skip-build=true", &tagged).await.ok(200);
    assert_eq!(skipped["build"], false);
    let image = client.get("/images/sandbox/img").await.ok(200);
    assert!(image["spec"]["tags"].to_string().contains("\"v1\""), "{image}");
    client.call("POST", "/images", &tagged).await.ok(409);
    for (field, value) in [
        ("image", json!("no-registry/x")),
        ("name", json!("")),
        ("resourceType", json!("sandboxes")),
        ("memoryMb", json!(0)),
        ("volumeMb", json!(131_073)),
        ("tag", json!("latest")),
        ("dockerConfig", json!("{")),
        ("image", Value::Null),
    ] {
        let mut body = base.clone();
        body[field] = value;
        client.call("POST", "/images", &body).await.ok(400);
    }
    let source = json!({"name": "img", "resourceType": "sandbox", "memoryMb": 1024});
    client.call("POST", "/images?upload=true", &source).await.ok(400);
}

#[tokio::test]
async fn logs_are_newest_first_and_paged() {
    let client = Client::new(Scenario::Happy);
    let path =
        "/observability/logs?resourceType=sandboxes&workloadIds=box&type=all&interval=60&traceId=";
    assert_eq!(client.get(path).await.ok(200), json!({}));
    client.deploy("box", &[("Dockerfile", DOCKERFILE)]).await;
    client.until_status("box", "DEPLOYED").await;
    let all = client
        .until(path, |json| {
            let lines = json["box"]["logs"].as_array();
            lines.and_then(|lines| lines[0]["message"].as_str()) == Some("#8 DONE 0.4s")
        })
        .await
        .0;
    let lines = all["box"]["logs"].as_array().unwrap();
    assert_eq!(all["box"]["totalCount"], lines.len());
    let times: Vec<_> = lines.iter().map(|line| line["timestamp"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a > b), "{times:?}");
    assert!(lines.iter().any(|line| line["message"] == "#7 [3/3] RUN npm ci"), "{all}");
    assert!(lines.iter().all(|line| line["severity"].is_number()));

    let page = client.get(&format!("{path}&limit=2&offset=1")).await.ok(200);
    assert_eq!(page["box"]["logs"], json!(lines[1..3]));
    assert_eq!(page["box"]["totalCount"], lines.len());
    let second = &times.last().unwrap()[..19];
    let after = client.get(&format!("{path}&start={second}&end=2099-01-01T00:00:00")).await.ok(200);
    assert_eq!(after["box"]["totalCount"], lines.len());
    let before =
        client.get(&format!("{path}&start=2020-01-01T00:00:00&end=2020-01-02T00:00:00")).await;
    assert_eq!(before.ok(200), json!({}));
    for bad in
        ["&limit=0", "&limit=1001", "&start=yesterday", "&end=2026-11-24T00:00:00Z", "&offset=x"]
    {
        client.get(&format!("{path}{bad}")).await.ok(400);
    }
    client.get("/observability/logs?resourceType=sandbox&workloadIds=box").await.ok(400);
    client.get("/observability/logs?resourceType=sandboxes").await.ok(400);
}
