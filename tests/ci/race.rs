//! Forty jobs of one matrix at once, each a process of its own, while answers get lost, gateways fail and limits are met.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, thread,
};

use jiff::{SignedDuration, Timestamp};
use sandgate::sim::{Call, Config};
use serde_json::{Value, json};

use crate::{
    common::{self, Run},
    stage::{HEAD, Stage, outputs, pull},
};

const LEGS: usize = 40;
/// Calls that tell of a fault in the pacing. GitHub lets a token make a thousand in an hour, and a quiet machine takes some
/// seven hundred and forty, one of each job to see whether its commit is still the newest; where looks are slow, as beside
/// other tests, each job looks more often.
const CALLS: usize = 1_340;
/// What GitHub lets a token write in an hour, and in a minute, which is so long here.
const WRITES: usize = 500;
const IN_MINUTE: usize = 80;
const MINUTE: SignedDuration = SignedDuration::from_millis(1_200);
/// Comments of others, so that ours is on the second page.
const OTHERS: usize = 101;
/// Whose token it is.
const BOT: &str = "github-actions[bot]";

/// Lost answers, gateways that fail and secondary limits, over the calls of all jobs.
const FAULTS: &[&str] = &[
    "POST /api/v3/repos/*/*/issues/*/comments#1=reset-after",
    "POST /api/v3/repos/*/*/issues/*/comments#2=502-html",
    "POST /api/v3/repos/*/*/issues/*/comments#3=403-retry",
    "POST /api/v3/repos/*/*/statuses/*#3=reset-after",
    "POST /api/v3/repos/*/*/statuses/*#11=502-html",
    "POST /api/v3/repos/*/*/statuses/*#19=403-retry",
    "POST /api/v3/repos/*/*/statuses/*#44=cut",
    "POST /api/v3/repos/*/*/statuses/*#52-54=502",
    "POST /api/v3/repos/*/*/statuses/*#70=504-after",
    "PATCH /api/v3/repos/*/*/issues/comments/*#1=reset-after",
    "PATCH /api/v3/repos/*/*/issues/comments/*#2=502-html",
    "PATCH /api/v3/repos/*/*/issues/comments/*#4=403-retry",
    "PATCH /api/v3/repos/*/*/issues/comments/*#6=504-html-after",
    "GET /api/v3/repos/*/*/issues/*/comments#5=502-html",
    "GET /api/v3/repos/*/*/issues/*/comments#9=reset-before",
    "GET /api/v3/repos/*/*/issues/*/comments#40=403-retry",
    "GET /api/v3/repos/*/*/commits/*/status#7=502",
    "GET /api/v3/repos/*/*/commits/*/status#70=truncated",
    "POST /sandboxes#4=reset-after",
    "POST /sandboxes#8=502-html",
    "PUT /store/*#6=reset-after",
];

/// How the job of an image ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It has a preview.
    Up,
    /// Its Dockerfile has an error.
    Findings,
    /// Its build fails on the platform.
    Failed,
}

fn end(leg: usize) -> End {
    match leg % 10 {
        3 => End::Findings,
        7 => End::Failed,
        _ => End::Up,
    }
}

fn name(leg: usize) -> String {
    format!("image-{leg:02}")
}

/// Writes the projects of the matrix.
fn projects(stage: &Stage) {
    let good = fs::read_to_string(stage.path("Dockerfile")).unwrap();
    for leg in 0..LEGS {
        let name = name(leg);
        let file = |file: &str, text: &str| stage.file(&format!("images/{name}/{file}"), text);
        file(
            "blaxel.toml",
            &format!(
                "type = \"sandbox\"\nname = \"{name}\"\n[runtime]\nmemory = 2048\n[[runtime.ports]]\nname = \"web\"\ntarget = 3000\n"
            ),
        );
        file("index.js", &format!("console.log({leg})\n"));
        let more = if end(leg) == End::Up { "" } else { "COPY absent.js .\n" };
        file("Dockerfile", &good.replace("RUN ", &format!("{more}RUN ")));
    }
}

/// Runs every job of the matrix, all at once.
fn matrix(stage: &Stage, run: u64) -> Vec<Run> {
    let payload = pull("opened");
    let commands: Vec<_> = (0..LEGS)
        .map(|leg| {
            let path = format!("images/{}", name(leg));
            let out = stage.path(&format!(".out/{run}-{leg}"));
            fs::create_dir_all(&out).unwrap();
            let mut command = stage.command("pull_request", &payload, run, &[&path]);
            command
                .env("GITHUB_OUTPUT", out.join("output"))
                .env("GITHUB_STEP_SUMMARY", out.join("summary"))
                .env("RUNNER_TEMP", &out);
            if end(leg) == End::Failed {
                command.env("SANDGATE_FAIL_ON", "never");
            }
            command
        })
        .collect();
    thread::scope(|scope| {
        let running: Vec<_> = commands
            .into_iter()
            .map(|mut command| scope.spawn(move || common::finish(&mut command)))
            .collect();
        running.into_iter().map(|leg| leg.join().unwrap()).collect()
    })
}

/// The comment, and that there is one.
fn comment(forge: &Value) -> &str {
    let comments = forge["comments"].as_array().unwrap();
    let ours: Vec<&Value> = comments.iter().filter(|one| one["author"] == BOT).collect();
    let [ours] = ours.as_slice() else { panic!("{} comments: {ours:?}", ours.len()) };
    assert_eq!(comments.len(), OTHERS + 1);
    ours["body"].as_str().unwrap()
}

/// What the table calls an image.
fn cell_of(image: &str) -> String {
    format!("<code>{image}</code>")
}

/// No job made two comments, those that were deleted again among them.
fn made_once(forge: &Value) {
    let all = ["comments", "deleted"].map(|name| forge[name].as_array().unwrap().clone());
    let bodies = all.iter().flatten().filter_map(|one| one["body"].as_str());
    let makers: Vec<&str> =
        bodies.filter_map(|body| body.lines().next()?.split("by=").nth(1)).collect();
    let jobs: BTreeSet<&&str> = makers.iter().collect();
    assert_eq!(jobs.len(), makers.len(), "a job made two: {makers:?}");
}

/// The rows of each image: what they say, in the order in which they were written.
fn rows(forge: &Value) -> BTreeMap<usize, Vec<(String, String)>> {
    let mut rows: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    for status in forge["statuses"].as_array().unwrap() {
        let context = status["context"].as_str().unwrap();
        let image = context.strip_prefix("sandgate/image-").unwrap();
        let leg: usize = image.get(..2).unwrap().parse().unwrap();
        assert_eq!(status["sha"], HEAD);
        let said = ["state", "description"].map(|name| status[name].as_str().unwrap().to_owned());
        let [state, text] = said;
        rows.entry(leg).or_default().push((state, text));
    }
    rows
}

/// How often each kind of call was made.
fn by_kind<'a>(calls: impl Iterator<Item = &'a Call>) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for call in calls {
        let part = |part: &str| {
            let is_id = part.len() > 6 && part.bytes().all(|b| b.is_ascii_hexdigit());
            if is_id { "ID".to_owned() } else { part.to_owned() }
        };
        let path: Vec<String> = call.path.split('/').map(part).collect();
        *kinds.entry(format!("{} {}", call.method, path.join("/"))).or_default() += 1;
    }
    kinds
}

#[tokio::test]
async fn forty_jobs_of_a_matrix_end_in_one_comment_that_tells_every_row() {
    let faults = FAULTS.iter().map(|fault| fault.parse().unwrap()).collect();
    let stage = Stage::with(Config { faults, ..Config::default() }).await;
    // An hour passes in a minute here.
    stage.seed("limits", json!({"hour": 15_000})).await;
    stage.seed("comments", json!({"repository": "o/r", "issue": 7, "count": OTHERS})).await;
    projects(&stage);
    let runs = matrix(&stage, 1);
    let forge = stage.forge().await;
    let calls = stage.running.calls();
    let github = || calls.iter().filter(|call| call.path.starts_with("/api/v3/"));
    let writes = github().filter(|call| call.method != "GET").count();
    let on_comments =
        github().filter(|call| call.method != "GET" && call.path.contains("comments")).count();
    let count = github().count();
    println!("{count} calls, {writes} of them write, {on_comments} on comments");
    for (call, times) in by_kind(github()) {
        println!("{times:5} {call}");
    }
    let comment = comment(&forge);
    made_once(&forge);
    let rows = rows(&forge);
    let mut whole = 0;
    for (leg, run) in runs.iter().enumerate() {
        let image = name(leg);
        let (code, state, status, cell) = match end(leg) {
            End::Up => (0, "success", "succeeded", "| ✅ Preview in <code>dev</code>"),
            End::Findings => (1, "failure", "refused", "| ❌ Stopped by findings"),
            End::Failed => (3, "failure", "failed", "| ❌ Build failed"),
        };
        assert_eq!(run.code, Some(code), "{image}: {}", run.shown());
        let given = fs::read_to_string(stage.path(&format!(".out/1-{leg}/output"))).unwrap();
        let given = outputs(&given);
        assert_eq!(given["status"], status, "{image}");
        // Its row: how it ended, written once, and before it that it is being built, where there was time to write that.
        let written: Vec<&str> = rows[&leg].iter().map(|(state, _)| state.as_str()).collect();
        match written.as_slice() {
            [last] => assert_eq!(*last, state, "{image}"),
            [begun, last] => assert_eq!((*begun, *last), ("pending", state), "{image}"),
            all => panic!("{image}: written twice: {all:?}"),
        }
        // Its line.
        let lines =
            comment.lines().filter(|line| line.starts_with('|') && line.contains(&cell_of(&image)));
        let lines: Vec<&str> = lines.collect();
        let [line] = lines.as_slice() else { panic!("{image}: {lines:?}\n{comment}") };
        assert!(line.contains(cell), "{line}");
        // What its row does not tell: the folder, and why it failed.
        let folder = format!("(https://github.com/o/r/blob/{HEAD}/images/{image})");
        let why = format!("<details open><summary><b>{}</b>", cell_of(&image));
        let is_whole =
            line.contains(&folder) && (end(leg) != End::Failed || comment.contains(&why));
        whole += usize::from(is_whole);
        if end(leg) == End::Up {
            let id = &given["image-id"];
            assert!(line.contains(id), "{id}: {line}");
        }
    }
    assert!(comment.contains("### ❌ Sandbox images: 8 of 40 failed"), "{comment}");
    // A job that stood still between its last look and its write for longer than others look after theirs loses some.
    println!("{whole} of {LEGS} are told in full");
    assert!(whole >= LEGS - LEGS / 5, "{whole} of {LEGS}\n{comment}");

    // The platform has what is told: one build of each, for all faults.
    let images = stage.platform("GET", "/images", Value::Null).await;
    let built: BTreeMap<&str, usize> = images
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| {
            let tags = one["spec"]["tags"].as_array()?;
            let fixed = tags.iter().filter(|tag| tag["name"] != "latest").count();
            Some((one["metadata"]["name"].as_str()?, fixed))
        })
        .collect();
    let up = (0..LEGS).filter(|leg| end(*leg) == End::Up);
    let wanted: Vec<String> = up.map(|leg| format!("{}-pr-7", name(leg))).collect();
    assert_eq!(built, wanted.iter().map(|name| (name.as_str(), 1)).collect());

    assert!(count < CALLS, "{count} calls");
    assert!(writes < WRITES, "{writes} writes");
    let at: Vec<Timestamp> = github()
        .filter(|call| call.method != "GET" && call.status != Some(403))
        .map(|call| call.at.parse().unwrap())
        .collect();
    let in_minute = |from: &Timestamp| {
        at.iter().filter(|at| *at >= from && at.duration_since(*from) < MINUTE).count()
    };
    let most = at.iter().map(in_minute).max().unwrap();
    assert!(most <= IN_MINUTE, "{most} writes in a minute");
    // Every deployment says how it ended; that of an image with findings is none.
    let deployments = forge["deployments"].as_array().unwrap();
    let built = (0..LEGS).filter(|leg| end(*leg) != End::Findings).count();
    assert_eq!(deployments.len(), built);
    let last = |one: &Value| one["statuses"].as_array().unwrap().last().unwrap()["state"].clone();
    let ended = deployments.iter().filter(|one| last(one) == "success" || last(one) == "failure");
    assert_eq!(ended.count(), built, "{deployments:?}");
    // Each job adds what it knows beside its row, and some once more where another wrote at the same time.
    assert!(on_comments <= 3 * LEGS, "{on_comments} writes of the comment");
    let met: BTreeSet<String> = calls.iter().filter_map(|call| call.fault.clone()).collect();
    assert!(met.len() > 8, "the faults were met: {met:?}");
}
