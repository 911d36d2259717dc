//! `sandgate context` and `sandgate pack` as a user runs them.

use std::{fs, path::Path};

use crate::common::run;

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("Dockerfile", "FROM scratch\nARG DIR=src\nCOPY $DIR /app/\nCOPY *.md /docs/\n"),
        (".dockerignore", "# generated\nnode_modules\n*.md\n!README.md\n"),
        (".env", "A=1\n"),
        ("README.md", "# read me\n"),
        ("notes.md", "later\n"),
        ("src/server.js", "listen()\n"),
        ("node_modules/a/index.js", "x\n"),
    ] {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn why(dir: &Path, path: &str) -> String {
    let run = run(dir, &["context", "--why", path]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{path}");
    run.stdout
}

#[test]
fn the_overview_names_the_line_behind_each_exclusion() {
    let dir = project();
    let run = run(dir.path(), &["context"]);
    assert_eq!(
        run.stdout,
        "sent: 4 files, 118 B\n\
         \x20     109 B  . (3 files)\n\
         \x20       9 B  src (1 file)\n\
         not sent: 3 entries\n\
         \x20 .dockerignore:2 `node_modules`: node_modules/\n\
         \x20 .dockerignore:3 `*.md`: notes.md\n\
         \x20 always left out, a file of environment secrets: .env\n"
    );
}

#[test]
fn why_goes_step_by_step() {
    let dir = project();
    assert_eq!(
        why(dir.path(), "README.md"),
        "`README.md`\n\
         \x20 it is a file of 10 B\n\
         \x20 .dockerignore:3 `*.md` leaves it out\n\
         \x20 .dockerignore:4 `!README.md` sends it again\n\
         \x20 the last of these lines decides\n\
         \x20 it is sent\n\
         \x20 Dockerfile:4 `COPY *.md /docs/` takes it\n"
    );
    assert_eq!(
        why(dir.path(), "./node_modules/a/index.js"),
        "`node_modules/a/index.js`\n\
         \x20 it is a file below a directory that is left out as a whole\n\
         \x20 .dockerignore:2 `node_modules` leaves it out, by its directory `node_modules`\n\
         \x20 it is not sent\n\
         \x20 no COPY or ADD takes it\n"
    );
    assert_eq!(
        why(dir.path(), "src/sever.js"),
        "`src/sever.js`\n\
         \x20 it does not exist\n\
         \x20 there is `src/server.js`\n\
         \x20 no pattern matches it\n\
         \x20 it would be sent\n\
         \x20 Dockerfile:3 `COPY $DIR /app/` would take it\n"
    );
}

#[test]
fn what_is_always_left_out_can_be_brought_back() {
    let dir = project();
    let said = why(dir.path(), ".env");
    assert!(said.contains("`--include '.env'` sends it\n  it is not sent\n"), "{said}");
    let with = run(dir.path(), &["context", "--why", ".env", "--include", ".env"]);
    assert!(with.stdout.contains("  it is sent\n"), "{}", with.stdout);
}

#[test]
fn pack_prints_the_same_digest_with_and_without_an_archive() {
    let dir = project();
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("a.zip");
    let digest = run(dir.path(), &["pack"]);
    let packed = run(dir.path(), &["pack", "-o", archive.to_str().unwrap()]);
    assert_eq!((digest.code, packed.code), (Some(0), Some(0)));
    assert!(packed.stdout.starts_with(&digest.stdout), "{}{}", digest.stdout, packed.stdout);
    assert!(digest.stdout.starts_with("digest  sha256:"), "{}", digest.stdout);
    let length = fs::metadata(&archive).unwrap().len();
    assert!(packed.stdout.contains(&format!("archive {length}\n")), "{}", packed.stdout);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn an_archive_is_not_written_into_what_it_packs() {
    let dir = project();
    let refused = run(dir.path(), &["pack", "-o", "a.zip"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("add `a.zip` to .dockerignore"), "{}", refused.stderr);
    assert!(!dir.path().join("a.zip").exists());
    // Where it is ignored, it is no part of the context.
    let ignored = run(dir.path(), &["pack", "-o", "node_modules/a.zip"]);
    assert_eq!(ignored.code, Some(0), "{}", ignored.stderr);
    let again = run(dir.path(), &["pack"]);
    assert!(ignored.stdout.starts_with(&again.stdout));
}

#[test]
fn an_archive_that_cannot_be_written_is_said_so() {
    let dir = project();
    let run = run(dir.path(), &["pack", "-o", "/nowhere/a.zip"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("the archive cannot be written"), "{}", run.stderr);
}

/// What is sent is told by names and sizes; only a lint reads what a COPY takes.
#[cfg(unix)]
#[test]
fn the_overview_opens_no_file_that_is_only_copied() {
    use std::{
        os::unix::fs::MetadataExt as _,
        time::{Duration, SystemTime},
    };
    let dir = project();
    let path = dir.path().join("src/server.js");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    // A file system may keep no times of reading; then the lint leaves the time as it is, too.
    let is_read = |args: &[&str]| {
        let times = fs::FileTimes::new().set_accessed(long_ago);
        fs::File::options().write(true).open(&path).unwrap().set_times(times).unwrap();
        let done = run(dir.path(), args);
        assert!(done.code.is_some_and(|code| code < 2), "{}", done.shown());
        fs::metadata(&path).unwrap().atime() != 1_000_000
    };
    fs::write(dir.path().join("Dockerfile"), "FROM scratch\nCOPY src /app/\n").unwrap();
    if !is_read(&["lint"]) {
        eprintln!("SKIPPED: this file system keeps no times of reading");
        return;
    }
    for args in [&["context"][..], &["context", "--why", "src/server.js"]] {
        assert!(!is_read(args), "{args:?} reads a file that is only copied");
    }
}
