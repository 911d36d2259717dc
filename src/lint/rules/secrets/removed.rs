//! What commands of a build delete again.

use std::collections::BTreeMap;

use crate::{lint::facts::RunCommand, project::script::base};

/// What a list of commands deletes: for each thing, where that is done last.
#[derive(Default)]
pub(super) struct Removed {
    paths: BTreeMap<String, usize>,
    /// Names with one wildcard at most, by what stands before it and behind it.
    names: BTreeMap<String, BTreeMap<String, usize>>,
    /// Anything of the server of SSH.
    of_ssh: Option<usize>,
}

/// Where the keys of a server lie.
pub(super) const HOST_KEYS: &str = "/etc/ssh/ssh_host_";

/// No file system knows a longer name.
const LONGEST_NAME: usize = 255;

impl Removed {
    /// Adds what a command deletes at a place.
    pub(super) fn add(&mut self, held: &RunCommand, at: usize) {
        if !matches!(held.program(), Some("rm" | "shred" | "unlink" | "find" | "mv")) {
            return;
        }
        let later = |known: &mut usize| *known = at.max(*known);
        for arg in held.call().into_iter().flat_map(|(_, args)| args) {
            self.paths.entry(plain(arg)).and_modify(later).or_insert(at);
            let (stem, end) = base(arg).split_once('*').unwrap_or((base(arg), ""));
            if !(stem.is_empty() && end.is_empty()) {
                let ends = self.names.entry(stem.to_owned()).or_default();
                ends.entry(end.to_owned()).and_modify(later).or_insert(at);
            }
            if arg.contains("/etc/ssh") {
                self.of_ssh = self.of_ssh.max(Some(at));
            }
        }
    }

    /// Where a path goes last, with it or with what is above it. What nobody knows may be each.
    pub(super) fn path(&self, path: &str) -> Option<usize> {
        let path = plain(path);
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let all = above.chain([path.as_str(), "?"]);
        all.filter_map(|path| self.paths.get(path)).max().copied()
    }

    /// Where a file goes last, by the name that a command gave it or by its path.
    pub(super) fn file(&self, file: &str, path: &str) -> Option<usize> {
        let of_ssh = self.of_ssh.filter(|_| file.starts_with(HOST_KEYS));
        self.path(file).max(self.path(path)).max(self.name(base(file))).max(of_ssh)
    }

    fn name(&self, name: &str) -> Option<usize> {
        if name.len() > LONGEST_NAME {
            return None;
        }
        let cuts = || (0..=name.len()).filter(|at| name.is_char_boundary(*at));
        let ends = cuts().filter_map(|at| self.names.get(&name[..at]));
        ends.flat_map(|ends| cuts().filter_map(|at| ends.get(&name[at..]))).max().copied()
    }
}

/// Whether `rm path` removes what is left.
pub(super) fn covers(path: &str, left: &str) -> bool {
    let (path, left) = (plain(path), plain(left));
    left == path || left.starts_with(&format!("{path}/")) || path == "?"
}

fn plain(path: &str) -> String {
    path.replace("${HOME}", "~")
        .replace("$HOME", "~")
        .replace("/root/", "~/")
        .trim_end_matches('/')
        .to_owned()
}
