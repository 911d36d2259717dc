//! Every call that the built binary makes of GitHub, for `tests/github/official/run`: with the official description of the API
//! in between. What it wrote is read there by `gh` and by octokit.

use std::{
    collections::BTreeSet,
    env, fs,
    net::TcpListener,
    ops::Range,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::stage::{HEAD, Job, MERGE, Stage, pull, pull_of, push};

/// Where the simulator has GitHub's API, as an Enterprise Server has it.
const API: &str = "/api/v3";

/// What the events below call, each kind of it.
const CALLED: &[&str] = &[
    "GET /repos/o/r/commits/ID/pulls",
    "GET /repos/o/r/commits/ID/status",
    "GET /repos/o/r/deployments",
    "GET /repos/o/r/deployments/ID/statuses",
    "GET /repos/o/r/issues/7/comments",
    "GET /repos/o/r/issues/comments/ID",
    "GET /repos/o/r/pulls",
    "GET /repos/o/r/pulls/7",
    "PATCH /repos/o/r/issues/comments/ID",
    "POST /repos/o/r/check-runs",
    "POST /repos/o/r/deployments",
    "POST /repos/o/r/deployments/ID/statuses",
    "POST /repos/o/r/issues/7/comments",
    "POST /repos/o/r/statuses/ID",
];

/// Checks requests and answers between a client and the forge.
struct Prism {
    child: Child,
    log: PathBuf,
    url: String,
}

impl Prism {
    /// Below `base` it has what the description has.
    fn start(program: &Path, description: &Path, stage: &Stage, base: &str) -> Self {
        // Nobody listens there any more, and most likely not yet either.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = stage.path(".out/prism.log");
        let out = fs::File::create(&log).unwrap();
        let child = Command::new(program)
            .arg("proxy")
            .arg(description)
            .arg(format!(
                "http://{}{}",
                stage.running.address,
                if base.is_empty() { API } else { "" }
            ))
            .args(["--errors", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stderr(out.try_clone().unwrap())
            .stdout(out)
            .spawn()
            .unwrap();
        let mut prism = Self { child, log, url: format!("http://127.0.0.1:{port}{base}") };
        while !prism.said().contains("Prism is listening") {
            assert!(prism.child.try_wait().unwrap().is_none(), "{}", prism.said());
            thread::sleep(Duration::from_millis(50));
        }
        prism
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// What it refused: requests and answers that are not as the description has them, and calls that are not in it.
    fn refused(&self) -> Vec<String> {
        let said = self.said();
        let bad = |line: &&str| line.contains('✖') || line.to_lowercase().contains("violation");
        said.lines().filter(bad).map(str::to_owned).collect()
    }

    /// How many requests came.
    fn received(&self) -> usize {
        self.said().matches("Request received").count()
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Other clients, which read what was written.
struct Readers {
    /// A script that asks by octokit, and where its modules are found.
    script: PathBuf,
    /// The forge itself: where there is a next page, it says so of its own address.
    api: String,
    /// What the jobs said that they did, in their order.
    facts: Value,
    /// Which calls were theirs.
    calls: Vec<Range<usize>>,
}

impl Readers {
    /// Notes what a job said.
    fn note(&mut self, run: u64, server: &str, job: &Job) {
        self.facts["comment"] = json!(job.output("comment-url"));
        for (what, value) in [
            ("runs", format!("{server}/o/r/actions/runs/{run}")),
            ("images", job.output("image-id").to_owned()),
        ] {
            self.facts[what].as_array_mut().unwrap().push(json!(value));
        }
    }

    /// The output of a client. It sees nothing of whoever runs this: no home, no settings, no token.
    fn ask(&self, stage: &Stage, command: &mut Command) -> String {
        let home = stage.path(".out");
        let done = command
            .env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &home)
            .env("GH_TOKEN", "any")
            .env("GITHUB_API_URL", &self.api)
            .current_dir(home)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command:?}: {said}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// What `gh` reads below `o/r`. It sends a token to hosts that it knows alone, so that it is given as a header.
    fn gh(&self, stage: &Stage, path: &str, filter: &str) -> String {
        let url = format!("{}/repos/o/r/{path}", self.api);
        let args = ["api", "-H", "Authorization: Bearer ghs_reader", &url, "--jq", filter];
        self.ask(stage, Command::new("gh").args(args)).trim_end().to_owned()
    }

    /// That both find what a preview or a promotion left. Gives what they say of it.
    fn read(&mut self, stage: &Stage, when: &str) -> String {
        let from = stage.running.calls().len();
        let facts = self.facts.to_string();
        let said = self.ask(stage, Command::new("node").arg(&self.script).args([when, &facts]));
        let (sha, environment, record) = match when {
            "preview" => {
                (HEAD, "pr-7", json!({"did": "preview", "image": "shop", "last": "success"}))
            }
            _ => (MERGE, "prod", json!({"did": "promote", "image": "shop", "last": "success"})),
        };
        let told = self.gh(stage, "issues/7/comments", ".[] | .user.login, .html_url, .body");
        let comment = self.facts["comment"].as_str().unwrap();
        let begin = format!("github-actions[bot]\n{comment}\n<!-- sandgate:v1 key=sandgate by=");
        assert!(told.starts_with(&begin), "{told}");
        let verdict = "\n### ✅ Sandbox images: 1 is fine · ";
        assert_eq!(told.matches(verdict).count(), 1, "{told}");
        let rows = ".state, (.statuses[] | .context + \" \" + .state)";
        let rows = self.gh(stage, &format!("commits/{sha}/status"), rows);
        assert!(rows.starts_with("success\nsandgate/shop@dev"), "{rows}");
        let of = |id: &str| format!("deployments/{id}/statuses");
        let newest = format!("deployments?environment={environment}");
        let id = self.gh(stage, &newest, ".[0].id");
        let last = self.gh(stage, &of(&id), ".[0].state");
        let filter = format!(".[0].payload.record | {{did, image, last: \"{last}\"}}");
        let found = self.gh(stage, &newest, &filter);
        assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), record);
        self.calls.push(from..stage.running.calls().len());
        format!("{said}gh: reads what the program wrote of a {when}")
    }
}

/// A call without what differs from run to run.
fn kind(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let part = |part: &str| {
        let is_id = part.len() > 6 && part.bytes().all(|b| b.is_ascii_hexdigit());
        if is_id { "ID".to_owned() } else { part.to_owned() }
    };
    format!("{method} {}", path.split('/').map(part).collect::<Vec<_>>().join("/"))
}

/// Does nothing unless `SANDGATE_TEST_PRISM` is the program, `SANDGATE_TEST_DESCRIPTION` the description,
/// `SANDGATE_TEST_READER` the script that reads, and `SANDGATE_TEST_SERVER` whose description it is: GitHub, or an Enterprise
/// Server, whose API is below a path of its own.
#[tokio::test]
async fn every_event_is_told_as_the_description_wants_it() {
    let path = |name| env::var_os(name).map(PathBuf::from);
    let (Some(program), Some(description), Some(script), Ok(server)) = (
        path("SANDGATE_TEST_PRISM"),
        path("SANDGATE_TEST_DESCRIPTION"),
        path("SANDGATE_TEST_READER"),
        env::var("SANDGATE_TEST_SERVER"),
    ) else {
        return;
    };
    let mut stage = Stage::new().await;
    let base = if server == "https://github.com" { "" } else { API };
    let prism = Prism::start(&program, &description, &stage, base);
    stage.env.insert("GITHUB_API_URL", Some(prism.url.clone()));
    stage.env.insert("GITHUB_SERVER_URL", Some(server.clone()));
    let facts = json!({"head": HEAD, "merge": MERGE, "runs": [], "images": []});
    let api = format!("http://{}{API}", stage.running.address);
    let mut readers = Readers { script, api, facts, calls: Vec::new() };
    let job = |stage: &Stage, event: &str, payload: &Value, run, args: &[&str]| -> Job {
        let job = stage.job(event, payload, run, args);
        let shown = job.run.shown();
        assert_eq!(job.run.code, Some(0), "{event}: {shown}\n{}", prism.said());
        for lacks in ["feedback is missing", "permissions", "there is no token"] {
            assert!(!shown.contains(lacks), "{event}: {shown}\n{}", prism.said());
        }
        job
    };
    let to = ["--promote-to", "prod", "--check", "true"];
    // A finding that stops nothing is an annotation of the check run.
    let finding = "COPY index.js .\nADD index.js other.js\n";
    let file = fs::read_to_string(stage.path("Dockerfile")).unwrap();
    stage.file("Dockerfile", &file.replace("COPY index.js .\n", finding));
    for (run, action) in [(1, "opened"), (2, "synchronize")] {
        stage.file("index.js", &format!("console.log({run})\n"));
        readers.note(run, &server, &job(&stage, "pull_request", &pull(action), run, &to));
    }
    println!("{}", readers.read(&stage, "preview"));
    let merged = json!({
        "repository": "o/r", "number": 7, "state": "closed", "merged": true, "lag": 0,
        "merge_commit_sha": MERGE, "head": {"ref": "topic", "sha": HEAD},
    });
    let open = json!({
        "repository": "o/r", "number": 7, "state": "open", "merged": false,
        "head": {"ref": "topic", "sha": HEAD, "repo": "evil/r"},
    });
    stage.seed("pulls", merged).await;
    let mut closed = pull("closed");
    closed["pull_request"]["merged"] = json!(true);
    closed["pull_request"]["merge_commit_sha"] = json!(MERGE);
    let cleaned = job(&stage, "pull_request", &closed, 3, &[]);
    readers.note(3, &server, &cleaned);
    let merge = push("main", "Add x (#7)");
    let promoted = job(&stage, "push", &merge, 4, &to);
    assert_eq!(promoted.output("promoted"), "true");
    readers.note(4, &server, &promoted);
    println!("{}", readers.read(&stage, "promotion"));
    // What earlier jobs left, told by one behind them, and by the companion of a fork.
    let record = fs::read_to_string(cleaned.output("report-path")).unwrap();
    stage.file("records/leg.json", &record);
    let records = stage.path("records");
    let records = ["--records", records.to_str().unwrap()];
    job(&stage, "push", &merge, 5, &[&records[..], &["--command", "report"]].concat());
    stage.seed("pulls", open).await;
    let linted = job(&stage, "pull_request", &pull_of("opened", "evil/r"), 6, &[]);
    let record = fs::read_to_string(linted.output("report-path")).unwrap();
    stage.file("records/leg.json", &record);
    // The second is of a commit that is not the newest any more.
    for (run, head) in [(7, HEAD.to_owned()), (8, "6".repeat(40))] {
        let finished = json!({
            "action": "completed",
            "repository": {"full_name": "o/r", "default_branch": "main"},
            "workflow_run": {
                "event": "pull_request", "head_sha": head, "head_branch": "topic",
                "conclusion": "success", "head_repository": {"full_name": "evil/r"},
                "pull_requests": [],
            },
        });
        job(&stage, "workflow_run", &finished, run, &records);
    }
    // Nobody declares that it is shared.
    let audit = json!({"repository": {"full_name": "o/r", "default_branch": "main"}});
    assert_eq!(stage.job("schedule", &audit, 9, &[]).run.code, Some(1));

    assert_eq!(prism.refused(), [""; 0]);
    let calls = stage.running.calls();
    let is_read = |index: usize| readers.calls.iter().any(|calls| calls.contains(&index));
    let ours = calls.iter().enumerate().filter(|(index, _)| !is_read(*index));
    let ours: Vec<String> = ours
        .filter_map(|(_, call)| Some(kind(&call.method, call.path.strip_prefix(API)?)))
        .collect();
    assert_eq!(ours.len(), prism.received(), "a call that went no further, or another way");
    let made: BTreeSet<String> = ours.iter().cloned().collect();
    let known: BTreeSet<String> = CALLED.iter().map(|call| (*call).to_owned()).collect();
    let unlike: Vec<_> = made.symmetric_difference(&known).collect();
    assert_eq!(unlike, [""; 0]);
    // Links lead to the server that the job is of.
    let forge = stage.forge().await.to_string();
    assert!(forge.contains(&format!("{server}/o/r/blob/")), "{forge}");
    assert!(base.is_empty() || !forge.contains("https://github.com/o/r/"), "{forge}");
    println!("sandgate ci: {} calls of nine events as {server} wants them", ours.len());
}
