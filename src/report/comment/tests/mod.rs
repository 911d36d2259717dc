//! What the comment and the summary say.

mod promotion;

use super::{
    COMMENT, Cells, Idle, Links, Page, Row, Standing, comment, rows, summary, title, verdict,
};
use crate::record::{
    Status,
    leg::{Did, Failure, Finding, Leg, Lint, Run, UNRECORDED},
};

fn commit(number: u64) -> String {
    format!("{number:040x}")
}

fn leg(image: &str, run: u64) -> Leg {
    Leg {
        image: image.into(),
        path: format!("images/{image}"),
        commit: Some(commit(run)),
        pull: Some(12),
        run: Run {
            id: run,
            attempt: 1,
            url: Some(format!("https://github.com/o/r/actions/runs/{run}")),
        },
        did: Did::Deploy,
        status: Status::Succeeded,
        workspace: Some("dev".into()),
        reference: Some(format!("sandbox/{image}:k3x9f2")),
        seconds: Some(102),
        finished: "2026-11-25T14:03:00Z".into(),
        ..Leg::default()
    }
}

fn row(leg: &Leg) -> Row {
    rows(leg).remove(0)
}

fn page() -> Page {
    Page {
        links: Links {
            server: Some("https://github.com".into()),
            repository: Some("o/r".into()),
            platform: vec!["blaxel.ai".into()],
            own: true,
            ..Links::default()
        },
        quiet: true,
        failures_only: false,
        idle: None,
    }
}

fn made(own: &[Leg], rows: &[Row], there: Option<&str>) -> String {
    comment(&page(), own, rows, there).unwrap()
}

fn seen(body: &str) -> String {
    body.lines().filter(|line| !line.starts_with("<!--")).collect::<Vec<_>>().join("\n")
}

#[test]
fn again_from_the_same_changes_nothing() {
    let (a, b) = (leg("a", 2), Leg { status: Status::Failed, ..leg("b", 2) });
    let old = leg("a", 1);
    let rows = [
        row(&a),
        row(&b),
        Row {
            name: "c@dev".into(),
            sha: commit(2),
            text: "x".into(),
            pull: None,
            standing: Standing::Open,
            url: None,
        },
    ];
    for own in [vec![a.clone()], vec![a, b], vec![old]] {
        for there in [None, Some(made(&[leg("b", 1)], &[], None)), Some("somebody's text".into())] {
            let once = made(&own, &rows, there.as_deref());
            assert_eq!(once, made(&own, &rows, Some(&once)));
        }
    }
}

#[test]
fn a_run_with_nothing_to_build_takes_back_what_older_ones_said() {
    let idle = |id| {
        let run = Run { id, attempt: 1, url: None };
        let finished = "2026-11-25T14:03:00Z".into();
        Page { idle: Some(Idle { run, commit: Some(commit(id)), finished }), ..page() }
    };
    let failed = Leg { status: Status::Failed, ..leg("a", 1) };
    let there = made(std::slice::from_ref(&failed), &rows(&failed), None);
    let body = comment(&idle(2), &[], &[], Some(&there)).unwrap();
    assert!(seen(&body).starts_with("### ✅ Sandbox images: no image is affected\n"), "{body}");
    assert!(body.contains("Earlier commits (1)") && !seen(&body).contains("| Image |"), "{body}");
    assert_eq!(body, comment(&idle(2), &[], &[], Some(&body)).unwrap());
    // A job of an older run that ends late changes nothing, one of a newer run does.
    assert_eq!(
        seen(&body),
        seen(&made(std::slice::from_ref(&failed), &rows(&failed), Some(&body)))
    );
    let newer = made(&[leg("a", 3)], &[], Some(&body));
    assert!(newer.contains("1 is fine"), "{newer}");
    assert_eq!(seen(&newer), seen(&comment(&idle(2), &[], &[], Some(&newer)).unwrap()));
    // Where there is no comment there is nothing to take back.
    assert_eq!(comment(&idle(2), &[], &[], None), None);
    let always = Page { quiet: false, ..idle(2) };
    assert!(comment(&always, &[], &[], None).unwrap().contains("no image is affected"));
}

#[test]
fn a_run_with_nothing_to_build_leaves_what_others_said_of_its_commit() {
    let idle = Idle {
        run: Run { id: 3, attempt: 1, url: None },
        commit: Some(commit(2)),
        finished: "2026-11-25T14:03:00Z".into(),
    };
    let idle = Page { idle: Some(idle), ..page() };
    let preview = Leg { did: Did::Preview, ..leg("a", 2) };
    let checked = |image: &str, status| {
        let (did, workspace, reference) = (Did::Lint, None, None);
        Leg { did, status, workspace, reference, ..leg(image, 2) }
    };
    let red = checked("b", Status::Refused);
    let there = made(&[preview.clone(), red.clone()], &[], None);
    let body = comment(&idle, &[], &[], Some(&there)).unwrap();
    for part in ["❌ Sandbox images: 1 of 2 failed", "Preview in <code>dev</code>", "❌ Refused"]
    {
        assert!(body.contains(part), "{part}\n{body}");
    }
    assert!(!body.contains("Earlier commits"), "{body}");
    assert_eq!(body, comment(&idle, &[], &[], Some(&body)).unwrap());
    // The same where the other job ends later, or only its row tells of it.
    let first = comment(&Page { quiet: false, ..idle.clone() }, &[], &[], None).unwrap();
    for (own, rows) in [(vec![preview, red.clone()], vec![]), (vec![], vec![row(&red)])] {
        let body = made(&own, &rows, Some(&first));
        assert!(body.contains("1 of ") && body.contains("❌ Refused"), "{body}");
    }
    // A check says nothing of what is built.
    let green = [row(&checked("b", Status::Succeeded))];
    let body = comment(&idle, &[], &green, Some(&first)).unwrap();
    assert!(body.contains("✅ Sandbox images: no image is affected"), "{body}");
    assert!(body.contains("✅ Checked"), "{body}");
    // An older commit's are taken back, and one that is there again is no earlier one.
    let again = made(&[leg("a", 4)], &[], Some(&body));
    assert!(again.contains("1 is fine") && !again.contains("Checked"), "{again}");
    let back = Leg { run: Run { id: 5, ..Run::default() }, ..checked("b", Status::Refused) };
    let body = made(&[back], &[], Some(&again));
    assert!(body.contains("Earlier commits (1)") && body.contains("1 of 1 failed"), "{body}");
}

#[test]
fn an_image_that_is_checked_and_built_is_one() {
    let preview = |image: &str| Leg { did: Did::Preview, ..leg(image, 2) };
    let check = |image: &str| Leg {
        did: Did::Lint,
        workspace: None,
        reference: None,
        seconds: None,
        ..leg(image, 2)
    };
    let checks = [row(&check("a")), row(&check("b"))];
    let there = made(&[preview("a"), preview("b")], &checks, None);
    assert!(there.contains("✅ Sandbox images: all 2 are fine"), "{there}");
    assert_eq!(there.matches("✅ Checked").count(), 2, "{there}");
    // Closed, nothing of it is left.
    let removed = |image: &str| Leg {
        did: Did::Cleanup,
        reference: None,
        seconds: None,
        run: Run { id: 3, ..Run::default() },
        ..leg(image, 2)
    };
    let closed = made(&[removed("a"), removed("b")], &checks, Some(&there));
    assert!(closed.contains("### 🧹 Sandbox images: removed"), "{closed}");
    let over = "The previews of this pull request are removed.";
    assert!(closed.contains(over), "{closed}");
    let eu = Leg { workspace: Some("eu".into()), ..preview("a") };
    let stands = made(&[preview("a"), eu], &[], None);
    let closed = made(&[removed("a")], &[], Some(&stands));
    assert!(closed.contains("🧹 Removed") && !closed.contains(over), "{closed}");
    let next = made(
        &[preview("a"), check("a")].map(|leg| Leg {
            commit: Some(commit(4)),
            run: Run { id: 4, ..Run::default() },
            ..leg
        }),
        &[],
        Some(&there),
    );
    assert!(next.contains("✅ 2/2"), "{next}");
}

#[test]
fn a_removal_says_nothing_of_the_commit_that_it_was_of() {
    let preview = |status| Leg { did: Did::Preview, status, ..leg("a", 2) };
    let at = |run| Run { id: run, ..Run::default() };
    let removed = Leg { did: Did::Cleanup, reference: None, run: at(3), ..leg("a", 2) };
    let merged = Leg { commit: Some(commit(9)), run: at(4), ..leg("a", 2) };
    for status in [Status::Failed, Status::Succeeded] {
        let there = made(&[preview(status)], &[], None);
        let closed = made(std::slice::from_ref(&removed), &[], Some(&there));
        assert!(closed.contains("### 🧹 Sandbox images: removed"), "{closed}");
        let body = made(std::slice::from_ref(&merged), &[], Some(&closed));
        assert!(body.contains("1 is fine") && !body.contains("Earlier commits"), "{body}");
        // Where the merge was faster, the build itself is remembered.
        let body = made(std::slice::from_ref(&merged), &[], Some(&there));
        let fine = if status == Status::Failed { "❌ 0/1" } else { "✅ 1/1" };
        assert!(body.contains("Earlier commits (1)") && body.contains(fine), "{body}");
    }
}

#[test]
fn a_failure_is_shown_where_it_was_whatever_the_dockerfile_is_called() {
    let failure = Some(Failure { line: Some(5), cause: "no".into(), ..Failure::default() });
    let failed = Leg { status: Status::Failed, failure, ..leg("a", 2) };
    let named = Leg { dockerfile: Some("images/a/docker/Agent file".into()), ..failed.clone() };
    for (leg, place) in
        [(failed, "images/a/Dockerfile#L5"), (named, "images/a/docker/Agent%20file#L5")]
    {
        let body = made(std::slice::from_ref(&leg), &[], None);
        assert!(body.contains(place), "{place}\n{body}");
        // Also where it is told by what the comment remembers.
        let body = made(&[self::leg("b", 2)], &[row(&leg)], Some(&body));
        assert!(body.contains(place), "{place}\n{body}");
    }
}

#[test]
fn a_row_counts_before_what_a_comment_says() {
    let there = made(&[leg("a", 2), leg("b", 2)], &[], None);
    let failed = row(&Leg { status: Status::Failed, ..leg("b", 2) });
    let body = made(&[leg("a", 2)], &[failed], Some(&there));
    assert!(body.contains("1 of 2 failed") && body.contains("Build failed"), "{body}");
}

#[test]
fn a_row_is_read_as_it_was_written() {
    let leg = leg("a", 2);
    let whole = seen(&made(std::slice::from_ref(&leg), &[], None));
    let by_row = seen(&made(&[], &[row(&leg)], Some("there")));
    for cell in [
        "✅ Deployed to <code>dev</code>",
        "<code>sandbox/a:k3x9f2</code>",
        "1m 42s",
        "no findings",
    ] {
        assert!(whole.contains(cell) && by_row.contains(cell), "{cell}\n{whole}\n{by_row}");
    }
    // What is not known is left out, and the rest is read all the same.
    let check = Leg { did: Did::Lint, reference: None, seconds: None, ..leg.clone() };
    let lint = Lint { errors: 3, warnings: 1, ..Lint::default() };
    let slow = Leg { lint, seconds: Some(102), ..check.clone() };
    let bare = Leg { seconds: Some(5), ..leg.clone() };
    let away = Leg { did: Did::Cleanup, seconds: Some(2), ..check.clone() };
    for (leg, text) in [
        (&check, "Checked · no findings"),
        (&slow, "Checked · 3 errors, 1 warning · 1m 42s"),
        (&bare, "Deployed to `dev` · sandbox/a:k3x9f2 · no findings · 5s"),
        (&away, "Removed · 2s"),
    ] {
        let row = row(leg);
        assert_eq!(row.text, text);
        let (known, read) = (Cells::of(leg), Cells::read(&row));
        assert_eq!((&read.reference, &read.lint), (&known.reference, &known.lint), "{text}");
        assert_eq!((&read.status, &read.took), (&known.status, &known.took), "{text}");
    }
    let long = Leg { workspace: Some("w".repeat(300)), ..leg };
    assert!(row(&long).text.chars().count() <= 140);
}

#[test]
fn an_older_run_takes_the_place_of_nothing() {
    let newer = made(&[leg("a", 2)], &[], None);
    let old = Leg { status: Status::Failed, ..leg("a", 1) };
    assert_eq!(made(&[old], &[], Some(&newer)), newer);
    let next = made(&[Leg { status: Status::Failed, ..leg("a", 3) }], &[], Some(&newer));
    assert!(next.contains("Earlier commits (1)") && next.contains("1 of 1 failed"), "{next}");
}

#[test]
fn an_older_rows_commit_takes_the_place_of_nothing() {
    let newer = made(&[leg("a", 2)], &[], None);
    let slow = Leg { status: Status::Failed, ..leg("a", 1) };
    let body = made(std::slice::from_ref(&slow), &[row(&slow)], Some(&newer));
    assert_eq!(seen(&body), seen(&newer));
}

#[test]
fn jobs_that_write_at_once_come_to_the_same() {
    let finding =
        Finding { message: "long ".repeat(60), code: "SG101".into(), ..Finding::default() };
    let bad = |number: usize| Leg {
        status: Status::Failed,
        lint: Lint { errors: 30, findings: vec![finding.clone(); 30], ..Lint::default() },
        failure: Some(Failure { cause: "c ".repeat(200), ..Failure::default() }),
        ..leg(&format!("image-{number:02}"), 2)
    };
    let legs: Vec<Leg> = (0..40).map(bad).collect();
    let rows: Vec<Row> = legs.iter().map(row).collect();
    let mut there = made(&legs[..1], &rows, None);
    let mut writes = 0;
    // Each looks in turn, and writes where something is missing, until nobody has to.
    for _ in 0..4 {
        for leg in &legs {
            let next = made(std::slice::from_ref(leg), &rows, Some(&there));
            writes += usize::from(next != there);
            there = next;
        }
    }
    assert!(there.contains("40 of 40 failed") && there.len() <= COMMENT);
    assert!(writes <= 45, "{writes}");
}

#[test]
fn a_row_names_its_pull_request_where_there_is_room() {
    let row = row(&Leg { did: Did::Preview, ..leg("a", 2) });
    let description = row.description();
    assert!(description.ends_with(" · 1m 42s · #12"), "{description}");
    assert_eq!(Row::described(&description), (row.text.as_str(), Some(12)));
    assert_eq!(Row::described(&row.text), (row.text.as_str(), None));
    let long = Row { text: "x".repeat(138), ..row };
    assert_eq!(Row::described(&long.description()), (long.text.as_str(), None));
}

#[test]
fn what_a_signal_ended_did_not_fail() {
    let ended = |image, status| Leg { status, ..leg(image, 2) };
    let (a, b) = (ended("a", Status::Cancelled), ended("b", Status::Cancelled));
    let c = ended("c", Status::Failed);
    for (legs, icon, words) in [
        (vec![a.clone(), b], "🚫", "2 of 2 cancelled"),
        (vec![a.clone(), c.clone()], "❌", "1 of 2 failed, 1 cancelled"),
        (vec![c, leg("d", 2)], "❌", "1 of 2 failed"),
        (vec![leg("d", 2), leg("e", 2)], "✅", "all 2 are fine"),
    ] {
        let heading = format!("### {icon} Sandbox images: {words}\n");
        let all: Vec<Row> = legs.iter().map(row).collect();
        for text in [summary(&page(), &legs), made(&[], &all, Some("there"))] {
            assert!(text.contains(&heading), "{heading}\n{text}");
        }
        assert_eq!(title(&legs), words);
    }
    assert_eq!(title(std::slice::from_ref(&a)), verdict(&a).0);
}

#[test]
fn an_image_without_a_record_stays_until_a_build_tells_of_it() {
    let failure = Failure {
        phase: Some(UNRECORDED.into()),
        cause: "no record tells of it".into(),
        ..Failure::default()
    };
    let lost = Leg {
        status: Status::Error,
        failure: Some(failure),
        reference: None,
        seconds: None,
        ..leg("a", 2)
    };
    let checked = |run: u64| Leg {
        did: Did::Lint,
        workspace: None,
        reference: None,
        commit: Some(commit(2)),
        ..leg("a", run)
    };
    let built = Leg { commit: Some(commit(2)), ..leg("a", 3) };
    let first = made(std::slice::from_ref(&lost), &[], None);
    assert!(first.contains(" | ❌ Ended without a record | – | – | – |"), "{first}");
    for (next, stays) in [(checked(3), true), (checked(2), false), (built, false)] {
        let then = made(std::slice::from_ref(&next), &[], Some(&first));
        assert_eq!(then.contains("Ended without a record"), stays, "{next:?}\n{then}");
    }
}

#[test]
fn what_a_later_commit_ended_is_counted_with_no_commit() {
    let ended = Leg { status: Status::Cancelled, ..leg("a", 2) };
    let first = made(&[leg("b", 2), ended], &[], None);
    let then = made(&[leg("a", 3), leg("b", 3)], &[], Some(&first));
    let before = "<summary>Earlier commits (1)</summary>";
    assert!(then.contains(before) && then.contains(" ✅ 1/1\n"), "{then}");
}

#[test]
fn an_earlier_build_that_is_used_again_is_not_said_to_change_nothing() {
    for (did, told) in [
        (Did::Preview, "Preview in `dev`, built before"),
        (Did::Push, "Built before in `dev`"),
        (Did::Deploy, "Deployed to `dev`, built before"),
    ] {
        let leg = Leg { did, reused: true, ..leg("a", 2) };
        assert!(verdict(&leg).0.starts_with(&format!("{told} · ")), "{:?}", verdict(&leg));
    }
}

#[test]
fn legs_of_one_image_stand_side_by_side() {
    let dev = leg("a", 2);
    let eu = Leg { workspace: Some("eu".into()), status: Status::Failed, ..leg("a", 2) };
    let all = [row(&dev), row(&eu)];
    let there = made(std::slice::from_ref(&eu), &all, None);
    for own in [&dev, &eu] {
        let body = made(std::slice::from_ref(own), &all, Some(&there));
        assert!(body.contains("1 of 1 failed"), "{body}");
        assert!(body.contains("<code>a</code> in <code>eu</code>"), "{body}");
    }
}

#[test]
fn what_does_not_fit_is_left_out_in_order() {
    let finding = Finding {
        severity: "error".into(),
        code: "SG101".into(),
        path: "images/a/Dockerfile".into(),
        line: Some(3),
        message: "long ".repeat(80),
        ..Finding::default()
    };
    let bad = |number: usize| Leg {
        status: Status::Failed,
        lint: Lint { errors: 100, findings: vec![finding.clone(); 40], ..Lint::default() },
        failure: Some(Failure {
            cause: "c ".repeat(400),
            log_tail: vec!["l ".repeat(500); 40],
            ..Failure::default()
        }),
        ..leg(&format!("image-{number}"), 2)
    };
    for count in [1, 12, 256] {
        let legs: Vec<Leg> = (0..count).map(bad).collect();
        let body = made(&legs, &[], None);
        assert!(body.len() <= COMMENT, "{count}: {}", body.len());
        assert!(body.contains(&format!("{count} of {count} failed")), "{count}");
        assert_eq!(body, made(&legs, &[], Some(&body)), "{count}");
        // Whose details are left out has nothing to add.
        for leg in legs.iter().step_by(50) {
            let one = std::slice::from_ref(leg);
            assert_eq!(body, made(one, &[], Some(&body)), "{count}: {}", leg.image);
        }
        // Every table has its end.
        assert_eq!(body.matches("<details").count(), body.matches("</details>").count());
    }
    let legs: Vec<Leg> = (0..256).map(bad).collect();
    assert!(summary(&page(), &legs).len() <= super::SUMMARY);
}

#[test]
fn of_many_that_fail_every_one_is_seen_and_the_first_are_told_in_full() {
    let bad = |number: u64| {
        let text = |at: u64, words: u64| {
            let word = |word: u64| {
                format!("{:x}", (number * 1000 + at * 40 + word).wrapping_mul(2_654_435_761))
            };
            (0..words).map(word).collect::<Vec<_>>().join(" ")
        };
        let finding = |at| Finding {
            severity: if at < 3 { "error" } else { "warning" }.into(),
            code: "SG101".into(),
            path: format!("images/image-{number:03}/Dockerfile"),
            line: Some(3),
            message: text(at, 8),
            help: Some(text(at + 100, 8)),
            fixable: false,
        };
        Leg {
            status: Status::Failed,
            lint: Lint {
                errors: 3,
                warnings: 37,
                findings: (0..40).map(finding).collect(),
                ..Lint::default()
            },
            failure: Some(Failure {
                phase: Some("build".into()),
                step: Some(format!("RUN make {number}")),
                line: Some(7),
                cause: text(200, 4),
                help: Some(text(201, 6)),
                log_tail: (0..30).map(|line| text(300 + line, 10)).collect(),
            }),
            seconds: Some(number),
            ..leg(&format!("image-{number:03}"), 2)
        }
    };
    let mut legs: Vec<Leg> = (0..256).map(bad).collect();
    // Some that are fine, in front by their names.
    legs.extend((0..10).map(|number| leg(&format!("a-{number}"), 2)));
    let body = made(&legs, &[], None);
    assert!(body.len() <= COMMENT && body.len() > COMMENT / 2, "{}", body.len());
    assert!(body.contains("### ❌ Sandbox images: 256 of 266 failed"), "{}", seen(&body));
    for leg in &legs {
        let line = format!("| <code>{}</code> |", leg.image);
        assert_eq!(body.matches(&line).count(), 1, "{}", leg.image);
    }
    // The first failures are told with the ends of their logs, the others are counted.
    let told = body.matches("<details open>").count();
    assert!(told >= 3, "{told}");
    for leg in &legs[..told] {
        let failure = leg.failure.as_ref().unwrap();
        let last = failure.log_tail.last().unwrap();
        assert!(body.contains(failure.step.as_deref().unwrap()) && body.contains(last));
    }
    let more = format!("\n… and {} more failures: see the summary of each job.\n", 256 - told);
    assert!(body.contains(&more), "{more}{}", seen(&body));
    assert_eq!(body.matches("| 3 errors, 37 warnings |").count(), 256, "{}", seen(&body));
    // What is shown is remembered, and nobody has anything to add.
    assert_eq!(body, made(&[], &[], Some(&body)));
    for leg in legs.iter().step_by(25) {
        assert_eq!(body, made(std::slice::from_ref(leg), &[], Some(&body)), "{}", leg.image);
    }
    // Whoever comes one by one comes to the same.
    let rows: Vec<Row> = legs.iter().map(row).collect();
    let mut there = made(&legs[200..], &rows, None);
    for legs in legs.chunks(20).rev() {
        there = made(legs, &rows, Some(&there));
    }
    assert!(there.len() <= COMMENT);
    for leg in legs.iter().step_by(25) {
        assert_eq!(there, made(std::slice::from_ref(leg), &rows, Some(&there)), "{}", leg.image);
    }
    // No table is cut: all of its lines are whole.
    for line in body.lines().filter(|line| line.starts_with("| ")) {
        assert!(line.ends_with(" |") && matches!(line.matches(" | ").count(), 3 | 5), "{line}");
    }
}

#[test]
fn nothing_is_said_where_there_is_nothing_to_say() {
    let clean = Leg { did: Did::Lint, reference: None, ..leg("a", 2) };
    assert_eq!(comment(&page(), std::slice::from_ref(&clean), &[], None), None);
    let loud = Page { quiet: false, ..page() };
    assert!(comment(&loud, std::slice::from_ref(&clean), &[], None).is_some());
    let failures = Page { failures_only: true, ..page() };
    assert_eq!(comment(&failures, &[leg("a", 2)], &[], None), None);
    // One that is there is kept true.
    let there = made(&[leg("a", 1)], &[], None);
    assert!(comment(&page(), &[clean], &[], Some(&there)).is_some());
}
