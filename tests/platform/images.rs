//! Images and tags through the client.

use sandgate::{
    ship::blaxel::{Rule, VERSIONS, images, shares},
    sim::Scenario,
};
use serde_json::Value;

use crate::world::{World, app, broken};

#[tokio::test]
async fn every_version_of_the_api_tells_the_same() {
    let world = World::new(Scenario::Happy);
    for number in 0..230 {
        world.image("ws", &format!("app{number:03}"), "t1").await;
    }
    world.image("ws", "app", "t1").await;
    world.image("ws", "app", "t2").await;
    for version in VERSIONS {
        let client = world.client("ws").versioned(version).unwrap();
        let all = images::list(&client).await.unwrap();
        assert_eq!(all.len(), 231, "{version}: more than one page");
        let image = images::get(&client, &app()).await.unwrap();
        let mut tags: Vec<&str> =
            image.tags.as_deref().unwrap().iter().map(|tag| tag.name.as_str()).collect();
        tags.sort_unstable();
        assert_eq!(tags, ["latest", "t1", "t2"], "{version}");
        assert_eq!(image.newest().unwrap().name, "t2", "{version}");
        assert_eq!((image.kind.as_str(), image.source.as_deref()), ("sandbox", None));
    }
    assert!(world.client("ws").versioned("2020-01-01").is_err());
}

#[tokio::test]
async fn what_is_not_there_is_told_with_the_nearest_name() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    let client = world.client("ws");
    let (rule, what, help) = broken(images::get(&client, &"ap".parse().unwrap()).await);
    assert_eq!(
        (rule, what.as_str()),
        (Rule::Missing, "there is no image `sandbox/ap` in the workspace `ws`")
    );
    assert!(help.starts_with("did you mean `sandbox/app`?"), "{help}");
    let (rule, what, help) =
        broken(images::delete_tag(&client, &app(), &"t2".parse().unwrap()).await);
    assert_eq!((rule, what.as_str()), (Rule::Missing, "there is no tag `t2` of `sandbox/app`"));
    assert!(help.contains("`t1`"), "{help}");
}

#[tokio::test]
async fn a_tag_or_an_image_is_deleted_once() {
    for version in VERSIONS {
        let world = World::new(Scenario::Happy);
        for (name, tag) in [("app", "t1"), ("app", "t2"), ("other", "t1")] {
            world.image("ws", name, tag).await;
        }
        let client = world.client("ws").versioned(version).unwrap();
        images::delete_tag(&client, &app(), &"t1".parse().unwrap()).await.unwrap();
        let left = images::get(&client, &app()).await.unwrap().tags.unwrap();
        assert!(left.iter().any(|tag| tag.name == "t2") && left.iter().all(|tag| tag.name != "t1"));
        images::delete(&client, &app()).await.unwrap();
        let names: Vec<String> =
            images::list(&client).await.unwrap().into_iter().map(|image| image.name).collect();
        assert_eq!(names, ["other"], "{version}");
        assert_eq!(broken(images::delete(&client, &app()).await).0, Rule::Missing);
    }
}

#[tokio::test]
async fn what_is_used_or_shared_is_held_with_the_reason() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    world.image("ws", "app", "t2").await;
    world.sandbox("ws", "live", "sandbox/app:t1").await;
    let client = world.client("ws");
    let tag = "t1".parse().unwrap();
    let (rule, what, help) = broken(images::delete_tag(&client, &app(), &tag).await);
    assert_eq!(
        (rule, what.as_str()),
        (Rule::InUse, "`sandbox/app:t1` cannot be deleted while it is used: live")
    );
    assert!(help.contains("sandgate sandbox delete live"), "{help}");
    assert_eq!(broken(images::delete(&client, &app()).await).0, Rule::InUse);

    shares::share(&client, &app(), &"prod".parse().unwrap(), None).await.unwrap();
    let (rule, what, help) = broken(images::delete(&client, &app()).await);
    assert_eq!(
        (rule, what.as_str()),
        (Rule::Shared, "`sandbox/app` cannot be deleted while the image is shared with `prod`")
    );
    assert!(help.contains("sandgate image unshare sandbox/app --with prod"), "{help}");

    let other = world.client("prod");
    let seen = images::get(&other, &app()).await.unwrap();
    assert_eq!(seen.source.as_deref(), Some("ws"));
    let (rule, what, _) = broken(images::delete(&other, &app()).await);
    assert_eq!(
        (rule, what.as_str()),
        (Rule::NotOwned, "`sandbox/app` belongs to the workspace `ws`, which shares it")
    );
    world.raw("ws", "GET", "/images/sandbox/app", Value::Null).await;
}
