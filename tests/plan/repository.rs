//! A repository with sandbox projects in it, and what a plan says of them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

use crate::common::{Run, command, finish};

/// A Dockerfile of a sandbox.
pub(crate) const SANDBOX: &str = "FROM debian:12\n\
    COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n\
    COPY . /app\n\
    ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n";

pub(crate) struct Repository {
    pub(crate) dir: PathBuf,
    _keep: tempfile::TempDir,
}

impl Repository {
    pub(crate) fn new() -> Self {
        Self::made(&["init", "-q", "."])
    }

    /// In an empty folder, by this command of git.
    pub(crate) fn made(args: &[&str]) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let dir = fs::canonicalize(keep.path()).unwrap().join("work");
        fs::create_dir(&dir).unwrap();
        let repository = Self { dir, _keep: keep };
        repository.git(args);
        repository
    }

    /// `images/base`, `images/api` upon it, and `images/web`, in one commit.
    pub(crate) fn three() -> Self {
        let repository = Self::new();
        repository.write("images/base/Dockerfile", SANDBOX);
        repository.write("images/base/base.txt", "1\n");
        repository.write(
            "images/api/Dockerfile",
            "FROM sandbox/base:latest\nCOPY . /app\n# sandbox-api\n",
        );
        repository.write("images/api/src/main.py", "1\n");
        repository.write("images/web/Dockerfile", SANDBOX);
        repository.write("images/web/.dockerignore", "*.log\n");
        repository.write("images/web/index.html", "1\n");
        repository.write("README.md", "1\n");
        repository.commit("begin");
        repository
    }

    /// A clone of it.
    pub(crate) fn clone(&self, args: &[&str]) -> Self {
        let url = format!("file://{}", self.dir.display());
        Self::made(&[&["clone", "-q"][..], args, &[&url, "."]].concat())
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.dir.join(name)).unwrap();
    }

    pub(crate) fn output(&self, args: &[&str]) -> Output {
        // No setting of whoever runs this, and the same names of commits everywhere.
        let mut git = Command::new("git");
        git.args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"])
            .args(args)
            .current_dir(&self.dir)
            .env("HOME", &self.dir)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "t")
                .env(format!("GIT_{role}_EMAIL"), "t@example.com")
                .env(format!("GIT_{role}_DATE"), "2026-11-24T00:00:00Z");
        }
        git.output().unwrap()
    }

    /// Runs git, and tells what it printed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let done = self.output(args);
        assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Commits everything, and tells the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.head()
    }

    /// Writes a file and commits it.
    pub(crate) fn change(&self, name: &str, text: &str) -> String {
        self.write(name, text);
        self.commit(name)
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        command(&self.dir, &[&["plan"][..], args].concat())
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        finish(&mut self.command(args))
    }

    /// The plan against a base.
    pub(crate) fn since(&self, base: &str) -> Plan {
        self.plan(&["--base", base])
    }

    pub(crate) fn plan(&self, args: &[&str]) -> Plan {
        Plan::of(self.run(&[args, &["--format", "json"]].concat()))
    }
}

/// What a plan says.
pub(crate) struct Plan {
    pub(crate) json: Value,
    pub(crate) stderr: String,
}

impl Plan {
    pub(crate) fn of(run: Run) -> Self {
        assert_eq!(run.code, Some(0), "{}", run.shown());
        let json = serde_json::from_str(&run.stdout).unwrap();
        Self { json, stderr: run.stderr }
    }

    fn images(&self) -> impl Iterator<Item = &Value> {
        self.json["images"].as_array().unwrap().iter()
    }

    /// What is built, in the order of the projects.
    pub(crate) fn built(&self) -> Vec<&str> {
        let built = self.images().filter(|image| image["build"] == true);
        built.map(|image| image["image"].as_str().unwrap()).collect()
    }

    pub(crate) fn image(&self, name: &str) -> &Value {
        self.images().find(|image| image["image"] == name).unwrap()
    }

    /// Why an image is built or not.
    pub(crate) fn reason(&self, name: &str) -> &str {
        self.image(name)["reason"].as_str().unwrap()
    }

    /// Every change of an image: what happened, by path.
    pub(crate) fn changes(&self, name: &str) -> BTreeMap<&str, &str> {
        let changes = self.image(name)["changes"].as_array().unwrap().iter();
        changes.map(|one| (one["path"].as_str().unwrap(), one["what"].as_str().unwrap())).collect()
    }

    pub(crate) fn waves(&self) -> Vec<Vec<&str>> {
        let waves = self.json["waves"].as_array().unwrap().iter();
        waves
            .map(|wave| {
                let jobs = wave.as_array().unwrap().iter();
                jobs.map(|job| job["key"].as_str().unwrap()).collect()
            })
            .collect()
    }

    /// That one warning holds all of these.
    pub(crate) fn warns(&self, parts: &[&str]) {
        let warnings = self.json["warnings"].as_array().unwrap();
        let holds = |text: &str| parts.iter().all(|part| text.contains(part));
        assert!(
            warnings.iter().any(|one| holds(one.as_str().unwrap())),
            "{parts:?} in {warnings:#?}"
        );
        assert!(self.stderr.lines().any(holds), "{}", self.stderr);
    }

    pub(crate) fn is_calm(&self) {
        assert_eq!(self.json["warnings"].as_array().unwrap().len(), 0, "{}", self.stderr);
    }
}

/// Writes a program.
pub(crate) fn program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
