//! Every call that the built binary makes of GitHub, for `tests/github/official/run`: with the official description of the API
//! in between.

use std::{
    collections::BTreeSet,
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::stage::{HEAD, Job, MERGE, Stage, pull, pull_of, push};

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
    fn start(program: &Path, description: &Path, stage: &Stage) -> Self {
        // Nobody listens there any more, and most likely not yet either.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = stage.path(".out/prism.log");
        let out = fs::File::create(&log).unwrap();
        let child = Command::new(program)
            .arg("proxy")
            .arg(description)
            .arg(format!("http://{}/api/v3", stage.running.address))
            .args(["--errors", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stderr(out.try_clone().unwrap())
            .stdout(out)
            .spawn()
            .unwrap();
        let mut prism = Self { child, log, url: format!("http://127.0.0.1:{port}") };
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

/// A call without what differs from run to run.
fn kind(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let part = |part: &str| {
        let is_id = part.len() > 6 && part.bytes().all(|b| b.is_ascii_hexdigit());
        if is_id { "ID".to_owned() } else { part.to_owned() }
    };
    format!("{method} {}", path.split('/').map(part).collect::<Vec<_>>().join("/"))
}

/// Does nothing unless `SANDGATE_TEST_PRISM` is the program and `SANDGATE_TEST_DESCRIPTION` the description.
#[tokio::test]
async fn every_event_is_told_as_the_description_wants_it() {
    let path = |name| env::var_os(name).map(PathBuf::from);
    let (Some(program), Some(description)) =
        (path("SANDGATE_TEST_PRISM"), path("SANDGATE_TEST_DESCRIPTION"))
    else {
        return;
    };
    let mut stage = Stage::new().await;
    let prism = Prism::start(&program, &description, &stage);
    stage.env.insert("GITHUB_API_URL", Some(prism.url.clone()));
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
        job(&stage, "pull_request", &pull(action), run, &to);
    }
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
    let merge = push("main", "Add x (#7)");
    let promoted = job(&stage, "push", &merge, 4, &to);
    assert_eq!(promoted.output("promoted"), "true");
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
    let github: Vec<_> =
        calls.iter().filter_map(|call| Some((call, call.path.strip_prefix("/api/v3")?))).collect();
    assert_eq!(github.len(), prism.received(), "a call that went no further, or another way");
    let made: BTreeSet<String> =
        github.iter().map(|(call, path)| kind(&call.method, path)).collect();
    let known: BTreeSet<String> = CALLED.iter().map(|call| (*call).to_owned()).collect();
    let unlike: Vec<_> = made.symmetric_difference(&known).collect();
    assert_eq!(unlike, [""; 0]);
    println!("sandgate ci: {} calls of nine events as the description wants them", github.len());
}
