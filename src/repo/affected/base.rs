//! The commit that the working tree is compared with: what it held, or why nobody can say.
//!
//! Commits and the index are read, the working tree never: that would run filters which the repository's settings name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

use super::{blob::Naming, changes::What};
use crate::repo::git::{self, Trouble};

/// What is compared with, as the caller says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// A commit: a hash, a branch, `HEAD^1`.
    pub name: String,
    /// Whether it is not the commit itself, but the one where it and HEAD parted.
    pub merge_base: bool,
}

/// A file, link or submodule as git keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) mode: u32,
    pub(super) id: String,
}

pub(super) const LINK: u32 = 0o120_000;
pub(super) const SUBMODULE: u32 = 0o160_000;

/// What a repository held at the base.
#[derive(Debug)]
pub struct Before {
    /// The top of the repository.
    pub(super) top: PathBuf,
    /// As the caller named it.
    pub name: String,
    /// The full hash of the commit.
    pub id: String,
    /// Whether HEAD is not built on it.
    pub apart: bool,
    /// How objects are named.
    pub(super) naming: Naming,
    /// What the commit held, submodules included, by the path from the top.
    pub(super) stored: BTreeMap<String, Stored>,
    /// What git tracks now, submodules included.
    pub(super) tracked: BTreeMap<String, Stored>,
    /// Submodules that are new, gone, or at another commit while the earlier one is not there.
    pub(super) moved: BTreeSet<String>,
    /// Submodules that are not checked out.
    pub(super) absent: BTreeSet<String>,
}

impl Before {
    /// What happened to one of the submodules in `moved`.
    pub(super) fn moved(&self, path: &str) -> What {
        let was_there = |all: &BTreeMap<String, Stored>| {
            all.get(path).is_some_and(|stored| stored.mode == SUBMODULE)
        };
        match (was_there(&self.stored), was_there(&self.tracked)) {
            (false, true) => What::Added,
            (true, false) => What::Deleted,
            _ => What::Submodule,
        }
    }
}

/// Why there is nothing to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What is so: no final period.
    pub what: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.help)
    }
}

/// Reads what the repository in `top` held at the base, in the folders that `below` names by their path from the top.
pub(super) fn read(top: &Path, base: &Base, below: &[String]) -> Result<Before, Missing> {
    let shallow = git::is_shallow(top).map_err(|trouble| unread(top, trouble))?;
    let name = &base.name;
    if name.len() >= 7 && name.bytes().all(|byte| byte == b'0') {
        return Err(Missing {
            what: "the base is all zeros: this is the first push of a branch, and there was nothing before it".into(),
            help: "a branch that is to be merged is compared with `--base origin/main --merge-base`; of the default branch and of a tag, every image has to be built".into(),
        });
    }
    let named = git::commit_in(top, name).ok_or_else(|| not_there(top, base, shallow))?;
    let parted = if base.merge_base { parting(top, &named) } else { Some(named) };
    let id = parted.ok_or_else(|| no_parting(name, shallow))?;
    if base.merge_base && git::commit_in(top, "HEAD").as_ref() == Some(&id) {
        // As on the branch itself after a push, where this would say for ever that nothing changed.
        return Err(Missing {
            what: format!("HEAD is part of `{name}`: it did not part from it"),
            help: "on that branch, give the commit before the push; `--base HEAD` shows what is not committed".into(),
        });
    }
    let apart = !base.merge_base && !shallow && git::is_ancestor(top, &id, "HEAD") != Some(true);
    let unlisted = || Missing {
        what: format!("git cannot list the files of `{name}`: the clone lacks some of it"),
        help: "clone without `--filter=tree:0`".into(),
    };
    let stored = list(top, &id, below).ok_or_else(unlisted)?;
    let tracked = index(top, below).ok_or_else(unlisted)?;
    let mut before = Before {
        top: top.to_owned(),
        name: name.clone(),
        apart,
        naming: Naming::of(&id),
        id,
        stored,
        tracked,
        moved: BTreeSet::new(),
        absent: BTreeSet::new(),
    };
    submodules(&mut before);
    Ok(before)
}

fn unread(top: &Path, trouble: Trouble) -> Missing {
    match trouble {
        Trouble::Absent(why) => Missing {
            what: format!("git cannot be started: {why}"),
            help: "install git, or give records of earlier runs with `--records`".into(),
        },
        Trouble::Foreign => Missing {
            what: format!("git does not read {}: it belongs to another user", top.display()),
            help: format!("run `git config --global --add safe.directory '{}'`", top.display()),
        },
        Trouble::Other(said) => Missing {
            what: format!("git cannot read {}: {said}", top.display()),
            help: "repair the clone, or give records of earlier runs with `--records`".into(),
        },
    }
}

const WHOLE: &str = "`fetch-depth: 0` below `with:` of actions/checkout, `GIT_DEPTH: \"0\"` below `variables:` in GitLab";

fn not_there(top: &Path, base: &Base, shallow: bool) -> Missing {
    let name = &base.name;
    if !shallow {
        return not_known(top, name);
    }
    let alone = if base.merge_base {
        String::new()
    } else if name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        format!("; or fetch that commit alone: `git fetch --depth=1 origin {name}`")
    } else if name.contains(['^', '~']) {
        "; for `HEAD^1`, `fetch-depth: 2` is enough".to_owned()
    } else if let Some(branch) = name.strip_prefix("origin/") {
        format!(
            "; or fetch it alone: `git fetch --depth=1 origin {branch}:refs/remotes/origin/{branch}`"
        )
    } else {
        String::new()
    };
    Missing {
        what: format!("`{name}` is not in this clone, which is shallow"),
        help: format!("clone all of it: {WHOLE}{alone}"),
    }
}

/// Why a whole clone does not know a name.
fn not_known(top: &Path, name: &str) -> Missing {
    let (why, help) = if git::commit_in(top, "HEAD").is_none() {
        ("there is no commit yet", "commit what is there".to_owned())
    } else if name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        (
            "a force push dropped it, or it is wrong",
            format!(
                "check `--base`; what the server still has comes with `git fetch origin {name}`"
            ),
        )
    } else if name.contains("..") || name.contains(':') {
        ("it is no single commit", "check `--base`: give one commit, branch or tag".to_owned())
    } else if name.contains(['^', '~']) {
        (
            "the history does not go back that far, or the name is wrong",
            "check `--base`; for the first commits there is nothing to compare with".to_owned(),
        )
    } else {
        (
            "the name is wrong, or it was not fetched",
            "check `--base`; `git fetch origin` brings the branches of the server".to_owned(),
        )
    };
    Missing { what: format!("`{name}` is not in this repository: {why}"), help }
}

fn no_parting(name: &str, shallow: bool) -> Missing {
    if shallow {
        return Missing {
            what: format!("where `{name}` and HEAD parted is not in this clone, which is shallow"),
            help: format!("clone all of it: {WHOLE}"),
        };
    }
    Missing {
        what: format!("`{name}` and HEAD share no history"),
        help: "leave out `--merge-base` to compare with the commit itself".into(),
    }
}

fn parting(top: &Path, id: &str) -> Option<String> {
    let mut ask = git::git(top);
    ask.args(["merge-base", id, "HEAD"]);
    let out = git::output(ask, git::LISTING)?;
    let id = String::from_utf8(out).ok()?.trim().to_owned();
    (id.len() >= 40).then_some(id)
}

/// With more folders than these, everything is listed.
const FOLDERS: usize = 400;

fn paths(command: &mut Command, below: &[String]) {
    if below.len() <= FOLDERS && !below.iter().any(String::is_empty) {
        command.arg("--").args(below);
    }
}

fn list(top: &Path, id: &str, below: &[String]) -> Option<BTreeMap<String, Stored>> {
    let mut ask = git::git(top);
    ask.args(["ls-tree", "-r", "-z", "--full-tree", id]);
    paths(&mut ask, below);
    // `MODE TYPE ID<tab>PATH`
    Some(entries(&git::output(ask, git::LISTING)?, |words| Some((words.next()?, words.nth(1)?))))
}

fn index(top: &Path, below: &[String]) -> Option<BTreeMap<String, Stored>> {
    let mut ask = git::git(top);
    ask.args(["ls-files", "-s", "-z"]);
    paths(&mut ask, below);
    // `MODE ID STAGE<tab>PATH`; another stage is a conflict that nobody solved yet.
    Some(entries(&git::output(ask, git::LISTING)?, |words| {
        let (mode, id) = (words.next()?, words.next()?);
        (words.next()? == "0").then_some((mode, id))
    }))
}

fn entries(
    out: &[u8],
    read: impl for<'a> Fn(&mut std::str::Split<'a, char>) -> Option<(&'a str, &'a str)>,
) -> BTreeMap<String, Stored> {
    let entry = |line: &[u8]| {
        // What has another name cannot be packed, so that no project holds it.
        let line = std::str::from_utf8(line).ok()?;
        let (head, path) = line.split_once('\t')?;
        let (mode, id) = read(&mut head.split(' '))?;
        let mode = u32::from_str_radix(mode, 8).ok()?;
        Some((path.to_owned(), Stored { mode, id: id.to_owned() }))
    };
    out.split(|byte| *byte == 0).filter_map(entry).collect()
}

/// Whether a repository has a submodule in this folder, by its path from the top.
pub(super) fn is_submodule(top: &Path, folder: &str) -> bool {
    let held = index(top, &[folder.to_owned()]).unwrap_or_default();
    held.get(folder).is_some_and(|stored| stored.mode == SUBMODULE)
}

/// Takes in what lies in the submodules, as far as it is there.
fn submodules(before: &mut Before) {
    let links = |all: &BTreeMap<String, Stored>| -> BTreeMap<String, String> {
        let links = all.iter().filter(|(_, stored)| stored.mode == SUBMODULE);
        links.map(|(path, stored)| (path.clone(), stored.id.clone())).collect()
    };
    let (mut then, mut now) = (links(&before.stored), links(&before.tracked));
    let mut open: BTreeSet<String> = then.keys().chain(now.keys()).cloned().collect();
    while let Some(path) = open.pop_first() {
        let path = &path;
        let folder = before.top.join(path);
        if !folder.join(".git").exists() {
            if now.contains_key(path) {
                before.absent.insert(path.clone());
            }
            if then.get(path) != now.get(path) {
                before.moved.insert(path.clone());
            }
            continue;
        }
        let below = |all: BTreeMap<String, Stored>| {
            all.into_iter().map(|(inner, stored)| (format!("{path}/{inner}"), stored))
        };
        match then.get(path).and_then(|id| list(&folder, id, &[])) {
            Some(files) => {
                let files: BTreeMap<String, Stored> = below(files).collect();
                then.extend(links(&files));
                before.stored.extend(files);
            }
            None => {
                before.moved.insert(path.clone());
            }
        }
        let files: BTreeMap<String, Stored> =
            below(index(&folder, &[]).unwrap_or_default()).collect();
        now.extend(links(&files));
        open.extend(links(&files).into_keys());
        before.tracked.extend(files);
    }
}
