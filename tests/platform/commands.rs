//! The commands, as they are typed and as they answer.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
};

use sandgate::sim::Scenario;
use serde_json::{Value, json};
use snapbox::{Data, assert_data_eq};

use crate::{
    common::{Run, command, finish, root},
    world::World,
};

/// What is typed in one workspace, in an empty folder.
fn typed(world: &World, workspace: &str, args: &[&str]) -> Run {
    let dir = tempfile::tempdir().unwrap();
    typed_in(dir.path(), world, workspace, args)
}

pub(crate) fn typed_in(dir: &Path, world: &World, workspace: &str, args: &[&str]) -> Run {
    let mut command = command(dir, args);
    command.env("BL_API_URL", &world.api).env("BL_WORKSPACE", workspace);
    command.env("APP_TOKEN", "variable-of-the-caller").stdin(std::process::Stdio::null());
    finish(&mut command)
}

/// Everything that is different in each run, replaced by something of its length.
fn settled(world: &World, text: &str, ids: &[String]) -> String {
    let mut text = text.replace(&world.running.address.to_string(), "127.0.0.1:PORT");
    for id in ids {
        text = text.replace(id, &format!("{:-<width$}", "SHARE", width = id.len()));
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('T').filter(|at| *at + 10 <= rest.len()) {
        let time = at.checked_sub(10).and_then(|start| rest.get(start..at + 10));
        match time.filter(|time| time.ends_with('Z') && time.starts_with("20")) {
            Some(time) => {
                out.push_str(&rest[..at - 10]);
                out.push_str("2026-11-25T00:00:00Z");
                rest = &rest[at - 10 + time.len()..];
            }
            None => {
                out.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    // Which statuses are seen on the way is up to the clock.
    out.split_inclusive('\n').filter(|line| !line.starts_with("      Status ")).collect()
}

/// Types one line after the other and compares what is seen with the snapshot.
pub(crate) async fn play(world: &World, name: &str, lines: &[(&str, &str)]) {
    let dir = tempfile::tempdir().unwrap();
    play_in(dir.path(), world, name, lines).await;
}

/// The same in a folder that is there.
pub(crate) async fn play_in(dir: &Path, world: &World, name: &str, lines: &[(&str, &str)]) {
    let mut seen = String::new();
    for (workspace, line) in lines {
        let args: Vec<&str> = line.split(' ').collect();
        let run = typed_in(dir, world, workspace, &args);
        let pending =
            world.raw("ws", "GET", "/pending-image-shares?direction=outgoing", Value::Null);
        let ids: Vec<String> = pending
            .await
            .as_array()
            .unwrap()
            .iter()
            .map(|share| share["id"].as_str().unwrap().to_owned())
            .collect();
        let shown = settled(world, &run.shown(), &ids);
        seen.push_str(&format!("[{workspace}] $ sandgate {line}\n{shown}\n"));
    }
    let snapshot = root().join(format!("tests/snapshots/platform/{name}.txt"));
    assert_data_eq!(seen, Data::read_from(&snapshot, None).raw());
}

pub(crate) async fn with_app() -> World {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    world.image("ws", "app", "t2").await;
    world
}

#[tokio::test]
async fn images() {
    let world = with_app().await;
    world.sandbox("ws", "live", "sandbox/app:t1").await;
    let lines = [
        "image list",
        "image list --format json",
        "image get app",
        "image get app --format json",
        "image get sandbox/app --latest",
        "image get app --latest --format json",
        "image get app:t1",
        "image get app:t9",
        "image get ap",
        "image tags app",
        "image tags app --format json",
        "image delete app:t1 --yes",
        "image delete app --yes",
        "image delete app:t2",
        "image delete app:t2 --yes",
        "image delete sandbox/ --yes",
        "image delete sandbox/.. --yes",
        "image delete ghcr.io/app --yes",
        "image list --sim",
    ];
    play(&world, "images", &lines.map(|line| ("ws", line))).await;
}

#[tokio::test]
async fn shares() {
    let world = with_app().await;
    world.image("full", "app", "t9").await;
    let lines = [
        ("ws", "image shares app"),
        ("ws", "image share app --with prod"),
        ("ws", "image share app --with prod"),
        ("ws", "image share app --with far --account other"),
        ("ws", "image share app --with far --account other --format json"),
        ("ws", "image shares app"),
        ("ws", "image shares app --format json"),
        ("ws", "image share app:t1 --with prod"),
        ("ws", "image share app --with ws"),
        ("ws", "image share app --with full"),
        ("prod", "image share app --with third"),
        ("prod", "image list"),
        ("ws", "image pending"),
        ("far", "image pending --incoming"),
        ("far", "image pending --format json"),
        ("ws", "image prune app --keep 1 --yes"),
        ("ws", "image unshare app --with prod"),
        ("ws", "image unshare app --with prod --yes"),
        ("ws", "image unshare app --with prod --yes"),
    ];
    play(&world, "shares", &lines).await;
}

#[tokio::test]
async fn an_offer_is_answered() {
    let world = with_app().await;
    let id = async || {
        let run = typed(
            &world,
            "ws",
            &["image", "share", "app", "--with", "far", "--account", "other", "--format", "json"],
        );
        assert_eq!(run.code, Some(8), "{}", run.shown());
        let share: Value = serde_json::from_str(&run.stdout).unwrap();
        share["id"].as_str().unwrap().to_owned()
    };
    let declined = typed(&world, "far", &["image", "decline", &id().await, "--format", "json"]);
    assert_eq!(declined.code, Some(0), "{}", declined.shown());
    let answer: Value = serde_json::from_str(&declined.stdout).unwrap();
    assert_eq!((&answer["version"], &answer["answer"]), (&json!(1), &json!("declined")));
    assert_eq!(typed(&world, "far", &["image", "get", "app"]).code, Some(5));
    let accepted = typed(&world, "far", &["image", "accept", &id().await]);
    assert_eq!(accepted.code, Some(0), "{}", accepted.shown());
    assert!(accepted.stderr.contains("Accepted sandbox/app from ws"), "{}", accepted.stderr);
    assert_eq!(
        typed(&world, "far", &["image", "get", "app", "--latest"]).stdout,
        "sandbox/app:t2\n"
    );
    assert_eq!(typed(&world, "far", &["image", "accept", "nothing"]).code, Some(5));
}

#[tokio::test]
async fn pruning() {
    let world = World::new(Scenario::Happy);
    for tag in ["t1", "t2", "t3", "t4", "t5"] {
        world.image("ws", "app", tag).await;
    }
    world.sandbox("ws", "live", "sandbox/app:t2").await;
    let lines = [
        "image prune app --keep 2 --dry-run",
        "image prune app --keep 2 --dry-run --format json",
        "image prune app --keep 2",
        "image prune app --keep 0 --yes",
        "image prune app --keep 2 --yes",
        "image prune app --keep 2 --yes",
        "image tags app",
        "image prune none --keep 2 --yes",
    ];
    play(&world, "prune", &lines.map(|line| ("ws", line))).await;
}

#[tokio::test]
async fn sandboxes() {
    let world = with_app().await;
    let lines = [
        "sandbox list",
        "sandbox create live --image sandbox/app:t1 --memory 2048 --port 3000/tls -e APP_TOKEN -e B=c --label team=a --idle 30m",
        "sandbox create live --image sandbox/app:t1",
        "sandbox create Live_1 --image sandbox/app:t1",
        "sandbox create other --image sandbox/none:t1",
        "sandbox create other --image app:t9",
        "sandbox create other --image sandbox/app:t1 --port 8080",
        "sandbox create other --image sandbox/app:t1 --ttl 1m",
        "sandbox create other --image sandbox/app:t1 -e NOT_SET",
        "sandbox list",
        "sandbox list --format json",
        "sandbox get live",
        "sandbox get liv",
        "sandbox get live --watch --format json",
        "sandbox logs live",
        "sandbox logs none",
        "sandbox delete live",
        "sandbox delete live --yes",
        "sandbox delete none --yes",
    ];
    play(&world, "sandboxes", &lines.map(|line| ("ws", line))).await;
    let envs = typed(
        &world,
        "ws",
        &["sandbox", "create", "x", "--image", "sandbox/app:t1", "-e", "APP_TOKEN"],
    );
    assert_eq!(envs.code, Some(0), "{}", envs.shown());
    assert!(!envs.shown().contains("variable-of-the-caller"));
    let spec = world.raw("ws", "GET", "/sandboxes/x", Value::Null).await["spec"].clone();
    assert_eq!(spec["runtime"]["envs"][0]["value"], "variable-of-the-caller");
}

#[tokio::test]
async fn the_log_of_a_sandbox_is_told_and_followed_to_its_end() {
    let world = World::new(Scenario::Happy);
    let stage = deployed(&world);
    let told = typed(&world, "ws", &["sandbox", "logs", "box"]);
    assert_eq!(told.code, Some(0), "{}", told.shown());
    assert!(told.stdout.contains("node --check index.js"), "{}", told.stdout);
    let dir = stage.path();
    let mut follow = command(dir, &["sandbox", "logs", "box", "--follow", "--timeout", "60s"]);
    follow.env("BL_API_URL", &world.api).env("BL_WORKSPACE", "ws");
    let follow = follow.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut follow = follow.spawn().unwrap();
    // The first line shows that it is there.
    let mut lines = BufReader::new(follow.stdout.take().unwrap());
    let mut stdout = String::new();
    lines.read_line(&mut stdout).unwrap();
    typed(&world, "ws", &["sandbox", "delete", "box", "--yes"]);
    lines.read_to_string(&mut stdout).unwrap();
    let ended = follow.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("the sandbox box is gone"), "{stderr}");
    assert_eq!(
        stdout.matches("node --check index.js").count(),
        told.stdout.matches("node --check index.js").count()
    );
}

/// Deploys a small project as the sandbox `box`.
fn deployed(world: &World) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let text = "FROM node:24-slim\nWORKDIR /app\nCOPY index.js .\nRUN node --check index.js\n";
    fs::write(dir.path().join("Dockerfile"), text).unwrap();
    fs::write(dir.path().join("index.js"), "console.log(1)\n").unwrap();
    let args = ["deploy", ".", "--name", "box", "--fail-on", "never"];
    let run = typed_in(dir.path(), world, "ws", &args);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    dir
}

#[tokio::test]
async fn an_image_that_does_not_come_up_is_a_failure() {
    let world = World::new(Scenario::RolloutFails);
    world.image("ws", "app", "t1").await;
    let run = typed(&world, "ws", &["sandbox", "create", "live", "--image", "app:t1"]);
    assert_eq!(run.code, Some(3), "{}", run.shown());
    assert!(run.stderr.contains("the rollout failed"), "{}", run.stderr);
    let watched = typed(&world, "ws", &["sandbox", "get", "live", "--watch"]);
    assert_eq!(watched.code, Some(3), "{}", watched.shown());
}

#[tokio::test]
async fn what_does_not_settle_is_given_up_in_time() {
    let world = World::new(Scenario::UpdateDropped);
    let body = json!({"metadata": {"name": "box"}, "spec": {"runtime": {}}});
    world.raw("ws", "POST", "/sandboxes?upload=true", body).await;
    let run = typed(&world, "ws", &["sandbox", "get", "box", "--watch", "--timeout", "2s"]);
    assert_eq!(run.code, Some(4), "{}", run.shown());
    assert!(run.stderr.contains("the last status was UPLOADING"), "{}", run.stderr);
}

#[tokio::test]
async fn roles_and_credentials_have_their_own_exit_code() {
    for (scenario, help) in
        [(Scenario::Forbidden, "admin"), (Scenario::Unauthorized, "check BL_API_KEY")]
    {
        let world = World::new(scenario);
        let run = typed(&world, "ws", &["image", "share", "app", "--with", "prod"]);
        assert_eq!(run.code, Some(6), "{}", run.shown());
        assert!(run.stderr.contains(help), "{}", run.stderr);
        let list = typed(&world, "ws", &["image", "list"]);
        assert_eq!(list.code, Some(6), "{}", list.shown());
    }
}

#[tokio::test]
async fn a_result_goes_where_it_is_asked_for() {
    let world = with_app().await;
    let dir = tempfile::tempdir().unwrap();
    let args = ["image", "get", "app", "--latest", "-o", "id.txt"];
    let run = typed_in(dir.path(), &world, "ws", &args);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.shown());
    assert_eq!(fs::read_to_string(dir.path().join("id.txt")).unwrap(), "sandbox/app:t2\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
