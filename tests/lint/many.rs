//! Many projects at once, files instead of folders, an editor's text, and other scanners' results.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::common::{Run, command, root, run};
use snapbox::{Data, assert_data_eq};

const SANDBOX: &str = "FROM node\n\
    COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
    ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let made = Command::new("git").args(["init", "-q"]).current_dir(dir.path()).status().unwrap();
    assert!(made.success());
    for (name, text) in files {
        write(dir.path(), name, text);
    }
    dir
}

/// The files with a finding of SG401, which each project here has.
fn files(run: &Run) -> Vec<&str> {
    let line = |line: &'_ str| line.contains("[SG401]");
    run.stdout
        .lines()
        .filter(|text| line(text))
        .map(|text| text.split(':').next().unwrap())
        .collect()
}

#[test]
fn every_project_below_a_folder_is_found() {
    let dir = repository(&[
        ("apps/web/Dockerfile", SANDBOX),
        ("apps/web/blaxel.toml", "name = \"web\"\n"),
        ("apps/web/node_modules/x/Dockerfile", SANDBOX),
        ("apps/api/Dockerfile", SANDBOX),
        ("apps/api/docker/Dockerfile", "FROM postgres\n"),
        ("agents/bot/Dockerfile", "FROM node\n"),
        ("agents/bot/blaxel.toml", "type = \"agent\"\n"),
        ("tools/db/Dockerfile", "FROM postgres\n"),
        ("build/out/Dockerfile", SANDBOX),
        (".hidden/Dockerfile", SANDBOX),
        ("odd/blaxel.toml", "[build]\ndockerfile = \"docker/sandbox.Dockerfile\"\n"),
        ("odd/docker/sandbox.Dockerfile", SANDBOX),
        (".gitignore", "build/\n"),
    ]);
    let all = run(dir.path(), &["lint", "--format", "short"]);
    assert_eq!(
        files(&all),
        ["apps/api/Dockerfile", "apps/web/Dockerfile", "odd/docker/sandbox.Dockerfile"],
        "{}",
        all.shown()
    );
    assert!(all.stderr.contains("tools/db has a Dockerfile that says nothing"), "{}", all.shown());
    let some = run(dir.path(), &["lint", "--format", "short", "apps", "apps/web", "./apps/web/"]);
    assert_eq!(files(&some), ["apps/api/Dockerfile", "apps/web/Dockerfile"], "{}", some.shown());
    // A folder that is typed is linted, whatever it is.
    let named = run(dir.path(), &["lint", "--format", "short", "tools/db"]);
    assert!(named.stdout.contains("tools/db/Dockerfile:1:"), "{}", named.shown());
    // With nothing that looks like a sandbox, every Dockerfile is meant.
    let tools = run(dir.path(), &["lint", "--format", "short", "tools"]);
    assert!(tools.stdout.contains("tools/db/Dockerfile:1:"), "{}", tools.shown());
}

#[test]
fn a_project_at_the_top_does_not_hide_those_below() {
    let dir = repository(&[
        ("Dockerfile", SANDBOX),
        ("dev/Dockerfile", "FROM postgres\n"),
        ("sandboxes/a/Dockerfile", SANDBOX),
    ]);
    let all = run(dir.path(), &["lint", "--format", "short", "."]);
    assert_eq!(files(&all), ["Dockerfile", "sandboxes/a/Dockerfile"], "{}", all.shown());
}

#[test]
fn one_broken_file_hides_no_other() {
    let dir = repository(&[
        ("a/Dockerfile", "FROM node\nRNU x\nCOPY\n"),
        ("b/Dockerfile", SANDBOX),
        ("c/blaxel.toml", "name = \"c\"\n"),
        (
            "d/Dockerfile",
            "FROM node\nCOPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /b\n",
        ),
        ("d/blaxel.toml", "[[[\n"),
    ]);
    write(dir.path(), "a/blaxel.toml", "name = \"a\"\n");
    let all = run(dir.path(), &["lint", "--format", "short", "."]);
    assert_eq!(all.code, Some(2), "{}", all.shown());
    assert_eq!(files(&all), ["a/Dockerfile", "b/Dockerfile", "d/Dockerfile"], "{}", all.shown());
    assert!(all.stdout.contains("a/Dockerfile:2:1: error[SG701]"), "{}", all.shown());
    assert!(all.stderr.contains("Dockerfile` does not exist"), "{}", all.shown());
}

#[test]
fn the_order_is_the_same_whoever_is_first() {
    let dir = repository(&[]);
    for number in 0..40 {
        write(dir.path(), &format!("p{number:02}/Dockerfile"), SANDBOX);
    }
    let first = run(dir.path(), &["lint", "--format", "json", "."]);
    for _ in 0..3 {
        assert_eq!(run(dir.path(), &["lint", "--format", "json", "."]).stdout, first.stdout);
    }
    let shown = run(dir.path(), &["lint", "--format", "short", "."]);
    let mut sorted = files(&shown);
    sorted.sort_unstable();
    assert_eq!(files(&shown), sorted);
    assert_eq!(sorted.len(), 40);
}

#[test]
fn projects_that_are_looked_at_together_keep_apart() {
    let dir = repository(&[]);
    let lines =
        ["RUN apt-get install curl", "ENV TOKEN=a1b2", "RNU x", "COPY gone /x", "USER root"];
    for number in 0..40_usize {
        let some: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(bit, _)| number >> bit & 1 == 1)
            .map(|(_, line)| *line)
            .collect();
        write(
            dir.path(),
            &format!("p{number:02}/Dockerfile"),
            &format!("{SANDBOX}{}\n", some.join("\n")),
        );
        if number % 7 == 3 {
            write(
                dir.path(),
                &format!("p{number:02}/blaxel.toml"),
                "[build]\ndockerfile = \"none\"\n",
            );
        }
    }
    write(dir.path(), "p05/sandgate.toml", "[lint]\nignore = [\"SG4\"]\n");
    let names: Vec<String> = (0..40).map(|number| format!("p{number:02}")).collect();
    let args = ["lint", "--format", "short"];
    let one = |name: &String| run(dir.path(), &[&args[..], &[name.as_str()]].concat());
    let alone: String = names
        .iter()
        .flat_map(|name| one(name).stdout.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.starts_with('p'))
        .map(|line| format!("{line}\n"))
        .collect();
    for threads in ["1", "2", "7"] {
        let mut together = command(dir.path(), &args);
        together.args(&names).env("RAYON_NUM_THREADS", threads);
        let shown = String::from_utf8(together.output().unwrap().stdout).unwrap();
        let findings: String = shown
            .lines()
            .filter(|line| line.starts_with('p'))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_data_eq!(findings, Data::text(&alone));
    }
    assert!(alone.lines().count() > 100 && !alone.contains("p05/Dockerfile:1:"), "{alone}");
}

#[test]
fn files_stand_for_their_projects() {
    let dir = repository(&[
        ("apps/web/Dockerfile", SANDBOX),
        ("apps/web/src/deep/index.js", ""),
        ("apps/web/entrypoint.sh", ""),
        ("apps/web/Dockerfile.dev", SANDBOX),
        ("apps/api/Dockerfile", SANDBOX),
        ("odd/blaxel.toml", "[build]\ndockerfile = \"docker/sandbox.Dockerfile\"\n"),
        ("odd/docker/sandbox.Dockerfile", SANDBOX),
        ("README.md", ""),
    ]);
    for (paths, want) in [
        (&["apps/web/src/deep/index.js"][..], &["apps/web/Dockerfile"][..]),
        (&["apps/web/entrypoint.sh", "apps/web/Dockerfile"], &["apps/web/Dockerfile"]),
        (&["apps/web/Dockerfile.dev"], &["apps/web/Dockerfile.dev"]),
        (&["odd/docker/sandbox.Dockerfile"], &["odd/docker/sandbox.Dockerfile"]),
        (&["README.md", "apps/api/Dockerfile"], &["apps/api/Dockerfile"]),
        (&["README.md"], &[]),
    ] {
        let mut args = vec!["lint", "--format", "short"];
        args.extend(paths);
        let run = run(dir.path(), &args);
        assert_eq!(files(&run), want, "{paths:?} {}", run.shown());
        assert_eq!(run.code, Some(0), "{}", run.shown());
    }
    let inside =
        run(&dir.path().join("apps/web/src"), &["lint", "--format", "short", "deep/index.js"]);
    assert_eq!(files(&inside).len(), 1, "{}", inside.shown());
}

fn git(dir: &Path, args: &[&str]) {
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let done = Command::new("git").args(who).args(args).current_dir(dir).output().unwrap();
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// `git diff --name-only` names files that were deleted, too.
#[test]
fn a_deleted_file_stands_for_the_project_that_is_left() {
    let dir = repository(&[
        ("web/Dockerfile", &format!("{SANDBOX}COPY index.js /srv/\n")),
        ("web/index.js", ""),
        ("web/deep/er/a.js", ""),
        ("web/deep/er/staged.js", ""),
        ("odd/blaxel.toml", "[build]\ndockerfile = \"docker/prod.Dockerfile\"\n"),
        ("odd/docker/prod.Dockerfile", SANDBOX),
        ("db/Dockerfile", SANDBOX),
        ("docs/a.md", ""),
        ("README.md", ""),
    ]);
    let here = dir.path();
    git(here, &["add", "."]);
    git(here, &["commit", "-qm", "all"]);
    fs::remove_file(here.join("web/index.js")).unwrap();
    git(here, &["rm", "-q", "web/deep/er/staged.js"]);
    git(here, &["rm", "-qr", "db", "docs"]);
    git(here, &["commit", "-qm", "fewer", "db", "docs"]);
    fs::remove_dir_all(here.join("web/deep")).unwrap();
    fs::remove_file(here.join("odd/docker/prod.Dockerfile")).unwrap();

    let web = "web/Dockerfile";
    for (paths, want, code) in [
        // Its deletion is the fault.
        (&["web/index.js"][..], &[web][..], 1),
        (&["web/deep/er/a.js", "web/deep/er/staged.js", web], &[web], 1),
        // No project is left above these.
        (&["db/Dockerfile", "docs/a.md"], &[], 0),
        (&["docs/a.md", "README.md", "web/index.js"], &[web], 1),
        // Mistyped: no file of that name was ever kept.
        (&["web/indx.js"], &[], 2),
        (&["web/deep"], &[], 2),
        (&["web/indx.js", "web/index.js"], &[web], 2),
        (&["../web/index.js"], &[], 2),
    ] {
        let run = run(here, &[&["lint", "--format", "short"], paths].concat());
        assert_eq!(
            (files(&run).as_slice(), run.code),
            (want, Some(code)),
            "{paths:?}\n{}",
            run.shown()
        );
        if code == 1 {
            assert!(run.stdout.contains("error[SG501]"), "{}", run.shown());
        }
        let mistyped = run.stderr.contains("` does not exist");
        assert_eq!(mistyped, code == 2, "{paths:?}\n{}", run.shown());
    }
    // From below, and by an absolute path.
    let absolute = here.join("web/deep/er/a.js");
    for (from, path) in [("web", "deep/er/a.js"), ("docker", absolute.to_str().unwrap())] {
        fs::create_dir_all(here.join(from)).unwrap();
        let run = run(&here.join(from), &["lint", "--format", "short", path]);
        assert_eq!((files(&run).len(), run.code), (1, Some(1)), "{path}\n{}", run.shown());
    }
    // The project is there, and its Dockerfile is what was deleted.
    let chosen = run(here, &["lint", "odd/docker/prod.Dockerfile"]);
    assert_eq!(chosen.code, Some(2), "{}", chosen.shown());
    assert!(
        chosen.stderr.contains("`docker/prod.Dockerfile` does not exist"),
        "{}",
        chosen.shown()
    );
}

/// In CI the history is cut off: what another branch has is known from its tip.
#[test]
fn a_deleted_file_is_known_where_the_history_is_cut_off() {
    let origin = repository(&[("web/Dockerfile", SANDBOX), ("web/a.js", "")]);
    git(origin.path(), &["checkout", "-qb", "main"]);
    git(origin.path(), &["add", "."]);
    git(origin.path(), &["commit", "-qm", "all"]);
    git(origin.path(), &["checkout", "-qb", "change"]);
    git(origin.path(), &["rm", "-q", "web/a.js"]);
    git(origin.path(), &["commit", "-qm", "less"]);
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(dir.path(), &["clone", "-q", "--depth", "1", "--branch", "change", &url, "."]);
    let lint = || run(dir.path(), &["lint", "--format", "short", "web/a.js"]);
    assert_eq!(lint().code, Some(2), "{}", lint().shown());
    git(dir.path(), &["fetch", "-q", "--depth", "1", "origin", "main"]);
    assert_eq!(
        (files(&lint()), lint().code),
        (vec!["web/Dockerfile"], Some(0)),
        "{}",
        lint().shown()
    );
}

fn stdin(dir: &Path, args: &[&str], text: &str) -> Run {
    let mut child = command(dir, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that refuses its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn an_editor_sends_what_is_not_saved() {
    let dir = repository(&[
        ("apps/web/Dockerfile", SANDBOX),
        ("apps/web/start.sh", "#!/bin/sh\nsandbox-api\n"),
        ("apps/web/blaxel.toml", "name = \"web\"\n"),
    ]);
    let typed = SANDBOX.replace("FROM node", "FROM node:24-slim\nCOPY start.sh gone.txt /");
    for (args, text, want) in [
        (
            &["--stdin-filename", "apps/web/Dockerfile"][..],
            typed.as_str(),
            "apps/web/Dockerfile:2:15: error[SG501]",
        ),
        (
            &["--stdin-filename", "apps/web/blaxel.toml"],
            "nmae = \"web\"\n",
            "apps/web/blaxel.toml:1:1: warning[SG602]",
        ),
        (
            &["--stdin-filename", "apps/web/new.Dockerfile"],
            "FROM node\n",
            "apps/web/new.Dockerfile:1:6: warning[SG401]",
        ),
    ] {
        let mut all = vec!["lint", "--format", "short", "--stdin"];
        all.extend(args);
        let run = stdin(dir.path(), &all, text);
        assert!(run.stdout.contains(want), "{args:?}\n{}", run.shown());
    }
    let here = stdin(
        &dir.path().join("apps/web"),
        &["lint", "--format", "short", "--stdin"],
        "FROM node\n",
    );
    assert!(here.stdout.contains("Dockerfile:1:1: error[SG101]"), "{}", here.shown());
    assert_eq!(fs::read_to_string(dir.path().join("apps/web/Dockerfile")).unwrap(), SANDBOX);
    let lost = stdin(dir.path(), &["lint", "--stdin", "--stdin-filename", "docs/a.txt"], "x");
    assert_eq!(lost.code, Some(2), "{}", lost.shown());
    let both = stdin(dir.path(), &["lint", "--stdin", "--fix"], "x");
    assert_eq!(both.code, Some(2), "{}", both.shown());
}

/// As Trivy writes it, cut down; and one of everything that does not count.
const REPORT: &str = r#"{"version": "2.1.0", "runs": [
  {"tool": {"driver": {"name": "Trivy", "rules": [
     {"id": "CVE-2026-0001", "helpUri": "https://avd.example.com/nvd/cve-2026-0001",
      "defaultConfiguration": {"level": "error"}, "properties": {"security-severity": "9.8"}},
     {"id": "CVE-2026-0002", "properties": {"security-severity": "5.0"}},
     {"id": "CVE-2026-0003", "helpUri": "javascript:alert(1)", "properties": {"security-severity": "2.0"}}]}},
   "results": [
     {"ruleId": "CVE-2026-0001", "ruleIndex": 0, "level": "error",
      "message": {"text": "Package: openssl\nInstalled Version: 3.0\n::error::gotcha | <b>"},
      "locations": [{"physicalLocation": {"artifactLocation": {"uri": "usr/lib/libssl.so"}, "region": {"startLine": 1}}}]},
     {"ruleId": "CVE-2026-0002", "message": {"text": "second"},
      "locations": [{"physicalLocation": {"artifactLocation": {"uri": "app/package-lock.json"}, "region": {"startLine": 12}}}]},
     {"ruleId": "CVE-2026-0003", "ruleIndex": 2, "message": {"text": "third \u001b[31m"}},
     {"ruleId": "X1", "kind": "pass", "message": {"text": "no"}},
     {"ruleId": "X2", "baselineState": "absent", "message": {"text": "no"}},
     {"ruleId": "X3", "suppressions": [{"kind": "external"}], "message": {"text": "no"}}]},
  {"tool": {"driver": {"name": "grype"}}, "results": null}]}"#;

#[test]
fn a_scan_that_was_not_made_passes_no_gate() {
    let failed = r#"{"tool": {"driver": {"name": "grype"}}, "results": [],
        "invocations": [{"executionSuccessful": false, "exitCodeDescription": "no database"}]}"#;
    for (runs, want) in [
        (r#""runs": []"#.to_owned(), "it holds no results of a scan"),
        (
            r#""runs": [{"tool": {"driver": {"name": "x"}}}]"#.to_owned(),
            "it holds no results of a scan",
        ),
        (format!(r#""runs": [{failed}]"#), "it says that the run of grype failed: no database"),
    ] {
        let report = format!(r#"{{"version": "2.1.0", {runs}}}"#);
        let dir = repository(&[
            ("Dockerfile", &SANDBOX.replace("node", "node:24-alpine")),
            ("r.sarif", &report),
        ]);
        let run = run(dir.path(), &["lint", "--import-sarif", "r.sarif"]);
        assert_eq!(run.code, Some(2), "{}", run.shown());
        assert!(run.stderr.contains(want) && run.stdout.contains("no findings"), "{}", run.shown());
    }
}

#[test]
fn dockerfiles_of_other_names_are_told_of() {
    let text = SANDBOX.replace("node", "node:24-alpine");
    let dir = repository(&[
        ("a/Dockerfile", &text),
        ("b/Dockerfile.dev", &text),
        ("c/Containerfile", "FROM debian:13\n"),
        ("d/blaxel.toml", "[build]\ndockerfile = \"prod.Dockerfile\"\n"),
        ("d/prod.Dockerfile", &text),
    ]);
    let run = run(dir.path(), &["lint", "."]);
    let told: Vec<&str> = run.stderr.lines().filter(|line| line.contains("left out")).collect();
    assert!(told.len() == 1 && told[0].contains("b/Dockerfile.dev"), "{}", run.shown());
}

#[test]
fn what_is_named_beside_the_folder_above_it_is_not_called_left_out() {
    let text = SANDBOX.replace("node", "node:24-alpine");
    let dir = repository(&[
        ("a/Dockerfile", &text),
        ("b/Dockerfile.dev", &text),
        ("c/Dockerfile", "FROM debian:13\n"),
        ("d/Dockerfile", "FROM debian:13\n"),
    ]);
    for paths in [[".", "b/Dockerfile.dev", "c"], ["b/Dockerfile.dev", "./c", "."]] {
        let run = run(dir.path(), &[&["lint"][..], &paths, &["."]].concat());
        let told: Vec<&str> = run.stderr.lines().filter(|line| line.contains("left out")).collect();
        assert!(told.len() == 1 && told[0].contains("/d has a Dockerfile"), "{}", run.shown());
    }
}

#[test]
fn what_is_typed_beats_the_file() {
    let dir = repository(&[
        ("Dockerfile", SANDBOX),
        ("sandgate.toml", "[lint]\nignore = [\"SG401\", \"SG3\"]\n"),
    ]);
    let codes = |args: &[&str]| {
        let run = run(dir.path(), &[&["lint", "--format", "short"], args].concat());
        run.stdout.contains("SG401")
    };
    assert!(!codes(&[]) && !codes(&["--extend-select", "SG4"]));
    assert!(codes(&["--extend-select", "SG401"]) && codes(&["--select", "untagged-base"]));
    assert!(!codes(&["--select", "SG401", "--ignore", "SG401"]));
}

#[test]
fn results_of_other_scanners_are_in_every_format_and_in_the_gate() {
    let dir = repository(&[
        ("Dockerfile", &SANDBOX.replace("node", "node:24-alpine")),
        ("r.sarif", REPORT),
    ]);
    for format in
        ["human", "short", "json", "github", "sarif", "gitlab", "checkstyle", "junit", "markdown"]
    {
        let run = run(dir.path(), &["lint", "--format", format, "--import-sarif", "r.sarif"]);
        assert_eq!(run.code, Some(1), "{format} {}", run.shown());
        let mut shown = run.stdout.clone();
        if format == "sarif" {
            // The first run is ours, with the pages of the rules.
            let value: serde_json::Value = serde_json::from_str(&shown).unwrap();
            shown = format!("{:#}\n", value["runs"][1]);
        }
        for id in ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"] {
            assert!(shown.contains(id), "{format} {shown}");
        }
        assert!(!shown.contains("X1") && !shown.contains('\u{1b}'), "{format}");
        assert!(!shown.contains("javascript"), "{format}");
        assert!(shown.lines().all(|line| !line.starts_with("::error::")), "{format}");
        let shown = shown.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let path = root().join(format!("tests/snapshots/formats/imported.{format}.txt"));
        assert_data_eq!(shown, Data::read_from(&path, None).raw());
    }
    let never = run(dir.path(), &["lint", "--import-sarif", "r.sarif", "--fail-on", "never"]);
    assert_eq!(never.code, Some(0));
}

#[test]
fn a_report_that_cannot_be_read_is_told_and_the_findings_kept() {
    let dir = repository(&[
        ("Dockerfile", SANDBOX),
        ("old.sarif", "{\"version\": \"1.0.0\", \"runs\": []}"),
        ("no.sarif", "<xml/>"),
    ]);
    for name in ["old.sarif", "no.sarif", "gone.sarif", "."] {
        let run = run(dir.path(), &["lint", "--format", "short", "--import-sarif", name]);
        assert_eq!(run.code, Some(2), "{}", run.shown());
        assert!(run.stdout.contains("[SG401]"), "{}", run.shown());
        assert!(
            run.stderr.contains("the report of the other scanner cannot be read"),
            "{}",
            run.shown()
        );
    }
}
