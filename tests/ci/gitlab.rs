//! The note of a merge request on GitLab: one for each key, whatever is there, and whatever happens on the way.

use std::{collections::BTreeMap, fs, process::Command};

use sandgate::sim::{Config, Running, start};
use serde_json::{Value, json};

use crate::{
    common::{self, Run},
    hostile::outside_of_fences,
    stage::{HEAD, MERGE},
};

/// A project that is checked without a finding, and one that is stopped.
const GOOD: &str = "FROM node:24-slim\nCOPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/\n\
     WORKDIR /app\nCOPY index.js .\nRUN node --check index.js\nENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";
const BAD: &str = "FROM node:24-slim\nCMD [\"node\", \"index.js\"]\n";
/// The marker of the notes that are made here.
const MARKER: &str = "<!-- sandgate:v1 key=sandgate";
/// A token of the project: it must never be seen.
const TOKEN: &str = "c4naryGitlabToken";

/// The project `group/sub/shop`, number 5, with the merge request 7.
struct Project {
    running: Running,
    dir: tempfile::TempDir,
    http: reqwest::Client,
    env: BTreeMap<&'static str, String>,
}

impl Project {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(faults: &[&str]) -> Self {
        // A second installation is refused, and the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let running = start(Config { faults, time_factor: 0.02, ..Config::default() }).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let project =
            Self { running, dir: tempfile::tempdir().unwrap(), http, env: BTreeMap::new() };
        let toml = "type = \"sandbox\"\nname = \"shop\"\n[runtime]\nmemory = 2048\n";
        for (name, text) in
            [("blaxel.toml", toml), ("Dockerfile", GOOD), ("index.js", "console.log(1)\n")]
        {
            project.file(name, text);
        }
        project.seed("requests", json!({"sha": HEAD})).await;
        project
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Makes something of the merge request, unless another is named.
    async fn seed(&self, what: &str, mut body: Value) {
        for (name, value) in
            [("project", json!(5)), ("number", json!(7)), ("path", json!("group/sub/shop"))]
        {
            if body.get(name).is_none() {
                body[name] = value;
            }
        }
        let url = format!("http://{}/_sim/gitlab/{what}", self.running.address);
        let answer = self.http.post(url).body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{what} {body}");
    }

    /// A merge request as it is.
    async fn request(&self, number: u64) -> Value {
        let url = format!("http://{}/_sim/gitlab", self.running.address);
        let answer = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let all: Value = serde_json::from_str(&answer).unwrap();
        let all = all["projects"][0]["requests"].as_array().unwrap();
        all.iter().find(|one| one["number"] == number).unwrap().clone()
    }

    /// The notes of the project's token: their numbers and their texts. No note has told GitLab to do anything.
    async fn notes(&self) -> Vec<(u64, String)> {
        self.notes_of(7).await
    }

    async fn notes_of(&self, number: u64) -> Vec<(u64, String)> {
        let request = self.request(number).await;
        assert_eq!(request["commands"], json!([]));
        let all = request["notes"].as_array().unwrap().iter();
        let ours = all.filter(|note| note["author"] == "project_5_bot_2f1d");
        ours.map(|note| (note["id"].as_u64().unwrap(), note["body"].as_str().unwrap().to_owned()))
            .collect()
    }

    /// The one note.
    async fn note(&self) -> (u64, String) {
        let notes = self.notes().await;
        let [note] = notes.as_slice() else { panic!("{notes:#?}") };
        note.clone()
    }

    /// How often a method was called.
    fn calls(&self, method: &str) -> usize {
        let calls = self.running.calls();
        let of = |path: &str| path.starts_with("/api/v4/");
        calls.iter().filter(|call| call.method == method && of(&call.path)).count()
    }

    /// The command of a job of a merge request.
    fn command(&self, pipeline: u64, args: &[&str]) -> Command {
        let mut command = common::command(self.dir.path(), &[&["ci"], args].concat());
        command
            .env("GITLAB_CI", "true")
            .env("CI_API_V4_URL", format!("http://{}/api/v4", self.running.address))
            .env("CI_SERVER_URL", "https://gitlab.example")
            .env("CI_PROJECT_ID", "5")
            .env("CI_PROJECT_PATH", "group/sub/shop")
            .env("CI_PROJECT_URL", "https://gitlab.example/group/sub/shop")
            .env("CI_DEFAULT_BRANCH", "main")
            .env("CI_COMMIT_SHA", HEAD)
            .env("CI_PIPELINE_ID", pipeline.to_string())
            .env("CI_JOB_URL", format!("https://gitlab.example/group/sub/shop/-/jobs/{pipeline}"))
            .env("CI_PIPELINE_SOURCE", "merge_request_event")
            .env("CI_MERGE_REQUEST_IID", "7")
            .env("CI_MERGE_REQUEST_PROJECT_ID", "5")
            .env("CI_MERGE_REQUEST_PROJECT_PATH", "group/sub/shop")
            .env("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "group/sub/shop")
            .env("SANDGATE_GITLAB_TOKEN", TOKEN)
            .env("BL_API_URL", &self.running.base_url)
            .env("BL_WORKSPACE", "dev");
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command
    }

    /// Runs a job that lints.
    fn lint(&self, pipeline: u64, args: &[&str]) -> Run {
        let args = [&["--command", "lint"], args].concat();
        common::finish(&mut self.command(pipeline, &args))
    }

    /// Makes the job one of a branch.
    fn on_branch(&mut self, branch: &str, commit: &str) {
        for (name, value) in [
            ("CI_PIPELINE_SOURCE", "push"),
            ("CI_MERGE_REQUEST_IID", ""),
            ("CI_COMMIT_BRANCH", branch),
            ("CI_COMMIT_SHA", commit),
        ] {
            self.env.insert(name, value.to_owned());
        }
    }
}

#[tokio::test]
async fn one_note_is_kept_up_to_date() {
    let project = Project::new().await;
    project.file("Dockerfile", BAD);
    let args = ["--dotenv", "out.env", "--code-quality", "gl.json"];
    let run = project.lint(1, &args);
    assert_eq!(run.code, Some(1), "{}", run.shown());
    let (id, text) = project.note().await;
    assert!(text.starts_with(MARKER) && text.contains("1 of 1 failed"), "{text}");
    for link in ["/-/blob/", "/-/commit/", "/-/jobs/1"] {
        assert!(text.contains(&format!("](https://gitlab.example/group/sub/shop{link}")), "{text}");
    }
    let found = fs::read_to_string(project.dir.path().join("gl.json")).unwrap();
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found[0]["location"]["path"], "Dockerfile");
    let out = fs::read_to_string(project.dir.path().join("out.env")).unwrap();
    assert!(run.stderr.contains("Note https://gitlab.example/"), "{}", run.shown());
    let page = format!("https://gitlab.example/group/sub/shop/-/merge_requests/7#note_{id}");
    assert!(out.contains(&format!("SANDGATE_COMMENT_URL={page}\n")), "{out}");
    // Again: nothing is written. Then it is put right.
    let writes = project.calls("PUT");
    assert_eq!(project.lint(1, &[]).code, Some(1));
    assert_eq!((project.calls("POST"), project.calls("PUT")), (1, writes));
    project.file("Dockerfile", GOOD);
    let run = project.lint(2, &[]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let (same, text) = project.note().await;
    assert!(same == id && text.contains("1 is fine"), "{text}");
    assert_eq!(project.calls("POST"), 1);
    assert!(project.calls("PUT") <= writes + 2);
}

#[tokio::test]
async fn the_note_is_found_among_others_on_a_later_page() {
    let project = Project::new().await;
    project.file("Dockerfile", BAD);
    let quoted = format!("{MARKER} -->\n<!-- state:e30= -->\nthis is mine");
    project.seed("notes", json!({"author": "mallory", "body": quoted})).await;
    project.seed("notes", json!({"count": 120})).await;
    project.seed("notes", json!({"count": 40, "system": true, "body": "added 1 commit"})).await;
    let other = format!("{MARKER}-other -->\n…");
    project.seed("notes", json!({"author": "project_5_bot_2f1d", "body": other})).await;
    assert_eq!(project.lint(1, &[]).code, Some(1));
    project.file("Dockerfile", GOOD);
    project.seed("notes", json!({"count": 200})).await;
    assert_eq!(project.lint(2, &[]).code, Some(0));
    let notes = project.notes().await;
    let [(_, first), (_, own)] = notes.as_slice() else { panic!("{notes:#?}") };
    assert_eq!(*first, other);
    assert!(own.contains("1 is fine"), "{own}");
    let request = project.request(7).await;
    assert_eq!(request["notes"][0]["body"], quoted, "others who quote the marker");
    // Another key is another note.
    assert_eq!(project.lint(3, &["--comment", "always", "--comment-key", "b"]).code, Some(0));
    assert_eq!(project.notes().await.len(), 3);
}

#[tokio::test]
async fn without_a_token_there_is_a_notice_and_no_call() {
    let mut project = Project::new().await;
    project.env.insert("SANDGATE_GITLAB_TOKEN", String::new());
    let run = project.lint(1, &[]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert_eq!(run.stderr.matches("project access token").count(), 1, "{}", run.shown());
    let run = project.lint(1, &["--comment", "never"]);
    assert!(!run.stderr.contains("project access token"), "{}", run.shown());
    // A fork's pipeline is of another project, and has no token of this one.
    project.file("Dockerfile", BAD);
    for (name, value) in [
        ("CI_PROJECT_ID", "9"),
        ("CI_PROJECT_PATH", "mallory/shop"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "mallory/shop"),
    ] {
        project.env.insert(name, value.to_owned());
    }
    let args = ["ci", "--fail-on", "never", "--code-quality", "gl.json"];
    let run = common::finish(&mut project.command(1, &args[1..]));
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert!(run.stderr.contains("a fork's pipeline has no token"), "{}", run.shown());
    let found = fs::read_to_string(project.dir.path().join("gl.json")).unwrap();
    assert!(found.contains("SG101"), "{found}");
    assert_eq!(project.calls("GET") + project.calls("POST"), 0);
    // One that somebody gives is used where the merge request is.
    project.env.insert("SANDGATE_GITLAB_TOKEN", TOKEN.to_owned());
    let run = project.lint(1, &[]);
    assert_eq!(run.code, Some(1), "{}", run.shown());
    assert!(project.note().await.1.contains("Not built: the commit of a fork"));
}

#[tokio::test]
async fn what_the_token_may_not_is_told_and_reddens_nothing() {
    let mut project = Project::new().await;
    project.seed("tokens", json!({"token": "guest-c4nary", "role": "guest"})).await;
    for (token, id, said) in [
        ("glpat-read-c4nary", "5", "insufficient_scope|higher privileges"),
        ("guest-c4nary", "5", "403 Forbidden"),
        ("glcbt-c4nary", "5", "GitLab does not accept the token: 401 Unauthorized"),
        (TOKEN, "6", "404 Project Not Found"),
        ("c4nary\u{fc}", "5", "the token for GitLab holds a character|401"),
    ] {
        project.env.insert("SANDGATE_GITLAB_TOKEN", token.to_owned());
        project.env.insert("CI_MERGE_REQUEST_PROJECT_ID", id.to_owned());
        let run = project.lint(1, &["--comment", "always"]);
        assert_eq!(run.code, Some(0), "{token}\n{}", run.shown());
        assert_eq!(run.stderr.matches("the note is missing").count(), 1, "{}", run.shown());
        assert!(said.split('|').any(|said| run.stderr.contains(said)), "{}", run.shown());
    }
    project.env.insert("CI_MERGE_REQUEST_PROJECT_ID", "5".to_owned());
    for (url, said) in [
        ("http://gitlab.example/api/v4", "is not encrypted"),
        ("http://127.0.0.1:9/api/v4", "cannot be reached"),
        ("", "cannot be read"),
    ] {
        project.env.insert("SANDGATE_GITLAB_TOKEN", TOKEN.to_owned());
        project.env.insert("CI_API_V4_URL", url.to_owned());
        let run = project.lint(1, &["--comment", "always"]);
        assert_eq!(run.code, Some(0), "{url}\n{}", run.shown());
        assert!(run.stderr.contains(said), "{url}\n{}", run.shown());
    }
    assert_eq!(project.notes().await, []);
}

#[tokio::test]
async fn what_breaks_on_the_way_leaves_one_note() {
    for kind in [
        "502",
        "504-html",
        "500-after",
        "502-html-after",
        "reset-before",
        "reset-after",
        "cut",
        "truncated",
        "portal",
        "429-retry",
    ] {
        let faults: Vec<String> = [
            "GET /api/v4/user",
            "GET /api/v4/projects/*/merge_requests/*/notes",
            "POST /api/v4/projects/*/merge_requests/*/notes",
            "PUT /api/v4/projects/*/merge_requests/*/notes/*",
        ]
        .iter()
        // Waiting takes a second each: the limit is met where it counts.
        .filter(|call| kind != "429-retry" || call.starts_with("POST"))
        .map(|call| format!("{call}#1={kind}"))
        .collect();
        let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
        let project = Project::with(&faults).await;
        project.file("Dockerfile", BAD);
        let run = project.lint(1, &[]);
        assert_eq!(run.code, Some(1), "{}", run.shown());
        let (id, text) = project.note().await;
        assert!(text.contains("1 of 1 failed"), "{kind}\n{text}");
        project.file("Dockerfile", GOOD);
        let run = project.lint(2, &[]);
        assert!(!run.stderr.contains("the note is missing"), "{kind}\n{}", run.shown());
        let (same, text) = project.note().await;
        assert!(same == id && text.contains("1 is fine"), "{kind}\n{text}");
    }
    // To another host nothing is sent.
    let project = Project::with(&["* /api/v4/user=redirect"]).await;
    let run = project.lint(1, &["--comment", "always"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert!(run.stderr.contains("redirects to another host"), "{}", run.shown());
    assert_eq!(project.calls("GET"), 1);
}

#[tokio::test]
async fn it_is_written_when_it_is_asked_for() {
    let project = Project::new().await;
    for (when, dockerfile, count) in [
        ("never", BAD, 0),
        ("on-failure", GOOD, 0),
        ("on-change", GOOD, 0),
        ("on-failure", BAD, 1),
        // One that is there is brought up to date.
        ("on-failure", GOOD, 1),
    ] {
        project.file("Dockerfile", dockerfile);
        project.lint(1, &["--comment", when]);
        assert_eq!(project.notes().await.len(), count, "{when}");
    }
    assert!(project.note().await.1.contains("1 is fine"));
    let other = Project::new().await;
    assert_eq!(other.lint(1, &["--comment", "always"]).code, Some(0));
    assert!(other.note().await.1.contains("1 is fine"));
}

#[tokio::test]
async fn no_text_is_a_command_or_a_reference() {
    const COMMANDS: &[&str] = &[
        "/close",
        "/merge",
        "/label ~bug",
        "/approve",
        "/assign @root",
        "/shrug",
        "  /close",
        "\t/close",
        "\r/close",
        "a\n/close",
        "a\r\n/merge",
        "\u{a0}/close",
        "\u{2003}/merge",
        "\u{feff}/close",
        "\u{2028}/close",
        "```\n/close",
        "~~~\n/close",
        "````\n/close",
        ">>>\n/close",
        "</code>\n/close",
        "-->\n/close",
        "<br>\n/close",
        "#1",
        "!2",
        "~bug",
        "%\"1.0\"",
        "&3",
        "$4",
        "GL-5",
        "^alert#6",
        "[epic:7]",
        "*iteration:8",
        "group/other#9",
        "/",
    ];
    let project = Project::new().await;
    let all = COMMANDS.join(" ");
    let finding = |text: &str| json!({"severity": "error", "code": text, "path": text, "line": 1, "message": text, "help": text});
    let targets: Vec<Value> = COMMANDS
        .iter()
        .map(|text| json!({"workspace": text, "account": text, "state": "failed", "why": text}))
        .collect();
    let build = json!({
        "version": 1, "kind": "leg", "image": "/close", "path": all, "commit": HEAD, "did": "deploy", "status": "failed",
        "workspace": all, "reference": all, "url": "/close", "finished": "/close /close /close /close",
        "lint": {"errors": 1, "findings": COMMANDS.iter().map(|text| finding(text)).collect::<Vec<_>>(), "added": COMMANDS},
        "failure": {"phase": "build", "step": all, "cause": COMMANDS.join("\n"), "help": all, "log_tail": COMMANDS},
        "merging": COMMANDS.iter().map(|text| json!({"workspace": text, "share": text, "now": text})).collect::<Vec<_>>(),
        "run": {"id": 1, "attempt": 1, "url": "/close"},
    });
    let mut failed = build.clone();
    failed["image"] = json!("other");
    failed["failure"]["step"] = Value::Null;
    let mut promotion = build.clone();
    promotion["did"] = json!("promote");
    promotion["promoted"] = json!(targets);
    promotion["previous"] = json!("/close");
    for (name, leg) in [("a", &build), ("b", &failed), ("c", &promotion)] {
        project.file(&format!("records/{name}.json"), &leg.to_string());
    }
    for pipeline in [1, 2] {
        let args = ["--command", "report", "--records", "records", "--comment", "always"];
        let run = common::finish(&mut project.command(pipeline, &args));
        assert_eq!(run.code, Some(0), "{}", run.shown());
    }
    // That GitLab was told to do nothing is looked at with the notes.
    let (_, text) = project.note().await;
    for line in text.lines() {
        assert!(!line.trim_start().starts_with('/'), "{line:?}\n{text}");
    }
    assert!(text.contains("\u{200b}/close"), "the log is there\n{text}");
    let seen: Vec<&str> = text.lines().filter(|line| !line.starts_with("<!--")).collect();
    let seen = outside_of_code(&seen.join("\n"));
    for sign in [
        "&#35;1",
        "&#33;2",
        "&#126;bug",
        "%&",
        "&#38;3",
        "&#36;4",
        "GL-5",
        "&#91;epic",
        "other&#35;9",
        "@root",
    ] {
        assert!(!seen.contains(sign), "{sign}\n{seen}");
    }
}

/// What is neither code, in blocks or in lines, nor an address.
fn outside_of_code(text: &str) -> String {
    let mut out = outside_of_fences(text);
    for (begin, end) in [("<code>", "</code>"), ("](", ")")] {
        while let Some(at) = out.find(begin) {
            let length = out[at..].find(end).unwrap() + end.len();
            out.replace_range(at..at + length, "");
        }
    }
    out
}

#[tokio::test]
async fn the_last_job_tells_what_all_jobs_did() {
    let project = Project::new().await;
    for number in 1..=12 {
        let leg = json!({
            "version": 1, "kind": "leg", "image": format!("image-{number:02}"), "commit": HEAD, "did": "deploy",
            "status": if number == 5 { "failed" } else { "succeeded" }, "workspace": "dev",
            "run": {"id": 1, "attempt": 1}, "finished": "2026-11-24T00:00:00Z",
        });
        project.file(&format!("records/{number}.json"), &leg.to_string());
    }
    let args = ["--command", "report", "--records", "records"];
    let run = common::finish(&mut project.command(1, &args));
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert!(project.note().await.1.contains("1 of 12 failed"));
    // A job of the same commit that tells of one image keeps what the note tells of the others.
    let run = project.lint(1, &[]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let (_, text) = project.note().await;
    assert!(text.contains("1 of 13 failed") && text.contains("image-12"), "{text}");
    // A newer commit begins anew.
    project.lint(2, &[]);
    project.seed("requests", json!({"sha": MERGE})).await;
    let mut command = project.command(3, &["--command", "lint"]);
    let run = common::finish(command.env("CI_COMMIT_SHA", MERGE));
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let (_, text) = project.note().await;
    assert!(text.contains("1 is fine") && text.contains("Earlier commits (1)"), "{text}");
}

#[tokio::test]
async fn jobs_at_once_make_one_note() {
    let project = Project::new().await;
    let mut jobs = Vec::new();
    for name in ["a", "b", "c", "d"] {
        project.file(&format!("{name}/Dockerfile"), BAD);
        let toml = format!("type = \"sandbox\"\nname = \"{name}\"\n");
        project.file(&format!("{name}/blaxel.toml"), &toml);
        let mut command = project.command(1, &[name, "--command", "lint"]);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        jobs.push(command.spawn().unwrap());
    }
    for mut job in jobs {
        assert_eq!(job.wait().unwrap().code(), Some(1));
    }
    let (_, text) = project.note().await;
    assert!(text.contains("4 of 4 failed"), "{text}");
}

#[tokio::test]
async fn a_branch_is_told_of_in_the_merge_requests_that_are_open_for_it() {
    let mut project = Project::new().await;
    project.file("Dockerfile", BAD);
    project.seed("requests", json!({"number": 8})).await;
    project.on_branch("topic", HEAD);
    assert_eq!(project.lint(1, &[]).code, Some(1));
    assert_eq!(project.notes().await, []);
    let open = "group/sub/shop!7,group/other!9,group/sub/shop!8".to_owned();
    project.env.insert("CI_OPEN_MERGE_REQUESTS", open);
    assert_eq!(project.lint(2, &[]).code, Some(1));
    for number in [7, 8] {
        let notes = project.notes_of(number).await;
        assert!(
            matches!(notes.as_slice(), [(_, text)] if text.contains("1 of 1 failed")),
            "{number}"
        );
    }
}

#[tokio::test]
async fn a_promotion_is_told_in_the_merge_request_that_was_merged() {
    let mut project = Project::new().await;
    project.seed("requests", json!({"number": 8, "sha": MERGE})).await;
    project.seed("requests", json!({"merged": true, "squash_commit_sha": MERGE})).await;
    project.on_branch("main", MERGE);
    let run = common::finish(&mut project.command(1, &["--promote-to", "prod"]));
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let (_, text) = project.note().await;
    assert!(text.contains("promoted to <code>prod</code>"), "{text}");
    assert_eq!(project.notes_of(8).await, []);
    // Without a token nobody is told to make one for a push.
    project.env.insert("SANDGATE_GITLAB_TOKEN", String::new());
    let run = project.lint(1, &[]);
    assert!(!run.stderr.contains("project access token"), "{}", run.shown());
}

#[tokio::test]
async fn a_rehearsal_prints_the_note_and_calls_nobody() {
    let project = Project::new().await;
    project.file("Dockerfile", BAD);
    let run = project.lint(1, &["--dry-run"]);
    assert_eq!(run.code, Some(1), "{}", run.shown());
    for said in [
        "=== calls\nGET /user\nGET /projects/5/merge_requests/7/notes\n",
        "=== note\n<!-- sandgate:v1 key=sandgate -->\n",
        "1 of 1 failed",
    ] {
        assert!(run.stdout.contains(said), "{said}\n{}", run.shown());
    }
    assert_eq!(project.calls("GET") + project.calls("POST"), 0);
}

/// What a job leaves as variables is no option of the job behind it.
#[tokio::test]
async fn variables_of_a_job_do_not_steer_the_next() {
    let project = Project::new().await;
    let run = project.lint(1, &["--dotenv", "out.env"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let out = fs::read_to_string(project.dir.path().join("out.env")).unwrap();
    assert!(out.contains("SANDGATE_RESULT=succeeded\n"), "{out}");
    let help = common::run(project.dir.path(), &["ci", "--help"]).stdout;
    for line in out.lines() {
        let (name, value) = line.split_once('=').unwrap();
        assert!(!value.is_empty(), "{name}");
        assert!(!help.contains(&format!("[env: {name}]")), "{name}");
    }
    assert!(help.contains("[env: SANDGATE_STATUS]"));
}

#[tokio::test]
async fn variables_are_what_every_run_has_and_as_many_as_gitlab_takes() {
    let project = Project::new().await;
    let args = ["--command", "plan", "--dotenv", "out.env"];
    let run = common::finish(&mut project.command(1, &args));
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let out = fs::read_to_string(project.dir.path().join("out.env")).unwrap();
    assert!(out.contains("SANDGATE_RESULT=succeeded\n"), "{out}");
    assert!(!out.contains("MATRIX") && !out.contains("WAVE"), "{out}");
}

#[tokio::test]
async fn what_github_calls_so_is_something_else_here() {
    let mut project = Project::new().await;
    let there = |name: &str| project.dir.path().join(name);
    let (output, summary) = (there("output"), there("summary"));
    for (name, path) in [("GITHUB_OUTPUT", &output), ("GITHUB_STEP_SUMMARY", &summary)] {
        project.env.insert(name, path.display().to_string());
    }
    project.env.insert("GITHUB_SERVER_URL", "https://mirror.example".to_owned());
    project.env.insert("GITHUB_WORKFLOW_REF", "o/r/.github/workflows/x.yml@main".to_owned());
    let run = project.lint(1, &["--comment", "always"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert!(!output.exists() && !summary.exists());
    let (_, text) = project.note().await;
    assert!(text.starts_with(MARKER) && text.contains("https://gitlab.example/"), "{text}");
    assert!(!text.contains("mirror.example"), "{text}");
}

#[tokio::test]
async fn a_note_that_cannot_be_written_keeps_none_from_other_merge_requests() {
    let mut project = Project::with(&["POST /api/v4/projects/*/merge_requests/7/notes=403"]).await;
    project.seed("requests", json!({"number": 8})).await;
    project.on_branch("topic", HEAD);
    project.env.insert("CI_OPEN_MERGE_REQUESTS", "group/sub/shop!7,group/sub/shop!8".to_owned());
    let run = project.lint(1, &["--comment", "always"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert_eq!(run.stderr.matches("the note is missing in !7: ").count(), 1, "{}", run.shown());
    assert_eq!(project.notes_of(8).await.len(), 1);
}

#[tokio::test]
async fn a_merge_request_that_affects_no_image_is_told_so() {
    let mut project = Project::new().await;
    project.file("Dockerfile", BAD);
    assert_eq!(project.lint(1, &[]).code, Some(1));
    assert!(project.note().await.1.contains("1 of 1 failed"));
    for args in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "x"]] {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=x", "-c", "user.email=x@example.org"]);
        let git = git.args(["-c", "commit.gpgsign=false"]).args(args);
        assert!(git.current_dir(project.dir.path()).status().unwrap().success());
    }
    let args = ["--command", "plan", "--base", "HEAD"];
    let rehearsed = common::finish(&mut project.command(2, &[&args[..], &["--dry-run"]].concat()));
    assert!(!rehearsed.stdout.contains("1 of 1 failed"), "{}", rehearsed.shown());
    // What another job said of the same commit still holds.
    let run = common::finish(&mut project.command(2, &args));
    assert_eq!(run.code, Some(0), "{}", run.shown());
    assert!(project.note().await.1.contains("1 of 1 failed"));
    project.seed("requests", json!({"sha": MERGE})).await;
    project.env.insert("CI_COMMIT_SHA", MERGE.to_owned());
    let run = common::finish(&mut project.command(3, &args));
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let (_, text) = project.note().await;
    assert!(text.contains("no image is affected") && text.contains("commits (1)"), "{text}");
}

#[tokio::test]
async fn a_merge_train_is_judged_alone_and_leaves_the_note_as_it_is() {
    let mut project = Project::new().await;
    assert_eq!(project.lint(1, &["--comment", "always"]).code, Some(0));
    let before = project.note().await;
    project.file("Dockerfile", BAD);
    project.env.insert("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train".to_owned());
    project.env.insert("CI_COMMIT_SHA", MERGE.to_owned());
    let from = project.running.calls().len();
    // Nobody gets a preview of what is about to be merged, or promotes it before it is.
    for args in [&[][..], &["--command", "preview"], &["--promote-to", "prod"], &["--dry-run"]] {
        let args = [&["--comment", "always"], args].concat();
        let run = common::finish(&mut project.command(2, &args));
        assert_eq!(run.code, Some(1), "{args:?}: {}", run.shown());
        let decided = "Decided to lint: what is queued is judged before it is merged";
        assert!(run.stderr.contains(decided), "{args:?}: {}", run.shown());
        assert!(!run.stdout.contains("=== note"), "{}", run.shown());
    }
    let calls = project.running.calls();
    let calls: Vec<_> = calls.iter().skip(from).collect();
    assert!(calls.is_empty(), "{calls:?}");
    assert_eq!(project.note().await, before);
}
