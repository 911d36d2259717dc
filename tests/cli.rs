//! The command line as it is typed.

mod common;

use std::fs;

use common::{command, copy_of, finish, root, run};
#[cfg(feature = "remote")]
use snapbox::{Data, assert_data_eq};

#[cfg(feature = "remote")]
#[test]
fn help_is_what_its_snapshot_says() {
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help-lint", &["lint", "--help"]),
        ("help-context", &["context", "--help"]),
        ("help-pack", &["pack", "--help"]),
        ("help-deploy", &["deploy", "--help"]),
        ("help-image", &["image", "--help"]),
        ("help-image-share", &["image", "share", "--help"]),
        ("help-preview-create", &["preview", "create", "--help"]),
        ("help-sandbox", &["sandbox", "--help"]),
        ("help-sandbox-create", &["sandbox", "create", "--help"]),
        ("help-sim", &["sim", "--help"]),
        ("version", &["--version"]),
    ] {
        let run = run(root(), args);
        assert_eq!(run.code, Some(0), "{name}");
        let snapshot = root().join(format!("tests/snapshots/cli/{name}.txt"));
        let shown = run.shown().replace(env!("CARGO_PKG_VERSION"), "VERSION");
        assert_data_eq!(shown, Data::read_from(&snapshot, None).raw());
    }
}

#[test]
fn what_cannot_be_typed_is_usage() {
    for args in [
        &["lint", "--format", "xml"][..],
        &["lnit"],
        &["lint", "--fix", "--diff"],
        &["explain"],
        &[],
    ] {
        let run = run(root(), args);
        assert_eq!(run.code, Some(2), "{args:?}\n{}", run.shown());
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn explain_prints_the_page_and_rules_lists_them() {
    for name in ["SG602", "sg602", "unknown-manifest-key"] {
        let run = run(root(), &["explain", name]);
        assert_eq!(
            run.stdout,
            fs::read_to_string(root().join("rules/SG602.md")).unwrap(),
            "{name}"
        );
    }
    let rules = run(root(), &["rules"]).stdout;
    let pages = fs::read_dir(root().join("rules"))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("SG"))
        .count();
    assert_eq!(rules.lines().count(), pages, "{rules}");
}

#[test]
fn fix_changes_the_files_and_diff_says_how() {
    let (_keep, project) = copy_of("bad-agent");
    let parent = project.parent().unwrap();
    let toml = fs::read_to_string(project.join("blaxel.toml")).unwrap();

    let diff = run(parent, &["lint", "bad-agent", "--diff", "--fail-on", "never"]);
    assert_eq!(diff.code, Some(0));
    assert!(
        diff.stdout.contains("--- a/bad-agent/blaxel.toml\n+++ b/bad-agent/blaxel.toml\n"),
        "{}",
        diff.stdout
    );
    assert!(
        diff.stdout.contains("-name = \"Bad_Agent\"\n+name = \"bad-agent\"\n"),
        "{}",
        diff.stdout
    );
    assert_eq!(fs::read_to_string(project.join("blaxel.toml")).unwrap(), toml, "--diff wrote");

    let fixed = run(parent, &["lint", "bad-agent", "--fix", "--format", "short"]);
    assert!(fixed.stderr.contains("Fixed"), "{}", fixed.shown());
    assert!(
        fs::read_to_string(project.join("blaxel.toml"))
            .unwrap()
            .starts_with("name = \"bad-agent\"\n")
    );
    let again = run(parent, &["lint", "bad-agent", "--fix", "--format", "short"]);
    assert_eq!(again.stdout, fixed.stdout);
    assert!(!again.stderr.contains("Fixed"), "{}", again.shown());
}

#[cfg(unix)]
#[test]
fn a_fix_keeps_mode_and_leaves_no_other_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_keep, project) = copy_of("bad-agent");
    let toml = project.join("blaxel.toml");
    fs::set_permissions(&toml, fs::Permissions::from_mode(0o640)).unwrap();
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(&project).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    run(&project, &["lint", "--fix"]);
    assert_eq!(fs::metadata(&toml).unwrap().permissions().mode() & 0o777, 0o640);
    let after: Vec<_> = names().into_iter().filter(|name| name != ".dockerignore").collect();
    assert_eq!(after, before);
}

#[test]
fn findings_can_go_to_a_file() {
    let (_keep, project) = copy_of("bad-agent");
    let to_stdout = run(&project, &["lint", "--format", "json"]);
    let to_file = run(&project, &["lint", "--format", "json", "-o", "out.json"]);
    assert_eq!((to_file.code, to_file.stdout.as_str()), (Some(1), ""));
    assert_eq!(fs::read_to_string(project.join("out.json")).unwrap(), to_stdout.stdout);
    let nowhere = run(&project, &["lint", "-o", "no/such/folder/out"]);
    assert_eq!(nowhere.code, Some(2), "{}", nowhere.shown());
}

/// A user may be root, to whom nothing refuses to rename a file over a device.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_no_file_is_written_into_and_stays() {
    use std::{io::Read as _, os::unix::fs::FileTypeExt as _};
    let (_keep, project) = copy_of("bad-agent");
    let pipe = project.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Open for both, it waits for nobody.
    let mut end = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let lint = run(&project, &["lint", "--format", "short", "-o", "pipe"]);
    assert_eq!(lint.code, Some(1), "{}", lint.shown());
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    let mut buffer = vec![0; 65536];
    let read = end.read(&mut buffer).unwrap();
    assert!(String::from_utf8_lossy(&buffer[..read]).contains("error[SG"));
    let pack = run(&project, &["pack", "-o", "pipe"]);
    assert_eq!(pack.code, Some(2), "{}", pack.shown());
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[cfg(unix)]
#[test]
fn an_output_file_can_be_read_by_others_and_keeps_its_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_keep, project) = copy_of("bad-agent");
    fs::write(project.join("real"), "before").unwrap();
    fs::set_permissions(project.join("real"), fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink("real", project.join("out")).unwrap();
    run(&project, &["lint", "-o", "out"]);
    assert!(fs::symlink_metadata(project.join("out")).unwrap().is_symlink());
    assert_ne!(fs::read_to_string(project.join("real")).unwrap(), "before");
    assert_eq!(fs::metadata(project.join("real")).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn fail_on_decides_over_the_exit_code() {
    let project = root().join("fixtures/playwright");
    for (fail_on, code) in [("error", 0), ("warning", 0), ("info", 1), ("never", 0)] {
        let run = run(&project, &["lint", "--fail-on", fail_on]);
        assert_eq!(run.code, Some(code), "{fail_on}\n{}", run.shown());
    }
}

#[test]
fn colour_comes_only_when_it_is_asked_for() {
    let project = root().join("fixtures/bad-agent");
    assert!(!run(&project, &["lint"]).stdout.contains('\u{1b}'));
    assert!(run(&project, &["lint", "--color", "always"]).stdout.contains('\u{1b}'));
    let (_keep, copy) = copy_of("bad-agent");
    run(&copy, &["lint", "--color", "always", "-o", "out"]);
    let out = fs::read_to_string(copy.join("out")).unwrap();
    assert!(!out.is_empty() && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let mut command = command(root(), &["explain", "SG602"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}

/// The environment of a pull request's checkout says nothing.
#[test]
fn a_dot_env_file_is_not_configuration() {
    let (_keep, project) = copy_of("bad-agent");
    // Node.js 18 had not ended then, if anybody asked this file for the date.
    fs::write(project.join(".env"), "SOURCE_DATE_EPOCH=1600000000\n").unwrap();
    let lint = finish(&mut command(&project, &["lint", "--format", "short"]));
    assert!(lint.stdout.contains("[SG403] Node.js 18"), "{}", lint.shown());
    let mut dated = command(&project, &["lint", "--format", "short"]);
    let dated = finish(dated.env("SOURCE_DATE_EPOCH", "1600000000"));
    assert!(!dated.stdout.contains("[SG403] Node.js 18"), "{}", dated.shown());
}
