//! How often files changed: read from a real repository, safely, and only where a rule wants it.

use std::{fs, path::Path, process::Command};

use crate::common::{Run, command, finish, run};

const DOCKERFILE: &str = "FROM node:24-slim\n\
    WORKDIR /app\n\
    COPY src ./src\n\
    COPY package.json ./\n\
    RUN npm install\n\
    COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
    ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn git(dir: &Path, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(["-c", "init.defaultBranch=main", "-c", "core.fsmonitor=false"])
        .args(["-c", "commit.gpgSign=false", "-c", "maintenance.auto=false"])
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn commit(dir: &Path, message: &str) {
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "-m", message]);
}

/// A repository with a project in `app`, whose source was touched by `commits` commits; the first
/// one has a file with a strange name, too.
fn repository(commits: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q"]);
    write(dir.path(), "app/Dockerfile", DOCKERFILE);
    write(dir.path(), "app/package.json", "{}");
    write(dir.path(), "app/src/ä \"b\".js", "1");
    for number in 0..commits {
        // Two files in turn: no single one changed often.
        write(dir.path(), &format!("app/src/{}.js", number % 2), &number.to_string());
        commit(dir.path(), "change the source");
    }
    dir
}

const LINT: [&str; 5] = ["lint", "--format", "short", "--select", "SG312"];

fn lint(dir: &Path, path: &str) -> Run {
    run(dir, &[&LINT[..], &[path]].concat())
}

#[test]
fn what_changes_often_is_known_from_the_last_commits() {
    for (commits, want) in [(9, false), (10, true), (14, true)] {
        let dir = repository(commits);
        let run = lint(dir.path(), "app");
        let found = run.stdout.contains("app/Dockerfile:3:1: info[SG312] `src` changes often");
        assert_eq!(found, want, "{commits}\n{}", run.shown());
        // Off unless it is named.
        assert!(!crate::common::run(dir.path(), &["lint", "app"]).stdout.contains("SG312"));
    }
}

#[test]
fn the_numbers_are_told_and_each_commit_counts_once() {
    let dir = repository(11);
    // A manifest that changes as well makes the order a matter of taste.
    let told = run(dir.path(), &["lint", "--select", "SG312", "app"]);
    assert!(
        told.stdout.contains("11 of the last 11 commits touched it, and 1 what"),
        "{}",
        told.shown()
    );
    for number in 0..3 {
        write(dir.path(), "app/package.json", &format!("{{\"version\": \"{number}\"}}"));
        commit(dir.path(), "change the manifest");
    }
    assert_eq!(lint(dir.path(), "app").stdout, "", "four of the manifest, eleven of the source");
    // What git does not know may change with every build.
    let dir = repository(11);
    git(dir.path(), &["rm", "-q", "--cached", "app/package.json"]);
    git(dir.path(), &["commit", "-q", "-m", "drop the manifest"]);
    assert_eq!(lint(dir.path(), "app").stdout, "");
}

#[test]
fn without_a_repository_or_commits_it_is_silent() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "app/Dockerfile", DOCKERFILE);
    write(dir.path(), "app/package.json", "{}");
    write(dir.path(), "app/src/1.js", "1");
    for init in [false, true] {
        if init {
            git(dir.path(), &["init", "-q"]);
        }
        let run = lint(dir.path(), "app");
        assert_eq!((run.stdout.as_str(), run.code), ("", Some(0)), "{}", run.shown());
    }
}

#[cfg(unix)]
fn program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn nothing_of_the_repository_runs() {
    let dir = repository(12);
    let (mark, trap) = (dir.path().join("ran"), dir.path().join("trap.sh"));
    program(&trap, &format!("#!/bin/sh\necho \"$@\" >> {}\ncat\n", mark.display()));
    let trap = trap.to_str().unwrap();
    write(dir.path(), ".gitattributes", "*.js diff=trap filter=trap\n");
    // The commits claim to be signed, which the program would be asked about.
    let (tree, head) = (
        output(dir.path(), &["rev-parse", "HEAD^{tree}"]),
        output(dir.path(), &["rev-parse", "HEAD"]),
    );
    let signed = format!(
        "tree {tree}\nparent {head}\nauthor t <t@example.com> 1 +0000\ncommitter t <t@example.com> 1 +0000\n\
         gpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\nsigned\n"
    );
    write(dir.path(), "signed", &signed);
    let id = output(dir.path(), &["hash-object", "-t", "commit", "-w", "signed"]);
    git(dir.path(), &["update-ref", "refs/heads/main", &id]);
    for (name, value) in [
        ("core.fsmonitor", trap),
        ("core.pager", trap),
        ("core.sshCommand", trap),
        ("core.askPass", trap),
        ("pager.log", trap),
        ("diff.external", trap),
        ("diff.trap.command", trap),
        ("diff.trap.textconv", trap),
        ("filter.trap.clean", trap),
        ("filter.trap.smudge", trap),
        ("gpg.program", trap),
        ("log.showSignature", "true"),
        ("log.diffMerges", "on"),
        ("diff.relative", "true"),
        ("format.pretty", "%G?"),
        ("alias.log", &format!("!{trap}")),
    ] {
        git(dir.path(), &["config", name, value]);
    }
    write(dir.path(), ".git/hooks/post-index-change", "");
    program(&dir.path().join(".git/hooks/post-index-change"), &format!("#!/bin/sh\n{trap}\n"));
    let _ = fs::remove_file(&mark);
    let run = lint(dir.path(), "app");
    assert!(run.stdout.contains("SG312"), "{}", run.shown());
    assert!(!mark.exists(), "{}", fs::read_to_string(&mark).unwrap_or_default());
}

#[cfg(unix)]
fn output(dir: &Path, args: &[&str]) -> String {
    let done = Command::new("git").args(args).current_dir(dir).output().unwrap();
    assert!(done.status.success(), "git {args:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// Counts the calls of git by standing in front of it.
#[cfg(unix)]
#[test]
fn git_is_asked_once_for_a_repository_and_only_where_the_rule_runs() {
    let dir = repository(1);
    write(dir.path(), "other/Dockerfile", DOCKERFILE);
    let bin = tempfile::tempdir().unwrap();
    let mark = bin.path().join("ran");
    program(
        &bin.path().join("git"),
        &format!("#!/bin/sh\necho \"$@\" >> {}\nexit 1\n", mark.display()),
    );
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "app/Dockerfile", DOCKERFILE);
    let context = ["context", "app"];
    let default = ["lint", "app"];
    let without = ["lint", "--select", "ALL", "--ignore", "SG312", "app"];
    let both = [&LINT[..], &["app", "other"]].concat();
    for (root, args, calls) in [
        (dir.path(), &default[..], 0),
        (dir.path(), &without, 0),
        (dir.path(), &context, 0),
        (outside.path(), &["lint", "--select", "SG312", "app"], 0),
        (dir.path(), &both, 1),
        (dir.path(), &["lint", "--select", "ALL", "app"], 1),
    ] {
        let _ = fs::remove_file(&mark);
        finish(command(root, args).env("PATH", bin.path()));
        let asked = fs::read_to_string(&mark).unwrap_or_default();
        assert_eq!(asked.lines().count(), calls, "{args:?}: {asked}");
    }
}
