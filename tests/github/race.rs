//! Forty legs at once, five times, while answers get lost, gateways fail and limits are met.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use sandgate::{
    ship::forge::{Row, comment::Outcome},
    sim::Call,
};
use serde_json::{Value, json};

use crate::{
    comment::leg,
    world::{BOT, World, row, table},
};

const LEGS: usize = 40;
const RUNS: usize = 5;
/// What GitHub lets a token write in a minute.
const WRITES: usize = 80;

/// Lost answers, gateways that fail, both secondary limits, spread over the calls of a run and of all.
const FAULTS: &[&str] = &[
    "POST /api/v3/repos/*/*/issues/*/comments#1=reset-after",
    "POST /api/v3/repos/*/*/issues/*/comments#2=502-html",
    "POST /api/v3/repos/*/*/issues/*/comments#3=403",
    "POST /api/v3/repos/*/*/statuses/*#3=reset-after",
    "POST /api/v3/repos/*/*/statuses/*#11=502-html",
    "POST /api/v3/repos/*/*/statuses/*#19=403",
    "POST /api/v3/repos/*/*/statuses/*#27=403-retry",
    "POST /api/v3/repos/*/*/statuses/*#55=cut",
    "POST /api/v3/repos/*/*/statuses/*#60-62=502",
    "POST /api/v3/repos/*/*/statuses/*#101=504-after",
    "PATCH /api/v3/repos/*/*/issues/comments/*#1=reset-after",
    "PATCH /api/v3/repos/*/*/issues/comments/*#2=502-html",
    "PATCH /api/v3/repos/*/*/issues/comments/*#4=403",
    "PATCH /api/v3/repos/*/*/issues/comments/*#6=403-retry",
    "PATCH /api/v3/repos/*/*/issues/comments/*#8=reset-before",
    "PATCH /api/v3/repos/*/*/issues/comments/*#11=504-html-after",
    "DELETE /api/v3/repos/*/*/issues/comments/*#1=reset-after",
    "DELETE /api/v3/repos/*/*/issues/comments/*#2=502",
    "GET /api/v3/repos/*/*/issues/*/comments#5=502-html",
    "GET /api/v3/repos/*/*/issues/*/comments#9=reset-before",
    "GET /api/v3/repos/*/*/issues/*/comments#40=403-retry",
    "GET /api/v3/repos/*/*/commits/*/status#7=502",
    "GET /api/v3/repos/*/*/commits/*/status#70=truncated",
];

fn rows(run: usize) -> Vec<Row> {
    let text = format!("run {run}");
    (0..LEGS).map(|leg| row(&format!("image-{leg:02}"), &text)).collect()
}

async fn run(world: &World, number: usize) -> Vec<Outcome> {
    let rows = rows(number);
    let legs = rows.iter().map(|row| async move {
        let client = world.client();
        leg(&client, row).await.unwrap()
    });
    join_all(legs).await
}

fn written(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.method != "GET").count()
}

/// The words of those who made the comments, deleted ones too.
fn makers(there: &Value) -> Vec<String> {
    let all = ["comments", "deleted"].map(|name| there[name].as_array().unwrap().clone());
    let all = all.iter().flatten().filter_map(|one| one["body"].as_str());
    let words = all.filter_map(|body| body.lines().next()?.split("by=").nth(1));
    words.map(str::to_owned).collect()
}

async fn check(world: &World, run: usize, before: usize) {
    let there = world.there().await;
    let comments = there["comments"].as_array().unwrap();
    let ours: Vec<&Value> = comments.iter().filter(|one| one["author"] == BOT).collect();
    assert_eq!(ours.len(), 1, "run {run}: {ours:?}");
    assert_eq!(comments.len(), before + 1, "run {run}");
    let text = ours[0]["body"].as_str().unwrap().split_once('\n').unwrap().1;
    assert_eq!(text, table(&rows(run)), "run {run}");
    let makers = makers(&there);
    let legs: BTreeSet<&String> = makers.iter().collect();
    assert_eq!(legs.len(), makers.len(), "a leg made two: {makers:?}");
    for row in rows(run) {
        let context = format!("sandgate/{}", row.image);
        let same = there["statuses"].as_array().unwrap().iter().filter(|status| {
            status["context"] == context.as_str()
                && status["description"] == row.description.as_str()
        });
        assert_eq!(same.count(), 1, "run {run}, {context}: written twice");
    }
}

/// Five runs of one pull request, whose comment is on the second page.
#[tokio::test]
async fn forty_legs_of_five_runs_end_in_one_comment_that_tells_every_row() {
    let world = World::new(FAULTS).await;
    // What an Enterprise account has: five runs of an hour pass in two seconds here.
    world.seed("limits", json!({"hour": 15_000})).await;
    world.seed("comments", json!({"repository": "o/r", "issue": 7, "count": 150})).await;
    let mut seen = 0;
    let mut all = 0;
    for number in 0..RUNS {
        let outcomes = run(&world, number).await;
        assert!(outcomes.iter().all(|outcome| outcome.settled), "run {number}: {outcomes:?}");
        check(&world, number, 150).await;
        let calls = world.running.calls();
        let (writes, count) = (written(&calls[seen..]), calls.len() - seen);
        println!("run {number}: {count} calls, {writes} of them write");
        assert!(count < 600, "run {number}: {count} calls");
        assert!(
            writes < WRITES,
            "run {number}: {writes} writes, of them {} on the comment",
            writes - LEGS
        );
        seen = calls.len();
        all += writes;
    }
    assert!(all < 500, "{all} writes in all");
    let met: BTreeSet<String> =
        world.running.calls().into_iter().filter_map(|call| call.fault).collect();
    assert!(met.len() > 6, "the faults were met: {met:?}");
}

/// The first run of a pull request: every leg may be the one that makes the comment.
#[tokio::test]
async fn forty_legs_that_find_no_comment_make_one() {
    for number in 0..2 {
        let world = World::new(FAULTS).await;
        let outcomes = run(&world, number).await;
        assert!(outcomes.iter().all(|outcome| outcome.settled), "{outcomes:?}");
        check(&world, number, 0).await;
        let calls = world.running.calls();
        let writes = written(&calls);
        println!("first run {number}: {} calls, {writes} of them write", calls.len());
        assert!(writes < WRITES, "{writes} writes");
        assert!(calls.len() < 1000, "{} calls: more than an hour has", calls.len());
    }
}
