//! A job that is cancelled: nothing that it leaves says that it is still at work.

use std::{
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use sandgate::sim::{Config, Scenario};

use crate::{
    common::Run,
    stage::{MERGE, Stage, push},
};

#[tokio::test]
async fn images_that_were_not_begun_are_told_to_be_cancelled() {
    let stage = Stage::with(Config { scenario: Scenario::Slow, ..Config::default() }).await;
    let dockerfile = std::fs::read_to_string(stage.path("Dockerfile")).unwrap();
    for name in ["api", "web", "worker"] {
        stage.file(
            &format!("{name}/blaxel.toml"),
            &format!("type = \"sandbox\"\nname = \"{name}\"\n"),
        );
        stage.file(&format!("{name}/Dockerfile"), &dockerfile);
        stage.file(&format!("{name}/index.js"), "console.log(1)\n");
    }
    let args = ["--command", "deploy", "api", "web", "worker"];
    let mut command = stage.command("push", &push("main", "x"), 1, &args);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Until the first is being built.
    while stage.calls("GET", "/sandboxes/api") < 3 {
        assert!(child.try_wait().unwrap().is_none(), "it has ended by itself");
        sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let job = stage.left(Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    });
    assert_eq!(job.run.code, Some(143), "{}", job.run.shown());
    assert_eq!(job.output("status"), "cancelled");
    let forge = stage.forge().await;
    let statuses = forge["statuses"].as_array().unwrap();
    for (name, text) in [
        ("api", "Cancelled · "),
        ("web", "Cancelled: not begun"),
        ("worker", "Cancelled: not begun"),
    ] {
        let context = format!("sandgate/{name}@dev");
        let of_it =
            |one: &&serde_json::Value| one["context"] == context.as_str() && one["sha"] == MERGE;
        let last = statuses.iter().rfind(of_it).unwrap();
        assert_eq!(last["state"], "failure", "{name}\n{forge}");
        assert!(last["description"].as_str().unwrap().starts_with(text), "{last}");
    }
    // What was not begun is no deployment; what was is none any more that is at work.
    let deployments = forge["deployments"].as_array().unwrap();
    let [one] = deployments.as_slice() else { panic!("{forge}") };
    let states: Vec<&str> = one["statuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["in_progress", "error"], "{forge}");
    assert!(job.summary.contains("3 of 3 failed"), "{}", job.summary);
}
