//! Input that cannot be worked with: one clear message, its exit code, and no temp file left.
//!
//! What goes wrong on the network is in `tests/deploy/`.
#![cfg(unix)]

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, fs::symlink, process::CommandExt as _},
    path::Path,
    process::Command,
};

use sandgate::{
    lint::{self, Options},
    project::{OpenOptions, open},
};

use crate::common::{Run, command, finish, root};
use snapbox::{Data, assert_data_eq};

/// One bad input: its name, what makes it in an empty folder, and the exit code of `lint` and `pack`.
struct Case {
    name: &'static str,
    make: fn(&Path),
    lint: i32,
    pack: i32,
}

const GOOD: &str = "FROM node:24-alpine\nCOPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
                    ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

fn dockerfile(dir: &Path, content: impl AsRef<[u8]>) {
    fs::write(dir.join("Dockerfile"), content).unwrap();
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

const CASES: &[Case] = &[
    Case { name: "no-dockerfile", make: |_| (), lint: 2, pack: 2 },
    Case {
        name: "near-dockerfile",
        make: |dir| fs::write(dir.join("dockerfile"), GOOD).unwrap(),
        lint: 2,
        pack: 2,
    },
    Case { name: "empty", make: |dir| dockerfile(dir, ""), lint: 1, pack: 0 },
    Case {
        name: "directory",
        make: |dir| fs::create_dir(dir.join("Dockerfile")).unwrap(),
        lint: 2,
        pack: 2,
    },
    Case { name: "fifo", make: |dir| fifo(&dir.join("Dockerfile")), lint: 2, pack: 2 },
    Case {
        name: "huge",
        make: |dir| dockerfile(dir, "RUN true\n".repeat(50 * 1024 * 1024 / 9)),
        lint: 2,
        pack: 2,
    },
    Case { name: "garbage", make: |dir| dockerfile(dir, garbage()), lint: 1, pack: 0 },
    Case {
        name: "link-loop",
        make: |dir| symlink("Dockerfile", dir.join("Dockerfile")).unwrap(),
        lint: 2,
        pack: 2,
    },
    Case {
        name: "link-outside",
        make: |dir| symlink("/etc/hostname", dir.join("Dockerfile")).unwrap(),
        lint: 2,
        pack: 2,
    },
    Case {
        name: "context-link-loop",
        make: |dir| {
            dockerfile(dir, format!("{GOOD}COPY a /a\n"));
            fs::create_dir(dir.join("a")).unwrap();
            symlink("..", dir.join("a/up")).unwrap();
            symlink("self", dir.join("a/self")).unwrap();
        },
        lint: 0,
        pack: 0,
    },
    Case {
        name: "context-fifo",
        make: |dir| {
            dockerfile(dir, format!("{GOOD}COPY . /a\n"));
            fifo(&dir.join("pipe"));
        },
        lint: 0,
        pack: 0,
    },
    Case {
        name: "broken-toml",
        make: |dir| {
            dockerfile(dir, GOOD);
            fs::write(dir.join("blaxel.toml"), "name = \"app\"\n[runtime\nmemory = 4096\n")
                .unwrap();
        },
        lint: 1,
        pack: 0,
    },
    Case {
        name: "toml-folder",
        make: |dir| {
            dockerfile(dir, format!("{GOOD}USER nobody\n"));
            fs::create_dir(dir.join("blaxel.toml")).unwrap();
        },
        lint: 1,
        pack: 0,
    },
    Case {
        name: "toml-fifo",
        make: |dir| {
            dockerfile(dir, GOOD);
            fifo(&dir.join("blaxel.toml"));
        },
        lint: 1,
        pack: 0,
    },
    Case {
        name: "toml-not-text",
        make: |dir| {
            dockerfile(dir, GOOD);
            fs::write(dir.join("blaxel.toml"), b"name = \"app\"\ndescription = \"\xff\"\n")
                .unwrap();
        },
        lint: 1,
        pack: 0,
    },
    Case {
        name: "broken-ignore-file",
        make: |dir| {
            dockerfile(dir, GOOD);
            fs::write(dir.join(".dockerignore"), "a\n[\n").unwrap();
        },
        lint: 1,
        pack: 2,
    },
];

fn garbage() -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    })
    .take(4096)
    .collect()
}

/// Runs in `dir`, with a temp folder of its own that has to be empty afterwards.
fn run_in(dir: &Path, args: &[&str]) -> Run {
    let temp = tempfile::tempdir().unwrap();
    let run = finish(command(dir, args).env("TMPDIR", temp.path()));
    let left: Vec<_> = fs::read_dir(temp.path()).unwrap().collect();
    assert!(left.is_empty(), "{args:?} left {left:?}");
    run
}

fn compare(name: &str, run: &Run) {
    let snapshot = root().join(format!("tests/snapshots/bad-input/{name}.txt"));
    assert_data_eq!(run.shown(), Data::read_from(&snapshot, None).raw());
}

#[test]
fn each_bad_input_has_one_message_and_its_exit_code() {
    for case in CASES {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("app");
        fs::create_dir(&project).unwrap();
        (case.make)(&project);

        let lint = run_in(dir.path(), &["lint", "app"]);
        // Garbage has many findings; their number and form are no promise.
        if case.name != "garbage" {
            compare(&format!("{}.lint", case.name), &lint);
        }
        assert_eq!(lint.code, Some(case.lint), "lint {}:\n{}", case.name, lint.shown());
        if case.lint == 2 {
            assert!(
                lint.stdout.is_empty() && lint.stderr.matches("error").count() == 1,
                "{}",
                lint.shown()
            );
        }

        let pack = run_in(dir.path(), &["pack", "app", "-o", "app.zip"]);
        if case.name != "garbage" {
            compare(&format!("{}.pack", case.name), &pack);
        }
        assert_eq!(pack.code, Some(case.pack), "pack {}:\n{}", case.name, pack.shown());
        assert_eq!(
            dir.path().join("app.zip").exists(),
            case.pack == 0,
            "pack {}: the archive",
            case.name
        );
        let names: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(
            names.iter().all(|name| name == "app" || name == "app.zip"),
            "pack {} left {names:?}",
            case.name
        );
    }
}

#[test]
fn a_folder_that_is_not_there_and_a_file_of_no_project() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    // A hook passes every file that changed.
    for (name, path, code) in [("missing-folder", "nowhere", 2), ("file-as-folder", "file", 0)] {
        let run = run_in(dir.path(), &["lint", path]);
        assert_eq!(run.code, Some(code));
        compare(name, &run);
    }
}

#[test]
fn one_broken_project_hides_no_other() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    dockerfile(&dir.path().join("a"), "FROM\n");
    dockerfile(&dir.path().join("c"), "FROM\n");
    let run = run_in(dir.path(), &["lint", "a", "b", "c", "--format", "short"]);
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(
        run.stdout.contains("a/Dockerfile:1:") && run.stdout.contains("c/Dockerfile:1:"),
        "{}",
        run.shown()
    );
    compare("one-of-three", &run);
}

/// As root every file can be read, so the binary runs as nobody.
#[test]
fn files_that_may_not_be_read() {
    let dir =
        tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let binary = dir.path().join("sandgate");
    fs::copy(env!("CARGO_BIN_EXE_sandgate"), &binary).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    for (name, locked, code) in [
        ("dockerfile-locked", "Dockerfile", 2),
        ("toml-locked", "blaxel.toml", 1),
        ("file-locked", "data.bin", 0),
    ] {
        let project = dir.path().join(name);
        fs::create_dir(&project).unwrap();
        dockerfile(&project, format!("{GOOD}COPY . /srv\n"));
        fs::write(project.join("data.bin"), "x").unwrap();
        fs::write(project.join("blaxel.toml"), "type = \"sandbox\"\nname = \"app\"\n").unwrap();
        fs::set_permissions(project.join(locked), fs::Permissions::from_mode(0o000)).unwrap();

        let mut lint = Command::new(&binary);
        lint.args(["lint", name])
            .current_dir(dir.path())
            .env_clear()
            .env("SOURCE_DATE_EPOCH", "1795478400");
        let as_root = fs::read(project.join(locked)).is_ok();
        if as_root {
            lint.uid(65534).gid(65534);
        }
        let run = finish(&mut lint);
        assert_eq!(run.code, Some(code), "{name}:\n{}", run.shown());
        compare(name, &run);
    }
}

#[test]
fn usage_errors_say_what_can_be_typed() {
    let dir = tempfile::tempdir().unwrap();
    dockerfile(dir.path(), GOOD);
    for (name, args) in [
        ("bad-build-arg", &["lint", "--build-arg", "NOVALUE"][..]),
        ("bad-today", &["lint", "--today", "tomorrow"]),
        ("bad-dockerfile-option", &["lint", "-f", "../Dockerfile"]),
        ("bad-rule", &["explain", "SG1O1"]),
    ] {
        let run = run_in(dir.path(), args);
        assert_eq!(run.code, Some(2), "{name}:\n{}", run.shown());
        compare(name, &run);
    }
}

#[test]
fn many_commands_are_judged_in_linear_time() {
    // Each of these takes minutes where a rule looks at every command for each of them.
    let mut stages = String::from("FROM debian:13-slim AS s0\n");
    for stage in 1..10_000 {
        stages += &format!("RUN mkdir /x\nFROM s{} AS s{stage}\n", stage - 1);
    }
    for (text, code, want) in [
        (format!("FROM debian:13-slim\n{}", "RUN [[ -f /x ]]\n".repeat(10_000)), "SG734", 10_000),
        (format!("FROM debian:13-slim\nRUN {}", "source /x; ".repeat(30_000)), "SG734", 1),
        (stages + "RUN curl x\n", "SG731", 1),
    ] {
        let dir = tempfile::tempdir().unwrap();
        dockerfile(dir.path(), text);
        let project = open(dir.path(), &OpenOptions::default()).unwrap();
        let findings = lint::run(&project, &Options::at("2026-11-24".parse().unwrap())).findings;
        assert_eq!(findings.iter().filter(|finding| finding.code == code).count(), want, "{code}");
    }
}
