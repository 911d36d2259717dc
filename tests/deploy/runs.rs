//! Whole deployments of the binary against the embedded platform.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
};

use sandgate::sim::Scenario;
use serde_json::Value;

use crate::{
    common::{command, finish},
    library::platform,
    stage::{Ended, Stage},
};

/// Deploys against a fast platform that behaves like this.
fn check(scenario: Scenario, more: &[&str], code: i32, status: &str, said: &str) -> Ended {
    let platform = platform(scenario);
    let ended = Stage::new().run(&platform.base_url, more);
    let all = format!("{}: {}\n{}\n{}", scenario.name(), ended.stdout, ended.stderr, ended.record);
    assert_eq!(ended.code, Some(code), "{all}");
    assert_eq!(ended.record["status"], status, "{all}");
    assert!(all.contains(said), "{said:?} is not said\n{all}");
    ended
}

#[test]
fn what_works_ends_with_the_image() {
    each(
        &[
            Scenario::Happy,
            Scenario::StaleDeployed,
            Scenario::StaleFailed,
            Scenario::NullStatus,
            Scenario::UnknownStatus,
            Scenario::Conflict,
            Scenario::Html504,
            Scenario::UploadRefusedOnce,
            Scenario::UploadExpired,
            Scenario::MissingLogs,
            // Faults that pass.
            Scenario::RateLimited,
            Scenario::ServerError,
        ],
        |scenario| {
            let ended = check(scenario, &[], 0, "succeeded", "sandbox/box:");
            let image = ended.record["image"].as_str().unwrap();
            assert!(ended.stdout.contains(image), "{}", ended.stdout);
            assert_eq!(ended.record["simulated"], false);
            assert_eq!(ended.record["failure"], Value::Null);
        },
    );
}

/// Runs it for all of them at once: each of them mostly waits.
fn each(scenarios: &[Scenario], run: impl Fn(Scenario) + Sync) {
    std::thread::scope(|scope| {
        for scenario in scenarios {
            let run = &run;
            scope.spawn(move || run(*scenario));
        }
    });
}

#[test]
fn an_image_that_exists_is_said_to_be_reused() {
    let ended = check(Scenario::ReusedBuild, &[], 0, "succeeded", "reused");
    assert_eq!(ended.record["reused"], true);
}

#[test]
fn a_failed_build_names_the_line() {
    let ended = check(Scenario::BuildFails, &[], 3, "failed", "RUN node --check index.js");
    assert_eq!(ended.record["failure"]["dockerfile_line"], 4, "{}", ended.record);
    assert_eq!(ended.record["failure"]["phase"], "build");
    assert!(ended.stderr.contains("Dockerfile:4"), "{}", ended.stderr);
    let ended = check(Scenario::RolloutFails, &[], 3, "failed", "probe failed");
    assert_eq!(ended.record["failure"]["phase"], "rollout");
}

#[test]
fn refusals_of_the_platform_are_told() {
    check(Scenario::CodeAsString, &[], 5, "error", "QUOTA_EXCEEDED");
    check(Scenario::ErrorAsObject, &[], 5, "error", "usage limit");
}

#[test]
fn an_upload_that_nobody_builds_times_out() {
    check(Scenario::UpdateDropped, &["--timeout", "3s"], 4, "timed-out", "did not end in time");
}

#[test]
fn findings_refuse_before_anything_is_sent() {
    let stage = Stage::new();
    stage.write("blaxel.toml", "name = \"box\"\n[runtime]\nmemory = \"much\"\n");
    // Nothing listens there: a call would end with 5.
    let mut command =
        command(stage.path(), &["deploy", "box", "--fail-on", "info", "--record", "record.json"]);
    command.env("BL_API_URL", "http://127.0.0.1:9/v0").env("BL_WORKSPACE", "ws");
    let run = finish(&mut command);
    let ended = stage.ended(run.code, run.stdout, run.stderr);
    assert_eq!(
        (ended.code, &ended.record["status"]),
        (Some(1), &"refused".into()),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_host_without_encryption_is_refused() {
    let ended = Stage::new().run("http://api.example/v0", &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
}

#[test]
fn the_key_does_not_follow_a_redirect() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    target.set_nonblocking(true).unwrap();
    let place = target.local_addr().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v0", server.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut seen = [0; 4096];
        let _ = stream.read(&mut seen).unwrap();
        write!(stream, "HTTP/1.1 307 X\r\nLocation: http://{place}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    });
    let ended = Stage::new().run(&url, &[]);
    thread.join().unwrap();
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("redirect"), "{}", ended.stderr);
    assert!(target.accept().is_err(), "the redirect was followed");
}

#[test]
fn missing_credentials_and_workspace_are_said() {
    let stage = Stage::new();
    let mut without = stage.command("http://127.0.0.1:9/v0", &[]);
    let run = finish(without.env_remove("BL_API_KEY"));
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.stderr.contains("BL_API_KEY") && run.stderr.contains("--sim"), "{}", run.stderr);
    let run = finish(stage.command("http://127.0.0.1:9/v0", &[]).env_remove("BL_WORKSPACE"));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}

#[test]
fn a_simulated_run_needs_nothing_and_says_so() {
    let stage = Stage::new();
    let args = ["deploy", "box", "--fail-on", "never", "--sim", "--format", "json"];
    let run = finish(command(stage.path(), &args).env_remove("BL_API_KEY"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let record: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&record["simulated"], &record["workspace"]), (&true.into(), &"sim".into()));
}

#[test]
fn a_signal_leaves_a_record() {
    use std::{
        io::{BufRead as _, BufReader},
        process::Stdio,
    };
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let platform = platform(Scenario::Slow);
        let stage = Stage::new();
        let mut child = stage
            .command(&platform.base_url, &[])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut told = String::new();
        while !told.contains("BUILDING") {
            assert!(lines.read_line(&mut told).unwrap() > 0, "it ended early: {told}");
        }
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
        lines.read_to_string(&mut told).unwrap();
        let ended = stage.ended(child.wait().unwrap().code(), String::new(), told);
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert_eq!(ended.record["status"], "cancelled");
        assert_eq!(ended.record["failure"]["phase"], Value::Null);
        assert!(ended.stderr.contains("goes on by itself"), "{}", ended.stderr);
    }
}
