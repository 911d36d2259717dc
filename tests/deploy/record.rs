//! The record of every way in which a deploy ends.

use std::{fs, net::TcpListener};

use sandgate::sim::Scenario;
use serde_json::Value;

use crate::{
    common::finish,
    library::platform,
    proxy::{Call, Fault, Proxy},
    stage::Stage,
};

/// What one run is, and what its record says.
struct Row {
    way: &'static str,
    scenario: Scenario,
    broken: Call,
    more: &'static [&'static str],
    toml: &'static str,
    /// Exit code, `status`, `failure.phase`.
    ends: (i32, &'static str, Option<&'static str>),
    /// A part of `failure.cause`.
    cause: &'static str,
}

const TOML: &str = "name = \"box\"\n[runtime]\nmemory = 2048\n";

impl Row {
    const fn new(
        way: &'static str,
        scenario: Scenario,
        ends: (i32, &'static str, Option<&'static str>),
        cause: &'static str,
    ) -> Self {
        Self { way, scenario, broken: Call::None, more: &[], toml: TOML, ends, cause }
    }
}

fn rows() -> Vec<Row> {
    use Scenario::{
        BuildFails, Forbidden, Happy, LabelsUnsigned, NoUploadUrl, RolloutFails, Slow,
        Unauthorized, UploadRefused,
    };
    let broken = |way, call, cause| Row {
        broken: call,
        ..Row::new(way, Happy, (5, "error", Some("upload")), cause)
    };
    let given = |way, more, ends, cause| Row { more, ..Row::new(way, Happy, ends, cause) };
    let toml = |way, toml, ends, cause| Row { toml, ..Row::new(way, Happy, ends, cause) };
    vec![
        given(
            "bad duration",
            &["--timeout", "soon"],
            (2, "error", None),
            "`soon` is no span of time",
        ),
        given("bad name", &["--name", "A B"], (2, "error", None), "`A B` is no sandbox name"),
        toml(
            "another workspace",
            "name = \"box\"\nworkspace = \"other\"\n",
            (7, "refused", None),
            "`other`",
        ),
        toml(
            "findings",
            "name = \"box\"\n[runtime]\nmemory = \"much\"\n",
            (1, "refused", Some("lint")),
            "error",
        ),
        given(
            "build arguments that would leak",
            &["--build-arg", "A=1"],
            (7, "refused", Some("pack")),
            ".env.build",
        ),
        Row::new("wrong key", Unauthorized, (6, "error", None), "401"),
        Row::new("no permission", Forbidden, (6, "error", None), "403"),
        broken("read before it", Call::Baseline, "broken on the way"),
        broken("update", Call::Put, "broken on the way"),
        broken("create", Call::Post, "broken on the way"),
        Row::new("no upload URL", NoUploadUrl, (5, "error", Some("upload")), "no upload URL"),
        Row {
            toml: "name = \"box\"\n[build]\nmemoryMb = 8192\nregion = \"us-pdx-1\"\n",
            ..Row::new(
                "unsigned build settings",
                LabelsUnsigned,
                (5, "error", Some("upload")),
                "`memoryMb`, `region`",
            )
        },
        Row::new("refused upload", UploadRefused, (5, "error", Some("upload")), "Access Denied"),
        Row::new("failed build", BuildFails, (3, "failed", Some("build")), "exit code: 1"),
        Row::new("failed rollout", RolloutFails, (3, "failed", Some("rollout")), "probe failed"),
        Row {
            more: &["--timeout", "3s"],
            ..Row::new("deadline", Slow, (4, "timed-out", None), "the last status was BUILDING")
        },
    ]
}

fn check(row: &Row) {
    let running = platform(row.scenario);
    if row.broken == Call::Put {
        // An update needs something to update.
        Stage::new().run(&running.base_url, &[]);
    }
    let proxy = Proxy::new(running.address, row.broken, Fault::Status(500), true);
    let stage = Stage::new();
    stage.write("blaxel.toml", row.toml);
    if row.way.starts_with("build arguments") {
        stage.write("Dockerfile", "FROM node:24-slim\nCOPY . .\n");
    }
    let mut more = row.more.to_vec();
    if row.way == "findings" {
        more.extend(["--fail-on", "error"]);
    }
    let ended = stage.run(&proxy.url, &more);
    let place = format!("{}: {}\n{}", row.way, ended.stderr, ended.record);
    let (code, status, phase) = row.ends;
    assert_eq!(ended.code, Some(code), "{place}");
    assert_eq!(ended.record["version"], 1, "{place}");
    assert_eq!(ended.record["status"], status, "{place}");
    assert_eq!(ended.record["failure"]["phase"], phase.map_or(Value::Null, Value::from), "{place}");
    let cause = ended.record["failure"]["cause"].as_str().expect(&place);
    assert!(cause.contains(row.cause), "{place}");
    assert_eq!(ended.record["error"].is_null(), code == 1, "{place}");
    assert_eq!(ended.record["image"], Value::Null, "{place}");
    let sent = !proxy.seen(Call::Upload).is_empty();
    let reached = matches!(phase, Some("build" | "rollout")) || status == "timed-out";
    assert_eq!(sent, reached || row.scenario == Scenario::UploadRefused, "{place}");
    let phases = ended.record["timings"].as_array().unwrap();
    assert_eq!(phases.last().unwrap()["phase"], "total", "{place}");
}

#[test]
fn every_end_is_recorded_with_its_phase() {
    let rows = rows();
    // Each of them mostly waits.
    std::thread::scope(|scope| {
        for row in &rows {
            scope.spawn(move || check(row));
        }
    });
}

#[test]
fn a_project_that_cannot_be_packed_is_recorded() {
    // An ignore file with a pattern that the builder refuses, which lint lets pass here.
    let running = platform(Scenario::Happy);
    let stage = Stage::new();
    stage.write(".dockerignore", "[a\n");
    let ended = stage.run(&running.base_url, &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert_eq!(ended.record["failure"]["phase"], "pack", "{}", ended.record);
    assert_eq!(ended.record["status"], "error");
}

#[test]
fn what_cannot_be_reached_or_opened_is_recorded() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ended = Stage::new().run(&format!("http://127.0.0.1:{port}/v0"), &[]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("cannot be reached"), "{}", ended.stderr);
    assert_eq!(ended.record["failure"]["phase"], "upload", "{}", ended.record);
    let stage = Stage::new();
    fs::remove_file(stage.path().join("box/Dockerfile")).unwrap();
    let ended = stage.run("http://127.0.0.1:9/v0", &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert_eq!(ended.record["failure"]["phase"], Value::Null);
    assert!(ended.record["error"].as_str().unwrap().contains("Dockerfile"), "{}", ended.record);
    let stage = Stage::new();
    let mut command = stage.command("http://127.0.0.1:9/v0", &[]);
    let run = finish(command.env_remove("BL_API_KEY"));
    let ended = stage.ended(run.code, run.stdout, run.stderr);
    assert_eq!(ended.record["failure"]["phase"], Value::Null);
    assert_eq!(ended.record["failure"]["cause"], "there are no credentials for the platform");
}

#[test]
fn a_record_that_cannot_be_written_hides_nothing() {
    let running = platform(Scenario::Unauthorized);
    let stage = Stage::new();
    fs::create_dir(stage.path().join("record.json")).unwrap();
    let run = finish(&mut stage.command(&running.base_url, &[]));
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.stderr.contains("refused the credentials"), "{}", run.stderr);
    assert!(run.stderr.contains("the output file cannot be written"), "{}", run.stderr);
}
