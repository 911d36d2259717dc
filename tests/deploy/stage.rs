//! A small project, and the binary that deploys it.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::common::{CANARY, command, finish};

/// Builds from nothing but itself, and lints without a finding that matters here.
pub(crate) const DOCKERFILE: &str =
    "FROM node:24-slim\nWORKDIR /app\nCOPY index.js .\nRUN node --check index.js\n";

/// A folder with a project, a folder for temporary files, and a record.
pub(crate) struct Stage {
    dir: tempfile::TempDir,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Null where there is none.
    pub(crate) record: Value,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["box", "tmp"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        let stage = Self { dir };
        stage.write("Dockerfile", DOCKERFILE);
        stage.write("index.js", "console.log(1)\n");
        stage
            .write("blaxel.toml", "type = \"sandbox\"\nname = \"box\"\n[runtime]\nmemory = 2048\n");
        stage
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join("box").join(name), text).unwrap();
    }

    pub(crate) fn command(&self, url: &str, more: &[&str]) -> Command {
        self.command_of("deploy", url, more)
    }

    pub(crate) fn command_of(&self, action: &str, url: &str, more: &[&str]) -> Command {
        let mut args = vec![action, "box", "--record", "record.json"];
        if !more.contains(&"--fail-on") {
            args.extend(["--fail-on", "never"]);
        }
        args.extend(more);
        let mut command = command(self.path(), &args);
        command.env("BL_API_URL", url).env("BL_WORKSPACE", "ws");
        command.env("TMPDIR", self.path().join("tmp"));
        command
    }

    pub(crate) fn run(&self, url: &str, more: &[&str]) -> Ended {
        self.run_of("deploy", url, more)
    }

    pub(crate) fn run_of(&self, action: &str, url: &str, more: &[&str]) -> Ended {
        let run = finish(&mut self.command_of(action, url, more));
        self.ended(run.code, run.stdout, run.stderr)
    }

    pub(crate) fn ended(&self, code: Option<i32>, stdout: String, stderr: String) -> Ended {
        let text = fs::read_to_string(self.path().join("record.json")).unwrap_or_default();
        for text in [&stdout, &stderr, &text] {
            assert!(!text.contains(CANARY), "the key is shown: {text}");
        }
        let left = fs::read_dir(self.path().join("tmp")).unwrap().count();
        assert_eq!(left, 0, "files are left in the temporary folder");
        let data = code == Some(0) || stdout.starts_with('{');
        assert!(data || stdout.is_empty(), "a result that is none: {stdout}");
        let record = serde_json::from_str(&text).unwrap_or_default();
        Ended { code, stdout, stderr, record }
    }
}
