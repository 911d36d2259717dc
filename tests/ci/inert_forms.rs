//! Texts from outside are inert in every form that findings, plans and reports have.

use std::fs;

use quick_xml::{Reader, events::Event};

use crate::{
    common::{self, Run},
    hostile::{
        dockerfile, hostile_leg, is_inert_json, is_inert_markdown, is_inert_sarif, lines, moves,
        no_command,
    },
};

/// Runs where the agent of Azure reads along, and where GitHub's runner does; gives back the second.
fn run(dir: &tempfile::TempDir, args: &[&str]) -> Run {
    let [_, run] = [("TF_BUILD", "True"), ("GITHUB_ACTIONS", "true")].map(|(name, value)| {
        let run = common::finish(common::command(dir.path(), args).env(name, value));
        for stream in [&run.stdout, &run.stderr] {
            no_command(stream);
        }
        assert_eq!(moves(&run.stderr), None, "{args:?}: {}", run.stderr);
        run
    });
    run
}

/// How many elements of a name a document has that is read to its end.
fn elements(document: &str, name: &str) -> usize {
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_end_names = true;
    let mut count = 0;
    loop {
        match reader.read_event().unwrap_or_else(|err| panic!("{err}\n{document}")) {
            Event::Eof => return count,
            Event::Start(one) | Event::Empty(one) if one.name().as_ref() == name => {
                for attribute in one.attributes() {
                    attribute.unwrap();
                }
                count += 1;
            }
            _ => (),
        }
    }
}

#[test]
fn findings_command_nobody_in_any_form() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Dockerfile"), dockerfile()).unwrap();
    for text in lines() {
        fs::write(dir.path().join(text.replace('/', "-")), text).unwrap();
    }
    let least = lines().count();
    for form in
        ["human", "short", "json", "github", "sarif", "gitlab", "checkstyle", "junit", "markdown"]
    {
        let run = run(&dir, &["lint", "--format", form]);
        assert_eq!(run.code, Some(1), "{}", run.shown());
        assert_eq!(moves(&run.stdout), None, "{form}: {}", run.stdout);
        let found = match form {
            "json" => is_inert_json(form, &run.stdout)["findings"].as_array().unwrap().len(),
            "gitlab" => is_inert_json(form, &run.stdout).as_array().unwrap().len(),
            "sarif" => is_inert_sarif(&run.stdout),
            "checkstyle" => elements(&run.stdout, "error"),
            "junit" => elements(&run.stdout, "testcase"),
            "markdown" => {
                is_inert_markdown(form, &run.stdout);
                least
            }
            // GitHub shows ten of each kind, and the last says how many more there are.
            "github" => {
                let shown = run.stdout.lines().filter(|line| line.starts_with("::error "));
                assert_eq!(shown.count(), 10, "{}", run.stdout);
                least
            }
            _ => run.stdout.lines().count(),
        };
        assert!(found >= least, "{form}: {found} of {least}");
    }
    // Lines beside a fix stand in a fence, as they are.
    let text = "FROM node:24\nFROBNICATE ##[error]##vso[task.complete]\n";
    fs::write(dir.path().join("Dockerfile"), text).unwrap();
    for args in [&["lint", "--diff", "--unsafe"][..], &["lint", "--format=markdown"]] {
        assert!(run(&dir, args).stdout.contains("FROBNICATE ##\\[error]##\\vso["), "{args:?}");
    }
}

#[test]
fn plans_command_nobody_in_any_form() {
    let (good, bad) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let name = |text: &str| text.replace('/', "-");
    // What arrives in no variable as it is, and what no line of a plain list may hold.
    let refused = |name: &str| {
        name.chars().any(|c| c.is_control() || matches!(c, ',' | '\u{2028}'))
            || ["##[", "##vso"].iter().any(|start| name.contains(start))
    };
    for text in lines().map(name) {
        let dir = if refused(&text) { &bad } else { &good };
        let folder = dir.path().join("images").join(&text);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Dockerfile"), "FROM sandbox/base\n").unwrap();
    }
    for form in ["human", "json", "paths", "github", "gitlab", "buildkite", "circleci"] {
        let args = ["plan", "--all", "--format", form];
        let run_good = run(&good, &args);
        assert_eq!(run_good.code, Some(0), "{form}: {}", run_good.shown());
        let out = &run_good.stdout;
        match form {
            "json" | "gitlab" | "buildkite" | "circleci" => {
                is_inert_json(form, out);
            }
            "github" => {
                for line in out.lines() {
                    let (name, value) = line.split_once('=').unwrap();
                    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{line}");
                    if value.starts_with(['{', '[']) {
                        is_inert_json(name, value);
                    }
                }
            }
            // A program takes the names as they are.
            "paths" => assert!(out.lines().all(|line| line.starts_with("images/")), "{out}"),
            _ => assert_eq!(moves(out), None, "{out}"),
        }
        let run_bad = run(&bad, &args);
        if !matches!(form, "human" | "json") {
            assert_eq!(run_bad.code, Some(2), "{form}: {}", run_bad.shown());
        }
        assert!(form == "paths" || moves(&run_bad.stdout).is_none(), "{form}: {}", run_bad.stdout);
    }
}

#[test]
fn a_report_of_a_strangers_records_commands_nobody() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("leg.json"), hostile_leg().to_string()).unwrap();
    let run = run(&dir, &["report", "leg.json"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    is_inert_markdown("report", &run.stdout);
}
