//! A rehearsal lists what the run does: every call of the run is in it, and every call of it is made by a run.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    common::Run,
    stage::{HEAD, MERGE, Stage, pull, push},
};

/// A call: its method, and its path with `ID` for what only an answer tells.
type Call = (String, String);

/// What stands for the address of the upload.
const UPLOAD: &str = "(the upload URL that the platform answers)";

fn call(method: &str, path: &str) -> Call {
    let path = path.split('?').next().unwrap_or_default();
    let part = |part: &str| {
        let is_id = part.len() > 6 && part.bytes().all(|b| b.is_ascii_digit());
        if is_id { "ID".to_owned() } else { part.to_owned() }
    };
    (method.to_owned(), path.split('/').map(part).collect::<Vec<_>>().join("/"))
}

/// The calls of a run.
fn made(stage: &Stage, from: usize) -> BTreeSet<Call> {
    let calls = stage.running.calls();
    let of = |path: &str| match path {
        path if path.starts_with("/store/") => UPLOAD.to_owned(),
        path => {
            path.strip_prefix("/api/v3").or(path.strip_prefix("/v0")).unwrap_or(path).to_owned()
        }
    };
    let calls = calls.iter().skip(from).filter(|call| !call.path.starts_with("/_sim/"));
    calls.map(|one| call(&one.method, &of(&one.path))).collect()
}

/// The calls of a rehearsal, each with whether it depends on an answer.
fn rehearsed(stage: &Stage, run: &Run) -> Vec<(Call, bool)> {
    let depends =
        |text: &str| text.contains(" where ") || text.contains(" if ") || text.contains("if ");
    let mut all = Vec::new();
    let github = run.stdout.split("=== calls\n").nth(1).unwrap();
    for line in github.lines().take_while(|line| !line.starts_with("=== ")) {
        let (method, rest) = line.split_once(' ').unwrap();
        let path = rest.split([' ', ',']).next().unwrap();
        all.push((call(method, path), depends(rest)));
        if rest.contains("or PATCH") {
            all.push((call("PATCH", "/repos/o/r/issues/comments/1234567"), true));
        }
    }
    let mut lines = run.stderr.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((method @ ("GET" | "PUT" | "POST" | "DELETE"), url)) = line.split_once(' ') else {
            continue;
        };
        let when = lines.peek().copied().unwrap_or_default();
        let path = url.strip_prefix(&stage.running.base_url).unwrap_or(url);
        all.push((call(method, path), depends(when)));
    }
    all
}

fn is_write((method, _): &Call) -> bool {
    method != "GET"
}

/// Rehearses an event, and runs it twice: what the first leaves is there for the second.
async fn compared(
    (event, payload): (&str, &Value),
    args: &[&str],
    before: impl AsyncFn(&Stage),
    unmade: &[(&str, &str)],
) {
    let stage = Stage::new().await;
    before(&stage).await;
    let from = stage.running.calls().len();
    let rehearsal = stage.job(event, payload, 1, &[args, &["--dry-run"]].concat()).run;
    assert_eq!(rehearsal.code, Some(0), "{}", rehearsal.shown());
    let listed = rehearsed(&stage, &rehearsal);
    assert_eq!(made(&stage, from), BTreeSet::new(), "a rehearsal calls nobody");
    let known: BTreeSet<&Call> = listed.iter().map(|(call, _)| call).collect();
    let mut all = BTreeSet::new();
    for run in 1..=2 {
        let from = stage.running.calls().len();
        stage.file("index.js", &format!("console.log({run})\n"));
        let job = stage.job(event, payload, run, args);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
        let made = made(&stage, from);
        for call in &made {
            assert!(known.contains(call), "{event}: {call:?} is not in\n{}", rehearsal.shown());
        }
        if run == 1 {
            for (call, depends) in listed.iter().filter(|(call, _)| is_write(call)) {
                assert!(*depends || made.contains(call), "{event}: {call:?} is not made: {made:?}");
            }
        }
        all.extend(made);
    }
    // What depends on an answer is made, too, where the answer is that: but for these.
    let writes = listed.iter().map(|(call, _)| call).filter(|call| is_write(call));
    let left: Vec<_> = writes.filter(|call| !all.contains(*call)).collect();
    let left: Vec<(&str, &str)> =
        left.iter().map(|(method, path)| (method.as_str(), path.as_str())).collect();
    assert_eq!(left, unmade, "{event}");
}

#[tokio::test]
async fn a_deploy_on_push_does_what_its_rehearsal_lists() {
    let nothing = async |_: &Stage| ();
    compared(
        ("push", &push("main", "x")),
        &["--command", "deploy"],
        nothing,
        &[
            // There is no pull request.
            ("POST", "/repos/o/r/issues/NUMBER/comments"),
            ("PATCH", "/repos/o/r/issues/comments/ID"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_preview_does_what_its_rehearsal_lists() {
    let nothing = async |_: &Stage| ();
    compared(
        ("pull_request", &pull("opened")),
        &["--promote-to", "prod"],
        nothing,
        &[("DELETE", "/sandboxes/shop-pr-7"), ("PUT", "/sandboxes/shop-pr-7/previews/preview")],
    )
    .await;
}

#[tokio::test]
async fn a_promotion_on_merge_does_what_its_rehearsal_lists() {
    let merged = async |stage: &Stage| {
        let pull = json!({
            "repository": "o/r", "number": 7, "state": "closed", "merged": true, "lag": 0,
            "merge_commit_sha": MERGE, "head": {"ref": "topic", "sha": HEAD},
        });
        stage.seed("pulls", pull).await;
    };
    let to = ["--promote-to", "prod"];
    // No older promotion waits.
    let unmade = [("POST", "/repos/o/r/statuses/SHA")];
    compared(("push", &push("main", "Add x (#7)")), &to, merged, &unmade).await;
}

#[tokio::test]
async fn the_removal_of_a_preview_does_what_its_rehearsal_lists() {
    let preview = async |stage: &Stage| {
        let job = stage.job("pull_request", &pull("opened"), 9, &[]);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    };
    compared(("pull_request", &pull("closed")), &[], preview, &[]).await;
}

#[tokio::test]
async fn an_audit_does_what_its_rehearsal_lists() {
    let image = async |stage: &Stage| {
        let job = stage.job("push", &push("topic", "x"), 9, &["--command", "push"]);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    };
    let audit = json!({"repository": {"full_name": "o/r", "default_branch": "main"}});
    compared(("schedule", &audit), &[], image, &[]).await;
}
