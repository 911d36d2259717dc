//! Runs the binary with an environment that holds nothing but what a test puts there.
#![allow(dead_code, reason = "each test target uses a part of it")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A credential that stands in every run's environment and must never be seen again.
pub(crate) const CANARY: &str = "c4naryEnvK3yJt5Rw8Zn2Qx7Vb9";

/// The day of every run.
pub(crate) const TODAY: &str = "2026-11-24";

/// What a run left.
pub(crate) struct Run {
    /// The exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Run {
    /// Both streams and the code, as one text for a snapshot.
    pub(crate) fn shown(&self) -> String {
        let code = self.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
        format!(
            "{}\n--- standard error\n{}\n--- exit {code}\n",
            self.stdout.trim_end(),
            self.stderr.trim_end()
        )
    }
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The command `sandgate ARGS` in `dir`, with a scrubbed environment.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandgate"));
    command.args(args).current_dir(dir).env_clear();
    for kept in ["PATH", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    // 2026-11-24 00:00 UTC.
    command.env("SOURCE_DATE_EPOCH", "1795478400").env("CI", "true").env("BL_API_KEY", CANARY);
    command
}

/// Runs `sandgate ARGS` in `dir` and looks for the canary in what it printed.
pub(crate) fn run(dir: &Path, args: &[&str]) -> Run {
    finish(&mut command(dir, args))
}

/// Runs a prepared command to its end.
pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let run = Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(
        !run.stdout.contains("c4nary") && !run.stderr.contains("c4nary"),
        "a canary was shown:\n{}",
        run.shown()
    );
    run
}

/// A copy of a fixture in a folder of its own, called as the fixture is.
pub(crate) fn copy_of(fixture: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join(Path::new(fixture).file_name().unwrap());
    copy(&root().join("fixtures").join(fixture), &to);
    (dir, to)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
