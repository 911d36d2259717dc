//! Sandboxes through the client.

use sandgate::{
    ship::blaxel::{
        Fault, Rule, SandboxName, Secret, VERSIONS,
        sandboxes::{self, Create},
    },
    sim::Scenario,
};
use serde_json::Value;

use crate::world::{Told, World, broken};

fn name(text: &str) -> SandboxName {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_sandbox_is_made_from_an_image_and_followed() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    let client = world.client("ws");
    let mut wanted = Create::new(name("live"), "sandbox/app:t1");
    wanted.memory = Some(2048);
    wanted.envs = vec![("KEY".to_owned(), Secret::new("value-of-the-key"))];
    wanted.idle = Some("30m".to_owned());
    sandboxes::create(&client, &wanted).await.unwrap();
    let mut told = Told::default();
    let up = sandboxes::rollout(&client, &name("live"), None, "sandbox/app:t1", &mut told).await;
    let up = up.unwrap();
    assert_eq!((up.status.as_deref(), up.memory), (Some("DEPLOYED"), Some(2048)));
    assert_eq!(told.statuses.last().map(String::as_str), Some("DEPLOYED"));
    let spec = world.raw("ws", "GET", "/sandboxes/live", Value::Null).await["spec"].clone();
    assert_eq!(spec["runtime"]["envs"][0]["value"], "value-of-the-key");
    assert_eq!(spec["lifecycle"]["expirationPolicies"][0]["type"], "ttl-idle");

    let (rule, what, _) = broken(sandboxes::create(&client, &wanted).await);
    assert_eq!(rule, Rule::Exists);
    assert_eq!(what, "there is a sandbox `live` already, made from sandbox/app:t1");
}

#[tokio::test]
async fn another_image_keeps_everything_else() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    world.image("ws", "app", "t2").await;
    let client = world.client("ws");
    let mut wanted = Create::new(name("live"), "sandbox/app:t1");
    wanted.envs = vec![("KEY".to_owned(), Secret::new("value-of-the-key"))];
    wanted.labels.insert("team".to_owned(), "a".to_owned());
    wanted.idle = Some("30m".to_owned());
    sandboxes::create(&client, &wanted).await.unwrap();
    let mut told = Told::default();
    let one = sandboxes::rollout(&client, &name("live"), None, "sandbox/app:t1", &mut told).await;
    let one = one.unwrap();
    sandboxes::change_image(&client, &name("live"), &one, "sandbox/app:t2").await.unwrap();
    let two =
        sandboxes::rollout(&client, &name("live"), Some(&one), "sandbox/app:t2", &mut told).await;
    let two = two.unwrap();
    assert_eq!(two.image.as_deref(), Some("sandbox/app:t2"));
    assert_eq!(two.labels.get("team").map(String::as_str), Some("a"));
    let spec = world.raw("ws", "GET", "/sandboxes/live", Value::Null).await["spec"].clone();
    assert_eq!(spec["runtime"]["envs"][0]["value"], "value-of-the-key");
    assert_eq!(spec["lifecycle"]["expirationPolicies"][0]["value"], "30m");
}

#[tokio::test]
async fn a_list_of_many_pages_is_read_in_every_version() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    for number in 0..205 {
        world.sandbox("ws", &format!("box-{number}"), "sandbox/app:t1").await;
    }
    world.sandbox("other", "far", "blaxel/base-image:latest").await;
    for version in VERSIONS {
        let client = world.client("ws").versioned(version).unwrap();
        let all = sandboxes::list(&client).await.unwrap();
        assert_eq!(all.len(), 205, "{version}");
        assert!(all.iter().all(|one| one.image.as_deref() == Some("sandbox/app:t1")));
    }
    let users = sandboxes::users(&world.client("ws"), &"app".parse().unwrap(), None).await;
    assert_eq!(users.unwrap().len(), 205);
    let tag = "t2".parse().unwrap();
    let users = sandboxes::users(&world.client("ws"), &"app".parse().unwrap(), Some(&tag)).await;
    assert_eq!(users.unwrap(), [""; 0]);
}

#[tokio::test]
async fn deleting_ends_in_nothing() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    world.sandbox("ws", "live", "sandbox/app:t1").await;
    let client = world.client("ws");
    assert!(sandboxes::delete(&client, &name("live")).await.unwrap());
    let mut told = Told::default();
    let settled = sandboxes::settle(&client, &name("live"), &mut told).await.unwrap();
    assert_eq!(settled, None);
    assert!(!sandboxes::delete(&client, &name("live")).await.unwrap());
    let (rule, _, help) = broken(sandboxes::get(&client, &name("live")).await);
    assert_eq!(rule, Rule::Missing);
    assert!(help.contains("sandgate sandbox list"), "{help}");
}

#[tokio::test]
async fn an_image_that_is_not_there_is_told_with_the_nearest_name() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    let client = world.client("ws");
    for (image, near) in [("sandbox/ap:t1", "`sandbox/app`"), ("sandbox/app:t2", "`t1`")] {
        let created = sandboxes::create(&client, &Create::new(name("live"), image)).await;
        let (rule, _, help) = broken(created);
        assert_eq!(rule, Rule::Missing);
        assert!(help.contains(&format!("did you mean {near}")), "{help}");
    }
}

#[tokio::test]
async fn a_refusal_does_not_repeat_the_variables() {
    let world = World::new(Scenario::Happy);
    let mut wanted = Create::new(name("live"), "value-of-the-key");
    wanted.envs = vec![("KEY".to_owned(), Secret::new("value-of-the-key"))];
    match sandboxes::create(&world.client("ws"), &wanted).await {
        Err(Fault::Api { status: 400, message, .. }) => {
            assert!(message.contains("INVALID_IMAGE"), "{message}");
            assert!(!message.contains("value-of-the-key"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}
