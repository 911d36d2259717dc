//! Whole pushes of the binary.

use sandgate::sim::Scenario;
use serde_json::Value;

use crate::{library::platform, stage::Stage};

#[test]
fn a_push_ends_with_the_image_and_no_sandbox() {
    let running = platform(Scenario::Happy);
    let ended = Stage::new().run_of("push", &running.base_url, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let image = ended.record["image"].as_str().unwrap();
    assert!(image.starts_with("sandbox/box:") && ended.stdout.contains(image), "{}", ended.stdout);
    assert_eq!((&ended.record["action"], &ended.record["url"]), (&"push".into(), &Value::Null));
    assert_eq!(ended.record["reused"], false);
    assert_eq!(crate::library::get(running.address, "/sandboxes"), serde_json::json!([]));
}

#[test]
fn a_failed_build_names_the_line_with_its_source() {
    let running = platform(Scenario::BuildFails);
    let ended = Stage::new().run_of("push", &running.base_url, &[]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert_eq!(ended.record["failure"]["dockerfile_line"], 4, "{}", ended.record);
    assert_eq!(ended.record["failure"]["phase"], "build");
    for part in ["Dockerfile:4", "RUN node --check index.js", "the end of the log"] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
}

/// The record that is written anew knows which image came of the same content.
#[test]
fn a_reused_build_is_found_in_the_record_before() {
    let running = platform(Scenario::Happy);
    let stage = Stage::new();
    let push = |stage: &Stage| stage.run_of("push", &running.base_url, &[]);
    let first = push(&stage);
    let other = Stage::new();
    other.write("index.js", "console.log(2)\n");
    push(&other);
    // Nobody wrote it down here.
    let unknown = push(&Stage::new());
    assert_eq!(unknown.code, Some(0), "{}", unknown.stderr);
    assert_eq!((&unknown.record["reused"], &unknown.record["image"]), (&true.into(), &Value::Null));
    assert!(unknown.stdout.contains("tag unknown (not promotable)"), "{}", unknown.stdout);
    let known = push(&stage);
    assert_eq!(known.record["reused"], true);
    assert_eq!(known.record["image"], first.record["image"], "{}", known.stderr);
}

#[test]
fn whoever_does_not_wait_gets_a_record_that_says_so() {
    for action in ["push", "deploy"] {
        let running = platform(Scenario::Slow);
        let ended = Stage::new().run_of(action, &running.base_url, &["--no-wait"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.record["status"], "accepted");
        assert_eq!(ended.record["failure"], Value::Null);
        assert!(ended.stdout.contains("accepted"), "{}", ended.stdout);
    }
}
