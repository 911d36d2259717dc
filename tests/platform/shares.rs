//! Shares through the client: inside the account, across accounts, and every rule of them.

use sandgate::{
    ship::blaxel::{
        Fault, Rule, ShareId, WorkspaceName, images,
        pending::{self, Direction},
        shares::{self, Shared},
        workspaces,
    },
    sim::{Config, Credential, Role, Scenario},
};

use crate::world::{World, app, broken, client_with};

fn to(name: &str) -> WorkspaceName {
    name.parse().unwrap()
}

/// A platform with one image, offered to the workspace `far` of another account.
async fn offered(scenario: Scenario) -> (World, ShareId) {
    let world = World::new(scenario);
    world.image("ws", "app", "t1").await;
    let shared = shares::share(&world.client("ws"), &app(), &to("far"), Some("other")).await;
    let Ok(Shared::Waiting { id: Some(id), expires: Some(_), already: false }) = shared else {
        panic!("{shared:?}");
    };
    let id = id.parse().unwrap();
    (world, id)
}

#[tokio::test]
async fn sharing_again_changes_nothing() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    let client = world.client("ws");
    let share = async || shares::share(&client, &app(), &to("prod"), None).await.unwrap();
    assert_eq!((share().await, share().await), (Shared::Now, Shared::Already));
    let rows = shares::list(&client, &app()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].workspace == "prod" && !rows[0].is_pending());
    assert!(images::find(&world.client("prod"), &app()).await.unwrap().is_some());
    assert!(shares::unshare(&client, &app(), &to("prod")).await.unwrap());
    assert!(!shares::unshare(&client, &app(), &to("prod")).await.unwrap());
    assert!(images::find(&world.client("prod"), &app()).await.unwrap().is_none());
}

#[tokio::test]
async fn each_rule_has_its_own_words() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    world.image("full", "app", "t9").await;
    let client = world.client("ws");
    let share = async |target: &str| shares::share(&client, &app(), &to(target), None).await;
    assert_eq!(broken(share("ws").await).0, Rule::SameWorkspace);
    let (rule, what, help) = broken(share("full").await);
    assert_eq!(rule, Rule::Conflict);
    assert_eq!(what, "the workspace `full` holds an image of its own called `sandbox/app`");
    assert!(help.contains("sandgate image delete sandbox/app --workspace full"), "{help}");

    let none = "none".parse().unwrap();
    assert_eq!(broken(shares::share(&client, &none, &to("prod"), None).await).0, Rule::Missing);
    assert_eq!(broken(shares::list(&client, &none).await).0, Rule::Missing);
    share("prod").await.unwrap();
    let on = shares::share(&world.client("prod"), &app(), &to("third"), None).await;
    let (rule, _, help) = broken(on);
    assert_eq!(rule, Rule::NotOwned);
    assert!(help.contains("cannot be shared on") && help.contains("`ws`"), "{help}");
}

#[tokio::test]
async fn whoever_is_no_admin_is_told_who_may() {
    let world = World::new(Scenario::Forbidden);
    let client = world.client("ws");
    let (rule, what, help) = broken(shares::share(&client, &app(), &to("prod"), None).await);
    assert_eq!(rule, Rule::NotAllowed);
    assert!(what.contains("may not") && help.contains("admin"), "{what} {help}");
    let world = World::new(Scenario::Unauthorized);
    let refused = shares::share(&world.client("ws"), &app(), &to("prod"), None).await;
    assert!(matches!(refused, Err(Fault::Auth { status: 401, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_member_may_look_and_not_share() {
    let credentials = vec![
        Credential::new("synthetic-key", Role::Admin),
        Credential::new("key-of-a-member", Role::Member),
    ];
    let world = World::with(Config { credentials, ..Config::default() });
    world.image("ws", "app", "t1").await;
    let member = client_with(&world.running.base_url, "ws", "key-of-a-member");
    assert!(images::find(&member, &app()).await.unwrap().is_some());
    let (rule, what, help) = broken(shares::share(&member, &app(), &to("prod"), None).await);
    assert_eq!(rule, Rule::NotAllowed);
    assert!(
        what.contains("may not") && help.contains("an admin of the workspace"),
        "{what} {help}"
    );
    let admin = world.client("ws");
    assert!(shares::list(&admin, &app()).await.unwrap().is_empty());
    shares::share(&admin, &app(), &to("prod"), None).await.unwrap();
    let ended = shares::unshare(&member, &app(), &to("prod")).await;
    assert_eq!(broken(ended).0, Rule::NotAllowed);
    assert_eq!(shares::list(&admin, &app()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_target_that_there_is_not_is_told_by_what_was_named() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    let client = world.client("ws");
    for (target, account, words) in [
        ("nowhere", None, "needs --account ID"),
        ("far", None, "needs --account ID"),
        ("far", Some("wrong"), "both have to be right"),
        ("nowhere", Some("other"), "both have to be right"),
    ] {
        let shared = shares::share(&client, &app(), &to(target), account).await;
        let (rule, what, help) = broken(shared);
        assert_eq!(rule, Rule::UnknownTarget, "{what}");
        assert!(what.contains(target) && help.contains(words), "{what}: {help}");
    }
    assert!(shares::list(&client, &app()).await.unwrap().is_empty());
}

#[tokio::test]
async fn another_account_accepts() {
    let (world, id) = offered(Scenario::Happy).await;
    let (near, far) = (world.client("ws"), world.client("far"));
    let again = shares::share(&near, &app(), &to("far"), Some("other")).await.unwrap();
    assert!(matches!(again, Shared::Waiting { already: true, .. }), "{again:?}");
    for (client, direction, count) in [
        (&near, Direction::Outgoing, 1),
        (&near, Direction::Incoming, 0),
        (&far, Direction::Incoming, 1),
        (&far, Direction::Outgoing, 0),
    ] {
        let rows = pending::list(client, direction).await.unwrap();
        assert_eq!(rows.len(), count, "{direction:?}");
    }
    // Only the workspace that it is offered to may answer, and it alone sees it.
    assert_eq!(broken(pending::accept(&near, &id, false).await).0, Rule::Missing);
    let accepted = pending::accept(&far, &id, false).await.unwrap();
    assert_eq!((accepted.image.as_str(), accepted.source.as_str()), ("sandbox/app", "ws"));
    assert!(images::find(&far, &app()).await.unwrap().is_some());
    assert_eq!(broken(pending::accept(&far, &id, false).await).0, Rule::Missing);
    let shared = shares::share(&near, &app(), &to("far"), Some("other")).await.unwrap();
    assert_eq!(shared, Shared::Already);
}

#[tokio::test]
async fn another_account_declines() {
    let (world, id) = offered(Scenario::Happy).await;
    let far = world.client("far");
    pending::decline(&far, &id).await.unwrap();
    assert!(images::find(&far, &app()).await.unwrap().is_none());
    assert!(pending::list(&far, Direction::Incoming).await.unwrap().is_empty());
    assert_eq!(broken(pending::decline(&far, &id).await).0, Rule::Missing);
}

#[tokio::test]
async fn an_offer_is_taken_back() {
    let (world, id) = offered(Scenario::Happy).await;
    assert!(shares::unshare(&world.client("ws"), &app(), &to("far")).await.unwrap());
    assert_eq!(broken(pending::accept(&world.client("far"), &id, false).await).0, Rule::Missing);
}

#[tokio::test]
async fn an_image_in_the_way_is_overwritten_only_when_asked() {
    let (world, id) = offered(Scenario::Happy).await;
    world.image("far", "app", "t9").await;
    let far = world.client("far");
    let (rule, _, help) = broken(pending::accept(&far, &id, false).await);
    assert_eq!(rule, Rule::Conflict);
    assert!(help.contains("--force"), "{help}");
    assert!(pending::list(&far, Direction::Incoming).await.unwrap()[0].conflict);
    pending::accept(&far, &id, true).await.unwrap();
    let image = images::get(&far, &app()).await.unwrap();
    assert_eq!(image.source.as_deref(), Some("ws"));
}

#[tokio::test]
async fn an_offer_that_has_expired_says_whom_to_ask() {
    let (world, id) = offered(Scenario::ShareExpired).await;
    let (rule, what, help) = broken(pending::accept(&world.client("far"), &id, false).await);
    assert_eq!((rule, what.as_str()), (Rule::Expired, "the share of `sandbox/app` has expired"));
    assert!(help.contains("`ws`"), "{help}");
}

#[tokio::test]
async fn a_workspace_tells_its_account() {
    let world = World::new(Scenario::Happy);
    let client = world.client("ws");
    let workspace = workspaces::get(&client, &to("ws")).await.unwrap();
    assert_eq!((workspace.name.as_str(), workspace.status.as_deref()), ("ws", Some("READY")));
    assert!(workspace.account.is_some());
    assert!(workspaces::list(&client).await.unwrap().iter().any(|one| one.name == "ws"));
}
