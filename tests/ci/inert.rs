//! Texts from outside are inert in everything that is told.

use std::fs;

use sandgate::{
    record::leg,
    sim::{Config, Scenario},
};
use serde_json::{Value, json};

use crate::{
    common::Run,
    hostile::{
        HOSTILE, dockerfile, hostile_leg, is_inert_dotenv, is_inert_json, is_inert_markdown,
        is_inert_record, is_inert_sarif, is_plain, lines, moves, no_command,
    },
    stage::{Job, Stage, pull, pull_of, push},
};

#[tokio::test]
async fn hostile_texts_command_nobody() {
    assert!(HOSTILE.len() >= 60);
    let stage = Stage::new().await;
    stage.file("records/leg.json", &hostile_leg().to_string());
    let records = stage.path("records");
    let args = ["--command", "report", "--records", records.to_str().unwrap()];
    let job = stage.job("pull_request", &pull("opened"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    is_inert_markdown("comment", comment);
    is_inert_markdown("summary", &job.summary);
    no_command(&job.run.stdout);
    no_command(&job.run.stderr);
}

/// The files that a job is asked to write.
const FILES: [(&str, &str); 3] = [
    ("--sarif-file", "found.sarif"),
    ("--report-file", "report.json"),
    ("--dotenv", "variables.env"),
];

/// A job that tells everything that it can.
fn tells_all(stage: &Stage, event: &str, payload: &Value, command: &str) -> Job {
    let files = FILES.map(|(option, name)| {
        (option, stage.path(&format!(".out/{name}")).to_str().unwrap().to_owned())
    });
    let mut args = vec!["--command", command, "--check", "true", "--comment", "always"];
    for (option, file) in &files {
        args.extend([*option, file.as_str()]);
    }
    stage.job(event, payload, 1, &args)
}

/// What it told. Gives the number of findings.
async fn everything_is_inert(stage: &Stage, job: &Job) -> usize {
    let Run { stdout, stderr, .. } = &job.run;
    for stream in [stdout, stderr] {
        no_command(stream);
        assert_eq!(moves(stream), None, "{stream}");
    }
    is_inert_markdown("summary", &job.summary);
    for comment in stage.comments().await {
        is_inert_markdown("comment", &comment);
    }
    for (name, value) in &job.outputs {
        assert_eq!(moves(value), None, "{name}: {value}");
        if value.starts_with(['{', '[']) {
            is_inert_json(name, value);
        }
    }
    let read = |name: &str| fs::read_to_string(stage.path(".out").join(name)).unwrap();
    is_inert_record(&read("report.json"));
    is_inert_dotenv(&read("variables.env"));
    let forge = stage.forge().await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for status in forge["statuses"].as_array().unwrap() {
        is_plain("context", &text(&status["context"]));
        is_plain("description", &text(&status["description"]));
        let url = text(&status["target_url"]);
        assert!(url.is_empty() || url.starts_with("https://github.com/o/r/"), "{url}");
    }
    for one in forge["deployments"].as_array().unwrap() {
        is_plain("environment", &text(&one["environment"]));
        // Data, which stays what it is.
        leg::read_all(&one["payload"]["record"].to_string()).unwrap();
        for status in one["statuses"].as_array().unwrap() {
            is_plain("deployment", &text(&status["description"]));
            let url = text(&status["log_url"]);
            assert!(url.is_empty() || url.starts_with("https://github.com/o/r/"), "{url}");
        }
    }
    for check in forge["checks"].as_array().unwrap() {
        is_plain("check", &text(&check["name"]));
        is_plain("title", &text(&check["output"]["title"]));
        is_inert_markdown("check", &text(&check["output"]["summary"]));
        is_inert_markdown("check", &text(&check["output"]["text"]));
        for one in check["annotations"].as_array().unwrap() {
            is_plain("annotation", &text(&one["title"]));
            is_plain("annotation", &text(&one["path"]));
            let message = text(&one["message"]);
            assert_eq!(moves(&message), None, "{message}");
        }
    }
    is_inert_sarif(&read("found.sarif"))
}

#[tokio::test]
async fn hostile_names_and_lines_of_a_project_command_nobody() {
    let stage = Stage::new().await;
    for text in lines() {
        let _ = fs::write(stage.path(&text.replace('/', "-")), text);
    }
    stage.file("Dockerfile", &dockerfile());
    let job = tells_all(&stage, "pull_request", &pull("opened"), "lint");
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    let found = everything_is_inert(&stage, &job).await;
    assert!(found > lines().count(), "{found}");
    let forge = stage.forge().await;
    for told in ["statuses", "checks", "comments"] {
        assert!(!forge[told].as_array().unwrap().is_empty(), "{told} {forge}");
    }
}

/// The instruction that fails holds every text, and so does the platform's log.
#[tokio::test]
async fn hostile_builds_command_nobody() {
    let config = Config { scenario: Scenario::HostileLog, ..Config::default() };
    let mut stage = Stage::with(config).await;
    let all: String = lines().map(|text| format!(" '{}'", text.replace('\'', ""))).collect();
    let good = fs::read_to_string(stage.path("Dockerfile")).unwrap();
    stage.file("Dockerfile", &good.replace("RUN node", &format!("RUN echo{all} && node")));
    stage.env.insert("SANDGATE_FAIL_ON", Some("never".to_owned()));
    let job = tells_all(&stage, "push", &push("main", &HOSTILE.join(" ")), "deploy");
    assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
    assert!(job.summary.contains("bold"), "the step is told: {}", job.summary);
    everything_is_inert(&stage, &job).await;
    let forge = stage.forge().await;
    for told in ["statuses", "checks", "deployments"] {
        assert!(!forge[told].as_array().unwrap().is_empty(), "{told} {forge}");
    }
}

/// A branch, a tag, a label, a title, an action: whoever makes an event chooses them. Each text is in each of them, where nothing
/// is done but to say why.
#[tokio::test]
async fn hostile_events_command_nobody() {
    let stage = Stage::new().await;
    for (number, evil) in HOSTILE.iter().enumerate() {
        let mut closed = pull_of(evil, "evil/r");
        closed["pull_request"]["title"] = json!(evil);
        closed["pull_request"]["head"]["ref"] = json!(evil);
        closed["label"] = json!({"name": evil});
        let mut pushed = push(evil, evil);
        pushed["pull_request"] = json!({"title": evil});
        let released = json!({
            "action": evil, "repository": {"full_name": "o/r", "default_branch": evil},
            "release": {"tag_name": evil, "name": evil, "target_commitish": evil},
        });
        let events = [
            ("pull_request_target", closed, ["--label", "allowed"]),
            ("push", pushed, ["--command", "promote"]),
            ("release", released, ["--promote-to", "prod"]),
        ];
        for (event, payload, args) in events {
            // Half of them are rehearsed.
            let rehearse = format!("--dry-run={}", number % 2 == 0);
            let args = [&args[..], &["--promote-to", "prod", &rehearse]].concat();
            let job = stage.job(event, &payload, 1, &args);
            assert!(matches!(job.run.code, Some(0 | 7)), "{event} {evil:?}: {}", job.run.shown());
            for stream in [&job.run.stdout, &job.run.stderr] {
                no_command(stream);
                assert_eq!(moves(stream), None, "{event}: {stream}");
            }
            let rehearsed = job.run.stdout.split("=== summary\n").nth(1);
            let rehearsed = rehearsed.map(|rest| rest.split("=== outputs").next().unwrap());
            let summary = rehearsed.unwrap_or(&job.summary);
            assert!(!summary.is_empty());
            is_inert_markdown(event, summary);
            for (name, value) in &job.outputs {
                assert_eq!(moves(value), None, "{name}: {value}");
            }
        }
    }
    let calls = stage.running.calls();
    assert!(calls.iter().all(|call| call.path.starts_with("/_sim/")), "{calls:?}");
}
