//! Promotions beside what is built.

use super::{leg, made, page, row};
use crate::{
    record::{
        Status,
        leg::{Did, Failure, Leg, Merging},
        promotion::{State, Target},
    },
    report::comment::{rows, summary, verdict},
};

#[test]
fn a_promotion_stands_beside_the_build() {
    let target = |state, verified| Target {
        workspace: "production".into(),
        account: None,
        state,
        verified,
        why: None,
        shared_here: true,
        pending: None,
        expires: None,
    };
    let merging = Merging { workspace: "production".into(), share: "none".into(), now: None };
    let preview = Leg { did: Did::Preview, merging: vec![merging], ..leg("a", 2) };
    let there = made(&[preview], &[], None);
    assert!(there.contains("merging exposes 1 image to <code>production</code>"), "{there}");
    let promoted =
        Leg { did: Did::Promote, promoted: vec![target(State::Shared, Some(true))], ..leg("a", 3) };
    let body = made(&[promoted], &[], Some(&there));
    assert!(body.contains("· promoted to <code>production</code>"), "{body}");
    assert!(body.contains("🚀 promoted to <code>production</code>, seen there"), "{body}");
    assert!(body.contains("Preview in <code>dev</code>"), "{body}");
    let waiting = Leg {
        did: Did::Promote,
        status: Status::Waiting,
        promoted: vec![target(State::Waiting, None)],
        ..leg("a", 3)
    };
    assert!(made(&[waiting], &[], Some(&there)).contains("⏳ <code>production</code> waits"));
}

#[test]
fn what_a_promotion_needs_is_told_once_beside_it() {
    let target = |workspace: &str, state| Target {
        workspace: workspace.into(),
        account: None,
        state,
        verified: None,
        why: None,
        shared_here: true,
        pending: (state == State::Waiting).then(|| "k3x9".into()),
        expires: None,
    };
    let of = |image: &str| Leg {
        did: Did::Promote,
        status: Status::Error,
        promoted: vec![target("prod", State::Failed), target("partner", State::Waiting)],
        failure: Some(Failure { help: Some("use an admin's key".into()), ..Failure::default() }),
        ..leg(image, 3)
    };
    let accept = "accept it there with <code>sandgate image accept k3x9</code>";
    let legs = [of("a"), of("b")];
    for text in [made(&legs, &[], None), summary(&page(), &legs)] {
        for told in ["**What to do:** use an admin", accept] {
            assert_eq!(text.matches(told).count(), 1, "{told}\n{text}");
        }
    }
    let good = Leg { promoted: vec![target("prod", State::Shared)], ..of("a") };
    let text = summary(&page(), &[good]);
    assert!(!text.contains("What to do"), "{text}");
}

#[test]
fn a_promotion_is_read_from_its_rows_as_it_was_written() {
    let target = |workspace: &str, state, verified, why: Option<&str>| Target {
        workspace: workspace.into(),
        account: (workspace == "partner").then(|| "acme".into()),
        state,
        verified,
        why: why.map(str::to_owned),
        shared_here: true,
        pending: None,
        expires: Some("2026-12-03T01:57:22Z".into()),
    };
    let promoted = vec![
        target("production", State::Shared, Some(true), None),
        target("eu", State::Already, Some(false), Some("it sees `t1` · at most")),
        target("us", State::Shared, None, Some("no credentials")),
        target("partner", State::Waiting, None, None),
        target("old", State::Refused, None, Some("no admin")),
    ];
    let leg = Leg { did: Did::Promote, promoted, previous: Some("t1".into()), ..leg("a", 3) };
    let lines = |body: &str| {
        let lines = body.lines().filter(|line| line.contains(" → "));
        lines.map(|line| line.split(" · [log]").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let told = lines(&made(std::slice::from_ref(&leg), &[], None));
    let by_row = made(&[], &rows(&leg), Some("there"));
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!(lines(&by_row), told);
    assert!(told[0].contains("❌") && told[1].contains("❌"), "{told:?}");
    assert!(by_row.starts_with("<!-- state:") && by_row.contains("### ❌"), "{by_row}");
    let heading = "### ❌ Sandbox images: not promoted to <code>eu</code>, <code>old</code> · \
                   promoted to <code>production</code>, <code>us</code>\n";
    assert!(by_row.contains(heading), "{by_row}");
    let broken = Leg { status: Status::Error, ..leg.clone() };
    let said =
        "Promoted to `production`, `us`, not to `eu`, `old`, waits for approval for `partner` · ";
    assert!(verdict(&broken).0.starts_with(said), "{:?}", verdict(&broken));
    // What a row has no room for is cut, and the verdict stays.
    let long = |text: &str| Leg {
        reference: Some(format!("sandbox/a:{text}")),
        promoted: vec![target("production", State::Failed, None, Some(&"why ".repeat(100)))],
        ..leg.clone()
    };
    for leg in [long("t1"), long(&"t".repeat(300))] {
        let text = row(&leg).text;
        assert!(text.chars().count() <= 140 && text.starts_with("not shared with"), "{text}");
        let body = made(&[], &rows(&leg), Some("there"));
        assert!(body.contains("❌ not shared with <code>production</code>: why"), "{body}");
        assert_eq!(body, made(&[], &rows(&leg), Some(&body)));
    }
}
