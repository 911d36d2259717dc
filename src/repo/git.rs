//! How git is asked, and what is: commits, their files, what is tracked, the line ends of a checkout, and how often files
//! changed. Nothing of the repository runs: no filter, no hook. `affected/base` asks for its listings in the same way.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use super::LARGEST;
use crate::project::history::Touched;

/// The full hash of a commit.
pub(super) fn commit(name: &str) -> Option<String> {
    commit_in(Path::new("."), name)
}

/// The full hash of a commit of the repository in a folder.
pub(super) fn commit_in(dir: &Path, name: &str) -> Option<String> {
    let mut parse = git(dir);
    parse.args(["rev-parse", "--verify", "--quiet", "--end-of-options"]);
    parse.arg(format!("{name}^{{commit}}"));
    let id = String::from_utf8(output(parse, LARGEST)?).ok()?.trim().to_owned();
    (id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// Whether a commit is on a branch of the remote `origin`, as far as this clone knows it; `None` where it does not say.
pub(super) fn is_on(id: &str, branch: &str) -> Option<bool> {
    let here = Path::new(".");
    let tip = commit_in(here, &format!("refs/remotes/origin/{branch}"))?;
    // What is cut off could hold it.
    let is_on = is_ancestor(here, id, &tip)?;
    (is_on || !is_shallow(here).ok()?).then_some(is_on)
}

/// Whether a commit is another one or before it, as far as this clone knows; `None` where git cannot say.
pub(super) fn is_ancestor(dir: &Path, id: &str, of: &str) -> Option<bool> {
    let mut ask = git(dir);
    ask.args(["merge-base", "--is-ancestor", id, of]).stdout(Stdio::null());
    match ask.status().ok()?.code()? {
        0 => Some(true),
        1 => Some(false),
        _ => None,
    }
}

/// Why git does not read a folder.
pub(super) enum Trouble {
    /// It cannot be started: why.
    Absent(String),
    /// The folder belongs to another user, as in a container.
    Foreign,
    /// The first line of what it says.
    Other(String),
}

/// Whether the repository of a folder is cut off.
pub(super) fn is_shallow(dir: &Path) -> Result<bool, Trouble> {
    let mut ask = git(dir);
    ask.args(["rev-parse", "--is-shallow-repository"]).stderr(Stdio::piped());
    let done = ask.output().map_err(|err| Trouble::Absent(err.to_string()))?;
    if done.status.success() {
        return Ok(done.stdout.starts_with(b"true"));
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let first = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
    Err(if first.contains("dubious ownership") {
        Trouble::Foreign
    } else {
        Trouble::Other(first.to_owned())
    })
}

/// Which of these paths a commit has; `None` where git cannot say.
pub(super) fn there(top: &Path, id: &str, paths: &[&str]) -> Option<Vec<String>> {
    let mut list = git(top);
    list.args(["ls-tree", "-z", "--name-only", "--full-tree", id, "--"]);
    list.args(paths);
    let there = output(list, LISTING)?;
    Some(String::from_utf8_lossy(&there).split('\0').map(str::to_owned).collect())
}

/// The files of these names that git tracks in a folder, `node_modules` aside, by the path from there; nothing where it
/// cannot say.
pub(super) fn tracked(dir: &Path, wanted: &[&str]) -> Vec<String> {
    let mut list = git(dir);
    list.args(["ls-files", "-z"]);
    let all = output(list, LISTING).unwrap_or_default();
    let is_wanted = |path: &&[u8]| {
        let mut names = path.rsplit(|byte| *byte == b'/');
        names.next().is_some_and(|name| wanted.iter().any(|one| one.as_bytes() == name))
            && names.all(|name| name != b"node_modules")
    };
    let paths = all.split(|byte| *byte == 0).filter(is_wanted);
    paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect()
}

/// Which of these paths are files that git keeps, or kept in some commit that is here: the index, the commit that is checked
/// out, the one that was fetched last, and then every commit that added one.
pub(super) fn held_once(top: &Path, paths: &[&str]) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    let mut left: Vec<&str> = paths.to_vec();
    let fetched = commit_in(top, "FETCH_HEAD");
    for step in 0..4 {
        let mut ask = git(top);
        match (step, &fetched) {
            (0, _) => ask.args(["ls-files", "-z"]),
            (1, _) => ask.args(["ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD"]),
            (2, None) => continue,
            (2, Some(id)) => ask.args(["ls-tree", "-r", "-z", "--name-only", "--full-tree", id]),
            // Of a commit without parents all is added: so it is of one where the history is cut off.
            (_, _) => ask
                .args(["-c", "log.showRoot=true", "log", "--all", "--full-history"])
                .args(["--name-only", "--diff-filter=A", "-z", "--format=", "--no-relative"])
                .args(UNTOUCHED),
        };
        ask.arg("--").args(&left);
        let said = output(ask, LISTING).unwrap_or_default();
        held.extend(names(&said).filter(|name| left.contains(&name.as_str())));
        left.retain(|path| !held.contains(*path));
        if left.is_empty() {
            break;
        }
    }
    held
}

/// A file of a commit, as it is stored.
pub(super) fn blob(top: &Path, id: &str, path: &str) -> Option<Vec<u8>> {
    let mut cat = git(top);
    cat.args(["cat-file", "blob", &format!("{id}:{path}")]);
    output(cat, LARGEST)
}

/// Which of these files git checks out with `\r\n` where it keeps `\n`; none where it cannot say.
/// Attributes are read from the folder, as a checkout leaves them.
pub(super) fn with_crlf(top: &Path, paths: &[String]) -> BTreeSet<String> {
    let mut ask = git(top);
    ask.args(["config", "-z", "--get-regexp", r"^core\.(autocrlf|eol)$"]);
    let said = output(ask, LARGEST).unwrap_or_default();
    let (mut auto, mut eol) = (String::new(), String::new());
    for one in names(&said) {
        // A name without a value says yes; the last counts.
        let (name, value) = one.split_once('\n').unwrap_or((&one, "true"));
        *(if name == "core.eol" { &mut eol } else { &mut auto }) = value.to_ascii_lowercase();
    }
    let is_auto = ["true", "yes", "on", "1"].contains(&auto.as_str());
    let native = cfg!(windows) && (eol.is_empty() || eol == "native");
    let of_text = is_auto || (auto != "input" && (eol == "crlf" || native));
    let said = attributes(top, paths).unwrap_or_default();
    let said: Vec<String> = names(&said).collect();
    let mut known: BTreeMap<&str, [&str; 2]> = BTreeMap::new();
    for one in said.chunks_exact(3) {
        let [path, name, value] = one else { continue };
        let [text, eol] = known.entry(path).or_insert([""; 2]);
        *(if name == "text" { text } else { eol }) = value;
    }
    let made = known.into_iter().filter(|(_, [text, eol])| match (*text, *eol) {
        ("unset", _) | (_, "lf") => false,
        (_, "crlf") => true,
        ("set" | "auto", _) => of_text,
        _ => is_auto,
    });
    made.map(|(path, _)| path.to_owned()).collect()
}

/// `PATH NUL text NUL VALUE NUL PATH NUL eol NUL VALUE NUL …`.
fn attributes(top: &Path, paths: &[String]) -> Option<Vec<u8>> {
    let mut ask = git(top);
    ask.args(["check-attr", "-z", "--stdin", "text", "eol"]);
    let mut child = ask.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut stdin = child.stdin.take();
    let asked: Vec<u8> = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
    // Git answers while it is asked: neither may wait for the other.
    let writer = std::thread::spawn(move || stdin.take()?.write_all(&asked).ok());
    let done = child.wait_with_output().ok()?;
    let _ = writer.join();
    done.status.success().then_some(done.stdout)
}

/// Nothing that settings of the repository may ask of a log: signatures call a program.
const UNTOUCHED: [&str; 8] = [
    "--no-show-signature",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--no-notes",
    "--no-mailmap",
    "--no-color",
    "--no-decorate",
];

/// How many commits tell how often a file changes.
const COMMITS: u16 = 300;

/// Which of the last commits touched which file. Merges are passed by: what they bring is counted
/// where it was made.
pub(super) fn touched(top: &Path) -> Option<Touched> {
    let mut tree = git(top);
    tree.args(["ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD"]);
    let tree = output(tree, LARGEST)?;
    let mut log = git(top);
    log.args(["log", "--no-merges", "--name-only", "-z", "--format=%x01", "--no-relative"]);
    log.arg(format!("--max-count={COMMITS}"));
    log.args(UNTOUCHED).args(["HEAD", "--"]);
    let log = output(log, LARGEST)?;
    let mut files: BTreeMap<String, Vec<u16>> =
        names(&tree).map(|name| (name, Vec::new())).collect();
    let mut commits = 0_u16;
    for name in names(&log) {
        // The mark of a commit stands before its files, and a line end behind it.
        let name = name.trim_start_matches('\n');
        if name.starts_with('\u{1}') {
            commits += 1;
        } else if let Some(numbers) = files.get_mut(name)
            && let Some(number) = commits.checked_sub(1)
            && numbers.last() != Some(&number)
        {
            numbers.push(number);
        }
    }
    Some(Touched { files, commits })
}

fn names(bytes: &[u8]) -> impl Iterator<Item = String> {
    bytes
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
}

/// No listing of files is longer, in bytes.
pub(super) const LISTING: u64 = 256 << 20;

/// What a command writes, where it succeeds and that is not more than so many bytes.
pub(super) fn output(mut command: Command, most: u64) -> Option<Vec<u8>> {
    let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
    let mut bytes = Vec::new();
    let read = child.stdout.take().map(|out| out.take(most + 1).read_to_end(&mut bytes));
    let whole = matches!(read, Some(Ok(_))) && bytes.len() as u64 <= most;
    if !whole {
        // It may have ended by itself.
        let _ = child.kill();
    }
    let done = child.wait().ok()?;
    (whole && done.success()).then_some(bytes)
}

/// Variables that put another repository in place of the one that is asked, as git sets them for
/// its hooks; those that read paths in another way; and those that add to what is printed.
const ELSEWHERE: [&str; 16] = [
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
];

/// A command of git that runs nothing that the settings of the repository name, and fetches nothing
/// that a partial clone lacks.
pub(super) fn git(dir: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(dir).args(["--no-replace-objects", "--literal-pathspecs", "--no-pager"]);
    git.args(["-c", "core.fsmonitor=false"]);
    for name in ELSEWHERE {
        git.env_remove(name);
    }
    // Settings of the repository may allow a protocol by its name, and no option on the command line
    // takes that back; this list does. It names none that there is.
    git.env("GIT_ALLOW_PROTOCOL", "none").env("GIT_NO_LAZY_FETCH", "1");
    git.env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
    git.stdin(Stdio::null()).stderr(Stdio::null());
    git
}
