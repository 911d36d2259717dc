//! What each job says for itself is not overwritten by another, and outlives what the comment forgets.

use sandgate::sim::Config;
use serde_json::json;

use crate::stage::{HEAD, MERGE, Stage, deployments, pull, push};

const BROKEN: &str = "FROM node:24-slim\nCMD [\"node\", \"index.js\"]\n";

/// The newest state of each row of a commit.
async fn rows(stage: &Stage, sha: &str) -> Vec<(String, String)> {
    let forge = stage.forge().await;
    let mut rows: Vec<(String, String)> = Vec::new();
    for one in forge["statuses"].as_array().unwrap().iter().filter(|one| one["sha"] == sha) {
        let [context, state] = ["context", "state"].map(|key| one[key].as_str().unwrap());
        rows.retain(|(known, _)| known != context);
        rows.push((context.to_owned(), state.to_owned()));
    }
    rows.sort();
    rows
}

fn row(name: &str, state: &str) -> (String, String) {
    (format!("sandgate/{name}"), state.to_owned())
}

#[tokio::test]
async fn one_image_in_two_workspaces_has_two_rows() {
    let mut stage = Stage::new().await;
    let good = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    stage.env.insert("BL_WORKSPACE", Some("eu-dev".to_owned()));
    stage.file("Dockerfile", BROKEN);
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    stage.env.insert("BL_WORKSPACE", Some("dev".to_owned()));
    stage.file("Dockerfile", &good);
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    // A job that names none, as one that lints for everybody.
    stage.env.insert("BL_WORKSPACE", None);
    let job = stage.job("pull_request", &pull("opened"), 1, &["--command", "lint"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let want = [row("shop", "success"), row("shop@dev", "success"), row("shop@eu-dev", "failure")];
    assert_eq!(rows(&stage, HEAD).await, want);
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    for part in [
        "❌ Sandbox images: 1 of 1 failed",
        "<code>shop</code> in <code>dev</code> | ✅ Preview in <code>dev</code>",
        "<code>shop</code> in <code>eu-dev</code> | ❌ Stopped by findings",
    ] {
        assert!(comment.contains(part), "{part}\n{comment}");
    }
}

#[tokio::test]
async fn a_comment_of_another_key_has_rows_of_its_own() {
    let stage = Stage::new().await;
    stage.file("Dockerfile", BROKEN);
    let strict = ["--command", "lint", "--comment-key", "strict checks"];
    let job = stage.job("pull_request", &pull("opened"), 1, &strict);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    // This is the default, also where it is given.
    let lax = [
        "--command",
        "lint",
        "--fail-on",
        "never",
        "--comment-key",
        "sandgate",
        "--comment",
        "always",
    ];
    let job = stage.job("pull_request", &pull("opened"), 2, &lax);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let all = rows(&stage, HEAD).await;
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[0], row("shop@dev", "success"));
    assert!(all[1].0.starts_with("sandgate/strict-checks-") && all[1].1 == "failure", "{all:?}");
    assert!(all[1].0.ends_with("/shop@dev"), "{all:?}");
    let comments = stage.comments().await;
    let [strict, lax] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(strict.contains("1 of 1 failed"), "{strict}");
    assert!(lax.contains("1 is fine"), "{lax}");
}

#[tokio::test]
async fn a_promotion_is_told_in_full_where_the_comment_has_forgotten_it() {
    let stage = Stage::new().await;
    let merged = json!({
        "repository": "o/r", "number": 7, "state": "closed", "merged": true,
        "merge_commit_sha": MERGE, "head": {"ref": "topic", "sha": HEAD},
    });
    stage.seed("pulls", merged).await;
    let to = ["--promote-to", "prod,partner-account/partner"];
    let first = stage.job("push", &push("main", "Add x (#7)"), 1, &to);
    assert_eq!(first.run.code, Some(0), "{}", first.run.shown());
    for said in ["Result promoted to `prod`, seen there · ", "Result `partner` waits for the"] {
        assert!(first.run.stderr.contains(said), "{said}\n{}", first.run.shown());
    }
    stage.file("index.js", "console.log(2)\n");
    let second = stage.job("push", &push("main", "Add x (#7)"), 2, &to);
    assert_eq!(second.run.code, Some(0), "{}", second.run.shown());
    let promotions = |comment: &str| {
        let lines = comment.lines().filter(|line| line.contains(" → "));
        let lines = lines.map(|line| line.split(" · ").next().unwrap().to_owned());
        lines.collect::<Vec<_>>()
    };
    let told = promotions(&stage.comments().await[0]);
    assert_eq!(told.len(), 2, "{told:?}");
    for (line, parts) in told.iter().zip([
        [
            "⏳ <code>partner</code> waits for the approval of <code>partner-account</code> until",
            "Before it was <code>",
        ],
        ["🚀 promoted to <code>prod</code>, seen there", first.output("image-id")],
    ]) {
        assert!(line.contains(second.output("image-id")), "{line}");
        assert!(parts.iter().all(|part| line.contains(part)), "{parts:?}\n{line}");
    }
    // Another job had read the comment before, and writes over what was remembered.
    let forge = stage.forge().await;
    let comment = &forge["comments"][0];
    let first_line = comment["body"].as_str().unwrap().lines().next().unwrap();
    stage.rewrite(&comment["id"], first_line).await;
    stage.file("Dockerfile", BROKEN);
    let other = ["--command", "lint", "--name", "other"];
    let job = stage.job("push", &push("main", "Add x (#7)"), 2, &other);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert_eq!(promotions(comment), told, "{comment}");
    assert!(comment.contains("· promoted to <code>prod</code>"), "{comment}");
    assert!(comment.contains("<code>shop</code> | ✅ Deployed to <code>dev</code>"), "{comment}");
    assert!(comment.contains("[log](https://github.com/o/r/actions/runs/2)"), "{comment}");
}

#[tokio::test]
async fn a_deployment_is_at_work_until_it_has_ended() {
    let stage = Stage::new().await;
    let to = ["--promote-to", "prod"];
    let job = stage.job("push", &push("main", "x"), 1, &to);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let forge = stage.forge().await;
    let both = vec!["in_progress", "success"];
    assert_eq!(deployments(&forge), [("dev", both.clone()), ("prod", both)]);
    let record = &forge["deployments"][1]["payload"]["record"];
    assert_eq!(record["reference"], job.output("image-id"), "{record}");
    assert_eq!((&record["did"], &record["status"]), (&json!("promote"), &json!("error")));
    let ended = &forge["deployments"][0]["statuses"][1];
    let text = ended["description"].as_str().unwrap();
    assert!(text.contains(job.output("image-id")), "the tag that the build got: {text}");
    // What is refused was begun, and did not succeed; what is stopped by findings was not.
    let guarded = ["--command", "deploy", "--protected-workspace", "prod"];
    stage.file("index.js", "console.log(2)\n");
    let job = stage.job("push", &push("topic", "x"), 2, &guarded);
    assert_eq!(job.run.code, Some(7), "{}", job.run.shown());
    stage.file("Dockerfile", BROKEN);
    let job = stage.job("push", &push("topic", "x"), 3, &["--command", "deploy"]);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    let forge = stage.forge().await;
    assert_eq!(deployments(&forge)[2..], [("dev", vec!["in_progress", "failure"])]);
}

#[tokio::test]
async fn a_newer_deployment_of_an_image_takes_the_place_of_the_older() {
    let stage = Stage::new().await;
    let deploy = ["--command", "deploy"];
    for run in 1..=3 {
        stage.file("index.js", &format!("console.log({run})\n"));
        let job = stage.job("push", &push("main", "x"), run, &deploy);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
        let id = job.output("deployment-id");
        assert!(id.parse::<u64>().is_ok(), "{id}");
    }
    let over = ("dev", vec!["in_progress", "success", "inactive"]);
    let active = ("dev", vec!["in_progress", "success"]);
    let forge = stage.forge().await;
    assert_eq!(deployments(&forge), [over.clone(), over, active.clone()]);
    // Neither that of a pull request, nor that of another image, nor a build that fails does.
    let other = [&deploy[..], &["--name", "other"]].concat();
    let job = stage.job("push", &push("main", "x"), 4, &other);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    for number in [7, 8] {
        let mut payload = pull("opened");
        payload["number"] = json!(number);
        let job = stage.job("pull_request", &payload, 5, &["--command", "preview"]);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    }
    let previews = ["pr-7", "pr-8"].map(|name| (name, active.1.clone()));
    let forge = stage.forge().await;
    let all = deployments(&forge);
    assert_eq!(all[2..], [[active.clone(), active].as_slice(), &previews].concat());
    let refused = [&deploy[..], &["--protected-workspace", "prod"]].concat();
    stage.platform("POST", "/images/sandbox/shop/share", json!({"targetWorkspace": "prod"})).await;
    let job = stage.job("push", &push("main", "x"), 6, &refused);
    assert_eq!(job.run.code, Some(7), "{}", job.run.shown());
    let forge = stage.forge().await;
    assert_eq!(deployments(&forge)[2..6], all[2..]);
    // Of several images there is no one deployment.
    let dockerfile = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    for name in ["api", "web"] {
        stage.file(&format!("{name}/Dockerfile"), &dockerfile);
        stage.file(&format!("{name}/index.js"), "console.log(1)\n");
    }
    let job = stage.job("push", &push("main", "x"), 7, &["--command", "push", "api", "web"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!((job.output("image-id"), job.output("deployment-id")), ("", ""));
}

/// That of the older run is found again where the answer to its making is lost, so that it ends after the newer one.
#[tokio::test]
async fn a_deployment_that_ends_after_a_newer_one_takes_no_place() {
    let deploy = ["--command", "deploy", "--fail-on", "never"];
    let once = vec!["in_progress", "success"];
    for (newer, code, states, end) in [
        ("", 0, once.clone(), Some("inactive")),
        ("COPY absent /absent\n", 3, vec!["in_progress", "failure"], None),
    ] {
        let fault = "POST /api/v3/repos/*/*/deployments#3=reset-before".parse().unwrap();
        let stage = Stage::with(Config { faults: vec![fault], ..Config::default() }).await;
        let good = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
        for (run, more, code) in [(1, "", 0), (2, newer, code), (1, "", 0)] {
            stage.file("Dockerfile", &format!("{good}{more}"));
            let job = stage.job("push", &push("main", "x"), run, &deploy);
            assert_eq!(job.run.code, Some(code), "{}", job.run.shown());
        }
        let older = [&once, end.as_slice(), &once, end.as_slice()].concat();
        assert_eq!(deployments(&stage.forge().await), [("dev", older), ("dev", states)]);
    }
}

/// One that failed takes no place: what stood before it stands until it is removed.
#[tokio::test]
async fn a_preview_that_stood_when_the_next_one_failed_is_gone_when_it_is_removed() {
    let stage = Stage::new().await;
    let good = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    let preview = ["--command", "preview", "--fail-on", "never"];
    let job = stage.job("pull_request", &pull("opened"), 1, &preview);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    stage.file("Dockerfile", &format!("{good}COPY absent /absent\n"));
    for run in 2..=3 {
        let job = stage.job("pull_request", &pull("synchronize"), run, &preview);
        assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
    }
    let stands = ("pr-7", vec!["in_progress", "success"]);
    let failed = ("pr-7", vec!["in_progress", "failure"]);
    assert_eq!(deployments(&stage.forge().await), [stands, failed.clone(), failed.clone()]);
    for run in 4..=5 {
        let closed = stage.job("pull_request", &pull("closed"), run, &[]);
        assert_eq!(closed.run.code, Some(0), "{}", closed.run.shown());
    }
    let gone = |state| ("pr-7", vec!["in_progress", state, "inactive"]);
    let all = [gone("success"), failed, gone("failure")];
    assert_eq!(deployments(&stage.forge().await), all, "each is told once");
}

/// Two pull requests, to two branches, may have one head.
#[tokio::test]
async fn rows_of_another_pull_request_are_passed_over() {
    let stage = Stage::new().await;
    let head = json!({"ref": "topic", "sha": HEAD});
    stage.seed("pulls", json!({"repository": "o/r", "number": 8, "head": head})).await;
    let other = |action: &str| {
        let mut payload = pull(action);
        payload["number"] = json!(8);
        payload["pull_request"]["number"] = json!(8);
        payload
    };
    for payload in [pull("opened"), other("opened"), pull("closed")] {
        let job = stage.job("pull_request", &payload, 1, &[]);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    }
    let again = ["--command", "lint", "--name", "third"];
    let job = stage.job("pull_request", &other("synchronize"), 2, &again);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [first, second] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(first.contains("### 🧹 Sandbox images: removed"), "{first}");
    assert!(second.contains("<code>shop</code> | ✅ Preview in"), "{second}");
    assert!(!second.contains("🧹"), "{second}");
    assert!(rows(&stage, HEAD).await.contains(&row("shop@dev", "success")));
}

#[tokio::test]
async fn nothing_is_said_to_be_removed_where_nothing_was_there() {
    let stage = Stage::new().await;
    let job = stage.job("pull_request", &pull("opened"), 1, &["--command", "deploy"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let before = stage.comments().await;
    let job = stage.job("pull_request", &pull("closed"), 2, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(!job.summary.contains("emoved"), "{}", job.summary);
    assert_eq!(job.output("status"), "nothing");
    assert_eq!(stage.comments().await, before);
    assert_eq!(rows(&stage, HEAD).await, [row("shop@dev", "success")]);
}

#[tokio::test]
async fn a_removal_is_told_and_changes_no_verdict() {
    let stage = Stage::new().await;
    let good = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    stage.file("Dockerfile", BROKEN);
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    let closed = stage.job("pull_request", &pull("closed"), 2, &[]);
    assert_eq!(closed.run.code, Some(0), "{}", closed.run.shown());
    let verdicts = [row("shop@dev", "failure"), row("shop@dev:removed", "success")];
    assert_eq!(rows(&stage, HEAD).await, verdicts);
    let forge = stage.forge().await;
    let last = forge["statuses"].as_array().unwrap().last().unwrap();
    assert_eq!(last["description"], "Removed · #7", "nothing was checked");
    let removed = |text: &str| {
        assert!(text.contains("### 🧹 Sandbox images: removed"), "{text}");
        assert!(text.contains("<code>shop</code> | 🧹 Removed"), "{text}");
        assert!(text.contains("🧹 The previews of this pull request are removed."), "{text}");
        assert!(!text.contains("findings"), "{text}");
    };
    removed(&closed.summary);
    removed(&stage.comments().await[0]);
    // Another job writes over what was remembered: the row still tells it.
    let forget = async || {
        let forge = stage.forge().await;
        let comment = &forge["comments"][0];
        let first_line = comment["body"].as_str().unwrap().lines().next().unwrap();
        stage.rewrite(&comment["id"], first_line).await;
    };
    stage.file("Dockerfile", &good);
    let job = stage.job("pull_request", &pull("opened"), 3, &["--name", "other"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    forget().await;
    let job = stage.job("pull_request", &pull("closed"), 3, &["--name", "other"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    removed(&stage.comments().await[0]);
    // Opened again, its build takes the place of the removal, also where that is all that is known.
    let job = stage.job("pull_request", &pull("reopened"), 4, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    forget().await;
    let job =
        stage.job("pull_request", &pull("reopened"), 5, &["--command", "lint", "--name", "third"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(comment.contains("<code>shop</code> | ✅ Preview in"), "{comment}");
    assert!(rows(&stage, HEAD).await.contains(&row("shop@dev", "success")));
}

#[tokio::test]
async fn a_promotion_that_did_not_come_to_its_end_is_none_to_go_back_to() {
    let stage = Stage::new().await;
    let to = ["--promote-to", "prod"];
    let first = stage.job("push", &push("main", "x"), 1, &to);
    assert_eq!(first.run.code, Some(0), "{}", first.run.shown());
    // What a job left that was killed while it promoted.
    let forge = stage.forge().await;
    let mut payload = forge["deployments"][1]["payload"].clone();
    payload["record"]["reference"] = json!("sandbox/shop:killed");
    let dead = json!({
        "ref": MERGE, "environment": "prod", "auto_merge": false, "required_contexts": [],
        "payload": payload,
    });
    stage.post("deployments", &dead).await;
    stage.file("index.js", "console.log(2)\n");
    let next = stage.job("push", &push("main", "x"), 3, &to);
    assert_eq!(next.run.code, Some(0), "{}", next.run.shown());
    let back = format!("Before it was <code>{}</code>", first.output("image-id"));
    assert!(next.summary.contains(&back), "{back}\n{}", next.summary);
}
