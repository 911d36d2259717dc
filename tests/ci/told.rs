//! What a job says of a mistake, or a failure, where jobs are read.

use serde_json::Value;

use crate::{
    common,
    stage::{HEAD, Job, Stage, pull, push},
};

/// The first annotation of an error.
fn error(text: &str) -> &str {
    text.lines().find(|line| line.starts_with("::error ")).unwrap_or_default()
}

#[tokio::test]
async fn a_missing_key_is_told_as_the_input_that_it_is() {
    let mut stage = Stage::new().await;
    stage.env.insert("BL_API_KEY", None);
    let job = stage.job("push", &push("main", "x"), 1, &["--command", "deploy"]);
    assert_eq!(job.run.code, Some(6), "{}", job.run.shown());
    let told = "give the input `api-key` (`api-key: ${{ secrets.BL_API_KEY }}`)";
    assert!(job.run.stderr.contains(told), "{}", job.run.shown());
    let told = "there are no credentials for the platform%0Ahelp: give the input `api-key`";
    assert!(error(&job.run.stdout).contains(told), "{}", job.run.shown());
}

#[tokio::test]
async fn a_build_that_fails_is_an_annotation_at_its_line() {
    let stage = Stage::new().await;
    stage.file("Dockerfile", &broken(&stage));
    let args = ["--command", "push", "--fail-on", "never"];
    let job = stage.job("push", &push("main", "x"), 1, &args);
    assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
    let failed = "::error file=Dockerfile,line=5,title=sandgate::shop: ";
    assert!(error(&job.run.stdout).starts_with(failed), "{}", job.run.shown());
    let errors = |job: &Job| job.run.stdout.matches("::error ").count();
    assert_eq!(errors(&job), 2, "the failure and the finding: {}", job.run.shown());
    // Findings at their lines are what can be left out. Why a job failed is found beside it all the same, and in its log.
    let job =
        stage.job("push", &push("main", "x"), 2, &[&args[..], &["--annotations=false"]].concat());
    assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
    assert!(error(&job.run.stdout).starts_with(failed), "{}", job.run.shown());
    assert_eq!(errors(&job), 1, "{}", job.run.shown());
    assert!(job.run.stderr.lines().any(|line| line.starts_with("error: ")), "{}", job.run.shown());
}

/// A Dockerfile whose fifth line fails.
fn broken(stage: &Stage) -> String {
    let good = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    good.replace("RUN ", "COPY absent.js .\nRUN ")
}

#[tokio::test]
async fn a_build_that_fails_names_its_dockerfile_as_the_repository_does() {
    let stage = Stage::new().await;
    let (broken, toml) =
        (broken(&stage), std::fs::read_to_string(stage.path("blaxel.toml")).unwrap());
    let named = |name: &str, more: &str| toml.replace("shop", name) + more;
    stage.file(
        "images/a/blaxel.toml",
        &named("a", "[build]\ndockerfile = \"docker/a.Dockerfile\"\n"),
    );
    stage.file("images/a/docker/a.Dockerfile", &broken);
    stage.file("images/b/blaxel.toml", &named("b", ""));
    stage.file("images/b/Dockerfile.b", &broken);
    stage.file("images/c/blaxel.toml", &named("c", ""));
    stage.file("images/c/Dockerfile", &broken);
    for name in ["a", "b", "c"] {
        stage.file(&format!("images/{name}/index.js"), "console.log(1)\n");
    }
    for (folder, path, file) in [
        ("", "images/a", "images/a/docker/a.Dockerfile"),
        // A path may name the Dockerfile itself.
        ("", "images/b/Dockerfile.b", "images/b/Dockerfile.b"),
        ("", "images/c", "images/c/Dockerfile"),
        ("images", "a", "images/a/docker/a.Dockerfile"),
        ("images/a", ".", "images/a/docker/a.Dockerfile"),
        ("images/a", "../c", "images/c/Dockerfile"),
    ] {
        let args = ["--fail-on", "never", path];
        let mut command = stage.command("pull_request", &pull("opened"), 1, &args);
        let job = stage.left(common::finish(command.current_dir(stage.path(folder))));
        assert_eq!(job.run.code, Some(3), "{}", job.run.shown());
        let told = error(&job.run.stdout);
        let wanted = format!("::error file={file},line=5,title=sandgate::");
        assert!(told.starts_with(&wanted), "{folder} {path}: {told}");
        let link = format!("https://github.com/o/r/blob/{HEAD}/{file}#L5");
        let comments = stage.comments().await;
        assert!(comments[0].contains(&link) && job.summary.contains(&link), "{link}: {comments:?}");
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_is_told_as_the_input_that_it_is() {
    let stage = Stage::new().await;
    for (args, told) in [
        (
            ["--command", "buld"],
            "invalid value `buld` for `--command` (input `command`); [possible values",
        ),
        (["--pr-number", "x"], "`x` is no number of a pull request"),
        (["--preview-ttl", "7 days"], "7 days"),
    ] {
        let job = stage.job("pull_request", &pull("opened"), 1, &args);
        assert_eq!(job.run.code, Some(2), "{}", job.run.shown());
        assert_eq!(job.output("status"), "error", "{}", job.run.shown());
        let seen = error(&job.run.stderr).contains(told) || error(&job.run.stdout).contains(told);
        assert!(seen, "{told}\n{}", job.run.shown());
        assert!(job.summary.contains('❌'), "{}", job.summary);
    }
    let job = stage.job("pull_request", &pull("opened"), 1, &["--preview-ttl", "7 days"]);
    let place = "--> --preview-ttl (input `preview-ttl`)";
    assert!(job.run.stderr.contains(place), "{}", job.run.shown());
}

#[tokio::test]
async fn what_is_refused_and_what_cannot_be_judged_is_told_beside_the_run() {
    let stage = Stage::new().await;
    let args = ["--command", "promote", "--promote-to", "prod"];
    let job = stage.job("push", &push("topic", "x"), 1, &args);
    assert_eq!(job.run.code, Some(7), "{}", job.run.shown());
    let told = "::error title=sandgate::the branch `topic` is no production branch%0Ahelp: ";
    assert!(error(&job.run.stdout).starts_with(told), "{}", job.run.shown());
    // The commit that it is compared with is not in the clone.
    stage.commit();
    let job = stage.job("pull_request", &pull("opened"), 2, &["--command", "lint"]);
    let lines: Vec<&str> = job.run.stderr.lines().collect();
    let at = |part: &str| lines.iter().position(|line| line.contains(part));
    let (decided, warned) = (at("Decided to lint"), at("no settings of the repository count"));
    assert!(decided.is_some() && decided < warned, "{}", job.run.shown());
    let warning = warned.and_then(|at| lines.get(at)).copied().unwrap_or_default();
    assert!(warning.starts_with("::warning title=sandgate::"), "{}", job.run.shown());
}

#[tokio::test]
async fn what_is_empty_is_not_given_and_what_is_not_used_is_told() {
    let mut stage = Stage::new().await;
    for name in
        ["SANDGATE_RECORDS", "SANDGATE_SARIF_FILE", "SANDGATE_DOTENV", "SANDGATE_REPORT_FILE"]
    {
        stage.env.insert(name, Some(String::new()));
    }
    let args = ["--command", "push", "--image", "sandbox/shop:t1"];
    let job = stage.job("push", &push("main", "x"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(job.run.stderr.contains("only `promote` takes one"), "{}", job.run.shown());
    let args = ["--command", "report", "--records", "no-such-folder"];
    let job = stage.job("pull_request", &pull("opened"), 2, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(job.summary.contains("nothing to report"), "{}", job.summary);
}

#[tokio::test]
async fn a_preview_is_called_after_the_name_that_is_given() {
    let stage = Stage::new().await;
    let job = stage.job("pull_request", &pull("opened"), 1, &["--name", "web"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert!(job.output("image-id").starts_with("sandbox/web-pr-7:"), "{:?}", job.outputs);
    let job = stage.job("pull_request", &pull("closed"), 2, &["--name", "web"]);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    let left = stage.platform("GET", "/sandboxes", Value::Null).await;
    assert_eq!(left.as_array().map(Vec::len), Some(0), "{left}");
}

#[tokio::test]
async fn a_recorded_event_is_rehearsed_in_a_job_of_another_system() {
    let stage = Stage::new().await;
    let base = stage.commit();
    let mut payload = pull("opened");
    payload["pull_request"]["head"]["sha"] = base.into();
    let of = |args: &[&str]| {
        let mut command = stage.command("pull_request", &payload, 1, args);
        common::finish(command.env_remove("GITHUB_ACTIONS").env("GITLAB_CI", "true"))
    };
    let run = of(&["--dry-run"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert!(run.stderr.contains("to preview: a pull request gets a preview"), "{}", run.shown());
    let run = of(&["--command", "lint"]);
    assert!(run.stderr.contains("`--event` is not read: GitLab CI"), "{}", run.shown());
}

#[tokio::test]
async fn a_base_that_is_none_is_no_wrong_name() {
    let stage = Stage::new().await;
    stage.commit();
    let args = ["--command", "plan", "--base", "none"];
    let job = stage.job("push", &push("main", "x"), 1, &args);
    assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    assert_eq!(job.output("count"), "1", "{:?}", job.outputs);
    assert!(!job.run.stderr.contains("::warning"), "{}", job.run.shown());
    assert!(job.summary.contains("every image is built"), "{}", job.summary);
}

#[tokio::test]
async fn a_project_that_nothing_names_is_checked_under_its_path_and_not_built() {
    let stage = Stage::new().await;
    for name in ["Dockerfile", "index.js"] {
        let text = std::fs::read_to_string(stage.path(name)).unwrap();
        stage.file(&format!("日本/{name}"), &text);
    }
    stage.file(
        "日本/blaxel.toml",
        "type = \"sandbox\"\n[[runtime.ports]]\nname = \"web\"\ntarget = 3000\n",
    );
    for run in 1..=2 {
        let lint = ["--command", "lint", "--comment", "always", "日本"];
        let job = stage.job("pull_request", &pull("opened"), run, &lint);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    }
    let comments = stage.comments().await;
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert_eq!(comment.matches("✅ Checked").count(), 1, "{comment}");
    for command in ["preview", "deploy"] {
        let job = stage.job("pull_request", &pull("opened"), 3, &["--command", command, "日本"]);
        assert_eq!(job.run.code, Some(2), "{}", job.run.shown());
        let told = "nothing gives the image of `日本` a name";
        assert!(error(&job.run.stdout).contains(told), "{}", job.run.shown());
        let calls = stage.running.calls();
        let begun = calls.iter().any(|call| call.path.contains("/deployments"));
        assert!(!begun, "{calls:?}");
        let named = ["--command", command, "--name", "nippon", "--dry-run", "日本"];
        let job = stage.job("pull_request", &pull("opened"), 4, &named);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
    }
}
