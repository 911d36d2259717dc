//! Runs that are killed at every point, and run again: what is on the platform is as if nothing had happened, and nothing is left
//! on this machine.
#![cfg(all(unix, feature = "remote"))]
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::{self, sleep},
    time::Duration,
};

use sandgate::sim::{Config, Running, start};
use serde_json::{Value, json};

use crate::common::{command, copy_of};

/// Signals, their numbers, and the exit code of a run that has heard one.
const SIGNALS: [(&str, i32, Option<i32>); 3] =
    [("INT", 2, Some(130)), ("TERM", 15, Some(143)), ("KILL", 9, None)];

/// A run of the binary against a platform, with a folder of its own for temporary files.
fn run(world: &Running, dir: &Path, temporary: &Path, args: &[&str]) -> Command {
    let mut command = command(dir, args);
    command
        .env("BL_API_URL", &world.base_url)
        .env("BL_WORKSPACE", "ws")
        .env("TMPDIR", temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Kills it once the platform has had so many calls; false where it ended before.
fn killed(world: &Running, child: &mut Child, calls: usize, signal: &str) -> bool {
    let before = world.calls().len();
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if world.calls().len() >= before + calls {
            let (signal, id) = (format!("-{signal}"), child.id().to_string());
            // It may have ended by itself a moment ago.
            return Command::new("kill").args([signal, id]).status().unwrap().success();
        }
        sleep(Duration::from_millis(2));
    }
}

fn left(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap();
    names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// What an API path answers.
fn seen(world: &Running, workspace: &str, path: &str) -> Value {
    called(world, workspace, reqwest::Method::GET, path, "")
}

fn called(
    world: &Running,
    workspace: &str,
    method: reqwest::Method,
    path: &str,
    body: &str,
) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // A second installation is refused, and the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http
            .request(method, format!("{}{path}", world.base_url))
            .header("X-Blaxel-Authorization", "Bearer synthetic-key")
            .header("X-Blaxel-Workspace", workspace)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    })
}

/// The tags that each name one build.
fn builds(world: &Running) -> Vec<String> {
    let images = seen(world, "ws", "/images");
    let images = images.as_array().unwrap();
    assert!(images.len() <= 1, "{images:?}");
    let tags = images.iter().flat_map(|image| image["spec"]["tags"].as_array().unwrap());
    let names = tags.map(|tag| tag["name"].as_str().unwrap().to_owned());
    names.filter(|name| name != "latest").collect()
}

/// Kills `args` behind each of its calls with each signal, and runs it again to its end.
fn at_every_call(
    args: &[&str],
    prepare: impl Fn(&Running) + Sync,
    check: impl Fn(&Running, &str) + Sync,
) {
    // Most of the time is waited: for the platform, and for the other run.
    let (prepare, check) = (&prepare, &check);
    thread::scope(|scope| {
        for signal in &SIGNALS {
            scope.spawn(move || by_signal(*signal, args, prepare, check));
        }
    });
}

fn by_signal(
    (signal, number, code): (&str, i32, Option<i32>),
    args: &[&str],
    prepare: impl Fn(&Running),
    check: impl Fn(&Running, &str),
) {
    for calls in (0..9).chain((9..60).step_by(6)) {
        // A fresh platform for each: only this run and the next have a part in it.
        let world = start(Config { time_factor: 0.03, ..Config::default() }).unwrap();
        prepare(&world);
        let temporary = tempfile::tempdir().unwrap();
        let (_dir, project) = copy_of("platform-example");
        let record = temporary.path().with_extension("json");
        let mut all = args.to_vec();
        all.extend(["--record", record.to_str().unwrap()]);
        let what = format!("{args:?} killed by {signal} after {calls} calls");
        let mut child = run(&world, &project, temporary.path(), &all).spawn().unwrap();
        let was_killed = killed(&world, &mut child, calls, signal);
        let ended = child.wait_with_output().unwrap();
        if was_killed && ended.status.code() != Some(0) {
            use std::os::unix::process::ExitStatusExt as _;
            // Before the platform is called, nobody listens to signals, and none is needed.
            let by_itself = ended.status.signal() == Some(number) && (code.is_none() || calls == 0);
            let heard = code.is_some() && ended.status.code() == code;
            assert!(heard || by_itself, "{what}: {:?}", ended.status);
        }
        assert_eq!(left(temporary.path()), Vec::<String>::new(), "{what}");
        if was_killed && signal != "KILL" && ended.status.code() != Some(0) && calls > 0 {
            let told: Value = serde_json::from_str(&fs::read_to_string(&record).unwrap()).unwrap();
            assert_eq!(told["status"], "cancelled", "{what}");
        }

        let again = run(&world, &project, temporary.path(), &all).output().unwrap();
        let errors = String::from_utf8_lossy(&again.stderr);
        assert_eq!(again.status.code(), Some(0), "{what}, and again: {errors}");
        assert_eq!(left(temporary.path()), Vec::<String>::new(), "{what}");
        check(&world, &what);
        fs::remove_file(&record).unwrap();
        if !was_killed {
            break;
        }
    }
}

#[test]
fn a_deploy_converges() {
    at_every_call(
        &["deploy", ".", "--name", "box"],
        |_| (),
        |world, what| {
            let sandboxes = seen(world, "ws", "/sandboxes");
            let sandboxes = sandboxes.as_array().or_else(|| sandboxes["data"].as_array()).unwrap();
            assert_eq!(sandboxes.len(), 1, "{what}");
            assert_eq!(sandboxes[0]["status"], json!("DEPLOYED"), "{what}");
            let builds = builds(world);
            // The same bytes are the same build, whoever uploaded them.
            assert_eq!(builds.len(), 1, "{what}: {builds:?}");
            assert_eq!(
                sandboxes[0]["spec"]["runtime"]["image"],
                json!(format!("sandbox/box:{}", builds[0]))
            );
        },
    );
}

#[test]
fn a_push_converges() {
    at_every_call(
        &["push", ".", "--name", "box"],
        |_| (),
        |world, what| {
            assert_eq!(builds(world).len(), 1, "{what}");
            assert_eq!(seen(world, "ws", "/sandboxes"), json!([]), "{what}");
        },
    );
}

#[test]
fn a_promotion_converges() {
    let prepare = |world: &Running| {
        let body = json!({"name": "box", "resourceType": "sandbox", "tag": "t1", "image": "registry.example.com/box:1"});
        called(world, "ws", reqwest::Method::POST, "/images?skip-build=true", &body.to_string());
    };
    at_every_call(&["promote", "box", "--to", "prod"], prepare, |world, what| {
        let shares = seen(world, "ws", "/images/sandbox/box/share");
        assert_eq!(shares.as_array().unwrap().len(), 1, "{what}: {shares}");
        let there = seen(world, "prod", "/images");
        assert_eq!(there[0]["metadata"]["sourceWorkspace"], json!("ws"), "{what}");
    });
}
