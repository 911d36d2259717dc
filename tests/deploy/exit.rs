//! Who has seen the end, ends: no look more, no pause.

use std::{process::Stdio, thread};

use jiff::{SignedDuration, Timestamp};
use sandgate::sim::{Call, Scenario};
use serde_json::Value;

use crate::{
    library::{get, platform},
    stage::Stage,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Runs one command to its end. Gives how many looks came after what they wait for had happened, and how long after the
/// last of them the process was gone.
fn measured(action: &str, scenario: Scenario, code: i32) -> (usize, SignedDuration) {
    let running = platform(scenario);
    let stage = Stage::new();
    let mut command = stage.command_of(action, &running.base_url, &[]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let status = child.wait().unwrap();
    let gone = Timestamp::now();
    assert_eq!(status.code(), Some(code), "{action} {scenario:?}");
    let path = if action == "push" { "/images/sandbox/box" } else { "/sandboxes/box" };
    let looks: Vec<Timestamp> = running
        .calls()
        .iter()
        .filter(|call: &&Call| call.method == "GET" && call.path == format!("/v0{path}"))
        .map(|call| at(&call.at))
        .collect();
    let seen = get(running.address, path);
    let events = [&seen["events"], &seen["metadata"]["events"]];
    let events = events.into_iter().filter_map(Value::as_array).flatten();
    let ended = events.map(|event| at(event["time"].as_str().unwrap())).max().unwrap();
    let late = looks.iter().filter(|look| **look >= ended).count();
    let (first, last) = (looks.first().unwrap(), looks.last().unwrap());
    let took = gone.duration_since(*last);
    // There is a pause between any two looks, and none here.
    assert!(took < last.duration_since(*first), "{action} {scenario:?}: {took:#}");
    (late, took)
}

#[test]
fn the_process_is_gone_right_after_the_look_that_sees_the_end() {
    let rows = [
        ("deploy", Scenario::Happy, 0, 1),
        ("push", Scenario::Happy, 0, 1),
        ("deploy", Scenario::MissingLogs, 0, 1),
        // A failure is believed at the second look, which reads the rest of its log.
        ("deploy", Scenario::BuildFails, 3, 2),
        ("deploy", Scenario::RolloutFails, 3, 2),
        ("push", Scenario::BuildFails, 3, 2),
    ];
    thread::scope(|scope| {
        for (action, scenario, code, looks) in rows {
            scope.spawn(move || {
                let (late, took) = measured(action, scenario, code);
                // The figure of docs/shipping.md.
                let ms = took.as_millis();
                eprintln!("{action}, {scenario:?}: gone {ms} ms after the last look");
                assert!(late <= looks, "{action} {scenario:?}: {late} looks");
            });
        }
    });
}
