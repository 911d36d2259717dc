//! A job that is cancelled: nothing that it leaves says that it is still at work.

use std::{
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use sandgate::sim::{Config, Scenario};
use serde_json::Value;

use crate::{
    common::Run,
    stage::{Job, MERGE, Stage, deployments, push},
};

/// A repository with an image in each of some folders.
fn images(stage: &Stage, names: &[&str]) {
    let dockerfile = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    for name in names {
        let toml = format!("type = \"sandbox\"\nname = \"{name}\"\n");
        stage.file(&format!("{name}/blaxel.toml"), &toml);
        stage.file(&format!("{name}/Dockerfile"), &dockerfile);
        stage.file(&format!("{name}/index.js"), "console.log(1)\n");
    }
}

/// Runs a job, and sends it SIGTERM once it has made so many calls.
fn stopped(stage: &Stage, args: &[&str], (method, part, calls): (&str, &str, usize)) -> Job {
    let mut command = stage.command("push", &push("main", "x"), 1, args);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while stage.calls(method, part) < calls {
        assert!(child.try_wait().unwrap().is_none(), "it has ended by itself");
        sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let job = stage.left(Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    });
    assert_eq!(job.run.code, Some(143), "{}", job.run.shown());
    assert_eq!(job.output("status"), "cancelled");
    job
}

/// The newest row of a name: its state and what it says.
fn row(forge: &Value, name: &str) -> (String, String) {
    let context = format!("sandgate/{name}");
    let of_it = |one: &&Value| one["context"] == context.as_str() && one["sha"] == MERGE;
    let last = forge["statuses"].as_array().unwrap().iter().rfind(of_it).unwrap();
    let text = |key: &str| last[key].as_str().unwrap().to_owned();
    (text("state"), text("description"))
}

#[tokio::test]
async fn images_that_were_not_begun_are_told_to_be_cancelled() {
    let stage = Stage::with(Config { scenario: Scenario::Slow, ..Config::default() }).await;
    images(&stage, &["api", "web", "worker"]);
    let args = ["--command", "deploy", "api", "web", "worker"];
    // Until the first is being built.
    let job = stopped(&stage, &args, ("GET", "/sandboxes/api", 3));
    let forge = stage.forge().await;
    for (name, text) in [
        ("api@dev", "Cancelled · "),
        ("web@dev", "Cancelled: not begun"),
        ("worker@dev", "Cancelled: not begun"),
    ] {
        let (state, told) = row(&forge, name);
        assert!(state == "failure" && told.starts_with(text), "{name}: {state}, {told}");
    }
    // What was not begun is no deployment; what was is at work no more.
    assert_eq!(deployments(&forge), [("dev", vec!["in_progress", "error"])], "{forge}");
    assert!(job.summary.contains("🚫 Sandbox images: 3 of 3 cancelled"), "{}", job.summary);
}

#[tokio::test]
async fn promotions_that_were_not_begun_are_told_to_be_cancelled() {
    let fault = "POST /v0/images/*/*/share#1=stall-before".parse().unwrap();
    let stage = Stage::with(Config { faults: vec![fault], ..Config::default() }).await;
    images(&stage, &["api", "web"]);
    let args = ["--promote-to", "prod", "api", "web"];
    let job = stopped(&stage, &args, ("POST", "/share", 1));
    let forge = stage.forge().await;
    for (name, want, text) in [
        ("api@dev", "success", "Deployed to `dev`"),
        ("web@dev", "success", "Deployed to `dev`"),
        ("api@dev:promote:prod", "failure", "not shared with `prod`: terminated"),
        ("web@dev:promote:prod", "failure", "not shared with `prod`: not begun"),
    ] {
        let (state, told) = row(&forge, name);
        assert!(state == want && told.starts_with(text), "{name}: {state}, {told}");
    }
    let prod: Vec<_> =
        deployments(&forge).into_iter().filter(|(name, _)| *name == "prod").collect();
    assert_eq!(prod, [("prod", vec!["in_progress", "error"])], "{forge}");
    assert!(job.summary.contains("❌ Sandbox images: not promoted"), "{}", job.summary);
}

#[tokio::test]
async fn a_signal_while_github_is_told_ends_the_run() {
    // While a deployment is made, and while it is said to be at work.
    for (call, calls) in [("deployments", 1), ("deployments/*/statuses", 2)] {
        let fault = format!("POST /api/v3/repos/*/*/{call}#1=stall-before").parse().unwrap();
        let stage = Stage::with(Config { faults: vec![fault], ..Config::default() }).await;
        images(&stage, &["api", "web"]);
        let args = ["--command", "deploy", "api", "web"];
        let job = stopped(&stage, &args, ("POST", "/deployments", calls));
        assert_eq!(stage.calls("GET", "/sandboxes/"), 0, "{}", job.run.shown());
        let forge = stage.forge().await;
        for (name, text) in [("api@dev", "Cancelled · "), ("web@dev", "Cancelled: not begun")] {
            let (state, told) = row(&forge, name);
            assert!(state == "failure" && told.starts_with(text), "{name}: {state}, {told}");
        }
        assert_eq!(deployments(&forge), [("dev", vec!["error"])], "{call}: {forge}");
    }
}

#[tokio::test]
async fn what_failed_before_a_signal_is_told_beside_it() {
    // The second image is about to begin.
    let fault = "POST /api/v3/repos/*/*/deployments#2=stall-before".parse().unwrap();
    let stage = Stage::with(Config { faults: vec![fault], ..Config::default() }).await;
    images(&stage, &["api", "web"]);
    let dockerfile = std::fs::read_to_string(stage.path("api/Dockerfile")).unwrap();
    stage.file("api/Dockerfile", &format!("{dockerfile}COPY absent /absent\n"));
    let args = ["--command", "push", "--fail-on", "never", "api", "web"];
    let job = stopped(&stage, &args, ("POST", "/deployments", 3));
    assert!(job.run.stderr.contains("error: `api`: the build failed"), "{}", job.run.shown());
    assert!(job.run.stderr.contains("error: terminated"), "{}", job.run.shown());
}

#[tokio::test]
async fn a_signal_while_rows_are_begun_builds_nothing() {
    let fault = "POST /api/v3/repos/*/*/statuses/*#1=stall-before".parse().unwrap();
    let stage = Stage::with(Config { faults: vec![fault], ..Config::default() }).await;
    let job = stopped(&stage, &["--command", "deploy"], ("POST", "/statuses/", 1));
    assert_eq!(stage.calls("GET", "/sandboxes/"), 0, "{}", job.run.shown());
    let forge = stage.forge().await;
    assert_eq!(row(&forge, "shop@dev").1, "Cancelled: not begun · no findings");
    assert_eq!(deployments(&forge), [], "{forge}");
}

#[tokio::test]
async fn a_signal_before_a_promotion_shares_nothing() {
    let fault = "POST /api/v3/repos/*/*/deployments#2=stall-before".parse().unwrap();
    let stage = Stage::with(Config { faults: vec![fault], ..Config::default() }).await;
    let built = stage.job("push", &push("main", "x"), 1, &["--command", "deploy"]);
    let image = built.output("image-id").to_owned();
    let args = ["--command", "promote", "--promote-to", "prod", "--image", &image];
    let calls = stage.calls("POST", "/deployments");
    let job = stopped(&stage, &args, ("POST", "/deployments", calls + 1));
    assert_eq!(stage.calls("POST", "/share"), 0, "{}", job.run.shown());
    let forge = stage.forge().await;
    let (state, told) = row(&forge, "shop@dev:promote:prod");
    assert!(state == "failure" && told.starts_with("not shared with `prod`"), "{state}, {told}");
    assert_eq!(deployments(&forge).last(), Some(&("prod", vec!["error"])), "{forge}");
}

#[tokio::test]
async fn a_signal_ends_a_removal() {
    let fault = "GET /v0/sandboxes/api-pr-7#1=stall-before".parse().unwrap();
    let stage = Stage::with(Config { faults: vec![fault], ..Config::default() }).await;
    images(&stage, &["api", "web"]);
    let args = ["--command", "cleanup", "--pr-number", "7", "api", "web"];
    let job = stopped(&stage, &args, ("GET", "/sandboxes/api-pr-7", 1));
    assert_eq!(stage.calls("GET", "/sandboxes/web-pr-7"), 0, "{}", job.run.shown());
    assert!(row(&stage.forge().await, "api@dev:removed").1.starts_with("Cancelled"));
}

#[tokio::test]
async fn what_was_not_removed_before_a_signal_is_told_beside_it() {
    let faults = ["GET /v0/sandboxes/api-pr-7=403", "GET /v0/sandboxes/web-pr-7#1=stall-before"];
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let stage = Stage::with(Config { faults, ..Config::default() }).await;
    images(&stage, &["api", "web"]);
    let args = ["--command", "cleanup", "--pr-number", "7", "api", "web"];
    let job = stopped(&stage, &args, ("GET", "/sandboxes/web-pr-7", 1));
    let errors = job.run.stderr.lines().filter(|line| line.starts_with("error: "));
    let errors: Vec<&str> = errors.collect();
    assert!(errors.len() == 2 && errors[1] == "error: terminated", "{}", job.run.shown());
}
