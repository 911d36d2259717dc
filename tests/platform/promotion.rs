//! Promotion: shared, approved, verified, rolled back, undone, audited.

use std::{fs, path::Path, time::Duration};

use sandgate::{
    record::promotion::{Promotion, State as Ended},
    ship::{
        blaxel::{
            ImageName, Rule, TagName,
            pending::{self, Direction},
            shares,
        },
        promote::{self, Declared, Guarded, Promoted, Standing, State, Target, Undone, Verified},
    },
    sim::{Config, Credential, Role, Scenario},
};

use crate::{
    commands::{play_in, typed_in, with_app},
    world::{Told, World, app, broken},
};

const SOON: Duration = Duration::from_secs(20);

fn to(text: &str) -> Target {
    text.parse().unwrap()
}

fn tag(text: &str) -> TagName {
    text.parse().unwrap()
}

async fn promoted(
    world: &World,
    target: &str,
    approval: Duration,
) -> Result<Promoted, sandgate::ship::blaxel::Fault> {
    let (client, target) = (world.client("ws"), to(target));
    let there = client.elsewhere(&target.workspace, None);
    let mut told = Told::default();
    promote::promote(&client, &there, (&app(), &tag("t2")), &target, (approval, SOON), &mut told)
        .await
}

#[tokio::test]
async fn promoting_again_changes_nothing() {
    let world = with_app().await;
    for want in [State::Shared, State::Already] {
        let done = promoted(&world, "prod", Duration::ZERO).await.unwrap();
        assert_eq!((done.state, done.verified), (want, Some(Verified::Yes)));
    }
    let rows = shares::list(&world.client("ws"), &app()).await.unwrap();
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn another_account_is_waited_for() {
    let world = with_app().await;
    let waiting = promoted(&world, "other/far", Duration::ZERO).await.unwrap();
    assert!(matches!(waiting.state, State::Waiting { already: false, .. }), "{waiting:?}");
    assert_eq!(waiting.verified, None);
    let far = world.client("far");
    let accepts = async {
        let offers = pending::list(&far, Direction::Incoming).await.unwrap();
        let id = offers[0].id.parse().unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        pending::accept(&far, &id, false).await.unwrap();
    };
    let (done, ()) = tokio::join!(promoted(&world, "other/far", SOON), accepts);
    let done = done.unwrap();
    assert_eq!((done.state, done.verified), (State::Already, Some(Verified::Yes)));
}

#[tokio::test]
async fn an_offer_that_is_declined_is_told() {
    let world = with_app().await;
    let far = world.client("far");
    promoted(&world, "other/far", Duration::ZERO).await.unwrap();
    let declines = async {
        let offers = pending::list(&far, Direction::Incoming).await.unwrap();
        let id = offers[0].id.parse().unwrap();
        pending::decline(&far, &id).await.unwrap();
    };
    let (ended, ()) = tokio::join!(promoted(&world, "other/far", SOON), declines);
    let (rule, what, _) = broken(ended);
    assert_eq!(rule, Rule::Declined);
    assert!(what.contains("declined, withdrawn, or has expired"), "{what}");
}

/// A platform on which the caller's key opens the workspace `ws` alone.
async fn narrow() -> World {
    let credentials = vec![Credential {
        key: "synthetic-key".into(),
        role: Role::Admin,
        workspaces: vec!["ws".into()],
    }];
    let config = Config { credentials, ..Config::default() };
    let world = World::with(config);
    world.image("ws", "app", "t2").await;
    world
}

#[tokio::test]
async fn without_a_key_of_the_target_nothing_is_claimed() {
    let world = narrow().await;
    let done = promoted(&world, "prod", Duration::ZERO).await.unwrap();
    assert_eq!(done.state, State::Shared);
    let Some(Verified::Unknown { why }) = done.verified else { panic!("{done:?}") };
    assert!(why.starts_with("403"), "{why}");

    let client = world.client("ws");
    let there = client.elsewhere(&to("prod").workspace, None);
    let undone = promote::undo(&client, &there, &app(), &to("prod"), true).await.unwrap();
    assert!(matches!(undone, Undone::Unlisted { .. }), "{undone:?}");
    assert_eq!(shares::list(&client, &app()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_sandboxes_use_is_not_undone_by_itself() {
    let world = with_app().await;
    promoted(&world, "prod", Duration::ZERO).await.unwrap();
    world.sandbox("prod", "live", "sandbox/app:t2").await;
    let client = world.client("ws");
    let there = client.elsewhere(&to("prod").workspace, None);
    let undo =
        async |force| promote::undo(&client, &there, &app(), &to("prod"), force).await.unwrap();
    assert_eq!(undo(false).await, Undone::InUse(vec!["live".into()]));
    assert_eq!(undo(true).await, Undone::Unshared { users: vec!["live".into()] });
    assert_eq!(undo(true).await, Undone::Gone);
}

#[tokio::test]
async fn the_guard_knows_whom_a_build_reaches() {
    let world = with_app().await;
    let client = world.client("ws");
    let protected = ["prod".parse().unwrap(), "far".parse().unwrap()];
    let guard = async |name: &ImageName| promote::guard(&client, name, &protected).await;
    assert!(matches!(guard(&app()).await, Guarded::Free(shares) if shares.is_empty()));
    assert!(matches!(guard(&"new".parse().unwrap()).await, Guarded::Free(_)));
    promoted(&world, "other", Duration::ZERO).await.unwrap();
    assert!(matches!(guard(&app()).await, Guarded::Free(shares) if shares.len() == 1));
    // One that waits for its approval counts: it may be approved at any time.
    promoted(&world, "other/far", Duration::ZERO).await.unwrap();
    assert!(
        matches!(guard(&app()).await, Guarded::Reaches(shares) if shares[0].workspace == "far")
    );
    let world = World::new(Scenario::Forbidden);
    let client = world.client("ws");
    assert!(matches!(promote::guard(&client, &app(), &protected).await, Guarded::Unknown(_)));
}

#[tokio::test]
async fn an_audit_sees_every_image() {
    let world = with_app().await;
    world.image("ws", "extra", "t1").await;
    promoted(&world, "prod", Duration::ZERO).await.unwrap();
    let client = world.client("ws");
    shares::share(&client, &"extra".parse().unwrap(), &to("prod").workspace, None).await.unwrap();
    let declared = |name: &str, targets: &[&str]| Declared {
        image: name.parse().unwrap(),
        targets: targets.iter().map(|text| to(text)).collect(),
    };
    let rows = promote::audit(
        &client,
        &[declared("app", &["prod", "third"]), declared("gone", &["prod"])],
    )
    .await
    .unwrap();
    let told: Vec<(String, &str, Standing)> = rows
        .iter()
        .map(|row| (row.image.to_string(), row.workspace.as_deref().unwrap(), row.standing))
        .collect();
    assert_eq!(
        told,
        [
            ("sandbox/app".to_owned(), "prod", Standing::Kept),
            ("sandbox/app".to_owned(), "third", Standing::Missing),
            ("sandbox/extra".to_owned(), "prod", Standing::Undeclared),
            ("sandbox/gone".to_owned(), "prod", Standing::NoImage),
        ]
    );
}

fn record(dir: &Path, name: &str) -> Promotion {
    Promotion::read(&fs::read_to_string(dir.join(name)).unwrap()).unwrap()
}

#[tokio::test]
async fn promotions_on_the_command_line() {
    let world = with_app().await;
    let dir = tempfile::tempdir().unwrap();
    let built = r#"{"status": "succeeded", "simulated": false, "workspace": "ws", "image": "sandbox/app:t2"}"#;
    fs::write(dir.path().join("built.json"), built).unwrap();
    let simulated = built.replace("false", "true");
    fs::write(dir.path().join("simulated.json"), simulated).unwrap();
    let lines = [
        "promote app --to prod --preview",
        "promote app --to prod --tag t1 --last one.json --record one.json",
        "promote --from built.json --to prod,other/far --last one.json --record two.json",
        "promote app --to prod --preview --format json",
        "promote --rollback --last two.json --record three.json",
        "promote --undo --last two.json --record four.json",
        "promote --undo --last four.json",
        "promote --rollback --last one.json",
        "promote --from simulated.json --to prod",
        "promote app:t1 --to prod",
        "promote app --tag t9 --to prod",
        "promote ap --to prod",
        "promote app --to ws",
        "promote app",
        "promote app --to prod --last built.json",
        "promote app --to prod --wait-approval soon",
    ];
    play_in(dir.path(), &world, "promotions", &lines.map(|line| ("ws", line))).await;
    let two = record(dir.path(), "two.json");
    assert_eq!((two.tag.as_str(), two.previous.as_deref()), ("t2", Some("t1")));
    // The share with prod was made by the promotion before, and can still be undone.
    assert!(two.targets.iter().all(|target| target.shared_here));
    let three = record(dir.path(), "three.json");
    assert_eq!((three.tag.as_str(), three.previous.as_deref()), ("t1", Some("t2")));
    let four = record(dir.path(), "four.json");
    assert!(four.targets.iter().all(|target| target.state == Ended::Unshared));
    assert!(shares::list(&world.client("ws"), &app()).await.unwrap().is_empty());
}

/// The record of a run that breaks off may take the place of the one before: nothing of that is lost.
#[tokio::test]
async fn a_promotion_that_breaks_off_loses_nothing() {
    let world = with_app().await;
    world.image("full", "app", "t9").await;
    let dir = tempfile::tempdir().unwrap();
    let promote = |args: &str| {
        let line = format!("promote {args} --last p.json --record p.json");
        let args: Vec<&str> = line.split(' ').collect();
        typed_in(dir.path(), &world, "ws", &args).code
    };
    assert_eq!(promote("app --tag t1 --to prod"), Some(0));
    assert_eq!(promote("app --tag t2 --to prod"), Some(0));
    // There is no such tag, and one target holds an image of its own.
    assert_eq!(promote("app --tag t9 --to prod"), Some(5));
    let kept = record(dir.path(), "p.json");
    assert_eq!((kept.tag.as_str(), kept.previous.as_deref()), ("t2", Some("t1")));
    assert_eq!(promote("app --tag t2 --to full"), Some(5));
    let kept = record(dir.path(), "p.json");
    assert_eq!((kept.tag.as_str(), kept.previous.as_deref()), ("t2", Some("t1")));
    let undoable: Vec<&str> = kept
        .targets
        .iter()
        .filter(|target| target.shared_here)
        .map(|target| target.workspace.as_str())
        .collect();
    assert_eq!(undoable, ["prod"]);
    assert_eq!(promote("--rollback"), Some(5));
    assert_eq!(promote("--undo"), Some(0));
    assert!(shares::list(&world.client("ws"), &app()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_audit_on_the_command_line() {
    let world = with_app().await;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Dockerfile"), "FROM scratch\n").unwrap();
    fs::write(dir.path().join("blaxel.toml"), "type = \"sandbox\"\nname = \"app\"\n").unwrap();
    let settings = |to: &str| {
        let text = format!("[promotion]\nto = [{to}]\n");
        fs::write(dir.path().join("sandgate.toml"), text).unwrap();
    };
    settings("\"prod\"");
    let lines = ["audit", "promote app --to prod", "audit", "audit --format json"];
    play_in(dir.path(), &world, "audit", &lines.map(|line| ("ws", line))).await;
    settings("");
    assert_eq!(typed_in(dir.path(), &world, "ws", &["audit"]).code, Some(1));
    settings("\"a/b/c\"");
    let run = typed_in(dir.path(), &world, "ws", &["audit"]);
    assert!(run.code == Some(2) && run.stderr.contains("is no workspace"), "{}", run.shown());
}

#[tokio::test]
async fn a_build_that_reaches_protected_workspaces_is_refused() {
    let world = with_app().await;
    promoted(&world, "prod", Duration::ZERO).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let dockerfile = "FROM node:24-alpine\nCOPY --from=ghcr.io/blaxel-ai/sandbox:0.2.50 /sandbox-api /usr/local/bin/sandbox-api\n\
                      ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";
    fs::write(dir.path().join("Dockerfile"), dockerfile).unwrap();
    fs::write(dir.path().join("blaxel.toml"), "type = \"sandbox\"\nname = \"app\"\n").unwrap();
    let push = |more: &[&str]| {
        let mut args = vec!["push"];
        args.extend(more);
        typed_in(dir.path(), &world, "ws", &args)
    };
    let refused = push(&["--protected-workspace", "prod"]);
    assert_eq!(refused.code, Some(7), "{}", refused.shown());
    assert!(
        refused.stderr.contains("is shared with the protected workspace `prod`"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("--allow-propagation"), "{}", refused.stderr);
    fs::write(dir.path().join("sandgate.toml"), "[promotion]\nprotected = [\"prod\"]\n").unwrap();
    assert_eq!(push(&[]).code, Some(7));
    let allowed = push(&["--allow-propagation"]);
    assert_eq!(allowed.code, Some(0), "{}", allowed.shown());
    assert!(allowed.stderr.contains("will see this build at once"), "{}", allowed.stderr);
    // Where nobody is protected, nobody is asked, and where others see it, that is told.
    fs::remove_file(dir.path().join("sandgate.toml")).unwrap();
    let other = push(&["--protected-workspace", "elsewhere"]);
    assert_eq!(other.code, Some(0), "{}", other.shown());
    assert!(other.stderr.contains("`prod` will see this build at once"), "{}", other.stderr);
}
