//! What is asked of git: files of another commit. Nothing of the repository runs: no filter, no hook.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::LARGEST;

/// The full hash of a commit.
pub(super) fn commit(name: &str) -> Option<String> {
    let mut parse = git(Path::new("."));
    parse.args(["rev-parse", "--verify", "--quiet", "--end-of-options"]);
    parse.arg(format!("{name}^{{commit}}"));
    let id = String::from_utf8(output(parse)?).ok()?.trim().to_owned();
    (id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// Which of these paths a commit has; `None` where git cannot say.
pub(super) fn there(top: &Path, id: &str, paths: &[&str]) -> Option<Vec<String>> {
    let mut list = git(top);
    list.args(["ls-tree", "-z", "--name-only", "--full-tree", id, "--"]);
    list.args(paths);
    let there = output(list)?;
    Some(String::from_utf8_lossy(&there).split('\0').map(str::to_owned).collect())
}

/// A file of a commit, as it is stored.
pub(super) fn blob(top: &Path, id: &str, path: &str) -> Option<Vec<u8>> {
    let mut cat = git(top);
    cat.args(["cat-file", "blob", &format!("{id}:{path}")]);
    output(cat).filter(|bytes| bytes.len() as u64 <= LARGEST)
}

fn git(dir: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(dir).args(["--no-replace-objects", "--literal-pathspecs"]);
    git.env("GIT_OPTIONAL_LOCKS", "0").stdin(Stdio::null()).stderr(Stdio::null());
    git
}

fn output(mut command: Command) -> Option<Vec<u8>> {
    let done = command.output().ok()?;
    done.status.success().then_some(done.stdout)
}
