//! One comment, whatever stands beside it and whatever happens meanwhile.

use std::{collections::BTreeSet, sync::mpsc, thread, time::Duration};

use sandgate::ship::forge::{
    Row,
    comment::{Bounds, Outcome, Target, marker, upsert},
    github::{Client, Fault, Pace},
    row,
};
use serde_json::json;

use crate::world::{BOT, HEAD, World, client, client_until, fast, row, table};

const KEY: &str = "images.yml";

pub(crate) fn target() -> Target<'static> {
    Target {
        issue: 7,
        key: KEY,
        author: BOT,
        shas: &[HEAD],
        alone: false,
        bounds: Bounds::default(),
    }
}

/// Publishes a row and brings the comment to it.
pub(crate) async fn leg(client: &Client, row: &Row) -> Result<Outcome, Fault> {
    row::publish(client, row).await?;
    upsert(client, &target(), &mut |rows, _| Some(table(rows))).await
}

/// What stands below the marker.
fn text(body: &str) -> &str {
    body.split_once('\n').unwrap().1
}

#[tokio::test]
async fn it_is_made_once_and_changed_only_where_it_differs() {
    let world = World::new(&[]).await;
    let client = world.client();
    let made = leg(&client, &row("web", "one")).await.unwrap();
    assert!(made.settled);
    assert_eq!((made.written, made.author.as_deref()), (1, None));
    assert!(made.url.unwrap().contains("/o/r/pull/7#issuecomment-"));
    let again = leg(&client, &row("web", "one")).await.unwrap();
    assert_eq!((again.written, again.id), (0, made.id));
    let changed = leg(&client, &row("api", "two")).await.unwrap();
    assert_eq!((changed.written, changed.id), (1, made.id));
    let comments = world.comments().await;
    assert_eq!(comments.len(), 1);
    assert_eq!(comments[0].0, BOT);
    assert_eq!(text(&comments[0].1), table(&[row("api", "two"), row("web", "one")]));
    let first = comments[0].1.lines().next().unwrap();
    assert!(first.starts_with(marker(KEY).trim_end_matches(" -->")), "{first}");
}

#[tokio::test]
async fn others_who_quote_the_marker_are_left_alone() {
    let world = World::new(&[]).await;
    let quoted = format!("{}\nnot yours", marker(KEY));
    let inside = format!("> {}\nanswered", marker(KEY));
    let below = format!("see:\n{}\n", marker(KEY));
    let other = format!("{}\nanother workflow's", marker("other.yml"));
    for (author, body) in
        [("mallory", &quoted), ("mallory", &inside), (BOT, &below), (BOT, &inside), (BOT, &other)]
    {
        let seed = json!({"repository": "o/r", "issue": 7, "author": author, "body": body});
        world.seed("comments", seed).await;
    }
    let before = world.comments().await;
    let made = leg(&world.client(), &row("web", "one")).await.unwrap();
    assert!(made.settled);
    let after = world.comments().await;
    assert_eq!(after[..5], before[..]);
    assert_eq!(after.len(), 6);
    assert_eq!(text(&after[5].1), table(&[row("web", "one")]));
}

#[tokio::test]
async fn it_is_found_on_any_page() {
    let world = World::new(&[]).await;
    world.seed("comments", json!({"repository": "o/r", "issue": 7, "count": 150})).await;
    let made = leg(&world.client(), &row("web", "one")).await.unwrap();
    world.seed("comments", json!({"repository": "o/r", "issue": 7, "count": 150})).await;
    let changed = leg(&world.client(), &row("web", "two")).await.unwrap();
    assert_eq!((changed.id, changed.written), (made.id, 1));
    assert_eq!(world.comments().await.len(), 301);
}

#[tokio::test]
async fn the_first_of_several_is_it_and_what_a_killed_leg_left_is_deleted() {
    let world = World::new(&[]).await;
    let body = format!("{}\nold", marker(KEY));
    for age in [7200, 3600, 0] {
        let seed =
            json!({"repository": "o/r", "issue": 7, "author": BOT, "body": body, "age": age});
        world.seed("comments", seed).await;
    }
    let done = leg(&world.client(), &row("web", "one")).await.unwrap();
    assert!(done.settled);
    let comments = world.comments().await;
    assert_eq!(comments.len(), 2, "one that was just made may be at work");
    assert_eq!(text(&comments[0].1), table(&[row("web", "one")]));
    assert_eq!(text(&comments[1].1), "old");
}

#[tokio::test]
async fn who_loses_the_race_to_make_it_deletes_only_its_own() {
    let world = World::new(&[]).await;
    let client = world.client();
    row::publish(&client, &row("web", "one")).await.unwrap();
    let mut looks = 0;
    let outcome = upsert(&client, &target(), &mut |rows, _| {
        looks += 1;
        if looks == 1 {
            // Another leg's, between the last look and the write.
            let body = format!("{}\nanother leg's", marker(KEY));
            let seed = json!({"repository": "o/r", "issue": 7, "author": BOT, "body": body});
            world.seed_now("/_sim/github/comments", &seed);
        }
        Some(table(rows))
    })
    .await
    .unwrap();
    assert!(outcome.settled);
    let there = world.there().await;
    assert_eq!(there["comments"].as_array().unwrap().len(), 1);
    assert_eq!(there["comments"][0]["id"].as_u64(), outcome.id);
    assert_eq!(text(there["comments"][0]["body"].as_str().unwrap()), table(&[row("web", "one")]));
    let deleted = there["deleted"].as_array().unwrap();
    assert_eq!(deleted.len(), 1);
    assert!(deleted[0]["id"].as_u64() > outcome.id);
    assert_eq!(outcome.written, 3, "made, changed the other, deleted its own");
}

#[tokio::test]
async fn a_row_that_comes_between_is_told() {
    let world = World::new(&[]).await;
    let client = world.client();
    row::publish(&client, &row("web", "one")).await.unwrap();
    let mut looks = 0;
    let outcome = upsert(&client, &target(), &mut |rows, _| {
        looks += 1;
        if looks == 1 {
            let status =
                json!({"state": "success", "context": "sandgate/api", "description": "two"});
            world.seed_now(&format!("/api/v3/repos/o/r/statuses/{HEAD}"), &status);
        }
        Some(table(rows))
    })
    .await
    .unwrap();
    assert!(outcome.settled);
    let comments = world.comments().await;
    assert_eq!(text(&comments[0].1), table(&[row("api", "two"), row("web", "one")]));
}

/// Adds to what is there what a leg knows beside its row: the comment alone keeps it.
pub(crate) fn and(own: &str, there: Option<&str>) -> String {
    let lines = there.unwrap_or_default().lines().chain([own]);
    lines.collect::<BTreeSet<&str>>().into_iter().collect::<Vec<_>>().join("\n")
}

/// Runs a leg to its end, in a thread of its own.
fn aside(
    api: &str,
    pace: Pace,
    mut render: impl FnMut(Option<&str>) -> String + Send + 'static,
) -> thread::JoinHandle<Outcome> {
    let api = api.to_owned();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let client = client_until(&api, "ghs_job", Duration::from_mins(1), pace);
        let mut render = |_: &[Row], there: Option<&str>| Some(render(there));
        runtime.unwrap().block_on(upsert(&client, &target(), &mut render)).unwrap()
    })
}

#[tokio::test]
async fn what_another_leg_told_since_the_look_is_kept() {
    for before in [None, Some("0")] {
        let world = World::new(&[]).await;
        if let Some(before) = before {
            let body = format!("{}\n{before}", marker(KEY));
            let seed = json!({"repository": "o/r", "issue": 7, "author": BOT, "body": body});
            world.seed("comments", seed).await;
        }
        let mut looks = 0;
        let outcome = upsert(&world.client(), &target(), &mut |_, there| {
            looks += 1;
            if looks == 1 {
                // It looks once more, and is gone: only a job that stands still meets it whole.
                let other = aside(&world.api, fast(), |there| and("other", there));
                let other = other.join().unwrap();
                assert!(other.settled);
            }
            Some(and("web", there))
        })
        .await
        .unwrap();
        assert_eq!((outcome.settled, outcome.written), (true, 1), "{before:?}");
        let comments = world.comments().await;
        let [(_, body)] = comments.as_slice() else { panic!("{comments:?}") };
        let told: Vec<&str> = before.into_iter().chain(["other", "web"]).collect();
        assert_eq!(text(body).lines().collect::<Vec<_>>(), told);
    }
}

#[tokio::test]
async fn what_another_leg_overwrites_before_the_next_look_is_told_again() {
    // Whether the other comes before that look, is up to the machine. Both wait long, so that neither takes itself for one
    // that stood still.
    let pace = Pace { settle: Duration::from_millis(400), ..fast() };
    for _ in 0..20 {
        let world = World::new(&[]).await;
        let body = format!("{}\n0", marker(KEY));
        let seed = json!({"repository": "o/r", "issue": 7, "author": BOT, "body": body});
        world.seed("comments", seed).await;
        let (ready, at) = mpsc::channel();
        let (go, written) = mpsc::channel();
        let mut looks = 0;
        let other = aside(&world.api, pace, move |there| {
            looks += 1;
            if looks == 1 {
                // It has looked, and writes what it has seen over what comes meanwhile.
                ready.send(()).unwrap();
                written.recv().unwrap();
            }
            and("other", there)
        });
        at.recv().unwrap();
        let web = client_until(&world.api, "ghs_job", Duration::from_mins(1), pace);
        let mut render = |_: &[Row], there: Option<&str>| Some(and("web", there));
        let target = target();
        let web = upsert(&web, &target, &mut render);
        let wrote = async {
            while world.comments().await.iter().all(|(_, body)| !body.contains("web")) {
                tokio::task::yield_now().await;
            }
            go.send(()).unwrap();
        };
        let (web, ()) = tokio::join!(web, wrote);
        let (web, other) = (web.unwrap(), other.join().unwrap());
        assert!(web.settled && other.settled);
        if web.written > 1 {
            let comments = world.comments().await;
            assert_eq!(text(&comments[0].1), "0\nother\nweb");
            return;
        }
    }
    panic!("the other came too late each time");
}

#[tokio::test]
async fn it_is_made_again_where_somebody_deleted_it() {
    let world = World::new(&[]).await;
    let client = world.client();
    let made = leg(&client, &row("web", "one")).await.unwrap();
    let mut looks = 0;
    row::publish(&client, &row("web", "two")).await.unwrap();
    let outcome = upsert(&client, &target(), &mut |rows, _| {
        looks += 1;
        if looks == 1 {
            let id = made.id.unwrap();
            let client = world.client();
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let deleted = runtime
                    .unwrap()
                    .block_on(sandgate::ship::forge::github::comments::delete(&client, id));
                assert!(deleted.unwrap());
            })
            .join()
            .unwrap();
        }
        Some(table(rows))
    })
    .await
    .unwrap();
    assert!(outcome.settled && outcome.id > made.id);
    assert_eq!(world.comments().await.len(), 1);
}

#[tokio::test]
async fn another_author_is_adopted_and_told() {
    let world = World::new(&[]).await;
    // An app's token, which cannot ask whose it is: it makes one, sees who made it, and goes back to the first.
    for _ in 0..2 {
        let app = client(&world.api, "ghs_app_deployer");
        let outcome = leg(&app, &row("web", "one")).await.unwrap();
        assert!(outcome.settled);
        assert_eq!(outcome.author.as_deref(), Some("deployer[bot]"));
        assert_eq!(world.comments().await.len(), 1);
    }
    // A person's token is asked.
    let posts = world.calls("POST", "/comments").len();
    for expected in [1, 0] {
        let person = client(&world.api, "ghp_ada");
        let outcome = leg(&person, &row("web", "two")).await.unwrap();
        assert_eq!(outcome.author.as_deref(), Some("ada"));
        assert_eq!(outcome.written, expected);
    }
    assert_eq!(world.calls("POST", "/comments").len(), posts + 1);
    // Who is expected is not told.
    let known = Target { author: "Ada", ..target() };
    let person = client(&world.api, "ghp_ada");
    let outcome = upsert(&person, &known, &mut |rows, _| Some(table(rows))).await.unwrap();
    assert_eq!((outcome.author, outcome.written), (None, 0));
    assert_eq!(world.comments().await.len(), 2);
}

#[tokio::test]
async fn nothing_to_say_writes_nothing() {
    let world = World::new(&[]).await;
    let outcome = upsert(&world.client(), &target(), &mut |_, there| {
        assert_eq!(there, None);
        None
    })
    .await
    .unwrap();
    assert_eq!(outcome, Outcome { settled: true, ..Outcome::default() });
    let writes = world.running.calls().into_iter().filter(|call| call.method != "GET").count();
    assert_eq!(writes, 0);
}

#[tokio::test]
async fn what_never_comes_to_rest_ends() {
    let world = World::new(&[]).await;
    let mut looks = 0;
    let outcome = upsert(&world.client(), &target(), &mut |_, _| {
        looks += 1;
        Some(format!("look {looks}"))
    })
    .await
    .unwrap();
    assert!(!outcome.settled);
    assert_eq!(outcome.written, Bounds::default().writes);
    assert_eq!(world.comments().await.len(), 1);
}

#[tokio::test]
async fn what_is_too_long_is_not_sent() {
    let world = World::new(&[]).await;
    let long = "ü".repeat(65_500);
    let outcome = upsert(&world.client(), &target(), &mut |_, _| Some(long.clone())).await;
    let fault = outcome.unwrap_err();
    assert!(matches!(fault, Fault::Usage { .. }), "{fault:?}");
    assert!(world.comments().await.is_empty());
}

#[tokio::test]
async fn a_lacking_permission_ends_it_at_once() {
    let world = World::new(&[]).await;
    let reader = client(&world.api, "ghs_read");
    let outcome = upsert(&reader, &target(), &mut |rows, _| Some(table(rows))).await;
    let fault = outcome.unwrap_err();
    assert_eq!(fault.needs(), Some("pull-requests: write"));
    assert_eq!(world.calls("POST", "/comments").len(), 1);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_comment() {
    let impatient = Pace { answer: Duration::from_millis(400), ..fast() };
    for (kind, posts) in [
        ("reset-after", 1),
        ("cut", 1),
        ("truncated", 1),
        ("stall-after", 1),
        ("502-html-after", 1),
        ("reset-before", 2),
        ("stall-before", 2),
        ("504-html", 2),
        ("portal", 2),
        ("403", 2),
        ("403-retry", 2),
    ] {
        for token in ["ghs_job", "ghs_app_other"] {
            let fault = format!("POST /api/v3/repos/*/*/issues/*/comments#1={kind}");
            let world = World::new(&[&fault]).await;
            let client = client_until(&world.api, token, Duration::from_secs(30), impatient);
            let outcome = leg(&client, &row("web", "one")).await.unwrap();
            assert!(outcome.settled, "{kind}");
            let comments = world.comments().await;
            assert_eq!(comments.len(), 1, "{kind}");
            assert_eq!(text(&comments[0].1), table(&[row("web", "one")]));
            assert_eq!(world.calls("POST", "/comments").len(), posts, "{kind} {token}");
            assert!(world.there().await["deleted"].as_array().unwrap().is_empty(), "{kind}");
        }
    }
}

#[tokio::test]
async fn a_lost_change_is_looked_after() {
    for kind in ["reset-after", "reset-before", "502", "504-html-after", "403", "429-retry"] {
        let fault = format!("PATCH /api/v3/repos/*/*/issues/comments/*#1={kind}");
        let world = World::new(&[&fault]).await;
        let client = world.client();
        leg(&client, &row("web", "one")).await.unwrap();
        let outcome = leg(&client, &row("web", "two")).await.unwrap();
        assert!(outcome.settled, "{kind}");
        assert_eq!(text(&world.comments().await[0].1), table(&[row("web", "two")]), "{kind}");
    }
}
