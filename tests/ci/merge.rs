//! The push that a merge is: built, promoted, and told in the pull request that it came from.

use sandgate::sim::{Config, Scenario};
use serde_json::json;

use crate::{
    common,
    stage::{HEAD, MERGE, Stage, deployments, pull, push},
};

async fn merged(stage: &Stage, lag: u64) {
    stage
        .seed(
            "pulls",
            json!({
                "repository": "o/r", "number": 7, "state": "closed", "merged": true,
                "merge_commit_sha": MERGE, "head": {"ref": "topic", "sha": HEAD}, "lag": lag,
            }),
        )
        .await;
}

const TO: &[&str] = &["--promote-to", "prod", "--protected-workspace", "prod"];

#[tokio::test]
async fn a_merge_is_promoted_and_told_in_its_pull_request() {
    let stage = Stage::new().await;
    let job = stage.job("pull_request", &pull("opened"), 1, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    merged(&stage, 0).await;
    let job = stage.job("push", &push("main", "Add x (#7)"), 2, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!((job.output("promoted"), job.output("status")), ("true", "succeeded"));
    assert!(job.output("image-id").starts_with("sandbox/shop:"), "{:?}", job.outputs);
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    for part in [
        "Deployed to <code>dev</code>",
        "🚀 promoted to <code>prod</code>, seen there",
        "· promoted to <code>prod</code>",
    ] {
        assert!(comment.contains(part), "{part}\n{comment}");
    }
    // A second push is meant for production, too: the guard is for every other build.
    stage.file("index.js", "console.log(3)\n");
    let first = job.output("image-id").to_owned();
    let job = stage.job("push", &push("main", "Add x (#7)"), 3, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let back = format!("Before it was <code>{first}</code>");
    assert!(job.summary.contains(&back), "{back}\n{}", job.summary);
    let job = stage.job("push", &push("topic", "x"), 4, &[TO, &["--command", "deploy"]].concat());
    assert_eq!(job.run.code, Some(7), "{}", job.run.shown());
    assert_eq!(job.output("status"), "refused");
    let input = "--allow-propagation (input `allow-propagation`)";
    assert!(job.run.stderr.contains(input), "{}", job.run.shown());
    assert!(job.summary.contains("input <code>allow-propagation</code>"), "{}", job.summary);
}

/// Going back may be what is meant.
#[tokio::test]
async fn an_old_run_that_is_run_again_says_what_it_puts_back() {
    let stage = Stage::new().await;
    let run = |run: u64, text: &str| {
        stage.file("index.js", text);
        let job = stage.job("push", &push("main", "x"), run, TO);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
        job
    };
    let warning = "::warning title=sandgate::this run puts an older build of `shop` in the place of a newer one: the later run 503 has promoted";
    let (first, second) = (run(501, "console.log(1)\n"), run(503, "console.log(2)\n"));
    for job in [&first, &second] {
        assert!(!job.run.stderr.contains("::warning"), "{}", job.run.shown());
    }
    let again = run(501, "console.log(1)\n");
    assert!(again.run.stderr.contains(warning), "{}", again.run.shown());
}

#[tokio::test]
async fn a_production_branch_is_a_name() {
    let stage = Stage::new().await;
    let said = |given: &str| {
        let args = ["--promote-to", "prod", "--dry-run", "--production-branch", given];
        stage.job("push", &push("main", "x"), 1, &args).run
    };
    let run = said("refs/heads/main");
    assert!(run.stderr.contains("Decided to promote: the branch `main`"), "{}", run.shown());
    for pattern in ["release/*", "main,v?", "refs/tags/v1"] {
        let run = said(pattern);
        assert_eq!(run.code, Some(2), "{}", run.shown());
        assert!(run.stderr.contains("is no name of a branch"), "{}", run.shown());
    }
}

#[tokio::test]
async fn a_key_that_is_missing_where_something_is_to_be_promoted_is_seen() {
    let mut stage = Stage::new().await;
    stage.env.insert("BL_API_KEY", None);
    let job = stage.job("push", &push("main", "x"), 1, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let said =
        "nothing is built or promoted: the branch `main`, and there are no credentials to build it";
    let warning = format!("::warning title=sandgate::{said}; give the input `api-key`");
    assert!(job.run.stderr.contains(&warning), "{}", job.run.shown());
    assert!(job.summary.contains("⚠️ nothing is built or promoted"), "{}", job.summary);
    let job = stage.job("push", &push("main", "x"), 2, &[]);
    assert!(!job.run.stderr.contains("::warning"), "{}", job.run.shown());
}

#[tokio::test]
async fn a_simulated_run_is_in_one_world() {
    let mut stage = Stage::new().await;
    stage.env.insert("BL_API_KEY", None);
    stage.env.insert("BL_API_URL", None);
    let job = stage.job("push", &push("main", "x"), 1, &["--sim", "--promote-to", "prod"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!(job.output("promoted"), "true", "{:?}", job.outputs);
}

/// A payload is kept as it was when the deployment began: before there was an image of a build.
#[tokio::test]
async fn the_image_of_a_deployment_is_in_its_last_status_and_that_of_a_promotion_in_its_payload() {
    let stage = Stage::new().await;
    merged(&stage, 0).await;
    let job = stage.job("push", &push("main", "Add x (#7)"), 1, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let (image, forge) = (job.output("image-id"), stage.forge().await);
    let of = |environment: &str| {
        let mut all = forge["deployments"].as_array().unwrap().iter();
        all.find(|one| one["environment"] == environment).unwrap().clone()
    };
    let (built, promoted) = (of("dev"), of("prod"));
    let last = built["statuses"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(built["payload"]["record"]["reference"], json!(null), "{built}");
    assert!(last["description"].as_str().unwrap().contains(image), "{last}");
    assert_eq!(promoted["payload"]["record"]["reference"], image, "{promoted}");
}

/// What a pull request gets is another workflow's than what its merge does.
#[tokio::test]
async fn the_workflows_of_one_pull_request_tell_of_it_in_one_comment() {
    let mut stage = Stage::new().await;
    let file = |name: &str| Some(format!("o/r/.github/workflows/{name}@refs/heads/main"));
    stage.env.insert("GITHUB_WORKFLOW_REF", file("sandbox-preview.yml"));
    let job = stage.job("pull_request", &pull("opened"), 1, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let job = stage.job("pull_request", &pull("closed"), 2, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    merged(&stage, 0).await;
    stage.env.insert("GITHUB_WORKFLOW_REF", file("sandbox-promote.yml"));
    let args = [TO, &["--command", "promote"]].concat();
    let job = stage.job("push", &push("main", "Add x (#7)"), 3, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    for part in
        ["### ✅ Sandbox images: 1 is fine · promoted to", "🚀 promoted to <code>prod</code>"]
    {
        assert!(comment.contains(part), "{part}\n{comment}");
    }
    assert!(!comment.contains("🧹"), "{comment}");
}

#[tokio::test]
async fn a_message_that_names_another_pull_request_is_not_believed() {
    let stage = Stage::new().await;
    stage
        .seed("pulls", json!({"repository": "o/r", "number": 8, "head": {"ref": "x", "sha": HEAD}}))
        .await;
    merged(&stage, 0).await;
    let job = stage.job("push", &push("main", "Hide it (#8)"), 2, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let forge = stage.forge().await;
    let on: Vec<&serde_json::Value> =
        forge["comments"].as_array().unwrap().iter().map(|one| &one["issue"]).collect();
    assert_eq!(on, [&json!(7)], "{forge}");
}

#[tokio::test]
async fn what_was_built_before_is_promoted_by_its_name() {
    let stage = Stage::new().await;
    let built = stage.job("push", &push("main", "x"), 1, &[]);
    let image = built.output("image-id").to_owned();
    let args = ["--command", "promote", "--promote-to", "prod", "--image", &image];
    let job = stage.job("push", &push("main", "x"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!((job.output("promoted"), job.output("image-id")), ("true", image.as_str()));
    assert!(job.summary.contains("promoted to <code>prod</code>"), "{}", job.summary);
    let job = stage.job("push", &push("topic", "x"), 1, &args);
    assert_eq!(job.run.code, Some(7), "{}", job.run.shown());
}

#[tokio::test]
async fn workspaces_of_one_name_are_told_apart() {
    let stage = Stage::new().await;
    // One that is given twice is one.
    let to = ["--promote-to", "acme/prod,beta/prod,acme/prod"];
    for environment in ["", "production"] {
        let args = [&to[..], &["--environment", environment]].concat();
        let job = stage.job("push", &push("main", "x"), 1, &args);
        // Nobody knows these accounts.
        assert_eq!(job.run.code, Some(5), "{}", job.run.shown());
    }
    let forge = stage.forge().await;
    let states = |name: &str| {
        let all = forge["deployments"].as_array().unwrap().iter();
        let of_it = all.filter(|one| one["environment"] == name);
        of_it.map(|one| one["statuses"].as_array().unwrap().len()).collect::<Vec<_>>()
    };
    // One status says that it is at work, and one how it ended.
    assert_eq!(states("prod"), [2, 2], "{forge}");
    // The build's, and one for both.
    assert_eq!(states("production"), [2, 2], "{forge}");
}

#[tokio::test]
async fn an_image_that_is_none_has_its_row_where_it_is_not_promoted() {
    let stage = Stage::new().await;
    let args = ["--command", "promote", "--promote-to", "prod", "--image", "sandbox/shop:a b"];
    let job = stage.job("push", &push("main", "x"), 1, &args);
    assert_eq!(job.run.code, Some(2), "{}", job.run.shown());
    let forge = stage.forge().await;
    let rows = forge["statuses"].as_array().unwrap();
    assert_eq!(rows[0]["context"], "sandgate/shop@dev:promote:prod", "{forge}");
    assert_eq!(rows[0]["state"], "failure", "{forge}");
}

#[tokio::test]
async fn an_approval_that_is_missing_is_no_success() {
    let stage = Stage::new().await;
    let to = ["--promote-to", "partner-account/partner"];
    let job = stage.job("push", &push("main", "x"), 1, &to);
    // GitHub has no colour for it.
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!((job.output("pending-approval"), job.output("promoted")), ("true", "false"));
    assert_eq!(job.output("status"), "waiting");
    assert!(
        job.summary.starts_with("### ⏳ Sandbox images: waits for approval\n"),
        "{}",
        job.summary
    );
    assert!(job.summary.contains("waits for the approval"), "{}", job.summary);
    let warnings = job.run.stderr.lines().filter(|line| line.starts_with("::warning "));
    let warnings: Vec<&str> = warnings.collect();
    let [warning] = warnings.as_slice() else { panic!("{}", job.run.shown()) };
    let accept =
        format!("has to accept `{}` for the workspace `partner` until 2", job.output("image-id"));
    for part in
        ["an admin of the account `partner-account`", &accept, "with `sandgate image accept "]
    {
        assert!(warning.contains(part), "{part}\n{warning}");
    }
    assert!(warning.contains("Until then nothing of it is seen there"), "{warning}");
    // A rehearsal asks nobody.
    let rehearsal = stage.job("push", &push("main", "x"), 1, &[&to[..], &["--dry-run"]].concat());
    for part in ["would have to accept `", "nothing of it would be seen there"] {
        assert!(rehearsal.run.stderr.contains(part), "{part}\n{}", rehearsal.run.shown());
    }
    // The same is so where only the promotion is this job's.
    let image = ["--command", "promote", "--image", job.output("image-id")];
    let named = stage.job("push", &push("main", "x"), 2, &[&to[..], &image].concat());
    assert_eq!(named.run.code, Some(0), "{}", named.run.shown());
    assert!(
        named.summary.starts_with("### ⏳ Sandbox images: waits for approval"),
        "{}",
        named.summary
    );
    // Who asks the job to wait for it has it not.
    let waits = ["--wait-approval", "1s"];
    let waited = stage.job("push", &push("main", "x"), 3, &[&to[..], &waits].concat());
    assert_eq!(waited.run.code, Some(8), "{}", waited.run.shown());
}

#[tokio::test]
async fn what_waited_for_an_approval_waits_no_more_once_a_newer_one_is_there() {
    let mut stage = Stage::new().await;
    let to = ["--promote-to", "partner-account/partner"];
    let of = |sha: &str| {
        let mut payload = push("main", "x");
        payload["after"] = json!(sha);
        payload
    };
    for (run, sha) in [(1, HEAD), (2, MERGE)] {
        stage.file("index.js", &format!("console.log({run})\n"));
        let job = stage.job("push", &of(sha), run, &to);
        assert_eq!(job.output("status"), "waiting", "{}", job.run.shown());
        let told = "**What to do:** as an admin of the account";
        assert!(job.summary.contains(told), "{}", job.summary);
    }
    let partner = |args: &[&str]| {
        let mut command = common::command(stage.dir.path(), args);
        common::finish(
            command.env("BL_API_URL", &stage.running.base_url).env("BL_WORKSPACE", "partner"),
        )
    };
    let pending = partner(&["image", "pending"]);
    let share = pending.stdout.lines().nth(1).and_then(|line| line.split(' ').next());
    let accepted = partner(&["image", "accept", share.unwrap()]);
    assert_eq!(accepted.code, Some(0), "{}", accepted.shown());
    stage.env.insert("SANDGATE_TARGET_API_KEY", Some("k2".to_owned()));
    let newest = "5555555555555555555555555555555555555555";
    stage.file("index.js", "console.log(3)\n");
    let job = stage.job("push", &of(newest), 3, &to);
    assert_eq!(job.output("promoted"), "true", "{}", job.run.shown());
    let forge = stage.forge().await;
    let waited = ("partner", vec!["in_progress", "in_progress", "inactive"]);
    let all = deployments(&forge);
    let all: Vec<_> = all.iter().filter(|(name, _)| *name == "partner").cloned().collect();
    assert_eq!(all, [waited.clone(), waited, ("partner", vec!["in_progress", "success"])]);
    let rows = forge["statuses"].as_array().unwrap().iter();
    let rows = rows.filter(|one| one["context"].as_str().unwrap().contains(":promote:"));
    let rows: Vec<(&str, &str)> =
        rows.map(|one| (one["sha"].as_str().unwrap(), one["state"].as_str().unwrap())).collect();
    let pending = [(HEAD, "pending"), (MERGE, "pending")];
    let over = [(newest, "success"), (MERGE, "success"), (HEAD, "success")];
    assert_eq!(rows, [&pending[..], &over].concat());
}

#[tokio::test]
async fn one_workspace_that_waits_hides_no_other_that_has_it() {
    let stage = Stage::new().await;
    let to = ["--promote-to", "prod,partner-account/partner"];
    let job = stage.job("push", &push("main", "x"), 1, &to);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!((job.output("promoted"), job.output("pending-approval")), ("true", "true"));
}

#[tokio::test]
async fn an_audit_says_which_share_waits() {
    let stage = Stage::new().await;
    stage.file("sandgate.toml", "[promotion]\nto = [\"partner-account/partner\"]\n");
    let to = ["--promote-to", "partner-account/partner"];
    let job = stage.job("push", &push("main", "x"), 1, &to);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let job = stage.job("schedule", &json!({}), 2, &[]);
    assert_eq!((job.run.code, job.output("status")), (Some(0), "waiting"), "{}", job.run.shown());
    let warnings = job.run.stderr.lines().filter(|line| line.starts_with("::warning "));
    let warnings: Vec<&str> = warnings.collect();
    let [warning] = warnings.as_slice() else { panic!("{}", job.run.shown()) };
    assert!(warning.contains("the share of `sandbox/shop` with `partner`"), "{warning}");
}

#[tokio::test]
async fn a_build_that_fails_promotes_nothing() {
    let stage = Stage::with(Config { scenario: Scenario::BuildFails, ..Config::default() }).await;
    let job = stage.job("push", &push("main", "x"), 1, TO);
    assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
    assert_eq!((job.output("status"), job.output("promoted")), ("failed", "false"));
    assert!(job.summary.starts_with("### ❌ Sandbox images: 1 of 1 failed"), "{}", job.summary);
    assert!(job.summary.contains("Dockerfile"), "{}", job.summary);
    assert_eq!(stage.calls("POST", "/share"), 0);
    let forge = stage.forge().await;
    assert!(forge["deployments"].to_string().contains("failure"), "{forge}");
}

/// A merge queue pushes the merges of its group at once, and of a rebase GitHub knows the pull request some time after.
#[tokio::test]
async fn every_pull_request_that_a_push_merges_is_told() {
    let stage = Stage::new().await;
    let earlier = "5".repeat(40);
    for (number, commit) in [(8, earlier.as_str()), (9, &"6".repeat(40)), (7, MERGE)] {
        let body = json!({
            "repository": "o/r", "number": number, "state": "closed", "merged": true, "lag": 0,
            "merge_commit_sha": commit, "head": {"ref": format!("t{number}"), "sha": HEAD},
        });
        stage.seed("pulls", body).await;
    }
    let other = json!({
        "repository": "o/r", "number": 6, "state": "closed", "merged": true, "lag": 0,
        "merge_commit_sha": "4".repeat(40), "head": {"ref": "t6", "sha": HEAD},
        "base": {"ref": "develop", "sha": HEAD},
    });
    stage.seed("pulls", other).await;
    let mut pushed = push("main", "Merge pull request #7 from o/t7");
    let commit = |id: &str, message: &str| json!({"id": id, "message": message});
    pushed["commits"] = json!([
        commit(&"4".repeat(40), "Merged into another branch (#6)"),
        commit(&"7".repeat(40), "Fix what #9 broke (#9)"),
        commit(&earlier, "Merge pull request #8 from o/t8"),
        commit(MERGE, "Merge pull request #7 from o/t7"),
    ]);
    let told = async || {
        let forge = stage.forge().await;
        let all = forge["comments"].as_array().unwrap().iter();
        let all = all
            .map(|one| (one["issue"].as_u64().unwrap(), one["body"].as_str().unwrap().to_owned()));
        all.collect::<Vec<_>>()
    };
    let job = stage.job("push", &pushed, 2, TO);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = told().await;
    let numbers: Vec<u64> = comments.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [8, 7], "#9 was not merged by that commit: {comments:?}");
    for (number, body) in &comments {
        assert!(body.contains("· promoted to <code>prod</code>"), "{number} {body}");
    }
    assert!(!job.run.stderr.contains("no pull request is known"), "{}", job.run.shown());
    // Pushed as it is: there is no comment, and that is said of a promotion.
    for (args, said) in [(TO, true), (&[][..], false)] {
        let mut pushed = push("main", "x");
        pushed["after"] = json!("8".repeat(40));
        let job = stage.job("push", &pushed, 3, args);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
        assert_eq!(
            job.run.stderr.contains("no pull request is known"),
            said,
            "{}",
            job.run.shown()
        );
    }
    assert_eq!(told().await.len(), 2);
}
