//! A repository with an image, a platform and a forge, and the jobs that run there.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use sandgate::sim::{Config, Running, start};
use serde_json::{Value, json};

use crate::common::{self, Run};

/// The newest commit of the pull request.
pub(crate) const HEAD: &str = "1111111111111111111111111111111111111111";
/// The commit of its merge.
pub(crate) const MERGE: &str = "2222222222222222222222222222222222222222";
/// What it is to be merged into.
pub(crate) const BASE: &str = "3333333333333333333333333333333333333333";

const TOML: &str = "type = \"sandbox\"\nname = \"shop\"\n[runtime]\nmemory = 2048\n\
                    [[runtime.ports]]\nname = \"web\"\ntarget = 3000\n";
const DOCKERFILE: &str = "FROM node:24-slim\nCOPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/\n\
     WORKDIR /app\nCOPY index.js .\nRUN node --check index.js\nENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

/// One repository `o/r`, with the pull request 7.
pub(crate) struct Stage {
    pub(crate) running: Running,
    pub(crate) dir: tempfile::TempDir,
    http: reqwest::Client,
    /// Variables that are set, or taken away, for every job.
    pub(crate) env: BTreeMap<&'static str, Option<String>>,
}

/// What a job left.
pub(crate) struct Job {
    pub(crate) run: Run,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
}

impl Job {
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map(String::as_str).unwrap_or_default()
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        // A second installation is refused, and the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = start(Config { time_factor: 0.02, ..config }).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let stage = Self { running, dir, http, env: BTreeMap::new() };
        for (name, text) in
            [("blaxel.toml", TOML), ("Dockerfile", DOCKERFILE), ("index.js", "console.log(1)\n")]
        {
            stage.file(name, text);
        }
        fs::create_dir_all(stage.path(".out")).unwrap();
        stage.file(".gitignore", ".out\n");
        stage.file(".dockerignore", ".out\n.gitignore\n");
        stage.seed("repositories", json!({"name": "o/r"})).await;
        let head = json!({"ref": "topic", "sha": HEAD});
        stage.seed("pulls", json!({"repository": "o/r", "number": 7, "head": head})).await;
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What git answers in the repository.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=x", "-c", "user.email=x@example.org"]);
        git.args(["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]);
        let done = git.args(args).current_dir(self.dir.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Makes it a repository, and returns its first commit, of the branch `main`.
    pub(crate) fn commit(&self) -> String {
        self.git(&["init", "-q", "-b", "main"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "Base"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Makes something on the forge.
    pub(crate) async fn seed(&self, what: &str, body: Value) {
        let url = format!("http://{}/_sim/github/{what}", self.running.address);
        let answer = self.http.post(url).body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{what} {body}");
    }

    /// What another program with a token of its own makes below `o/r`.
    pub(crate) async fn post(&self, path: &str, body: &Value) {
        self.write("POST", path, body).await;
    }

    /// Puts another text into a comment, as another job does.
    pub(crate) async fn rewrite(&self, comment: &Value, text: &str) {
        self.write("PATCH", &format!("issues/comments/{comment}"), &json!({"body": text})).await;
    }

    async fn write(&self, method: &str, path: &str, body: &Value) {
        let url = format!("http://{}/api/v3/repos/o/r/{path}", self.running.address);
        let request = self.http.request(method.parse().unwrap(), url);
        let request = request.bearer_auth("ghs_job").body(body.to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path} {body}");
    }

    /// Everything that is in `o/r`.
    pub(crate) async fn forge(&self) -> Value {
        let url = format!("http://{}/_sim/github", self.running.address);
        let answer = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let all: Value = serde_json::from_str(&answer).unwrap();
        let all = all["repositories"].as_array().unwrap();
        all.iter().find(|one| one["name"] == "o/r").unwrap().clone()
    }

    /// The texts of the comments of the pull request.
    pub(crate) async fn comments(&self) -> Vec<String> {
        let there = self.forge().await;
        let all = there["comments"].as_array().unwrap().iter();
        all.map(|one| one["body"].as_str().unwrap().to_owned()).collect()
    }

    /// A call of the platform.
    pub(crate) async fn platform(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.running.base_url);
        let request = self
            .http
            .request(method.parse().unwrap(), url)
            .header("X-Blaxel-Authorization", "Bearer synthetic-key")
            .header("X-Blaxel-Workspace", "dev")
            .body(if body.is_null() { String::new() } else { body.to_string() });
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// How often a method of a path below the forge was called.
    pub(crate) fn calls(&self, method: &str, part: &str) -> usize {
        let calls = self.running.calls();
        calls.iter().filter(|call| call.method == method && call.path.contains(part)).count()
    }

    /// The command of a job for an event.
    pub(crate) fn command(&self, event: &str, payload: &Value, run: u64, args: &[&str]) -> Command {
        let out = self.path(".out");
        fs::write(out.join("event.json"), payload.to_string()).unwrap();
        for name in ["output", "summary"] {
            fs::write(out.join(name), "").unwrap();
        }
        let all = [&["ci"], args].concat();
        let mut command = common::command(self.dir.path(), &all);
        let sha = payload["after"].as_str().unwrap_or("4444444444444444444444444444444444444444");
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", event)
            .env("GITHUB_EVENT_PATH", out.join("event.json"))
            .env("GITHUB_REPOSITORY", "o/r")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_API_URL", format!("http://{}/api/v3", self.running.address))
            .env("GITHUB_WORKFLOW_REF", "o/r/.github/workflows/images.yml@refs/heads/main")
            .env("GITHUB_SHA", sha)
            .env("GITHUB_RUN_ID", run.to_string())
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_OUTPUT", out.join("output"))
            .env("GITHUB_STEP_SUMMARY", out.join("summary"))
            .env("GITHUB_WORKSPACE", self.dir.path())
            .env("RUNNER_TEMP", &out)
            .env("SANDGATE_GITHUB_TOKEN", "ghs_job")
            .env("BL_API_URL", &self.running.base_url)
            .env("BL_WORKSPACE", "dev");
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs a job for an event.
    pub(crate) fn job(&self, event: &str, payload: &Value, run: u64, args: &[&str]) -> Job {
        let run = common::finish(&mut self.command(event, payload, run, args));
        self.left(run)
    }

    /// What a job left.
    pub(crate) fn left(&self, run: Run) -> Job {
        let read = |name: &str| fs::read_to_string(self.path(".out").join(name)).unwrap();
        let (text, summary) = (read("output"), read("summary"));
        let outputs = outputs(&text);
        for text in [&text, &summary] {
            assert!(!text.contains(common::CANARY), "a canary was shown: {text}");
        }
        Job { run, outputs, summary }
    }
}

/// What a job gave to the runner.
pub(crate) fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, word) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != word).collect();
        outputs.insert(name.to_owned(), value.join("\n"));
    }
    outputs
}

/// Each deployment: where to, and the states that it had, in the order in which they were said.
pub(crate) fn deployments(forge: &Value) -> Vec<(&str, Vec<&str>)> {
    let all = forge["deployments"].as_array().unwrap().iter();
    all.map(|one| {
        let states = one["statuses"].as_array().unwrap().iter();
        let states = states.map(|status| status["state"].as_str().unwrap()).collect();
        (one["environment"].as_str().unwrap(), states)
    })
    .collect()
}

/// A pull request of this repository.
pub(crate) fn pull(action: &str) -> Value {
    pull_of(action, "o/r")
}

/// A pull request of a repository.
pub(crate) fn pull_of(action: &str, from: &str) -> Value {
    json!({
        "action": action,
        "number": 7,
        "repository": {"full_name": "o/r", "default_branch": "main"},
        "pull_request": {
            "number": 7,
            "merged": false,
            "head": {"sha": HEAD, "ref": "topic", "repo": {"full_name": from}},
            "base": {"sha": BASE, "ref": "main", "repo": {"full_name": "o/r"}},
        },
    })
}

/// A push to a branch.
pub(crate) fn push(branch: &str, message: &str) -> Value {
    json!({
        "ref": format!("refs/heads/{branch}"),
        "before": BASE,
        "after": MERGE,
        "repository": {"full_name": "o/r", "default_branch": "main"},
        "head_commit": {"message": message},
    })
}
