//! Records of jobs, told by a later one.

use std::{fs, path::Path};

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
    let text = fs::read_to_string(job.output("report-path")).unwrap();
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

/// A leg of this run.
fn leg(image: &str, status: &str) -> Value {
    json!({
        "version": 1, "kind": "leg", "image": image, "commit": HEAD, "did": "deploy", "status": status,
        "workspace": "dev", "run": {"id": 1, "attempt": 1, "url": null},
        "finished": "2026-11-24T00:00:00Z",
    })
}

/// What a job that never told of itself leaves is no record: a lost runner, a checkout that failed, a process that was killed.
#[tokio::test]
async fn what_was_planned_and_left_no_record_is_not_fine() {
    let stage = Stage::new().await;
    stage.file("records/a/report.json", &leg("a", "succeeded").to_string());
    let records = stage.path("records");
    let base = ["--command", "report", "--records", records.to_str().unwrap()];
    let planned = |text: &str| [base.as_slice(), &["--plan", text]].concat().join("\n");
    let run = |plan: &str, run: u64| {
        let args = planned(plan);
        stage.job("pull_request", &pull("synchronize"), run, &args.split('\n').collect::<Vec<_>>())
    };
    // It was killed while it built.
    let begun =
        json!({"context": "sandgate/b@dev", "state": "pending", "description": "Being built"});
    stage.post(&format!("statuses/{HEAD}"), &begun).await;
    let job = run(r#"[[["a","a"],["b","b"]],[["c","c"]]]"#, 1);
    assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
    assert_eq!(job.output("status"), "failed");
    assert!(
        job.output("images")
            .contains(r#""image":"b","path":"b","preview_url":null,"status":"error""#),
        "{:?}",
        job.outputs
    );
    assert!(
        job.run.stdout.contains("::error ") && job.run.stdout.contains("b: it was planned"),
        "{}",
        job.run.shown()
    );
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    for text in [comment, &job.summary] {
        for part in [
            "❌ Sandbox images: 2 of 3 failed",
            "❌ Ended without a record",
            "❌ Not built: an image of a wave before it failed",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("Being built"), "{text}");
    }
    // Run again, all of them tell of themselves.
    for image in ["b", "c"] {
        let mut again = leg(image, "succeeded");
        again["run"]["attempt"] = json!(2);
        stage.file(&format!("records/{image}/report.json"), &again.to_string());
    }
    let done = json!({"context": "sandgate/b@dev", "state": "success", "description": "Deployed to `dev` · no findings"});
    stage.post(&format!("statuses/{HEAD}"), &done).await;
    let job = run(r#"[[["a","a"],["b","b"]],[["c","c"]]]"#, 1);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(
        stage.comments().await[0].contains("✅ Sandbox images: all 3 are fine"),
        "{:?}",
        stage.comments().await
    );
    // No job at all told of itself, a record is broken, and what is given is no plan.
    fs::remove_dir_all(stage.path("records")).unwrap();
    let job = run(r#"[[["a","a"]]]"#, 2);
    assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
    assert!(job.summary.contains("1 of 1 failed"), "{}", job.summary);
    stage.file("records/a/report.json", "{");
    let job = run(r#"[[["a","a"]]]"#, 3);
    assert!(job.summary.contains("1 of 1 failed"), "{}", job.summary);
    let job = run("a", 4);
    assert_eq!(job.run.code, Some(2), "{}", job.run.shown());
    assert!(job.run.stderr.contains("--plan (input `plan`)"), "{}", job.run.shown());
}

/// What `sandgate report` makes of the records.
fn report(dir: &Path) -> (String, common::Run) {
    let run = common::run(dir, &["report", "records"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    (run.stdout.lines().next().unwrap_or_default().to_owned(), run)
}

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join("records").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn every_leg_counts_and_what_failed_is_seen_first() {
    let keep = tempfile::tempdir().unwrap();
    let dir = keep.path();
    let status = |at: usize| if at == 1_690 { "failed" } else { "succeeded" };
    let legs: Vec<Value> = (0..1_700).map(|at| leg(&format!("i{at:04}"), status(at))).collect();
    for (at, three) in legs.chunks(3).enumerate() {
        let all = json!({"version": 1, "kind": "legs", "legs": three});
        write(dir, &format!("{at}/report.json"), &all.to_string());
    }
    let (heading, run) = report(dir);
    assert_eq!(heading, "### ❌ Sandbox images: 1 of 1700 failed");
    let first = run.stdout.lines().find(|line| line.starts_with("| <code>")).unwrap();
    assert!(first.starts_with("| <code>i1690</code> | ❌"), "{first}");
    // The same in one file, and in one file a leg.
    fs::remove_dir_all(dir.join("records")).unwrap();
    write(dir, "a.json", &json!({"version": 1, "kind": "legs", "legs": legs}).to_string());
    assert_eq!(report(dir).0, "### ❌ Sandbox images: 1 of 1700 failed");
    fs::remove_dir_all(dir.join("records")).unwrap();
    for (at, leg) in legs.iter().enumerate() {
        write(dir, &format!("{at}.json"), &leg.to_string());
    }
    assert_eq!(report(dir).0, "### ❌ Sandbox images: 1 of 1700 failed");
}

#[test]
fn a_record_that_cannot_be_read_is_no_good_news() {
    let good = leg("good", "succeeded").to_string();
    let later = good.replace("\"version\":1", "\"version\":2");
    let legs = |bad: Value| {
        let legs = [leg("good", "succeeded"), bad, leg("bad", "failed")];
        json!({"version": 1, "kind": "legs", "legs": legs}).to_string()
    };
    for (text, want) in [
        ("{", "1 of 2 failed"),
        ("\u{0}", "1 of 2 failed"),
        (&later, "1 of 2 failed"),
        (&good[..good.len() / 2], "1 of 2 failed"),
        (&good.replace("\"good\"", "7"), "1 of 2 failed"),
        // Its neighbours are told of all the same.
        (&legs(json!({})), "2 of 3 failed"),
        (&legs(json!({"version": 1, "kind": "leg", "did": "teleport"})), "2 of 3 failed"),
        (&legs(leg("", "succeeded")), "2 of 3 failed"),
    ] {
        let keep = tempfile::tempdir().unwrap();
        write(keep.path(), "good.json", &good);
        write(keep.path(), "other.json", text);
        let (heading, run) = report(keep.path());
        assert_eq!(heading, format!("### ❌ Sandbox images: {want}"), "{}", run.shown());
        assert!(run.stdout.contains("<code>unreadable-record-1</code>"), "{}", run.shown());
        assert!(run.stdout.contains("records/other.json cannot be read"), "{}", run.shown());
        assert!(run.stderr.contains("other.json"), "{}", run.shown());
    }
    let keep = tempfile::tempdir().unwrap();
    write(keep.path(), "good.json", &good);
    // Other files of a job are no records.
    write(keep.path(), "package.json", "{\"name\": \"x\"}");
    write(keep.path(), "list.json", "[]");
    write(keep.path(), "unnamed.json", &good.replace("\"good\"", "\"\",\"path\":\"日本\""));
    let (heading, run) = report(keep.path());
    assert_eq!(heading, "### ✅ Sandbox images: all 2 are fine", "{}", run.shown());
    assert!(run.stderr.contains("list.json is no record of a job: it is some other JSON"));
    write(keep.path(), "good.json", "{\"version\":1,\"action\":\"push\"}");
    let run = common::run(keep.path(), &["report", "records/good.json"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("`--record` wrote it"), "{}", run.shown());
}

#[tokio::test]
async fn what_a_fork_left_unreadable_is_not_told_as_good() {
    let stage = forked().await;
    stage.file("records/a.json", &leg("shop", "succeeded").to_string());
    stage.file("records/b.json", "{");
    let records = stage.path("records");
    let args = ["--records", records.to_str().unwrap()];
    let job = stage.job("workflow_run", &finished("evil/r", HEAD), 2, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(comment.contains("1 of 2 failed"), "{comment}");
}

#[test]
fn of_two_promotions_to_a_workspace_the_newer_counts() {
    let keep = tempfile::tempdir().unwrap();
    let promotion = |run: u64, state: &str, workspaces: &[&str]| {
        let all = workspaces.iter();
        let all = all.map(|name| json!({"workspace": name, "state": state, "shared_here": true, "verified": true}));
        let mut leg = leg("shop", if state == "shared" { "succeeded" } else { "error" });
        leg["did"] = json!("promote");
        leg["run"]["id"] = json!(run);
        leg["promoted"] = all.collect();
        leg.to_string()
    };
    // The newer one went to more, and stands before the older.
    write(keep.path(), "a.json", &promotion(2, "shared", &["partner", "prod"]));
    write(keep.path(), "b.json", &promotion(1, "failed", &["prod"]));
    let (heading, run) = report(keep.path());
    assert!(
        heading.contains("promoted to <code>partner</code>, <code>prod</code>"),
        "{}",
        run.shown()
    );
}
