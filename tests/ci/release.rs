//! Tags and releases: whose commit goes to production.

use serde_json::{Value, json};

use crate::stage::{Job, Stage};

/// What GitHub sends: whoever makes the release chooses `target_commitish`.
fn release() -> Value {
    json!({
        "action": "published",
        "release": {"tag_name": "v1", "target_commitish": "main"},
        "repository": {"full_name": "o/r", "default_branch": "main"},
    })
}

fn job(stage: &mut Stage, event: &str, payload: &Value, sha: &str, more: &[&str]) -> Job {
    stage.env.insert("GITHUB_SHA", Some(sha.to_owned()));
    let args = [&["--promote-to", "prod", "--protected-workspace", "prod"], more].concat();
    stage.job(event, payload, 1, &args)
}

#[tokio::test]
async fn a_release_promotes_what_is_on_a_production_branch() {
    let mut stage = Stage::new().await;
    let main = stage.commit();
    let refused = job(&mut stage, "release", &release(), &main, &[]);
    assert_eq!(refused.run.code, Some(7), "{}", refused.run.shown());
    for part in ["cannot be seen in this checkout", "give `fetch-depth: 0` to actions/checkout"] {
        assert!(refused.run.stderr.contains(part), "{part}\n{}", refused.run.shown());
    }
    stage.git(&["update-ref", "refs/remotes/origin/main", &main]);
    let done = job(&mut stage, "release", &release(), &main, &[]);
    assert_eq!(done.run.code, Some(0), "{}", done.run.shown());
    assert_eq!(done.output("promoted"), "true");
    let shares = stage.calls("POST", "/share");
    assert!(shares > 0);

    stage.file("index.js", "console.log(666)\n");
    stage.git(&["commit", "-q", "-a", "-m", "Nobody looked at this"]);
    let evil = stage.git(&["rev-parse", "HEAD"]);
    for (event, payload) in [
        ("release", release()),
        (
            "push",
            json!({"ref": "refs/tags/v1", "after": evil, "head_commit": {"id": evil},
            "repository": {"full_name": "o/r", "default_branch": "main"}}),
        ),
    ] {
        let refused = job(&mut stage, event, &payload, &evil, &["--command", "promote"]);
        assert_eq!(refused.run.code, Some(7), "{}", refused.run.shown());
        let said = format!("{evil} is on no production branch (`main`)");
        assert!(refused.run.stderr.contains(&said), "{}", refused.run.shown());
        let rehearsed =
            job(&mut stage, event, &payload, &evil, &["--command", "promote", "--dry-run"]);
        let said = format!("this would be refused: {said}");
        assert!(rehearsed.run.stderr.contains(&said), "{}", rehearsed.run.shown());
        let help = "merge it first; or give --production-branch (input `production-branches`)";
        assert!(rehearsed.run.stderr.contains(help), "{}", rehearsed.run.shown());
    }
    assert_eq!(stage.calls("POST", "/share"), shares, "nothing of it was promoted");
    let trusted = job(&mut stage, "release", &release(), &evil, &["--trusted"]);
    assert_eq!(trusted.run.code, Some(0), "{}", trusted.run.shown());
}

#[tokio::test]
async fn the_commit_of_an_annotated_tag_is_not_the_tag() {
    let mut stage = Stage::new().await;
    let main = stage.commit();
    stage.git(&["tag", "-a", "-m", "One", "v1"]);
    let tag = stage.git(&["rev-parse", "refs/tags/v1"]);
    assert_ne!(tag, main);
    let payload = json!({"ref": "refs/tags/v1", "after": tag, "head_commit": {"id": main},
        "repository": {"full_name": "o/r", "default_branch": "main"}});
    let done = job(&mut stage, "push", &payload, &main, &["--command", "deploy"]);
    assert_eq!(done.run.code, Some(0), "{}", done.run.shown());
    assert_eq!(stage.calls("POST", &format!("/statuses/{tag}")), 0);
    assert!(stage.calls("POST", &format!("/statuses/{main}")) > 0);
}

#[tokio::test]
async fn a_switch_that_is_turned_off_with_a_blank_turns_nothing_on() {
    let stage = Stage::new().await;
    let push = crate::stage::push("topic", "x");
    std::fs::create_dir(stage.path("false")).unwrap();
    let promote = ["--command", "promote", "--promote-to", "prod", "--image", "sandbox/shop:t1"];
    for (value, code, said) in [
        (&["--trusted", "false"][..], 2, "write a value behind `=`, as in `--trusted=false`"),
        (&["--dry-run", "False"], 2, "and a folder as `./False`"),
        (&["--trusted=false"], 7, "the branch `topic` is no production branch"),
        (&["--trusted=false", "./false"], 7, "the branch `topic` is no production branch"),
    ] {
        let run = stage.job("push", &push, 1, &[&promote[..], value].concat()).run;
        assert_eq!(run.code, Some(code), "{value:?}\n{}", run.shown());
        assert!(run.stderr.contains(said), "{value:?}\n{}", run.shown());
    }
    assert_eq!(stage.calls("POST", "/share"), 0);
}

#[tokio::test]
async fn nothing_is_built_for_a_promotion_to_nowhere() {
    let stage = Stage::new().await;
    let job = stage.job("push", &crate::stage::push("main", ""), 1, &["--command", "promote"]);
    assert_eq!(job.run.code, Some(2), "{}", job.run.shown());
    assert!(job.run.stderr.contains("no workspace is named to promote to"), "{}", job.run.shown());
    let nowhere = stage.job("push", &crate::stage::push("main", ""), 1, &["--promote-to", "a b"]);
    assert_eq!(nowhere.run.code, Some(2), "{}", nowhere.run.shown());
    assert!(nowhere.run.stderr.contains("--promote-to"), "{}", nowhere.run.shown());
    for (args, said) in [
        (&["--promote-to", "prod", "--wait-approval", "soon"][..], "--wait-approval"),
        (&["--promote-to", "prod,dev"], "`dev` is the workspace that it is built in"),
    ] {
        let job = stage.job("push", &crate::stage::push("main", ""), 1, args);
        assert_eq!(job.run.code, Some(2), "{args:?}\n{}", job.run.shown());
        assert!(job.run.stderr.contains(said), "{said}\n{}", job.run.shown());
    }
    assert_eq!(stage.calls("POST", "/repos/o/r/statuses"), 0);
    let calls = stage.running.calls();
    assert!(
        calls.iter().all(|call| call.path.contains("github") || call.path.starts_with("/api/v3")),
        "{calls:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_seen_is_not_promoted() {
    let mut stage = Stage::new().await;
    let main = stage.commit();
    let push = json!({"ref": "refs/heads/main", "after": main,
        "repository": {"full_name": "o/r", "default_branch": "main"}});
    let other = "5555555555555555555555555555555555555555";
    stage.file(".git/HEAD", "nonsense");
    let refused = job(&mut stage, "push", &push, &main, &[]);
    assert_eq!(refused.run.code, Some(7), "{}", refused.run.shown());
    assert!(
        refused.run.stderr.contains("git does not read the checkout"),
        "{}",
        refused.run.shown()
    );
    let built = job(&mut stage, "push", &push, &main, &["--command", "push"]);
    assert!(built.run.stderr.contains("git does not read the checkout"), "{}", built.run.shown());
    stage.file(".git/HEAD", "ref: refs/heads/main\n");
    // What a run by hand checks out need not be what it is told about.
    let dispatch = json!({"ref": "refs/heads/main",
        "repository": {"full_name": "o/r", "default_branch": "main"}});
    let refused = job(&mut stage, "workflow_dispatch", &dispatch, other, &[]);
    assert_eq!(refused.run.code, Some(7), "{}", refused.run.shown());
    let said = format!("the event is about {other}, and the checkout is {main}");
    assert!(refused.run.stderr.contains(&said), "{}", refused.run.shown());
}
