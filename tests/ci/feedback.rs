//! What is told where, and what a token that may not tell it does to a job: nothing.

use base64::Engine as _;
use sandgate::sim::{Config, Scenario};
use serde_json::json;

use crate::{
    common,
    stage::{BASE, Job, Stage, pull, pull_of, push},
};

const BROKEN: &str = "FROM node:24-slim\nCMD [\"node\", \"index.js\"]\n";

#[tokio::test]
async fn a_token_that_may_only_read_reddens_nothing() {
    let mut stage = Stage::new().await;
    stage.env.insert("SANDGATE_GITHUB_TOKEN", Some("ghs_read".to_owned()));
    let job = stage.job("pull_request", &pull("opened"), 1, &["--check", "true"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    for line in ["statuses: write", "pull-requests: write", "checks: write", "deployments: write"] {
        let told = job.run.stderr.matches(&format!("add `{line}` to the `permissions`")).count();
        assert_eq!(told, 1, "{line}\n{}", job.run.shown());
    }
    assert!(job.summary.contains("Preview in <code>dev</code>"), "{}", job.summary);
    stage.env.insert("SANDGATE_GITHUB_TOKEN", None);
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(job.run.stderr.contains("give `github-token`"), "{}", job.run.shown());
}

#[tokio::test]
async fn a_fork_is_linted_and_nothing_is_written_or_built() {
    let stage = Stage::new().await;
    stage.file("Dockerfile", BROKEN);
    let job = stage.job("pull_request", &pull_of("opened", "evil/r"), 1, &["--fail-on", "never"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let calls = stage.running.calls();
    assert!(calls.iter().all(|call| call.path.starts_with("/_sim/")), "{calls:?}");
    assert!(job.run.stdout.contains("::error file=Dockerfile"), "{}", job.run.shown());
    assert!(job.summary.contains("🔒 Not built: the commit of a fork"), "{}", job.summary);
    assert!(job.run.stderr.contains("the companion workflow"), "{}", job.run.shown());
    assert_ne!(job.output("findings"), "0");
}

#[tokio::test]
async fn a_plan_with_nothing_to_build_leaves_what_other_jobs_said_of_its_commit() {
    let stage = Stage::new().await;
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    stage.file("Dockerfile", BROKEN);
    let strict = ["--command", "lint", "--name", "other"];
    let job = stage.job("pull_request", &pull("opened"), 2, &strict);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    let base = stage.commit();
    // The commit of the event is none of this clone's.
    let plan = ["--command", "plan", "--base", &base, "--trusted"];
    let job = stage.job("pull_request", &pull("opened"), 3, &plan);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    for part in ["❌ Sandbox images: 1 of 2 failed", "✅ Preview in <code>dev</code>"] {
        assert!(comment.contains(part), "{part}\n{comment}");
    }
    assert!(!comment.contains("Earlier commits"), "{comment}");
}

#[tokio::test]
async fn the_check_of_a_merge_group_leaves_the_comment_as_it_is() {
    let stage = Stage::new().await;
    let job = stage.job("pull_request", &pull("opened"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let before = stage.comments().await;
    assert!(before[0].contains("Preview in <code>dev</code>"), "{before:?}");
    let head = "5555555555555555555555555555555555555555";
    let group = json!({
        "action": "checks_requested",
        "repository": {"full_name": "o/r", "default_branch": "main"},
        "merge_group": {
            "base_sha": BASE, "head_sha": head,
            "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-7-{head}"),
        },
    });
    stage.file("Dockerfile", BROKEN);
    let rehearsed = stage.job("merge_group", &group, 2, &["--dry-run"]);
    assert!(!rehearsed.run.stdout.contains("/comments"), "{}", rehearsed.run.shown());
    let job = stage.job("merge_group", &group, 2, &[]);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    assert!(job.summary.contains("1 of 1 failed"), "{}", job.summary);
    let forge = stage.forge().await;
    let of_group = forge["statuses"].as_array().unwrap().iter().filter(|one| one["sha"] == head);
    assert!(of_group.count() > 0, "{forge}");
    assert_eq!(stage.comments().await, before);
}

#[tokio::test]
async fn findings_are_annotations_sarif_and_a_check_run() {
    let stage = Stage::new().await;
    stage.file("Dockerfile", BROKEN);
    let sarif = stage.path(".out/found.sarif");
    let args = ["--command", "lint", "--check", "true", "--sarif-file", sarif.to_str().unwrap()];
    let job = stage.job("pull_request", &pull("opened"), 1, &args);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    assert!(job.run.stdout.contains("::error file=Dockerfile,line="), "{}", job.run.shown());
    assert!(std::fs::read_to_string(&sarif).unwrap().contains("\"SG101\""));
    assert_eq!(job.output("sarif-path"), sarif.to_str().unwrap());
    let forge = stage.forge().await;
    assert!(forge.to_string().contains("\"conclusion\":\"failure\""), "{forge}");
    assert!(forge["comments"].to_string().contains("1 of 1 failed"), "{forge}");
    // Each of it can be left out.
    let off =
        ["--annotations", "false", "--summary", "false", "--status", "false", "--comment", "never"];
    let other = Stage::new().await;
    let job =
        other.job("pull_request", &pull("opened"), 1, &[&off[..], &["--command", "lint"]].concat());
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!((job.summary.as_str(), job.run.stdout.as_str()), ("", ""));
    let calls = other.running.calls();
    assert!(calls.iter().all(|call| call.path.starts_with("/_sim/")), "{calls:?}");
}

#[tokio::test]
async fn paths_are_those_of_the_repository_wherever_the_job_runs() {
    let stage = Stage::new().await;
    stage.file("images/a/Dockerfile", BROKEN);
    let mut command = stage.command("push", &push("topic", ""), 1, &["a"]);
    command.current_dir(stage.path("images"));
    let run = common::finish(&mut command);
    assert_eq!(run.code, Some(1), "{}", run.shown());
    assert!(run.stdout.contains("::error file=images/a/Dockerfile"), "{}", run.shown());
}

#[tokio::test]
async fn a_comment_on_failure_is_made_where_something_fails() {
    let stage = Stage::new().await;
    let args = ["--comment", "on-failure"];
    let job = stage.job("pull_request", &pull("opened"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!(stage.comments().await, Vec::<String>::new());
    stage.file("Dockerfile", BROKEN);
    let job = stage.job("pull_request", &pull("synchronize"), 2, &args);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(comment.contains("1 of 1 failed"), "{comment}");
}

#[tokio::test]
async fn a_debug_run_tells_more() {
    let mut stage = Stage::new().await;
    let args = ["--command", "push"];
    let brief = stage.job("push", &push("main", "x"), 1, &args);
    stage.env.insert("RUNNER_DEBUG", Some("1".to_owned()));
    let full = stage.job("push", &push("main", "x"), 2, &args);
    assert_eq!((brief.run.code, full.run.code), (Some(0), Some(0)), "{}", full.run.shown());
    let details =
        |job: &Job| job.run.stderr.lines().filter(|line| line.starts_with("             ")).count();
    assert!(details(&full) > details(&brief), "{}", full.run.shown());
}

/// What the platform gives that opens something: a token for the service account's key, the query of the upload URL.
#[tokio::test]
async fn secrets_that_a_job_is_given_are_masked_before_anything_can_show_them() {
    let secret = format!("synthetic-{}", "secret");
    let config = Config { key: Some(secret.clone()), ..Config::default() };
    let mut stage = Stage::with(config).await;
    let encoded = base64::prelude::BASE64_STANDARD.encode(format!("id:{secret}"));
    stage.env.insert("BL_API_KEY", None);
    stage.env.insert("BL_CLIENT_CREDENTIALS", Some(encoded));
    let job = stage.job("push", &push("main", "x"), 1, &["--command", "push"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let masks: Vec<String> = job
        .run
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("::add-mask::"))
        .map(|text| text.replace("%25", "%"))
        .collect();
    let [token, query] = masks.as_slice() else { panic!("{masks:?}") };
    assert!(query.contains("X-Amz-Signature="), "{query}");
    let told = job.run.stderr.lines().filter(|line| !line.starts_with("::add-mask::"));
    let told = told.collect::<Vec<_>>().join("\n") + &job.run.stdout + &job.summary;
    for secret in [token, query, &secret] {
        assert!(secret.len() > 10 && !told.contains(secret.as_str()), "{secret}\n{told}");
    }
    // Elsewhere nobody reads it, and it would be shown.
    let mut command = stage.command("push", &push("main", "x"), 2, &["--command", "push"]);
    let run = common::finish(command.env_remove("GITHUB_ACTIONS"));
    assert!(!run.stderr.contains("add-mask"), "{}", run.shown());
}

#[tokio::test]
async fn files_are_written_where_they_are_wanted_and_redden_nothing() {
    let stage = Stage::new().await;
    let args =
        ["--command", "lint", "--sarif-file", "a/b/found.sarif", "--report-file", "c/report.json"];
    let job = stage.job("push", &push("topic", "x"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    for (output, file) in [("sarif-path", "a/b/found.sarif"), ("report-path", "c/report.json")] {
        assert_eq!(job.output(output), stage.path(file).canonicalize().unwrap().to_str().unwrap());
    }
    // Where a file stands in the place of the folder, it is said, and nobody is sent there.
    stage.file("no", "a file");
    let args =
        ["--command", "lint", "--sarif-file", "no/found.sarif", "--report-file", "no/report.json"];
    let job = stage.job("push", &push("topic", "x"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    for (output, file) in [("sarif-path", "no/found.sarif"), ("report-path", "no/report.json")] {
        assert_eq!(job.output(output), "");
        let warning = format!("::warning title=sandgate::`{file}` cannot be written");
        assert!(job.run.stderr.contains(&warning), "{warning}\n{}", job.run.shown());
    }
    assert!(!job.run.stderr.contains(".sandgate-"), "{}", job.run.shown());
}

/// The agent of Azure takes no commands of GitHub's: it would show them as they are.
#[test]
fn a_warning_is_no_command_where_another_runner_reads_along() {
    let (_keep, dir) = common::copy_of("go-multistage");
    std::fs::write(dir.join("no"), "a file").unwrap();
    let args = ["ci", "--command", "lint", "--report-file", "no/report.json"];
    for system in ["TF_BUILD", "BUILDKITE"] {
        let run = common::finish(common::command(&dir, &args).env(system, "true"));
        assert_eq!(run.code, Some(0), "{}", run.shown());
        let warning = "warning: `no/report.json` cannot be written";
        assert!(run.stderr.lines().any(|line| line.starts_with(warning)), "{}", run.shown());
    }
}

#[tokio::test]
async fn a_forge_that_is_down_reddens_nothing() {
    let mut stage = Stage::new().await;
    stage.env.insert("GITHUB_API_URL", Some("http://127.0.0.1:9/api/v3".to_owned()));
    let job = stage.job("push", &push("main", "x"), 1, &[]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(job.run.stderr.contains("feedback is missing"), "{}", job.run.shown());
    assert_eq!(job.output("status"), "succeeded");
}

#[tokio::test]
async fn a_row_that_cannot_be_written_hides_no_other() {
    // Both are begun, and the first of those that say how it ended is refused.
    let fault = "POST /api/v3/repos/*/*/statuses/*#3=422".parse().unwrap();
    let stage = Stage::with(Config { faults: vec![fault], ..Config::default() }).await;
    let dockerfile = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    for name in ["api", "web"] {
        stage.file(&format!("{name}/Dockerfile"), &dockerfile);
        stage.file(&format!("{name}/index.js"), "console.log(1)\n");
    }
    let job = stage.job("push", &push("main", "x"), 1, &["--command", "push", "api", "web"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!(job.run.stderr.matches("feedback is missing").count(), 1, "{}", job.run.shown());
    let forge = stage.forge().await;
    let rows = forge["statuses"].as_array().unwrap().iter();
    let good: Vec<_> = rows.filter(|one| one["state"] == "success").collect();
    assert_eq!(good.len(), 1, "{forge}");
}

#[tokio::test]
async fn a_check_of_many_images_is_one_status_and_one_comment() {
    let mut stage = Stage::new().await;
    stage.env.insert("BL_WORKSPACE", None);
    let dockerfile = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    let names: Vec<String> = (1..=12).map(|number| format!("i{number:02}")).collect();
    for name in &names {
        let text = if name == "i07" { BROKEN } else { &dockerfile };
        stage.file(&format!("{name}/Dockerfile"), text);
        stage.file(&format!("{name}/index.js"), "console.log(1)\n");
    }
    let lint = |run: u64, names: &[String], more: &[&str]| {
        let names = names.iter().map(String::as_str);
        let args: Vec<&str> =
            ["--command", "lint"].into_iter().chain(more.iter().copied()).chain(names).collect();
        stage.job("pull_request", &pull("opened"), run, &args)
    };
    let job = lint(1, &names, &[]);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    let seen = async || {
        let forge = stage.forge().await;
        let rows = forge["statuses"].as_array().unwrap().iter();
        let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
        rows.map(|row| (text(row, "context"), text(row, "state"), text(row, "description")))
            .collect::<Vec<_>>()
    };
    let [(context, state, text)] = &seen().await[..] else { panic!("{:?}", seen().await) };
    assert!(context.starts_with("sandgate/") && context.ends_with(":lint"), "{context}");
    assert_eq!(state, "failure");
    assert!(text.starts_with("1 of 12 failed · ") && text.ends_with(": i07 · #7"), "{text}");
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(comment.contains("### ❌ Sandbox images: 1 of 12 failed"), "{comment}");
    for name in &names {
        assert!(comment.contains(&format!("<code>{name}</code>")), "{name}\n{comment}");
    }
    // Every project of the repository, under a key, and ten have one each.
    stage.file("i07/Dockerfile", &dockerfile);
    let job = lint(2, &[], &["--comment-key", "x"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let (context, state, text) = seen().await.pop().unwrap();
    assert_eq!((context.as_str(), state.as_str()), ("sandgate/x/all:lint", "success"));
    assert!(text.ends_with("images checked · no findings · #7"), "{text}");
    let before = seen().await.len();
    lint(3, &names[..10], &[]);
    assert_eq!(seen().await.len(), before + 10);
    // With a workspace their names are those of what was built: each is told anew.
    stage.env.insert("BL_WORKSPACE", Some("dev".to_owned()));
    let names = names.iter().map(String::as_str);
    let args: Vec<&str> = ["--command", "lint"].into_iter().chain(names).collect();
    stage.job("pull_request", &pull("opened"), 4, &args);
    let forge = stage.forge().await;
    assert_eq!(forge["statuses"].as_array().map(Vec::len), Some(before + 10 + 12), "{forge}");
}

#[tokio::test]
async fn a_failure_hides_no_fault_of_telling_it_and_that_none_of_its_own() {
    let config = Config { scenario: Scenario::BuildFails, ..Config::default() };
    let mut stage = Stage::with(config).await;
    stage.env.insert("GITHUB_OUTPUT", Some("/no/such/folder/output".to_owned()));
    let args = ["--report-file", "no/such/folder/x.json", "--dotenv", "out.env"];
    stage.file("no", "a file");
    let job = stage.job("push", &push("main", "x"), 1, &args);
    assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
    for said in ["the outputs cannot be written", "no/such/folder/x.json"] {
        assert!(job.run.stderr.contains(said), "{said}\n{}", job.run.shown());
    }
    let out = std::fs::read_to_string(stage.path("out.env")).unwrap();
    assert!(out.contains("SANDGATE_RESULT=failed\n"), "{out}");
}
