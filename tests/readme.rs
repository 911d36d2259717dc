//! Every command that the README shows does what the README says.
#![cfg(feature = "remote")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::fs;

use common::{command, copy_of, finish, root};

/// The command lines of the page's console blocks, comments taken off.
fn commands(page: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut inside = false;
    let mut out = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(line) = line.strip_prefix("$ ")
            && inside
        {
            out.push(line.split(" # ").next().unwrap().trim().to_owned());
        }
    }
    out
}

/// Without a server, in an empty folder.
#[test]
fn what_is_shown_of_the_small_world_runs() {
    let lines = commands("docs/simulator.md");
    let lines = lines.iter().filter_map(|line| line.strip_prefix("sandgate "));
    let lines: Vec<_> = lines.filter(|line| line.ends_with(" --sim")).collect();
    assert!(lines.len() >= 7, "{lines:?}");
    let dir = tempfile::tempdir().unwrap();
    for line in lines {
        let args: Vec<&str> = line.split(' ').collect();
        let run = finish(&mut command(dir.path(), &args));
        assert_eq!(run.code, Some(0), "{line}:\n{}", run.shown());
        assert!(!run.stdout.is_empty() || line.contains("delete"), "{line}:\n{}", run.shown());
    }
}

#[test]
fn the_first_two_commands_are_the_whole_start() {
    let all = commands("README.md");
    assert_eq!(all[0], "cargo run --locked -- deploy fixtures/nextjs-agent --sim");
    assert_eq!(all[1], "cargo test --locked");
}

#[test]
fn every_command_runs() {
    let mut ran = 0;
    for line in commands("README.md") {
        let Some(args) =
            line.strip_prefix("sandgate ").or_else(|| line.strip_prefix("cargo run --locked -- "))
        else {
            assert!(
                ["cargo test", "cargo install", "export "]
                    .iter()
                    .any(|known| line.starts_with(known)),
                "`{line}` is not checked"
            );
            continue;
        };
        // A project of its own: `--fix` writes.
        let (keep, project) = copy_of("go-multistage");
        fs::create_dir(keep.path().join("fixtures")).unwrap();
        let (_keep, agent) = copy_of("nextjs-agent");
        fs::rename(agent, keep.path().join("fixtures/nextjs-agent")).unwrap();
        let path = project.to_str().unwrap();
        let args: Vec<&str> = args
            .split(' ')
            .map(|word| if word == "path/to/project" { path } else { word })
            .collect();
        let mut command = command(keep.path(), &args);
        // The deploy that is not simulated meets a closed port.
        command.env("BL_API_URL", "http://127.0.0.1:9/v0").env("BL_WORKSPACE", "my-workspace");
        let real = args[0] == "deploy" && !args.contains(&"--sim");
        let want = match args.as_slice() {
            [.., "build-fails"] => 3,
            _ if real => 5,
            _ => 0,
        };
        if real {
            command.args(["--timeout", "3s"]);
        }
        let run = finish(&mut command);
        assert_eq!(run.code, Some(want), "{line}:\n{}", run.shown());
        ran += 1;
    }
    assert!(ran >= 8, "only {ran} commands ran");
}
