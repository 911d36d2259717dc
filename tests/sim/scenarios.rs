//! Every scenario as a client meets it.

use sandgate::sim::Scenario;
use serde_json::{Value, json};

use crate::client::{Client, DOCKERFILE, archive, kinds, sandbox};

const FILES: &[(&str, &str)] = &[("Dockerfile", DOCKERFILE)];
const PUT: &str = "/sandboxes/box?upload=true";
const POST: &str = "/sandboxes?upload=true";
const LOGS: &str = "/observability/logs?resourceType=sandboxes&workloadIds=box";

#[tokio::test]
async fn a_build_fails_at_the_last_run() {
    let client = Client::new(Scenario::BuildFails);
    client.deploy("box", FILES).await;
    let (sandbox, _) = client.until_status("box", "FAILED").await;
    assert_eq!(kinds(&sandbox), ["buildimage.started", "buildimage.failed"]);
    let message = sandbox["events"][1]["message"].as_str().unwrap();
    for part in ["[3/3] RUN npm ci", "Dockerfile:3", ">>> RUN npm ci", "exit code: 1"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let told = |json: &Value| json["box"]["logs"].to_string().contains("error: failed to solve");
    client.until(LOGS, told).await;
}

#[tokio::test]
async fn a_rollout_fails_behind_a_good_build() {
    let client = Client::new(Scenario::RolloutFails);
    client.deploy("box", FILES).await;
    let (sandbox, _) = client.until_status("box", "FAILED").await;
    assert_eq!(kinds(&sandbox).last().unwrap(), "deployment.failed");
    let message = sandbox["events"][3]["message"].as_str().unwrap();
    assert!(message.contains("STARTUP TCP probe failed"), "{message}");
    assert_eq!(client.get("/images/sandbox/box").await.ok(200)["metadata"]["status"], "BUILT");
}

#[tokio::test]
async fn an_old_sandbox_is_there_before_the_first_call() {
    for (scenario, status, end) in [
        (Scenario::StaleDeployed, "DEPLOYED", "deployment.succeeded"),
        (Scenario::StaleFailed, "FAILED", "buildimage.failed"),
    ] {
        let client = Client::new(scenario);
        let old = client.get("/sandboxes/box").await.ok(200);
        assert_eq!((&old["status"], kinds(&old)[1].as_str()), (&json!(status), end));
        let answer = client.call("PUT", PUT, &sandbox("box")).await;
        assert_eq!(answer.json["status"], status);
        assert_eq!(client.upload(&answer.url(), archive(FILES)).await.status, 200);
        let new = client.until("/sandboxes/box", |json| kinds(json).len() == 6).await.0;
        assert_eq!(new["status"], "DEPLOYED");
        assert_ne!(new["events"][5]["revision"], old["events"][0]["revision"]);
        assert_ne!(new["spec"]["runtime"]["image"], old["spec"]["runtime"]["image"]);
    }
}

#[tokio::test]
async fn a_reused_build_says_so() {
    let client = Client::new(Scenario::ReusedBuild);
    let old = client.get("/sandboxes/box").await.ok(200);
    client.deploy("box", FILES).await;
    let new = client.until("/sandboxes/box", |json| kinds(json).len() == 5).await.0;
    assert_eq!(kinds(&new)[2], "buildimage.succeeded");
    assert!(new["events"][2]["message"].as_str().unwrap().contains("identical image"));
    assert_eq!(new["events"][4]["revision"], old["events"][1]["revision"]);
    assert_eq!(new["spec"]["runtime"]["image"], old["spec"]["runtime"]["image"]);
}

#[tokio::test]
async fn strange_statuses_come_and_go() {
    let client = Client::new(Scenario::UnknownStatus);
    client.deploy("box", FILES).await;
    client.until_status("box", "deployed").await;
    let client = Client::new(Scenario::NullStatus);
    client.deploy("box", FILES).await;
    let (_, seen) = client.until_status("box", "DEPLOYED").await;
    assert!(!seen.contains(&json!("BUILDING")), "{seen:?}");
    let client = Client::new(Scenario::Slow);
    client.deploy("box", FILES).await;
    client.until_status("box", "BUILDING").await;
    let client = Client::new(Scenario::UpdateDropped);
    assert_eq!(client.deploy("box", FILES).await.status, 200);
    assert_eq!(client.get("/sandboxes/box").await.ok(200)["status"], "UPLOADING");
}

#[tokio::test]
async fn calls_are_refused_with_every_shape_of_error() {
    let body = sandbox("box");
    for (scenario, status) in [(Scenario::Unauthorized, 401), (Scenario::Forbidden, 403)] {
        let client = Client::new(scenario);
        for (method, path) in [
            ("GET", "/workspaces/ws"),
            ("GET", "/sandboxes"),
            ("GET", "/sandboxes/box"),
            ("PUT", PUT),
            ("POST", POST),
            ("DELETE", "/sandboxes/box"),
            ("GET", "/images"),
            ("GET", "/images/sandbox/box"),
            ("GET", LOGS),
        ] {
            let sent = if method == "GET" { &Value::Null } else { &body };
            let answer = client.call(method, path, sent).await;
            assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        }
    }
    let client = Client::new(Scenario::CodeAsString);
    assert_eq!(client.call("PUT", PUT, &body).await.ok(400)["code"], "QUOTA_EXCEEDED");
    let client = Client::new(Scenario::ErrorAsObject);
    let answer = client.call("POST", POST, &body).await;
    assert_eq!(answer.headers["x-blaxel-error-code"], "USAGE_LIMIT_EXCEEDED");
    assert_eq!(answer.ok(402)["error"]["retryable"], false);
}

#[tokio::test]
async fn passing_faults_pass() {
    let body = sandbox("box");
    let client = Client::new(Scenario::RateLimited);
    let limited = client.call("POST", POST, &body).await;
    assert_eq!((limited.status, &limited.headers["retry-after"]), (429, &"1".parse().unwrap()));
    client.call("POST", POST, &body).await.ok(200);
    client.get("/sandboxes/box").await.ok(429);
    client.get("/sandboxes/box").await.ok(200);

    let client = Client::new(Scenario::ServerError);
    for status in [500, 500, 200] {
        client.call("POST", POST, &body).await.ok(status);
    }

    let client = Client::new(Scenario::Html504);
    let lost = client.call("POST", POST, &body).await;
    assert_eq!((lost.status, &lost.headers["content-type"]), (504, &"text/html".parse().unwrap()));
    assert!(lost.text.starts_with("<html>"));
    client.get("/sandboxes/box").await.ok(200);
    let url = client.call("PUT", PUT, &body).await.url();
    assert_eq!(client.upload(&url, archive(FILES)).await.status, 200);

    let client = Client::new(Scenario::Conflict);
    client.call("PUT", PUT, &body).await.ok(404);
    let conflict = client.call("POST", POST, &body).await.ok(409);
    assert_eq!(conflict["sandbox_name"], "box");
    client.call("PUT", PUT, &body).await.url();
}

#[tokio::test]
async fn uploads_are_refused() {
    let body = sandbox("box");
    let client = Client::new(Scenario::NoUploadUrl);
    let answer = client.call("POST", POST, &body).await;
    assert!(answer.status == 200 && answer.headers.get("x-blaxel-upload-url").is_none());
    for (scenario, attempts) in [
        (Scenario::UploadRefused, [403, 403]),
        (Scenario::UploadRefusedOnce, [403, 200]),
        (Scenario::UploadExpired, [403, 200]),
    ] {
        let client = Client::new(scenario);
        let mut answer = client.call("POST", POST, &body).await;
        for status in attempts {
            let upload = client.upload(&answer.url(), archive(FILES)).await;
            assert_eq!(upload.status, status, "{}", scenario.name());
            answer = client.call("PUT", PUT, &body).await;
        }
    }
    let client = Client::new(Scenario::LabelsUnsignedOnce);
    let mut body = body;
    body["metadata"]["labels"]["x-blaxel-build-region"] = json!("us-pdx-1");
    assert!(!client.call("POST", POST, &body).await.url().contains("x-amz-meta"));
    assert!(
        client.call("PUT", PUT, &body).await.url().contains("x-amz-meta-x-blaxel-build-region")
    );
}

#[tokio::test]
async fn logs_are_missing() {
    for scenario in [Scenario::MissingLogs, Scenario::Slow] {
        let client = Client::new(scenario);
        client.deploy("box", FILES).await;
        if scenario == Scenario::MissingLogs {
            client.until_event("box", "deployment.succeeded").await;
            assert_eq!(client.get(LOGS).await.ok(200), json!({}));
        } else {
            // The control: a build that only lasts has its lines.
            client.until(LOGS, |json| json.get("box").is_some()).await;
        }
    }
}

#[tokio::test]
async fn a_header_chooses_the_scenario_of_one_sandbox() {
    let client = Client::new(Scenario::Happy);
    let header = [("X-Sandgate-Scenario", "build-fails")];
    let answer = client.call_with("POST", POST, &sandbox("box"), &header).await;
    client.upload(&answer.url(), archive(FILES)).await;
    client.deploy("other", FILES).await;
    client.until_status("box", "FAILED").await;
    client.until_status("other", "DEPLOYED").await;
}

#[tokio::test]
async fn an_upload_url_is_never_signed_with_the_build_settings() {
    let client = Client::new(Scenario::LabelsUnsigned);
    let mut body = sandbox("box");
    body["metadata"]["labels"] = json!({"x-blaxel-build-memory": "8192"});
    for (method, path) in [("POST", POST), ("PUT", PUT), ("PUT", PUT)] {
        let url = client.call(method, path, &body).await.url();
        assert!(url.contains("X-Amz-Signature") && !url.contains("x-amz-meta"), "{url}");
    }
}

#[tokio::test]
async fn a_log_that_commands_comes_as_it_was_printed() {
    let client = Client::new(Scenario::HostileLog);
    client.deploy("box", FILES).await;
    client.until_status("box", "FAILED").await;
    let raw = |json: &Value| {
        let text = json["box"]["logs"].to_string();
        [r"\u001b[31m", "::error::", r"\r", "##[group]"].iter().all(|part| text.contains(part))
    };
    client.until(LOGS, raw).await;
}

#[tokio::test]
async fn logs_are_longer_than_a_page_and_come_twice() {
    let client = Client::new(Scenario::LongLog);
    client.deploy("box", FILES).await;
    client.until(LOGS, |json| json["box"]["totalCount"].as_u64() > Some(2500)).await;
    let page = client.get(&format!("{LOGS}&offset=2000")).await.ok(200);
    assert!(page["box"]["logs"].as_array().unwrap().len() > 500);
    let client = Client::new(Scenario::DuplicateLogs);
    client.deploy("box", FILES).await;
    client.until_status("box", "DEPLOYED").await;
    let lines = client.until(LOGS, |json| json["box"]["totalCount"].is_number()).await.0;
    assert_eq!(lines["box"]["logs"][0], lines["box"]["logs"][1]);
}

#[tokio::test]
async fn a_clock_that_is_behind_is_behind_everywhere() {
    let client = Client::new(Scenario::SkewedClock);
    let before = jiff::Timestamp::now();
    assert_eq!(client.deploy("box", FILES).await.status, 200);
    let (sandbox, _) = client.until_status("box", "DEPLOYED").await;
    for time in [&sandbox["metadata"]["createdAt"], &sandbox["events"][0]["time"]] {
        let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
        assert!(time < before, "{time}");
    }
    let answer = client.get("/sandboxes").await;
    let date = answer.headers["date"].to_str().unwrap().to_owned();
    let date = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
    assert!(date < before, "{date}");
}

#[tokio::test]
async fn one_call_alone_meets_a_clock_that_is_behind() {
    let client = Client::new(Scenario::Happy);
    client.deploy("box", FILES).await;
    client.until_status("box", "DEPLOYED").await;
    client.until(LOGS, |json| json["box"]["totalCount"].is_number()).await;
    let header = [("X-Sandgate-Scenario", "skewed-clock")];
    let seen = async |path: &str, more: &[(&str, &str)]| {
        let answer = client.call_with("GET", path, &Value::Null, more).await;
        let date = answer.headers["date"].to_str().unwrap().to_owned();
        (answer.ok(200), jiff::fmt::rfc2822::parse(&date).unwrap().timestamp())
    };
    let at = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let behind = jiff::SignedDuration::from_secs(90);
    let (now, date) = seen("/sandboxes/box", &[]).await;
    let (then, early) = seen("/sandboxes/box", &header).await;
    assert!(date.duration_since(early) > jiff::SignedDuration::from_secs(80), "{date} {early}");
    for (now, then) in [
        (&now["metadata"]["createdAt"], &then["metadata"]["createdAt"]),
        (&now["events"][0]["time"], &then["events"][0]["time"]),
    ] {
        assert_eq!(at(now).duration_since(at(then)), behind, "{now} {then}");
    }
    // A log is asked for by that clock, too.
    let (log, _) = seen(LOGS, &[]).await;
    let line = |log: &Value| at(&log["box"]["logs"][0]["timestamp"]);
    let since = (line(&log) - behind).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let (log_then, _) = seen(&format!("{LOGS}&start={since}"), &header).await;
    assert_eq!(line(&log).duration_since(line(&log_then)), behind);
    let after = (line(&log) + jiff::SignedDuration::from_secs(2)).strftime("%Y-%m-%dT%H:%M:%S");
    let (none, _) = seen(&format!("{LOGS}&start={after}"), &header).await;
    assert_eq!(none, json!({}));
    // What is said by it is meant by it.
    let mut body = sandbox("dated");
    body["spec"]["runtime"]["expires"] = json!("2099-01-01T00:00:00Z");
    let made = client.call_with("POST", POST, &body, &header).await.ok(200);
    assert_eq!(made["spec"]["runtime"]["expires"], "2099-01-01T00:00:00Z");
    let made = client.get("/sandboxes/dated").await.ok(200);
    assert_eq!(made["spec"]["runtime"]["expires"], "2099-01-01T00:01:30Z");
}

#[tokio::test]
async fn a_limit_without_a_time_passes_too() {
    let client = Client::new(Scenario::RateLimitedBare);
    let limited = client.call("POST", POST, &sandbox("box")).await;
    assert_eq!((limited.status, limited.headers.get("retry-after")), (429, None));
    assert_eq!(client.call("POST", POST, &sandbox("box")).await.status, 200);
}
