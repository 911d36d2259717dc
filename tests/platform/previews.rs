//! A sandbox and a URL for one pull request.

use std::{fs, path::Path};

use sandgate::sim::Scenario;
use serde_json::{Value, json};

use crate::{
    commands::typed_in,
    common::Run,
    lost::{Cut, Link},
    world::World,
};

const TOML: &str = "type = \"sandbox\"\nname = \"shop\"\n[runtime]\nmemory = 2048\n\
                    [[runtime.ports]]\nname = \"sandbox-api\"\ntarget = 8080\n\
                    [[runtime.ports]]\nname = \"web\"\ntarget = 3000\n";

async fn with_app() -> World {
    let world = World::new(Scenario::Happy);
    world.image("ws", "app", "t1").await;
    world.image("ws", "app", "t2").await;
    world
}

fn project(toml: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("blaxel.toml"), toml).unwrap();
    dir
}

fn create(world: &World, dir: &Path, more: &[&str]) -> Run {
    let mut args = vec!["preview", "create"];
    args.extend(more);
    typed_in(dir, world, "ws", &args)
}

fn made(world: &World, dir: &Path, more: &[&str]) -> Value {
    let mut args = more.to_vec();
    args.extend(["--format", "json"]);
    let run = create(world, dir, &args);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let data: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(data["version"], 1);
    data
}

/// What a visitor gets: the status.
async fn visit(url: &str) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    http.get(url).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_public_preview_is_made_once_and_follows_the_image() {
    let world = with_app().await;
    let dir = project(TOML);
    let first = made(&world, dir.path(), &["--for", "pr-12", "--image", "sandbox/app:t1"]);
    assert_eq!(
        (&first["change"], &first["sandbox"]["name"]),
        (&json!("created"), &json!("shop-pr-12"))
    );
    assert_eq!(
        (&first["preview"]["port"], &first["preview"]["token"]),
        (&json!(3000), &Value::Null)
    );
    let url = first["preview"]["open"].as_str().unwrap().to_owned();
    assert!((200..300).contains(&visit(&url).await), "{url}");
    let spec = world.raw("ws", "GET", "/sandboxes/shop-pr-12", Value::Null).await["spec"].clone();
    assert_eq!(spec["lifecycle"]["expirationPolicies"][0]["value"], "7d");
    assert_eq!(
        (&spec["runtime"]["memory"], &spec["runtime"]["ports"][0]["target"]),
        (&json!(2048), &json!(3000))
    );

    let again = made(&world, dir.path(), &["--for", "pr-12", "--image", "sandbox/app:t1"]);
    assert_eq!((&again["change"], &again["preview"]["open"]), (&json!("unchanged"), &json!(url)));
    let next = made(&world, dir.path(), &["--for", "pr-12", "--image", "sandbox/app:t2"]);
    assert_eq!((&next["change"], &next["preview"]["open"]), (&json!("updated"), &json!(url)));
    assert_eq!(next["sandbox"]["image"], "sandbox/app:t2");
    let other = made(&world, dir.path(), &["--for", "pr-13", "--image", "sandbox/app:t1"]);
    assert_ne!(other["preview"]["open"], json!(url));

    // The pull request is closed; its project may be gone by then but for the name.
    let delete = |args: &[&str]| {
        let mut all = vec!["preview", "delete"];
        all.extend(args);
        typed_in(dir.path(), &world, "ws", &all)
    };
    let gone = delete(&["--for", "pr-12"]);
    assert!(
        gone.code == Some(0) && gone.stderr.contains("Deleted the preview shop-pr-12"),
        "{}",
        gone.shown()
    );
    // It is opened again before the last sandbox is gone.
    let new = made(&world, dir.path(), &["--for", "pr-12", "--image", "sandbox/app:t1"]);
    assert_eq!(new["change"], "created");
    delete(&["--for", "pr-12"]);
    while typed_in(dir.path(), &world, "ws", &["sandbox", "get", "shop-pr-12"]).code != Some(5) {}
    let again = delete(&["--name", "shop-pr-12", "--format", "json"]);
    assert_eq!(again.code, Some(0), "{}", again.shown());
    assert!(again.stderr.contains("gone already"), "{}", again.stderr);
    assert!(again.stdout.contains("\"deleted\": false"), "{}", again.stdout);
}

#[tokio::test]
async fn a_private_preview_is_opened_by_its_token_alone() {
    let world = with_app().await;
    let dir = tempfile::tempdir().unwrap();
    let args = ["--name", "box", "--image", "app:t1", "--port", "4000", "--private"];
    let first = made(&world, dir.path(), &args);
    let (url, open) = (&first["preview"]["url"], &first["preview"]["open"]);
    assert_eq!(visit(url.as_str().unwrap()).await, 401);
    assert!((200..300).contains(&visit(open.as_str().unwrap()).await));
    let token = first["preview"]["token"].as_str().unwrap();
    assert!(open.as_str().unwrap().ends_with(&format!("?bl_preview_token={token}")));
    // The token is used again while it lasts, and a shorter one is one of its own.
    assert_eq!(made(&world, dir.path(), &args)["preview"]["token"], token);
    let mut shorter = args.to_vec();
    shorter.extend(["--token-ttl", "1h"]);
    assert_ne!(made(&world, dir.path(), &shorter)["preview"]["token"], token);
    // Made public again, it needs none.
    let open = made(&world, dir.path(), &args[..6]);
    assert_eq!((&open["change"], &open["preview"]["public"]), (&json!("unchanged"), &json!(true)));
    assert!((200..300).contains(&visit(url.as_str().unwrap()).await));
}

#[tokio::test]
async fn variables_and_ports_come_from_the_project_and_the_caller() {
    let world = with_app().await;
    let dir = project(&format!("{TOML}[env]\nMODE = \"preview\"\nTOKEN = \"$APP_TOKEN\"\n"));
    let args = ["--for", "pr-1", "--image", "app:t1"];
    let refused = create(&world, dir.path(), &args);
    assert_eq!(refused.code, Some(2), "{}", refused.shown());
    assert!(refused.stderr.contains("--var APP_TOKEN"), "{}", refused.stderr);

    let mut full = args.to_vec();
    full.extend(["--var", "APP_TOKEN", "-e", "MODE=other"]);
    assert_eq!(made(&world, dir.path(), &full)["change"], "created");
    let spec =
        async || world.raw("ws", "GET", "/sandboxes/shop-pr-1", Value::Null).await["spec"].clone();
    let want = json!([
        {"name": "MODE", "value": "other"},
        {"name": "TOKEN", "value": "variable-of-the-caller"},
    ]);
    assert_eq!(spec().await["runtime"]["envs"], want);
    assert_eq!(made(&world, dir.path(), &full)["change"], "unchanged");
    // What cannot change in a sandbox takes another one.
    let mut changed = args.to_vec();
    changed.extend(["--var", "APP_TOKEN", "--port", "4000"]);
    let replaced = create(&world, dir.path(), &changed);
    assert_eq!(replaced.code, Some(0), "{}", replaced.shown());
    assert!(replaced.stderr.contains("replacing the sandbox"), "{}", replaced.stderr);
    assert!(!replaced.shown().contains("variable-of-the-caller"));
    let spec = spec().await;
    assert_eq!(
        (&spec["runtime"]["envs"][0]["value"], &spec["runtime"]["ports"][0]["target"]),
        (&json!("preview"), &json!(4000))
    );
}

#[tokio::test]
async fn answers_that_get_lost_change_nothing() {
    for cut in [Cut::Before, Cut::After] {
        let mut world = with_app().await;
        let dir = project(TOML);
        world.api = Link::new(&world, cut).url;
        let args = ["--for", "pr-1", "--image", "app:t1", "--private"];
        let made = made(&world, dir.path(), &args);
        assert_eq!(made["change"], "created");
        let path = "/sandboxes/shop-pr-1/previews";
        let previews = world.raw("ws", "GET", path, Value::Null).await;
        assert_eq!(previews.as_array().map(Vec::len), Some(1));
        let tokens = world.raw("ws", "GET", &format!("{path}/preview/tokens"), Value::Null).await;
        assert_eq!(tokens.as_array().map(Vec::len), Some(1));
        assert_eq!(tokens[0]["spec"]["token"], made["preview"]["token"]);
    }
}

#[tokio::test]
async fn what_no_preview_made_is_left_alone() {
    let world = with_app().await;
    world.sandbox("ws", "live", "sandbox/app:t1").await;
    let dir = project(TOML);
    let made = create(&world, dir.path(), &["--name", "live", "--image", "app:t2"]);
    assert_eq!(made.code, Some(2), "{}", made.shown());
    assert!(made.stderr.contains("was not made as a preview"), "{}", made.stderr);
    let gone = typed_in(dir.path(), &world, "ws", &["preview", "delete", "--name", "live"]);
    assert_eq!(gone.code, Some(2), "{}", gone.shown());
    let live = world.raw("ws", "GET", "/sandboxes/live", Value::Null).await;
    assert_eq!(live["spec"]["runtime"]["image"], "sandbox/app:t1");
}

#[tokio::test]
async fn what_is_not_said_well_is_told() {
    let world = with_app().await;
    let (dir, empty) = (project(TOML), tempfile::tempdir().unwrap());
    let stolen = project(&format!("workspace = \"other\"\n{TOML}"));
    let broken = project("name = \"shop\n");
    let odd = project(&TOML.replace("\"shop\"", "5"));
    let filled = project(&format!("workspace = \"$WHERE\"\n{TOML}"));
    for (dir, args, code, told) in [
        (empty.path(), &["--name", "x", "--image", "app:t1"][..], 2, "no port is known"),
        (dir.path(), &["--for", "pr-1", "--image", "app"], 2, "names no tag"),
        (dir.path(), &["--for", "/", "--image", "app:t1"], 2, "no letter or digit"),
        (dir.path(), &["--name", "A_b", "--image", "app:t1"], 2, "no sandbox name"),
        (dir.path(), &["--for", "pr-1", "--image", "app:t9"], 5, "there is no tag `t9`"),
        (
            dir.path(),
            &["--for", "pr-1", "--image", "app:t1", "--port", "443"],
            2,
            "the platform's own",
        ),
        (
            dir.path(),
            &["--for", "pr-1", "--image", "app:t1", "--ttl", "soon"],
            2,
            "no span of time",
        ),
        (dir.path(), &["--image", "app:t1"], 2, "required"),
        (stolen.path(), &["--for", "pr-1", "--image", "app:t1"], 7, "names the workspace `other`"),
        (broken.path(), &["--for", "pr-1", "--image", "app:t1"], 2, "blaxel.toml cannot be used"),
        (odd.path(), &["--for", "pr-1", "--image", "app:t1"], 2, "blaxel.toml cannot be used"),
        (filled.path(), &["--for", "pr-1", "--image", "app:t1"], 2, "give --var WHERE"),
        (
            filled.path(),
            &["--for", "pr-1", "--image", "app:t1", "--var", "WHERE=other"],
            7,
            "names the workspace `other`",
        ),
    ] {
        let run = create(&world, dir, args);
        assert_eq!(run.code, Some(code), "{}", run.shown());
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    let sandboxes = world.raw("ws", "GET", "/sandboxes", Value::Null).await;
    assert_eq!(sandboxes, json!([]));
}

#[tokio::test]
async fn variables_fill_in_the_name_and_the_place() {
    let world = with_app().await;
    let toml = format!("workspace = \"$WHERE\"\nregion = \"${{NEAR:auto}}\"\n{TOML}");
    let dir = project(&toml.replace("\"shop\"", "\"${SHOP:}-shop\""));
    let vars = ["--for", "pr-1", "--var", "WHERE=ws", "--var", "SHOP=my"];
    let made = made(&world, dir.path(), &[&vars[..], &["--image", "app:t1"]].concat());
    assert_eq!(made["sandbox"]["name"], "my-shop-pr-1");
    let gone = typed_in(dir.path(), &world, "ws", &[&["preview", "delete"], &vars[..]].concat());
    assert_eq!(gone.code, Some(0), "{}", gone.shown());
    assert!(gone.stderr.contains("Deleted the preview my-shop-pr-1"), "{}", gone.stderr);
}
