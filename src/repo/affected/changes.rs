//! What changed in one project since the base: what would be packed now, against what the base held.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    base::{Before, LINK, SUBMODULE, Stored},
    blob::{Blob, is_checked_out},
};
use crate::{
    pack::{Content, Kind, Plan, Planned},
    project::{
        Project,
        context::{Entry, EntryKind},
    },
    repo::files::below,
};

/// A change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its path from the top of the repository.
    pub path: String,
    /// What happened to it.
    pub what: What,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Its content, its mode, or what it links to.
    Changed,
    /// The same, and it is not committed.
    Uncommitted,
    /// It was not there.
    Added,
    /// Git does not track it, so it cannot tell.
    Untracked,
    /// It is gone.
    Deleted,
    /// It is a submodule at another commit.
    Submodule,
}

impl What {
    /// Its name in formats.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Uncommitted => "uncommitted",
            Self::Added => "added",
            Self::Untracked => "untracked",
            Self::Deleted => "deleted",
            Self::Submodule => "submodule",
        }
    }
}

/// The project and what was read of it.
pub(super) struct Now<'a> {
    pub(super) project: &'a Project,
    /// Its folder, links resolved.
    pub(super) real: &'a Path,
    pub(super) plan: &'a Plan,
    /// The name of each entry's content, in their order.
    pub(super) names: Vec<Option<String>>,
}

/// Every change, sorted: first the files that say how the image is made.
pub(super) fn since(before: &Before, now: &Now<'_>, settings: Option<&Path>) -> Vec<Change> {
    let Some(root) = below(&before.top, now.real) else { return Vec::new() };
    let mut comparison = Comparison {
        before,
        prefix: if root.is_empty() { root } else { format!("{root}/") },
        seen: BTreeSet::new(),
        changes: BTreeMap::new(),
    };
    comparison.packed(now);
    comparison.links(now.project);
    comparison.gone(now.project);
    // It decides what is packed, and may itself not be.
    let ignore = format!("{}.blaxelignore", comparison.prefix);
    let held = now.project.blaxel_ignore.as_ref().map(|file| file.source.bytes());
    comparison.file(&ignore, held);
    comparison.settings(settings);
    comparison.sorted(now.project)
}

/// What changed where nothing is packed, since a finished image is named: this file, and the settings.
pub(super) fn of_file(
    before: &Before,
    real: &Path,
    file: &str,
    bytes: &[u8],
    settings: Option<&Path>,
) -> Vec<Change> {
    let Some(root) = below(&before.top, real) else { return Vec::new() };
    let mut comparison = Comparison {
        before,
        prefix: if root.is_empty() { root } else { format!("{root}/") },
        seen: BTreeSet::new(),
        changes: BTreeMap::new(),
    };
    let path = format!("{}{file}", comparison.prefix);
    comparison.file(&path, Some(bytes));
    comparison.settings(settings);
    comparison.changes.into_iter().map(|(path, what)| Change { path, what }).collect()
}

struct Comparison<'a> {
    before: &'a Before,
    /// The folder from the top, with a `/` behind it.
    prefix: String,
    /// What was compared.
    seen: BTreeSet<String>,
    changes: BTreeMap<String, What>,
}

impl Comparison<'_> {
    fn packed(&mut self, now: &Now<'_>) {
        for (entry, name) in now.plan.entries.iter().zip(&now.names) {
            let Some(name) = name else { continue };
            let Kind::File { executable } = entry.kind else {
                if entry.kind == Kind::Link {
                    let path = format!("{}{}", self.prefix, entry.path);
                    self.compare(&path, name, LINK, None);
                }
                continue;
            };
            // What the caller puts in lies nowhere.
            let Some(disk) = disk(now, entry) else { continue };
            let Some(path) = below(&self.before.top, &disk) else { continue };
            let mode = if executable { 0o100_755 } else { 0o100_644 };
            self.compare(&path, name, mode, Some(&disk));
        }
    }

    /// Links that were followed are no entries themselves.
    fn links(&mut self, project: &Project) {
        for entry in project.tree.sent().filter(|entry| entry.via_link) {
            if matches!(entry.kind, EntryKind::Dir) {
                continue;
            }
            let path = format!("{}{}", self.prefix, entry.path);
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            let known = ends.filter_map(|end| self.before.stored.get(path.get(..end)?));
            if !known.into_iter().any(|stored| stored.mode == LINK) {
                let was_file = self.before.stored.contains_key(&path);
                self.note(&path, if was_file { What::Changed } else { What::Added });
            }
        }
    }

    /// What the base held and is packed no more.
    fn gone(&mut self, project: &Project) {
        let before = self.before;
        let held = before.stored.range(self.prefix.clone()..);
        let prefix = self.prefix.clone();
        for (path, stored) in held.take_while(|(path, _)| path.starts_with(&prefix)) {
            let Some(inside) = path.get(prefix.len()..) else { continue };
            if stored.mode == SUBMODULE || self.seen.contains(path) {
                continue;
            }
            let disk = before.top.join(path);
            let is_dir = stored.mode == LINK && disk.is_dir();
            if project.exclusion_of(inside, is_dir).is_some() {
                continue;
            }
            if stored.mode == LINK {
                match link(&disk) {
                    Some(to) => {
                        self.compare(path, &before.naming.name(to.as_bytes()), LINK, None);
                    }
                    None if disk.exists() => self.note(path, What::Changed),
                    None => self.note(path, What::Deleted),
                }
            } else if project.tree.get(inside).is_some_and(is_sent_file) {
                // The chosen Dockerfile, or its ignore file, is packed in its place.
            } else if fs::symlink_metadata(&disk).is_ok() {
                self.note(path, What::Changed);
            } else {
                self.note(path, What::Deleted);
            }
        }
        for path in &before.moved {
            if let Some(inside) = path.strip_prefix(&prefix)
                && project.exclusion_of(inside, true).is_none()
            {
                self.note(path, What::Submodule);
            }
        }
    }

    /// A file that counts whether it is packed or not.
    fn file(&mut self, path: &str, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => {
                let disk = self.before.top.join(path);
                let mode = self.before.stored.get(path).map_or(0o100_644, |stored| stored.mode);
                let name = self.before.naming.name(match &link(&disk) {
                    Some(to) if mode == LINK => to.as_bytes(),
                    _ => bytes,
                });
                self.compare(path, &name, mode, Some(&disk));
            }
            None if self.before.stored.contains_key(path) => self.note(path, What::Deleted),
            None => (),
        }
    }

    /// The settings that hold: those of the nearest folder, which may be another one than before.
    fn settings(&mut self, now: Option<&Path>) {
        let mut dir = self.prefix.trim_end_matches('/');
        let then = loop {
            let path = joined(dir, "sandgate.toml");
            if self.before.stored.contains_key(&path) {
                break Some(path);
            }
            if dir.is_empty() {
                break None;
            }
            dir = dir.rsplit_once('/').map_or("", |(above, _)| above);
        };
        let held = now.and_then(|path| Some((below(&self.before.top, path)?, path)));
        if let Some((path, disk)) = &held {
            self.file(path, super::super::read(disk).ok().as_deref());
        }
        if let Some(then) = then
            && held.is_none_or(|(path, _)| path != then)
            && !self.before.top.join(&then).exists()
        {
            self.note(&then, What::Deleted);
        }
    }

    fn compare(&mut self, path: &str, name: &str, mode: u32, disk: Option<&Path>) {
        self.seen.insert(path.to_owned());
        if let Some(moved) = self.before.moved.iter().find(|moved| is_within(path, moved)) {
            return self.note(&moved.clone(), What::Submodule);
        }
        let tracked = self.before.tracked.get(path);
        let Some(stored) = self.before.stored.get(path) else {
            let what = if tracked.is_some() { What::Added } else { What::Untracked };
            return self.note(path, what);
        };
        if !same_mode(stored.mode, mode) {
            return self.note(path, What::Changed);
        }
        if stored.id == name {
            return;
        }
        match tracked {
            Some(Stored { id, .. }) if *id == stored.id => {
                if !disk.is_some_and(|disk| is_checked_out(disk, id)) {
                    self.note(path, What::Uncommitted);
                }
            }
            _ => self.note(path, What::Changed),
        }
    }

    fn note(&mut self, path: &str, what: What) {
        let known = self.changes.entry(path.to_owned()).or_insert(what);
        if *known != what {
            // A file in place of a link, or the other way round.
            *known = What::Changed;
        }
    }

    fn sorted(self, project: &Project) -> Vec<Change> {
        let own = |path: &str| format!("{}{path}", self.prefix);
        let mut first = vec![own(project.dockerfile.source.path())];
        first.extend(project.docker_ignore.iter().map(|file| own(file.source.path())));
        first.extend([".blaxelignore", "blaxel.toml"].map(own));
        let rank = |path: &str| first.iter().position(|name| name == path).unwrap_or(first.len());
        let mut out: Vec<Change> =
            self.changes.into_iter().map(|(path, what)| Change { path, what }).collect();
        out.sort_by_cached_key(|change| (rank(&change.path), change.path.clone()));
        out
    }
}

/// Where a link leads, as git keeps it.
fn link(path: &Path) -> Option<String> {
    let to = fs::read_link(path).ok()?;
    Some(to.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"))
}

fn joined(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

fn is_within(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_sent_file(entry: &Entry) -> bool {
    entry.excluded.is_none() && matches!(entry.kind, EntryKind::File { .. })
}

/// Git keeps no more of a mode than whether the owner may execute it; where the system keeps less, it does not count.
fn same_mode(then: u32, now: u32) -> bool {
    let kind = |mode: u32| mode & 0o170_000;
    kind(then) == kind(now) && (!cfg!(unix) || then & 0o100 == now & 0o100)
}

/// Where the content of an entry lies, links resolved.
fn disk(now: &Now<'_>, entry: &Planned) -> Option<PathBuf> {
    if let Content::Disk(disk) = &entry.content {
        return Some(disk.clone());
    }
    let project = now.project;
    // The chosen Dockerfile and its ignore file are packed under names of their own, sent elsewhere or not.
    let ignore = project.docker_ignore.as_ref().map(|file| file.source.path().as_str());
    let renamed = match entry.path.as_str() {
        "Dockerfile" => Some(project.dockerfile.source.path().as_str()),
        "Dockerfile.dockerignore" => ignore,
        _ => None,
    };
    if let Some(path) = renamed {
        return fs::canonicalize(now.real.join(path)).ok();
    }
    let found = project.tree.get(&entry.path).filter(|found| found.excluded.is_none())?;
    Some(found.disk.clone())
}

/// Begins to name the content of an entry.
pub(super) fn begin(before: Option<&Before>, entry: &Planned) -> Blob {
    Blob::begin(before.map(|before| before.naming), entry.size)
}
