//! Previews of what is built from the project.

use std::{collections::BTreeSet, fs, path::Path};

use sandgate::sim::{Config, Scenario};
use serde_json::{Value, json};
use snapbox::{Data, assert_data_eq};

use crate::{
    commands::typed_in,
    common::{Run, command, finish, root},
    world::World,
};

const TOML: &str = "type = \"sandbox\"\nname = \"shop\"\n[runtime]\nmemory = 2048\n\
                    [[runtime.ports]]\nname = \"web\"\ntarget = 3000\n";
const DOCKERFILE: &str = "FROM node:24-slim\nCOPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/\n\
     WORKDIR /app\nCOPY index.js .\nRUN node --check index.js\nENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";
const NAME: &str = "shop-pr-12";

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("blaxel.toml"), TOML).unwrap();
    fs::write(dir.path().join("Dockerfile"), DOCKERFILE).unwrap();
    fs::write(dir.path().join("index.js"), "console.log(1)\n").unwrap();
    dir
}

fn typed(world: &World, dir: &Path, action: &str, more: &[&str]) -> Run {
    let mut args = vec!["preview", action, "--for", "pr-12", "--format", "json"];
    if action == "create" && !more.contains(&"--image") {
        args.extend(["--fail-on", "never"]);
    }
    args.extend(more);
    typed_in(dir, world, "ws", &args)
}

fn made(world: &World, dir: &Path, more: &[&str]) -> Value {
    let run = typed(world, dir, "create", more);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    serde_json::from_str(&run.stdout).unwrap()
}

fn deleted(world: &World, dir: &Path, more: &[&str]) -> (Value, Value, String) {
    let run = typed(world, dir, "delete", more);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let data: Value = serde_json::from_str(&run.stdout).unwrap();
    (data["deleted"].clone(), data["image"].clone(), run.stderr)
}

/// Names of what is there: `images` or `sandboxes`.
async fn there(world: &World, kind: &str) -> Vec<String> {
    let all = world.raw("ws", "GET", &format!("/{kind}"), Value::Null).await;
    let names = all.as_array().unwrap().iter().map(|one| one["metadata"]["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_preview_is_built_as_an_image_of_its_own_and_takes_it_along() {
    let world = World::new(Scenario::Happy);
    world.image("ws", "shop", "t1").await;
    let dir = project();
    // Beside the project: inside, it would be sent.
    let told = tempfile::tempdir().unwrap();
    let told = told.path().join("record.json");
    let first = made(&world, dir.path(), &["--record", told.to_str().unwrap()]);
    assert_eq!((&first["change"], &first["sandbox"]["name"]), (&json!("created"), &json!(NAME)));
    let image = first["sandbox"]["image"].as_str().unwrap();
    assert!(image.starts_with("sandbox/shop-pr-12:"), "{image}");
    let record: Value = serde_json::from_str(&fs::read_to_string(told).unwrap()).unwrap();
    assert_eq!((&record["action"], &record["image"]), (&json!("preview"), &json!(image)));
    let sandbox = world.raw("ws", "GET", "/sandboxes/shop-pr-12", Value::Null).await;
    let spec = &sandbox["spec"];
    assert_eq!(spec["lifecycle"]["expirationPolicies"][0]["value"], "7d");
    assert_eq!(
        (&spec["runtime"]["memory"], &first["preview"]["port"]),
        (&json!(2048), &json!(3000))
    );
    let url = first["preview"]["open"].as_str().unwrap();

    // The same once more, then other files, then what a sandbox cannot change.
    let same = made(&world, dir.path(), &[]);
    assert_eq!((&same["change"], &same["sandbox"]["image"]), (&json!("unchanged"), &json!(image)));
    fs::write(dir.path().join("index.js"), "console.log(2)\n").unwrap();
    let next = made(&world, dir.path(), &[]);
    assert_eq!((&next["change"], &next["preview"]["open"]), (&json!("updated"), &json!(url)));
    assert_ne!(next["sandbox"]["image"], json!(image));
    let other = made(&world, dir.path(), &["--env", "A=b"]);
    assert_eq!(other["change"], "created");

    assert_eq!(there(&world, "images").await, ["shop", NAME]);
    let (gone, image, said) = deleted(&world, dir.path(), &[]);
    assert_eq!((gone, image), (json!(true), json!("sandbox/shop-pr-12")), "{said}");
    assert_eq!(there(&world, "images").await, ["shop"]);
    assert!(there(&world, "sandboxes").await.is_empty());
    let (gone, image, said) = deleted(&world, dir.path(), &["--built"]);
    assert_eq!((gone, image), (json!(false), Value::Null), "{said}");
}

#[tokio::test]
async fn an_image_that_no_preview_built_stays() {
    let world = World::new(Scenario::Happy);
    world.image("ws", NAME, "t1").await;
    let dir = project();
    made(&world, dir.path(), &["--image", "shop-pr-12:t1"]);
    assert_eq!(deleted(&world, dir.path(), &[]).1, Value::Null);

    // It was there before the first build.
    let run = typed(&world, dir.path(), "create", &[]);
    assert!(run.stderr.contains("was there before"), "{}", run.stderr);
    assert_eq!(deleted(&world, dir.path(), &[]).1, Value::Null);
    assert_eq!(there(&world, "images").await, [NAME]);
    while !there(&world, "sandboxes").await.is_empty() {}
    let (_, image, said) = deleted(&world, dir.path(), &[]);
    assert_eq!(image, Value::Null);
    assert!(said.contains("--built deletes it"), "{said}");
    assert_eq!(deleted(&world, dir.path(), &["--built"]).1, "sandbox/shop-pr-12");
    assert!(there(&world, "images").await.is_empty());
}

#[tokio::test]
async fn nothing_is_built_that_others_see_or_that_the_gate_refuses() {
    let world = World::new(Scenario::Happy);
    let dir = project();
    fs::write(dir.path().join("Dockerfile"), "FROM node:24-slim\nCOPY nowhere.js .\n").unwrap();
    let args = ["preview", "create", "--for", "pr-12", "--record", "record.json"];
    let run = typed_in(dir.path(), &world, "ws", &args);
    assert_eq!(run.code, Some(1), "{}", run.shown());
    assert!(
        run.stderr.contains("nothing was uploaded") && run.stdout.is_empty(),
        "{}",
        run.shown()
    );
    let record: Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("record.json")).unwrap()).unwrap();
    assert_eq!((&record["status"], &record["gate"]["passed"]), (&json!("refused"), &json!(false)));
    assert!(there(&world, "sandboxes").await.is_empty());

    fs::write(dir.path().join("Dockerfile"), DOCKERFILE).unwrap();
    world.image("ws", NAME, "t1").await;
    let share = json!({"targetWorkspace": "prod"});
    world.raw("ws", "POST", "/images/sandbox/shop-pr-12/share", share).await;
    let run = typed(&world, dir.path(), "create", &[]);
    assert_eq!(run.code, Some(7), "{}", run.shown());
    assert!(run.stderr.contains("is shared with `prod`"), "{}", run.stderr);
    assert!(there(&world, "sandboxes").await.is_empty());

    for more in [&["--dockerfile", "Dockerfile"][..], &["--build-arg", "A=b"]] {
        let args = [&["--image", "shop-pr-12:t1"], more].concat();
        let run = typed(&world, dir.path(), "create", &args);
        assert_eq!(run.code, Some(2), "{}", run.shown());
        assert!(run.stderr.contains("there is nothing to build"), "{}", run.stderr);
    }
}

#[tokio::test]
async fn a_preview_that_is_not_built_names_the_line() {
    let world = World::with(Config { scenario: Scenario::BuildFails, ..Config::default() });
    let dir = project();
    let run = typed(&world, dir.path(), "create", &["--record", "record.json"]);
    assert_eq!(run.code, Some(3), "{}", run.shown());
    assert!(run.stderr.contains("RUN node --check index.js"), "{}", run.stderr);
    let record: Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("record.json")).unwrap()).unwrap();
    assert_eq!(record["failure"]["dockerfile_line"], 5, "{record:#}");
    // What was begun is the preview's own, and goes with it.
    assert_eq!(deleted(&world, dir.path(), &[]).0, json!(true));
}

/// Methods and paths: of what was planned, and of what was done.
fn planned(plan: &Value, api: &str) -> BTreeSet<(String, String)> {
    let calls = plan["requests"].as_array().unwrap().iter();
    let part = |call: &Value, name: &str| call[name].as_str().unwrap().to_owned();
    let path = |url: String| match url.strip_prefix(api) {
        Some(path) => path.split('?').next().unwrap().to_owned(),
        None => "(upload)".to_owned(),
    };
    calls.map(|call| (part(call, "method"), path(part(call, "url")))).collect()
}

#[tokio::test]
async fn a_dry_run_names_every_call_that_is_made_and_makes_none() {
    for (more, files) in [
        (&[][..], 3),
        (&["--private"][..], 3),
        (&["--image", "sandbox/shop:t1"][..], 0),
        (&["--image", "sandbox/shop:t1", "--private"][..], 0),
    ] {
        let world = World::new(Scenario::Happy);
        world.image("ws", "shop", "t1").await;
        let dir = project();
        let more = [more, &["--env", "APP_TOKEN"]].concat();
        let before = world.running.calls().len();
        let dry = typed(&world, dir.path(), "create", &[&more[..], &["--dry-run"]].concat());
        assert_eq!(dry.code, Some(0), "{}", dry.shown());
        assert_eq!(world.running.calls().len(), before, "{}", dry.shown());
        assert!(!dry.shown().contains("variable-of-the-caller"), "{}", dry.shown());
        let plan: Value = serde_json::from_str(&dry.stdout).unwrap();
        assert_eq!((&plan["action"], &plan["dry_run"]), (&json!("preview"), &json!(true)));
        assert_eq!(plan["files"].as_array().unwrap().len(), files);

        made(&world, dir.path(), &more);
        let planned = planned(&plan, &world.api);
        for call in &world.running.calls()[before..] {
            let path = call.path.split('?').next().unwrap();
            let path = path.strip_prefix("/v0").unwrap_or("(upload)");
            let made = (call.method.clone(), path.to_owned());
            assert!(planned.contains(&made), "{made:?} is none of {planned:?}");
        }
    }
}

#[test]
fn a_dry_run_is_shown_to_people() {
    for (name, more) in [
        ("preview-dry-run", &["--env", "MODE=fast"][..]),
        ("preview-dry-run-image", &["--image", "sandbox/shop:t1", "--private"][..]),
    ] {
        let dir = project();
        let args = ["preview", "create", "--for", "pr-12", "--dry-run"];
        let mut command = command(dir.path(), &[&args[..], more].concat());
        // Nothing listens there.
        let run =
            finish(command.env("BL_API_URL", "http://127.0.0.1:9/v0").env("BL_WORKSPACE", "ws"));
        let snapshot = root().join(format!("tests/snapshots/platform/{name}.txt"));
        assert_data_eq!(run.shown(), Data::read_from(&snapshot, None).raw());
    }
}
