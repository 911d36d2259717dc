//! Records of jobs, told by a later one.

use serde_json::{Value, json};

use crate::{
    common,
    stage::{HEAD, Stage, pull, pull_of},
};

fn finished(from: &str, head: &str) -> Value {
    json!({
        "action": "completed",
        "repository": {"full_name": "o/r", "default_branch": "main"},
        "workflow_run": {
            "event": "pull_request", "head_sha": head, "head_branch": "topic", "conclusion": "success",
            "head_repository": {"full_name": from}, "pull_requests": [],
        },
    })
}

async fn forked() -> Stage {
    let stage = Stage::new().await;
    let head = json!({"ref": "topic", "sha": HEAD, "repo": "evil/r"});
    stage.seed("pulls", json!({"repository": "o/r", "number": 7, "head": head})).await;
    stage
}

#[tokio::test]
async fn the_companion_comments_on_a_fork_and_believes_nothing() {
    let stage = forked().await;
    stage.file("Dockerfile", "FROM node:24-slim\nCMD [\"node\", \"index.js\"]\n");
    let job = stage.job("pull_request", &pull_of("opened", "evil/r"), 1, &["--fail-on", "never"]);
    let text = std::fs::read_to_string(job.output("report-path")).unwrap();
    // What a stranger may have made of it.
    let mut record: Value = serde_json::from_str(&text).unwrap();
    let leg = &mut record["legs"][0];
    leg["did"] = json!("deploy");
    leg["status"] = json!("succeeded");
    leg["reference"] = json!("sandbox/shop:evil");
    leg["url"] = json!("https://app.blaxel.ai/evil");
    leg["pull_request"] = json!(1);
    leg["commit"] = json!("6".repeat(40));
    leg["run"]["url"] = json!("https://evil.example/run");
    leg["lint"]["findings"][0]["message"] =
        json!("<!-- --> @team [x](https://evil.example) ![](//e)");
    stage.file("records/leg.json", &record.to_string());
    stage.file("records/broken.json", "{");
    let records = stage.path("records");
    let args = ["--records", records.to_str().unwrap()];
    let job = stage.job("workflow_run", &finished("evil/r", HEAD), 2, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    let seen: Vec<&str> = comment.lines().filter(|line| !line.starts_with("<!-- s")).collect();
    let seen = seen.join("\n");
    assert!(
        seen.contains("❌ Not built: the commit of a fork, with findings that stop it"),
        "{seen}"
    );
    for evil in ["evil", "@team", "<!--", "Deployed", "](https://evil"] {
        let shown = seen.replace("@\u{200b}team", "").replace("https:\u{200b}//evil.example", "");
        assert!(!shown.contains(evil), "{evil}\n{shown}");
    }
    assert_eq!(stage.calls("POST", "/statuses/"), 0);
    assert_eq!(stage.calls("POST", "/deployments"), 0);
}

#[tokio::test]
async fn a_commit_that_is_no_longer_the_newest_is_told_of_nowhere() {
    let stage = forked().await;
    stage.file("records/leg.json", r#"{"version":1,"kind":"leg","image":"shop"}"#);
    let records = stage.path("records");
    let args = ["--records", records.to_str().unwrap()];
    for (from, head) in [("evil/r", "6".repeat(40)), ("other/r", "7".repeat(40))] {
        let job = stage.job("workflow_run", &finished(from, &head), 2, &args);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    }
    assert_eq!(stage.comments().await, [""; 0]);
}

#[tokio::test]
async fn the_last_job_tells_what_all_jobs_did() {
    let stage = Stage::new().await;
    for number in 1..=12 {
        let leg = json!({
            "version": 1, "kind": "leg", "image": format!("image-{number:02}"), "commit": HEAD,
            "did": "deploy", "status": if number == 5 { "failed" } else { "succeeded" },
            "workspace": "dev", "reference": format!("sandbox/image-{number:02}:t1"),
            "run": {"id": 1, "attempt": 1, "url": "https://github.com/o/r/actions/runs/1"},
            "finished": "2026-11-24T00:00:00Z",
        });
        stage.file(&format!("records/{number}/report.json"), &leg.to_string());
    }
    let records = stage.path("records");
    let args = ["--command", "report", "--records", records.to_str().unwrap()];
    let job = stage.job("pull_request", &pull("synchronize"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(comment.contains("1 of 12 failed"), "{comment}");
    assert!(job.summary.contains("1 of 12 failed"), "{}", job.summary);
    let run = common::run(stage.dir.path(), &["report", "records"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert!(run.stdout.starts_with("### ❌ Sandbox images: 1 of 12 failed"), "{}", run.shown());
    let run = common::run(stage.dir.path(), &["report", "nowhere"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
}
