//! What each event comes to, without anybody being called.

use serde_json::json;

use crate::{
    common::{self, root},
    stage::{BASE, HEAD, Stage, pull, pull_of, push},
};

#[tokio::test]
async fn each_event_is_decided_and_said() {
    let stage = Stage::new().await;
    let mut gone = push("topic", "");
    gone["deleted"] = json!(true);
    for (event, payload, code, said) in [
        ("pull_request", pull("opened"), 0, "Decided to preview: a pull request gets a preview"),
        ("pull_request", pull("closed"), 0, "Decided to clean up: the pull request is closed"),
        (
            "pull_request",
            pull_of("opened", "evil/r"),
            0,
            "Decided to lint: a pull request of a fork",
        ),
        (
            "pull_request_target",
            pull_of("opened", "evil/r"),
            7,
            "Refused `pull_request_target` has",
        ),
        ("push", push("main", ""), 0, "Decided to promote: the branch `main`"),
        ("push", push("topic", ""), 0, "Decided to lint: the branch `topic`"),
        ("push", gone, 0, "Decided to do nothing: the branch or tag was deleted"),
        ("schedule", json!({}), 0, "Decided to audit"),
        ("watch", json!({}), 0, "Decided to lint: nothing is decided for the event `watch`"),
    ] {
        let job = stage.job(event, &payload, 1, &["--dry-run", "--promote-to", "prod"]);
        assert_eq!(job.run.code, Some(code), "{event}\n{}", job.run.shown());
        assert!(job.run.stderr.contains(said), "{said}\n{}", job.run.shown());
        assert_eq!(job.summary, "", "a rehearsal writes nothing");
    }
    let calls = stage.running.calls();
    assert!(calls.iter().all(|call| call.path.starts_with("/_sim/")), "{calls:?}");
}

#[tokio::test]
async fn a_rehearsal_prints_what_would_be_told() {
    let stage = Stage::new().await;
    stage.file("Dockerfile", "FROM node:24-slim\nCMD [\"node\", \"index.js\"]\n");
    let job = stage.job("pull_request", &pull("opened"), 1, &["--dry-run"]);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    is_as_before("rehearsal", &job.run.stdout);
}

#[tokio::test]
async fn a_rehearsal_of_a_merge_shows_the_promotion_and_that_of_a_pull_request_what_merging_does() {
    let mut stage = Stage::new().await;
    stage.env.insert("SANDGATE_TARGET_API_KEY", Some("synthetic-target-key".to_owned()));
    let args = ["--dry-run", "--promote-to", "prod,partner-account/partner"];
    let merge = stage.job("push", &push("main", "Add x (#7)"), 1, &args);
    assert_eq!(merge.run.code, Some(0), "{}", merge.run.shown());
    is_as_before("rehearsal-merge", &merge.run.stdout);
    for said in [
        "Would share `sandbox/shop` of `dev` with `prod`\n",
        "Would look in `prod`, with SANDGATE_TARGET_API_KEY, until it sees `sandbox/shop:(new tag)`",
        "with `partner-account/partner`, which waits until an admin of account `partner-account` accepts",
    ] {
        assert!(merge.run.stderr.contains(said), "{said}\n{}", merge.run.shown());
    }
    let pull = stage.job("pull_request", &pull("opened"), 1, &args);
    assert_eq!(pull.run.code, Some(0), "{}", pull.run.shown());
    is_as_before("rehearsal-pull", &pull.run.stdout);
    let calls = stage.running.calls();
    assert!(calls.iter().all(|call| call.path.starts_with("/_sim/")), "{calls:?}");
}

#[tokio::test]
async fn a_rehearsal_tells_in_the_pull_request_what_the_run_tells_there() {
    let stage = Stage::new().await;
    let all = ["--dry-run", "--comment", "always", "--command"];
    // Of a plan that has something to build nothing is told.
    let plan = stage.job("pull_request", &pull("opened"), 1, &[&all[..], &["plan"]].concat());
    assert_eq!(plan.run.code, Some(0), "{}", plan.run.shown());
    for part in ["=== comment", "/comments"] {
        assert!(!plan.run.stdout.contains(part), "{}", plan.run.shown());
    }
    // Where there is nothing to tell, no comment is made.
    let clean = ["--dry-run", "--command", "lint"];
    let clean = stage.job("pull_request", &pull("opened"), 1, &clean);
    for (part, there) in [
        ("nothing to tell: none is made, and one that is there is brought up to date", true),
        ("PATCH /repos/o/r/issues/comments/ID, where it is there", true),
        ("POST /repos/o/r/issues/7/comments", false),
    ] {
        assert_eq!(clean.run.stdout.contains(part), there, "{part}\n{}", clean.run.shown());
    }
    let closed = stage.job("pull_request", &pull("closed"), 1, &all[..3]);
    for part in ["=== comment", "Sandbox images: removed", "POST /repos/o/r/issues/7/comments"] {
        assert!(closed.run.stdout.contains(part), "{part}\n{}", closed.run.shown());
    }
    let base = stage.commit();
    let args = [&all[..], &["plan", "--base", &base]].concat();
    let idle = stage.job("pull_request", &pull("opened"), 1, &args);
    for part in ["Sandbox images: no image is affected", "POST /repos/o/r/issues/7/comments"] {
        assert!(idle.run.stdout.contains(part), "{part}\n{}", idle.run.shown());
    }
}

#[tokio::test]
async fn a_rehearsal_without_credentials_says_what_the_run_would_end_with() {
    let mut stage = Stage::new().await;
    let real = ["--command", "deploy"];
    stage.env.insert("BL_API_KEY", None);
    let ended = stage.job("pull_request", &pull("opened"), 1, &real).run;
    assert_eq!(ended.code, Some(6), "{}", ended.shown());
    let line = |text: &str, start: &str| {
        let found = text.lines().find_map(|line| line.trim().strip_prefix(start));
        found.unwrap_or_else(|| panic!("no {start} in {text}")).to_owned()
    };
    let (error, help) = (line(&ended.stderr, "error: "), line(&ended.stderr, "= help: "));
    // Nobody is called, so that nobody has to be known.
    for (event, payload, command) in [
        ("pull_request", pull("opened"), "preview"),
        ("pull_request", pull("opened"), "deploy"),
        ("pull_request", pull("closed"), "cleanup"),
        ("push", push("main", "x"), "promote"),
    ] {
        let args = ["--dry-run", "--promote-to", "prod", "--command", command];
        let run = stage.job(event, &payload, 1, &args).run;
        assert_eq!(run.code, Some(0), "{command}\n{}", run.shown());
        assert_eq!(line(&run.stderr, "warning: this would be refused: "), error, "{command}");
        assert!(run.stderr.contains(&format!("note: {help}\n")), "{command}\n{}", run.shown());
        assert_eq!(run.stderr.matches(&error).count(), 1, "{command}\n{}", run.shown());
    }
    let run = stage.job("push", &push("main", "x"), 1, &["--dry-run", "--command", "lint"]).run;
    assert!(!run.stderr.contains("would be refused"), "{}", run.shown());
}

/// Where a job is told of no default branch, it would have been meant to deploy.
#[test]
fn a_system_that_names_no_default_branch_is_told_of_one() {
    let (_keep, dir) = common::copy_of("go-multistage");
    for (system, branch, name) in [
        ("BITBUCKET_BUILD_NUMBER", "BITBUCKET_BRANCH", "main"),
        ("CIRCLECI", "CIRCLE_BRANCH", "main"),
        ("TF_BUILD", "BUILD_SOURCEBRANCH", "refs/heads/main"),
    ] {
        let run = |more: &[(&str, &str)]| {
            let mut command = common::command(&dir, &["ci"]);
            command.env(system, "1").env(branch, name).env_remove("BL_API_KEY");
            common::finish(command.envs(more.iter().copied()))
        };
        let said = "warning: nothing is built or promoted: whether the branch `main` goes to production is not \
                    known; this CI system does not say which branch is the default one: name those that go to production in SANDGATE_PRODUCTION_BRANCHES";
        for given in [("BL_API_KEY", "synthetic-key"), ("SANDGATE_PROMOTE_TO", "prod")] {
            let run = run(&[given]);
            assert_eq!(run.code, Some(0), "{}", run.shown());
            let decided = "Decided to lint: whether the branch `main` goes to production is not";
            assert!(run.stderr.contains(decided), "{system}\n{}", run.shown());
            assert_eq!(run.stderr.matches(said).count(), 1, "{system}\n{}", run.shown());
        }
        let production = ("SANDGATE_PRODUCTION_BRANCHES", "release");
        for given in [&[][..], &[production, ("BL_API_KEY", "synthetic-key")]] {
            let run = run(given);
            assert!(!run.stderr.contains("warning"), "{system}\n{}", run.shown());
            let decided = "Decided to lint: the branch `main` is no production branch";
            assert!(run.stderr.contains(decided), "{system}\n{}", run.shown());
        }
    }
}

fn is_as_before(name: &str, text: &str) {
    let file = root().join(format!("tests/snapshots/ci/{name}.txt"));
    snapbox::assert_data_eq!(without_times(text), snapbox::Data::read_from(&file, None).raw());
}

/// Instants and the state of a comment, which holds them, are of one run.
fn without_times(text: &str) -> String {
    let line = |line: &str| match line {
        line if line.starts_with("<!-- state:") => "<!-- state:… -->".to_owned(),
        line if line.starts_with("json=") => "json=…".to_owned(),
        line if line.starts_with("<sub>") => "<sub>…</sub>".to_owned(),
        line => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn another_system_tells_by_its_environment() {
    let (_keep, dir) = common::copy_of("go-multistage");
    let mut command = common::command(&dir, &["ci", "--sim", "--dotenv", "out.env"]);
    command
        .env("GITLAB_CI", "true")
        .env("CI_COMMIT_BRANCH", "main")
        .env("CI_DEFAULT_BRANCH", "main");
    let run = common::finish(&mut command);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert!(run.stderr.contains("Decided to deploy: the branch `main`"), "{}", run.shown());
    let text = std::fs::read_to_string(dir.join("out.env")).unwrap();
    assert!(text.contains("SANDGATE_RESULT=succeeded\n"), "{text}");
    assert!(text.contains("SANDGATE_IMAGE_ID=sandbox/go-worker:"), "{text}");
}

#[test]
fn an_event_that_cannot_be_read_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    for (text, said) in [("{", "EOF while parsing"), ("\u{0}", "expected value")] {
        std::fs::write(dir.path().join("event.json"), text).unwrap();
        let args = ["ci", "--event", "event.json", "--event-name", "push"];
        let run = common::run(dir.path(), &args);
        assert_eq!(run.code, Some(2), "{}", run.shown());
        assert!(run.stderr.contains(said), "{}", run.shown());
    }
    let run = common::run(dir.path(), &["ci", "--event", "no-such-file"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
}

/// What a push is without its commit must not read like the end of a branch.
#[test]
fn a_payload_of_another_event_is_no_push() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("event.json"), pull("opened").to_string()).unwrap();
    let run = common::run(dir.path(), &["ci", "--event", "event.json", "--event-name", "push"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("the payload is none of a push"), "{}", run.shown());
}

#[test]
fn where_no_event_or_no_project_is_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let run = common::finish(common::command(dir.path(), &["ci"]).env("GITHUB_ACTIONS", "true"));
    assert_eq!(run.code, Some(2), "{}", run.shown());
    for said in [
        "no event is known: GITHUB_EVENT_NAME is not set",
        "name the event with --event-name",
        "there is no sandbox project in `.`, and none below it",
        "with the input `path`",
    ] {
        assert!(run.stderr.contains(said), "{said}\n{}", run.shown());
    }
}

/// Why everything is built is a warning beside the run, and stands in its summary.
#[tokio::test]
async fn a_plan_in_a_shallow_clone_says_why_everything_is_built() {
    let stage = Stage::new().await;
    let before = stage.commit();
    stage.file("index.js", "console.log(2)\n");
    stage.git(&["commit", "-qam", "Change"]);
    let mut payload = push("main", "x");
    (payload["before"], payload["after"]) =
        (json!(before), json!(stage.git(&["rev-parse", "HEAD"])));
    let origin = format!("file://{}", stage.dir.path().display());
    stage.git(&["clone", "-q", "--depth", "1", &origin, ".out/clone"]);
    let clone = stage.path(".out/clone");
    let mut command = stage.command("push", &payload, 1, &["--command", "plan"]);
    command.current_dir(&clone).env("GITHUB_WORKSPACE", &clone);
    let job = stage.left(common::finish(&mut command));
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let why = "is not in this clone, which is shallow";
    let is_told = |line: &str| line.starts_with("::warning title=sandgate::") && line.contains(why);
    assert!(job.run.stderr.lines().any(is_told), "{}", job.run.shown());
    assert!(job.summary.contains(why), "{}", job.summary);
}

#[test]
fn the_child_pipeline_of_a_merge_request_is_judged_as_that() {
    let (_keep, dir) = common::copy_of("go-multistage");
    for (source, said) in [
        ("merge_request_event", "Decided to lint: a pull request"),
        ("parent_pipeline", "Decided to lint: a pull request"),
        ("push", "Decided to lint: the branch `?`"),
    ] {
        let mut command = common::command(&dir, &["ci"]);
        command.env("GITLAB_CI", "true").env("CI_PIPELINE_SOURCE", source);
        if source != "push" {
            command
                .env("CI_MERGE_REQUEST_IID", "7")
                .env("CI_MERGE_REQUEST_PROJECT_PATH", "g/p")
                .env("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "g/p");
        }
        let run = common::finish(command.env_remove("BL_API_KEY"));
        assert!(run.stderr.contains(said), "{source}\n{}", run.shown());
    }
}

#[tokio::test]
async fn a_change_cannot_relax_its_own_gate() {
    let stage = Stage::new().await;
    stage.file("Dockerfile", "FROM node:24-slim\nCMD [\"node\", \"index.js\"]\n");
    let base = stage.commit();
    stage.file("sandgate.toml", "[lint]\nignore = [\"SG1\"]\n");
    let mut payload = pull("opened");
    payload["pull_request"]["base"]["sha"] = json!(base);
    payload["pull_request"]["head"]["sha"] = json!(base);
    let job = stage.job("pull_request", &payload, 1, &["--command", "lint"]);
    assert_eq!(job.run.code, Some(1), "the base has no such settings\n{}", job.run.shown());
    // Where the base is not there, nobody's settings count.
    payload["pull_request"]["base"]["sha"] = json!(BASE);
    let job = stage.job("pull_request", &payload, 1, &["--command", "lint"]);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    assert!(job.run.stderr.contains("fetch-depth: 2"), "{}", job.run.shown());
    let mut pushed = push("topic", "");
    pushed["after"] = json!(base);
    let job = stage.job("push", &pushed, 1, &[]);
    assert_eq!(job.run.code, Some(0), "a push has its own settings\n{}", job.run.shown());
}

/// GitHub checks out the base, unless the workflow names a commit, or the merge of both.
#[tokio::test]
async fn what_is_not_checked_out_has_no_status() {
    let mut stage = Stage::new().await;
    let there = stage.commit();
    let said = format!("the event is about {HEAD}, and the checkout is {there}");
    for (event, from) in
        [("pull_request_target", "evil/r"), ("pull_request_target", "o/r"), ("pull_request", "o/r")]
    {
        for command in ["lint", "plan"] {
            let payload = pull_of("opened", from);
            let job = stage.job(event, &payload, 1, &["--command", command]);
            assert_eq!(job.run.code, Some(7), "{event} {command}\n{}", job.run.shown());
            assert!(job.run.stderr.contains(&said), "{event} {command}\n{}", job.run.shown());
        }
    }
    let calls = || stage.calls("POST", "/repos/o/r");
    assert_eq!(calls(), 0);
    let trusted = ["--command", "lint", "--trusted"];
    let job = stage.job("pull_request", &pull("opened"), 1, &trusted);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(calls() > 0);
    // The merge that GitHub made of it, and the commit itself.
    stage.env.insert("GITHUB_SHA", Some(there.clone()));
    let job = stage.job("pull_request", &pull("opened"), 2, &trusted[..2]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(stage.calls("POST", &format!("/statuses/{HEAD}")) > 0);
    stage.env.remove("GITHUB_SHA");
    let mut labelled = pull_of("labeled", "evil/r");
    labelled["pull_request"]["head"]["sha"] = json!(there);
    let job = stage.job("pull_request_target", &labelled, 3, &trusted[..2]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    // Nobody sees what it is.
    stage.file(".git/HEAD", "nonsense");
    for (event, code) in [("pull_request_target", 7), ("pull_request", 0)] {
        let job = stage.job(event, &pull_of("opened", "evil/r"), 4, &trusted[..2]);
        assert_eq!(job.run.code, Some(code), "{event}\n{}", job.run.shown());
    }
}

#[tokio::test]
async fn the_rehearsal_of_an_audit_ends_as_one() {
    let stage = Stage::new().await;
    let job = stage.job("schedule", &json!({}), 1, &["--dry-run"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    for part in ["### Audit of shares", "\nstatus=succeeded\n"] {
        assert!(job.run.stdout.contains(part), "{part}\n{}", job.run.shown());
    }
    assert!(!job.run.stdout.contains("nothing to do"), "{}", job.run.shown());
}
