//! Texts from outside are inert in what a job tells of a plan, and of an audit: where it is rehearsed, and where it is run.

use std::{fs, net::SocketAddr, thread};

use axum::{Json, Router, extract::Request, http::StatusCode};
use serde_json::{Value, json};

use crate::{
    hostile::{
        HOSTILE, is_inert_json, is_inert_markdown, lines, moves, no_command, outside_of_indents,
    },
    stage::{Job, Stage, push},
};

/// A text as the name of a folder.
fn named(text: &str) -> String {
    text.replace('/', "-")
}

/// What arrives in no variable as it is, and what no list holds.
fn is_refused(name: &str) -> bool {
    name.chars().any(|c| c.is_control() || matches!(c, ',' | '\u{2028}'))
        || ["##[", "##vso"].iter().any(|start| name.contains(start))
}

/// That nothing that a job told commands anybody. Gives the summary, and how many lines of it are code.
fn told(what: &str, job: &Job) -> (String, usize) {
    for stream in [&job.run.stdout, &job.run.stderr] {
        no_command(stream);
        assert_eq!(moves(stream), None, "{what}: {stream}");
    }
    for (name, value) in &job.outputs {
        assert_eq!(moves(value), None, "{what}: {name}: {value}");
        if value.starts_with(['{', '[']) {
            is_inert_json(name, value);
        }
    }
    let rehearsed = job.run.stdout.split("=== summary\n").nth(1);
    let rehearsed = rehearsed.map(|rest| rest.split("=== outputs\n").next().unwrap());
    let summary = rehearsed.unwrap_or(&job.summary).to_owned();
    assert_eq!(moves(&summary), None, "{what}: {summary}");
    let (outside, code) = outside_of_indents(&summary);
    let begins =
        ["### ", "sandgate: nothing to do: "].iter().any(|begin| outside.starts_with(begin));
    assert!(begins, "{what}: {summary}");
    is_inert_markdown(what, &outside);
    (summary, code)
}

/// A repository with an image for each name, in each of which a file has changed since that is called the same. Gives the
/// commit before.
fn changed<'a>(stage: &Stage, names: impl Iterator<Item = &'a String> + Clone) -> String {
    let write = |name: &str, file: &str| {
        let folder = stage.path("images").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), "FROM sandbox/base\nCOPY . .\n").unwrap();
    };
    names.clone().for_each(|name| write(name, "Dockerfile"));
    let base = stage.commit();
    names.for_each(|name| write(name, name));
    base
}

#[tokio::test]
async fn hostile_names_of_folders_and_files_command_nobody_in_a_plan() {
    let names: Vec<String> = lines().map(named).collect();
    let (bad, good): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| is_refused(name));
    assert!(good.len() > 40 && bad.len() > 4, "{good:?} {bad:?}");
    for (names, code) in [(good, 0), (bad, 2)] {
        let stage = Stage::new().await;
        let base = changed(&stage, names.iter());
        for rehearsed in ["--dry-run=true", "--dry-run=false"] {
            let args = ["--command", "plan", "--base", &base, rehearsed, "images"];
            let job = stage.job("push", &push("topic", "x"), 1, &args);
            assert_eq!(job.run.code, Some(code), "{}", job.run.shown());
            let (summary, lines) = told(rehearsed, &job);
            if code == 0 {
                assert!(summary.starts_with("### Images to build\n\n"), "{summary}");
                assert!(lines > names.len(), "{lines} of {}: {summary}", names.len());
                // The file is the reason.
                assert!(summary.matches("$(id)").count() >= 2, "{summary}");
            }
        }
    }
}

/// The branch that a first push is compared with is what the event says.
#[tokio::test]
async fn hostile_branches_command_nobody_in_a_plan() {
    let stage = Stage::new().await;
    stage.commit();
    for (number, evil) in HOSTILE.iter().enumerate() {
        let mut payload = push(evil, evil);
        payload["before"] = json!("0".repeat(40));
        payload["repository"]["default_branch"] = json!(format!("not {evil}"));
        let rehearse = format!("--dry-run={}", number % 2 == 0);
        let job = stage.job("push", &payload, 1, &["--command", "plan", &rehearse]);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
        let (summary, _) = told(evil, &job);
        assert!(summary.contains("every image is built"), "{summary}");
    }
}

/// What projects declare: names of images, and where they are shared.
#[tokio::test]
async fn hostile_declarations_command_nobody_in_an_audit() {
    let stage = Stage::new().await;
    let toml = fs::read_to_string(stage.path("blaxel.toml")).unwrap();
    let audit = json!({"repository": {"full_name": "o/r", "default_branch": "main"}});
    let of = |number: usize| {
        let rehearse = format!("--dry-run={}", number.is_multiple_of(2));
        stage.job("schedule", &audit, 1, &["--command", "audit", &rehearse])
    };
    let mut refused = 0;
    for (number, evil) in HOSTILE.iter().enumerate() {
        stage.file("blaxel.toml", &toml.replace("\"shop\"", &json!(evil).to_string()));
        let job = of(number);
        refused += usize::from(job.run.code != Some(0));
        told(evil, &job);
        stage.file("blaxel.toml", &toml);
        stage.file("sandgate.toml", &format!("[promotion]\nto = [{}]\n", json!(evil)));
        let job = of(number + 1);
        refused += usize::from(job.run.code != Some(0));
        told(evil, &job);
        fs::remove_file(stage.path("sandgate.toml")).unwrap();
    }
    assert!(refused > HOSTILE.len(), "{refused}");
    // Names that nobody knows are left out, and the folder is told.
    for text in lines().map(named) {
        stage.file(&format!("images/{text}/Dockerfile"), "FROM scratch\n");
        stage.file(&format!("images/{text}/blaxel.toml"), &toml.replace("shop", "${name}"));
    }
    for number in 0..2 {
        let job = of(number);
        assert_eq!(job.run.code, Some(0), "{}", job.run.shown());
        told("folders", &job);
        let left_out = job.run.stderr.matches("is a variable, and is left out").count();
        assert_eq!(left_out, lines().count(), "{}", job.run.shown());
    }
}

/// A platform that answers with every text: whom the image `app` is shared with, and why nobody may see that of others.
fn platform() -> SocketAddr {
    let answer = |path: &str| match path.strip_prefix("/v0/images/sandbox/") {
        None if path == "/v0/images" => {
            let names = (0..HOSTILE.len()).map(|number| format!("other-{number}"));
            let names = names.chain(["app".to_owned()]);
            let image = |name| json!({"metadata": {"name": name, "resourceType": "sandbox"}, "spec": {"tags": []}});
            (StatusCode::OK, Value::from(names.map(image).collect::<Vec<_>>()))
        }
        Some("app/share") => {
            let share = |text: &&str| json!({"workspace": text, "accountId": text, "status": "active", "accountOwnerEmail": text});
            (StatusCode::OK, Value::from(HOSTILE.iter().map(share).collect::<Vec<_>>()))
        }
        Some(other) => {
            let number = other.strip_prefix("other-").and_then(|rest| rest.split('/').next());
            let text = HOSTILE[number.unwrap().parse::<usize>().unwrap()];
            (StatusCode::FORBIDDEN, json!({"code": 403, "error": text, "message": text}))
        }
        None => (StatusCode::NOT_FOUND, json!({"code": 404, "error": path})),
    };
    let answer = move |request: Request| async move {
        let (status, body) = answer(request.uri().path());
        (status, Json(body))
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    // Whoever waits for a job lets nothing else run.
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, Router::new().fallback(answer)).await
        })
    });
    address
}

#[tokio::test]
async fn a_hostile_platform_commands_nobody_in_an_audit() {
    let mut stage = Stage::new().await;
    stage.env.insert("BL_API_URL", Some(format!("http://{}/v0", platform())));
    let audit = json!({"repository": {"full_name": "o/r", "default_branch": "main"}});
    let job = stage.job("schedule", &audit, 1, &["--command", "audit"]);
    assert_eq!(job.run.code, Some(1), "{}", job.run.shown());
    let (summary, lines) = told("audit", &job);
    assert!(summary.starts_with("### Audit of shares\n\n"), "{summary}");
    assert!(lines > 2 * HOSTILE.len(), "{lines}: {summary}");
    for text in ["shared, not declared", "cannot be read"] {
        assert_eq!(summary.matches(text).count(), HOSTILE.len(), "{summary}");
    }
}
