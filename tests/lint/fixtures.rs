//! The fixture projects as a user meets them: what each command says, and that the fixes hold.

use std::{collections::BTreeSet, fs, path::Path};

use crate::common::{copy_of, root, run};
use snapbox::{Data, assert_data_eq};

/// Every project below `fixtures/`, in order.
fn projects() -> Vec<String> {
    fn collect(dir: &Path, prefix: &str, out: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.path().join("Dockerfile").is_file() {
                out.push(name);
            } else if entry.path().is_dir() {
                collect(&entry.path(), &format!("{name}/"), out);
            }
        }
    }
    let mut out = Vec::new();
    collect(&root().join("fixtures"), "", &mut out);
    out.sort();
    out
}

fn snapshot(name: &str) -> std::path::PathBuf {
    root().join("tests/snapshots/fixtures").join(name)
}

#[test]
fn every_fixture_says_what_its_snapshot_says() {
    let mut seen = BTreeSet::new();
    for project in projects() {
        let flat = project.replace('/', "-");
        let path = format!("fixtures/{project}");
        for (command, args) in [
            ("lint", vec!["lint", &path]),
            ("context", vec!["context", &path]),
            ("pack", vec!["pack", &path]),
        ] {
            let shown = run(root(), &args).shown();
            let file = format!("{flat}.{command}.txt");
            assert_data_eq!(shown, Data::read_from(&snapshot(&file), None).raw());
            seen.insert(file);
        }
    }
    let there: BTreeSet<String> = fs::read_dir(snapshot(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".fixed.txt"))
        .collect();
    assert_eq!(there, seen, "snapshots without a fixture");
}

#[test]
fn the_good_ones_have_no_error_and_no_warning() {
    let good: Vec<String> =
        projects().into_iter().filter(|name| !name.starts_with("bad-")).collect();
    assert!(good.len() >= 9, "{good:?}");
    for project in good {
        let run = run(
            root(),
            &["lint", &format!("fixtures/{project}"), "--fail-on", "warning", "--format", "short"],
        );
        assert_eq!(run.code, Some(0), "{project}:\n{}", run.shown());
    }
}

#[test]
fn the_bad_ones_fail() {
    for project in projects().into_iter().filter(|name| name.starts_with("bad-")) {
        let run = run(
            root(),
            &["lint", &format!("fixtures/{project}"), "--fail-on", "warning", "--format", "short"],
        );
        assert_eq!(run.code, Some(1), "{project}:\n{}", run.shown());
    }
}

/// The rule that each project of `bad-contract` is about.
const CONTRACT: &[(&str, &str)] = &[
    ("another-path", "SG102"),
    ("api-in-the-foreground", "SG108"),
    ("arm64", "SG114"),
    ("missing-api", "SG101"),
    ("never-started", "SG103"),
    ("no-entrypoint", "SG103"),
    ("no-netcat", "SG113"),
    ("no-shell", "SG115"),
    ("only-in-another-stage", "SG101"),
    ("overridden", "SG110"),
    ("port-taken", "SG112"),
    ("script-crlf", "SG106"),
    ("script-ignored", "SG105"),
    ("script-missing", "SG105"),
    ("script-not-executable", "SG107"),
    ("script-without-api", "SG104"),
    ("script-without-shebang", "SG106"),
    ("script-without-wait", "SG108"),
    ("single-quotes", "SG111"),
    ("user", "SG109"),
];

#[test]
fn each_contract_fault_is_found_by_its_rule_and_fixed() {
    let there: Vec<String> = projects()
        .iter()
        .filter_map(|name| name.strip_prefix("bad-contract/").map(str::to_owned))
        .collect();
    assert_eq!(there, CONTRACT.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (name, code) in CONTRACT {
        let (_keep, project) = copy_of(&format!("bad-contract/{name}"));
        let before = run(&project, &["lint", "--format", "short", "--fail-on", "never"]);
        assert!(
            before.stdout.contains(&format!("[{code}]")),
            "{name}: no {code}:\n{}",
            before.shown()
        );

        let fixed = run(
            &project,
            &["lint", "--fix", "--unsafe", "--format", "short", "--fail-on", "never"],
        );
        let after = run(&project, &["lint", "--format", "json", "--fail-on", "never"]);
        let report: serde_json::Value = serde_json::from_str(&after.stdout).unwrap();
        for finding in report["findings"].as_array().unwrap() {
            assert!(
                finding["fix"].is_null(),
                "{name}: a fix is left after --fix --unsafe:\n{finding:#}\n{}",
                fixed.shown()
            );
        }
        let again = run(
            &project,
            &["lint", "--fix", "--unsafe", "--format", "short", "--fail-on", "never"],
        );
        assert_eq!(
            again.stdout,
            run(&project, &["lint", "--format", "short", "--fail-on", "never"]).stdout,
            "{name}"
        );
    }
}

#[test]
fn linting_changes_nothing_and_leaves_nothing() {
    let (_keep, project) = copy_of("bad-agent");
    let before = listing(&project);
    for args in [&["lint"][..], &["lint", "--diff", "--unsafe"], &["context"], &["pack"]] {
        run(&project, args);
    }
    assert_eq!(listing(&project), before);
}

fn listing(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(listing(&path));
        } else {
            out.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    out.sort();
    out
}
