//! Every key of `blaxel.toml` reaches the platform, or is refused or said by name.

use std::fs;

use serde_json::{Value, json};

use crate::{
    common::{CANARY, finish},
    stage::Stage,
};

/// What becomes of a key.
enum Becomes {
    /// It stands there in the body of the call.
    At(&'static str, Value),
    /// It names the folder, the file or the workspace that the run uses; it is in what the dry run prints.
    Shows(&'static str),
    /// The run ends with this code and these words.
    Ends(i32, &'static str),
    /// A warning names it.
    Idle,
}

use Becomes::{At, Ends, Idle, Shows};

#[expect(clippy::too_many_lines, reason = "a table")]
fn rows() -> Vec<(&'static str, &'static str, Becomes)> {
    let label = |name: &str| match name {
        "memory" => "/metadata/labels/x-blaxel-build-memory",
        "volume" => "/metadata/labels/x-blaxel-build-volume",
        "region" => "/metadata/labels/x-blaxel-build-region",
        "cache" => "/metadata/labels/x-blaxel-build-cache",
        _ => "/metadata/labels/x-blaxel-experimental",
    };
    vec![
        ("type", "type = \"sandbox\"", Shows("\"kind\": \"Sandbox\"")),
        ("type", "type = \"agent\"", Ends(2, "`type` is `agent`")),
        ("name", "name = \"other\"", At("/metadata/name", json!("other"))),
        ("description", "description = \"x\"", Shows("")),
        ("workspace", "workspace = \"ws\"", Shows("\"workspace\": \"ws\"")),
        ("workspace", "workspace = \"other\"", Ends(7, "`other`")),
        (
            "image",
            "image = \"ghcr.io/acme/app:1\"",
            At("/spec/runtime/image", json!("ghcr.io/acme/app:1")),
        ),
        ("region", "region = \"us-pdx-1\"", At("/spec/region", json!("us-pdx-1"))),
        ("region", "region = \"auto\"", At("/spec/region", Value::Null)),
        ("public", "public = true", Idle),
        ("protocol", "protocol = \"x\"", Idle),
        ("functions", "functions = [\"all\"]", Idle),
        ("models", "models = [\"all\"]", Idle),
        ("agents", "agents = [\"all\"]", Idle),
        ("entrypoint", "entrypoint = { prod = \"x\" }", Idle),
        (
            "env",
            "env = { A = \"b\" }",
            At("/spec/runtime/envs/0", json!({"name": "A", "value": "b"})),
        ),
        ("env", "env = { A = 1 }", Ends(2, "blaxel.toml")),
        ("labels", "labels = { team = \"a\" }", At("/metadata/labels/team", json!("a"))),
        ("function", "function = { x = { path = \"a\" } }", Idle),
        ("agent", "agent = { x = { path = \"a\" } }", Idle),
        ("job", "job = { x = { path = \"a\" } }", Idle),
        ("skipRoot", "skipRoot = true", Idle),
        ("triggers", "triggers = [{ type = \"cron\" }]", Idle),
        (
            "volumes",
            "volumes = [{ name = \"v\", mountPath = \"/v\", sizeMb = 10, readOnly = true }]",
            At(
                "/spec/volumes/0",
                json!({"name": "v", "mountPath": "/v", "sizeMb": 10, "readOnly": true}),
            ),
        ),
        ("policies", "policies = [\"p\"]", At("/spec/policies", json!(["p"]))),
        ("defaultSize", "defaultSize = 1", Idle),
        ("directory", "directory = \"x\"", Idle),
        ("memory", "memory = 1024", Ends(2, "write it in `[runtime]`")),
        ("port", "port = 3000", Ends(2, "[[runtime.ports]]")),
        ("githubRunner", "githubRunner = {}", Idle),
        ("runtime.memory", "runtime = { memory = 1024 }", At("/spec/runtime/memory", json!(1024))),
        (
            "runtime.generation",
            "runtime = { generation = \"mk3\" }",
            At("/spec/runtime/generation", json!("mk3")),
        ),
        (
            "runtime.storageMb",
            "runtime = { storageMb = 5 }",
            At("/spec/runtime/storageMb", json!(5)),
        ),
        (
            "runtime.ports",
            "runtime = { ports = [{ name = \"web\", target = 3000, protocol = \"tls\" }] }",
            At("/spec/runtime/ports/0", json!({"name": "web", "target": 3000, "protocol": "tls"})),
        ),
        ("runtime.ttl", "runtime = { ttl = \"24h\" }", At("/spec/runtime/ttl", json!("24h"))),
        (
            "runtime.expires",
            "runtime = { expires = \"2027-01-01\" }",
            At("/spec/runtime/expires", json!("2027-01-01")),
        ),
        (
            "runtime.timeout",
            "runtime = { timeout = \"30s\" }",
            At("/spec/runtime/timeout", json!("30s")),
        ),
        (
            "runtime.maxConcurrentTasks",
            "runtime = { maxConcurrentTasks = 2 }",
            At("/spec/runtime/maxConcurrentTasks", json!(2)),
        ),
        (
            "runtime.maxRetries",
            "runtime = { maxRetries = 2 }",
            At("/spec/runtime/maxRetries", json!(2)),
        ),
        (
            "runtime.extraArgs",
            "runtime = { extraArgs = { a = \"b\" } }",
            At("/spec/runtime/extraArgs/a", json!("b")),
        ),
        ("runtime.new", "runtime = { newKey = [1, 2] }", At("/spec/runtime/newKey", json!([1, 2]))),
        ("runtime.envs", "runtime = { envs = [] }", Ends(2, "write the variables in `[env]`")),
        ("runtime.image", "runtime = { image = \"a\" }", Ends(2, "`image` at the top level")),
        ("runtime.dockerConfig", "runtime = { dockerConfig = \"{}\" }", Ends(2, "--registry-cred")),
        ("runtime.skipBuild", "runtime = { skipBuild = \"true\" }", Ends(2, "--skip-build")),
        ("build.args", "build = { args = { A = \"1\" } }", Shows(".env.build")),
        ("build.slim", "build = { slim = false }", Shows("blaxel.toml")),
        (
            "build.experimental",
            "build = { experimental = true }",
            At(label("experimental"), json!("true")),
        ),
        (
            "build.experimental",
            "build = { experimental = false }",
            At(label("experimental"), Value::Null),
        ),
        ("build.memoryMb", "build = { memoryMb = 8192 }", At(label("memory"), json!("8192"))),
        ("build.volumeMb", "build = { volumeMb = 100 }", At(label("volume"), json!("100"))),
        (
            "build.region",
            "build = { region = \"us-pdx-1\" }",
            At(label("region"), json!("us-pdx-1")),
        ),
        ("build.cacheDrive", "build = { cacheDrive = \"d\" }", At(label("cache"), json!("d"))),
        (
            "build.dockerfile",
            "build = { dockerfile = \"Other\" }",
            Shows("\"path\": \"Dockerfile\""),
        ),
        ("build.new", "build = { newKey = 1 }", Idle),
        ("new", "newKey = 1", Idle),
    ]
}

/// A dry run of this file: its exit code, what it prints, what it says.
fn dry(toml: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let stage = Stage::new();
    stage.write("blaxel.toml", toml);
    fs::rename(stage.path().join("box/Dockerfile"), stage.path().join("box/Other")).unwrap();
    if !toml.contains("dockerfile") {
        fs::rename(stage.path().join("box/Other"), stage.path().join("box/Dockerfile")).unwrap();
    }
    let mut args = vec!["--dry-run", "--format", "json"];
    args.extend(more);
    // Nothing listens there, and there is no credential: a dry run calls nobody.
    let mut command = stage.command("http://127.0.0.1:9/v0", &args);
    let run = finish(command.env_remove("BL_API_KEY"));
    let ended = stage.ended(run.code, run.stdout, run.stderr);
    assert!(!ended.stdout.contains(CANARY));
    (ended.code, serde_json::from_str(&ended.stdout).unwrap_or_default(), ended.stderr)
}

fn body(plan: &Value) -> Value {
    let calls = plan["requests"].as_array().unwrap();
    calls.iter().find(|call| call["method"] == "PUT").unwrap()["body"].clone()
}

#[test]
fn every_key_reaches_the_platform_or_is_named() {
    let rows = rows();
    std::thread::scope(|scope| {
        for (key, toml, becomes) in &rows {
            scope.spawn(move || {
                let (code, plan, said) = dry(toml, &[]);
                let place = format!("{key}: {toml}\n{plan:#}\n{said}");
                match becomes {
                    At(pointer, value) => {
                        assert_eq!(code, Some(0), "{place}");
                        let body = body(&plan);
                        assert_eq!(body.pointer(pointer).unwrap_or(&Value::Null), value, "{place}");
                    }
                    Shows(part) => {
                        assert_eq!(code, Some(0), "{place}");
                        assert!(format!("{plan:#}").contains(part), "{place}");
                    }
                    Ends(exit, part) => {
                        assert_eq!(code, Some(*exit), "{place}");
                        assert!(said.contains(part), "{place}");
                    }
                    Idle => {
                        assert_eq!(code, Some(0), "{place}");
                        let name = key.replace("new", "newKey");
                        let line =
                            said.lines().find(|line| line.contains("no effect on a sandbox"));
                        assert!(
                            line.is_some_and(|line| line.contains(&format!("`{name}`"))),
                            "{place}"
                        );
                    }
                }
            });
        }
    });
}

#[test]
fn variables_of_the_file_come_from_the_caller_alone() {
    let toml = "name = \"${NAME:box}\"\nregion = \"$REGION\"\nimage = \"ghcr.io/acme/app:${TAG}\"\n[env]\nA = \"x-$secrets.WORD\"\nB = \"${C:d}\"\n";
    let given = ["--var", "REGION=us-pdx-1", "--var", "TAG=7", "--var", "WORD"];
    let (code, _, said) = dry(toml, &given[..4]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("`env.A` uses the variable `WORD`") && said.contains("--var WORD"),
        "{said}"
    );
    // Named, but not there.
    let (code, _, said) = dry(toml, &given);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the variable `WORD` is not set"), "{said}");
    let given = [&given[..5], &["WORD=hush"]].concat();
    let (code, plan, said) = dry(toml, &given);
    assert_eq!(code, Some(0), "{said}");
    let body = body(&plan);
    assert_eq!(body["metadata"]["name"], "box");
    assert_eq!(body["spec"]["region"], "us-pdx-1");
    assert_eq!(body["spec"]["runtime"]["image"], "ghcr.io/acme/app:7");
    assert_eq!(body["spec"]["runtime"]["envs"][0], json!({"name": "A", "value": "x-hush"}));
    assert_eq!(body["spec"]["runtime"]["envs"][1], json!({"name": "B", "value": "d"}));
}

/// A file that is no file, that is too large or that leads out of the project is neither waited for nor cut nor left out.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_ends_the_run() {
    type Make = fn(&std::path::Path);
    let pipe: Make = |path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let outside: Make = |path| {
        let other = path.with_file_name("../other.toml");
        fs::write(&other, "name = \"other\"\n").unwrap();
        std::os::unix::fs::symlink("../other.toml", path).unwrap();
    };
    let rows: [(&str, Make); 4] = [
        ("is not a regular file", pipe),
        ("is a directory", |path| fs::create_dir(path).unwrap()),
        ("is larger than 16 MiB", |path| {
            fs::File::create(path).unwrap().set_len((16 << 20) + 1).unwrap();
        }),
        ("leads out of the project", outside),
    ];
    for (told, make) in rows {
        let stage = Stage::new();
        let path = stage.path().join("box/blaxel.toml");
        fs::remove_file(&path).unwrap();
        make(&path);
        let image = ["--dry-run", "--image", "ghcr.io/acme/app:1"];
        for (action, more) in [("deploy", &image[..1]), ("push", &image[..1]), ("deploy", &image)] {
            let ended = stage.run_of(action, "http://127.0.0.1:9/v0", more);
            let place = format!("{action} {more:?}: {}", ended.stderr);
            assert_eq!(ended.code, Some(2), "{place}");
            assert!(ended.stderr.contains(told), "{place}");
            assert!(ended.stderr.contains("--> box/blaxel.toml"), "{place}");
        }
    }
}

#[test]
fn what_is_typed_wins_over_the_file() {
    let toml = "name = \"box\"\nregion = \"a\"\n[runtime]\nmemory = 1024\ngeneration = \"mk2\"\n[[runtime.ports]]\nname = \"web\"\ntarget = 3000\n[env]\nA = \"1\"\nB = \"2\"\n[labels]\nteam = \"a\"\ntier = \"b\"\n[[volumes]]\nname = \"data\"\nmountPath = \"/data\"\n[[volumes]]\nname = \"logs\"\nmountPath = \"/logs\"\n";
    let typed = [
        "--region",
        "us-was-1",
        "--memory",
        "8192",
        "--generation",
        "mk3",
        "--port",
        "3000/tls",
        "--port",
        "4000",
        "--volume",
        "cache:/cache",
        "--volume",
        "new:/data:ro",
        "--env",
        "A=3",
        "--env",
        "API_TOKEN=hush-hush",
        "--label",
        "team=c",
        "--name",
        "other",
    ];
    let (code, plan, said) = dry(toml, &typed);
    assert_eq!(code, Some(0), "{said}");
    let body = body(&plan);
    assert_eq!(
        body["spec"],
        json!({
            "region": "us-was-1",
            "volumes": [
                {"name": "logs", "mountPath": "/logs"},
                {"name": "cache", "mountPath": "/cache"},
                {"name": "new", "mountPath": "/data", "readOnly": true},
            ],
            "runtime": {
                "memory": 8192,
                "generation": "mk3",
                "ports": [
                    {"name": "web", "target": 3000, "protocol": "TLS"},
                    {"target": 4000, "protocol": "HTTP"},
                ],
                "envs": [
                    {"name": "B", "value": "2"},
                    {"name": "A", "value": "3"},
                    {"name": "API_TOKEN", "value": "****"},
                ],
            },
        })
    );
    assert_eq!(body["metadata"]["name"], "other");
    assert_eq!(body["metadata"]["labels"]["team"], "c");
    assert_eq!(body["metadata"]["labels"]["tier"], "b");
    for bad in [
        ["--port", "8080"],
        ["--port", "x"],
        ["--env", "=x"],
        ["--label", "x"],
        ["--memory", "0"],
        ["--volume", "data"],
        // It needs a region.
        ["--volume", "data:/data"],
    ] {
        let (code, _, said) = dry("name = \"box\"\n", &bad);
        assert_eq!(code, Some(2), "{bad:?}: {said}");
    }
}

#[test]
fn a_dry_run_names_every_call_and_file() {
    let (code, plan, said) = dry("name = \"box\"\n[build]\nmemoryMb = 8192\n", &["--recreate"]);
    assert_eq!(code, Some(0), "{said}");
    let calls: Vec<String> = plan["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| {
            format!("{} {}", call["method"].as_str().unwrap(), call["url"].as_str().unwrap())
        })
        .collect();
    let api = "http://127.0.0.1:9/v0";
    assert_eq!(
        calls,
        [
            format!("GET {api}/sandboxes/box"),
            format!("DELETE {api}/sandboxes/box"),
            format!("PUT {api}/sandboxes/box?upload=true"),
            format!("POST {api}/sandboxes?upload=true"),
            "PUT (the upload URL that the platform answers)".to_owned(),
            format!("GET {api}/sandboxes/box"),
            format!("GET {api}/observability/logs"),
        ]
    );
    let files = plan["files"].as_array().unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["Dockerfile", "blaxel.toml", "index.js"]);
    assert_eq!(files[2]["size"], 15);
    assert!(
        plan["requests"][4]["when"]
            .as_str()
            .unwrap()
            .contains("x-amz-meta-x-blaxel-build-memory: 8192")
    );
}
