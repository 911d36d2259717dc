//! What changed in one project since the base: what would be packed now, against what the base held.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use super::{
    base::{Before, LINK, SUBMODULE, Stored},
    blob::{Blob, CheckedOut, checked_out},
    image::Settings,
};
use crate::{
    pack::{Content, Kind, Plan, Planned},
    project::{
        Project,
        context::{Entry, EntryKind},
        source::Source,
    },
    repo::{files::below, git},
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

/// Every change, sorted: first the files that say how the image is made. `None` where git cannot be asked for the
/// folder, since its name is not UTF-8.
pub(super) fn since(before: &Before, now: &Now<'_>, settings: &Settings) -> Option<Vec<Change>> {
    let mut comparison = Comparison::new(before, now.real)?;
    comparison.packed(now);
    comparison.links(now);
    comparison.makers(now.project);
    comparison.settings(settings);
    comparison.attributes();
    comparison.gone(now.project);
    comparison.line_ends();
    Some(comparison.sorted(now.project))
}

/// What changed where nothing is packed, since a finished image is named: this file, and the settings.
pub(super) fn of_file(
    before: &Before,
    real: &Path,
    file: &str,
    bytes: &[u8],
    settings: &Settings,
) -> Option<Vec<Change>> {
    let mut comparison = Comparison::new(before, real)?;
    let path = format!("{}{file}", comparison.prefix);
    comparison.file(&path, Some(bytes));
    comparison.settings(settings);
    comparison.line_ends();
    Some(comparison.changes.into_iter().map(|(path, what)| Change { path, what }).collect())
}

struct Comparison<'a> {
    before: &'a Before,
    /// The folder from the top, with a `/` behind it.
    prefix: String,
    /// What was compared.
    seen: BTreeSet<String>,
    changes: BTreeMap<String, What>,
    /// Files that are the same but for their line ends.
    other_ends: Vec<String>,
}

impl<'a> Comparison<'a> {
    fn new(before: &'a Before, real: &Path) -> Option<Self> {
        let root = below(&before.top, real)?;
        Some(Self {
            before,
            prefix: if root.is_empty() { root } else { format!("{root}/") },
            seen: BTreeSet::new(),
            changes: BTreeMap::new(),
            other_ends: Vec::new(),
        })
    }

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

    /// Links that were followed are no entries themselves: each on the way counts, and what is gone behind them.
    fn links(&mut self, now: &Now<'_>) {
        let tree = &now.project.tree;
        for entry in tree.entries.iter().filter(|entry| entry.via_link) {
            let path = entry.path.as_str();
            let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
            let above = match above {
                "" => Some(now.real),
                above => tree.get(above).map(|above| above.disk.as_path()),
            };
            let link = above.map(|above| above.join(name)).filter(|link| *link != entry.disk);
            let Some(link) = link else { continue };
            // One that is left out itself may lead to what is brought back.
            if tree.within(path).any(|inside| inside.excluded.is_none()) {
                self.way(&link);
            }
            if matches!(entry.kind, EntryKind::Dir) {
                self.gone_behind(now.project, path, &entry.disk);
            }
        }
    }

    /// Compares each link on the way that begins with this one, in a folder whose links are resolved.
    fn way(&mut self, link: &Path) {
        let (Some(dir), Some(name)) = (link.parent(), link.file_name()) else { return };
        let mut dir = dir.to_owned();
        let mut open = vec![PathBuf::from(name)];
        // More than a system follows.
        let mut left = 100;
        while let Some(part) = open.pop() {
            if part.as_os_str() == ".." {
                dir.pop();
                continue;
            }
            // An absolute one takes the place of the folder.
            let path = dir.join(&part);
            let Ok(to) = fs::read_link(&path) else {
                dir = path;
                continue;
            };
            left -= 1;
            if left == 0 {
                return;
            }
            if let (Some(path), Some(text)) = (below(&self.before.top, &path), as_kept(&to)) {
                let name = self.before.naming.name(text.as_bytes());
                self.compare(&path, &name, LINK, None);
            }
            let parts = to.components().filter(|part| *part != Component::CurDir);
            let parts: Vec<PathBuf> = parts.map(|part| part.as_os_str().into()).collect();
            open.extend(parts.into_iter().rev());
        }
    }

    /// What the base held in the folder `disk`, which is sent as `path`, and is there no more.
    fn gone_behind(&mut self, project: &Project, path: &str, disk: &Path) {
        let before = self.before;
        let Some(folder) = below(&before.top, disk) else { return };
        let folder = format!("{folder}/");
        let held = before.stored.range(folder.clone()..);
        for (stored, _) in held.take_while(|(stored, _)| stored.starts_with(&folder)) {
            let Some(inside) = stored.get(folder.len()..) else { continue };
            if !self.seen.contains(stored)
                && fs::symlink_metadata(before.top.join(stored)).is_err()
                && project.exclusion_of(&format!("{path}/{inside}"), false).is_none()
            {
                self.note(stored, What::Deleted);
            }
        }
    }

    /// The files that say how the image is made: they count whether they are packed or not.
    fn makers(&mut self, project: &Project) {
        let own = |path: &str| format!("{}{path}", self.prefix);
        let dockerfile = &project.dockerfile.source;
        let ignore = project.docker_ignore.as_ref().map(|file| &file.source);
        let mut makers = vec![(own(dockerfile.path()), Some(dockerfile.bytes()))];
        // The first that is there holds; one before it that is gone did.
        for path in [&format!("{}.dockerignore", dockerfile.path()), ".dockerignore"] {
            let held = ignore.filter(|ignore| ignore.path().as_str() == path);
            makers.push((own(path), held.map(Source::bytes)));
            if held.is_some() {
                break;
            }
        }
        let blaxel = project.blaxel_ignore.as_ref().map(|file| file.source.bytes());
        makers.push((own(".blaxelignore"), blaxel));
        let manifest = project.manifest.as_ref().map(|file| file.source.bytes());
        makers.push((own("blaxel.toml"), manifest));
        for (path, bytes) in makers {
            self.file(&path, bytes);
        }
    }

    /// What says with which line ends files are checked out: those in the folder, and above it.
    fn attributes(&mut self) {
        let before = self.before;
        let mut all: BTreeSet<String> = BTreeSet::new();
        for known in [&before.stored, &before.tracked] {
            let inside = known.range(self.prefix.clone()..).map(|(path, _)| path);
            let inside = inside.take_while(|path| path.starts_with(&self.prefix));
            all.extend(inside.filter(|path| path.ends_with("/.gitattributes")).cloned());
        }
        all.insert(".gitattributes".into());
        for (at, _) in self.prefix.match_indices('/') {
            all.extend(self.prefix.get(..at).map(|dir| format!("{dir}/.gitattributes")));
        }
        for path in all {
            self.file(&path, super::super::read(&before.top.join(&path)).ok().as_deref());
        }
    }

    /// Other line ends are no change where git checks the file out with them.
    fn line_ends(&mut self) {
        let mut folders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let before = self.before;
        let submodules = || before.tracked.iter().filter(|(_, stored)| stored.mode == SUBMODULE);
        for path in std::mem::take(&mut self.other_ends) {
            let within = submodules().map(|(dir, _)| dir).filter(|dir| is_within(&path, dir));
            let dir = within.max_by_key(|dir| dir.len()).map_or("", String::as_str);
            folders.entry(dir).or_default().push(path);
        }
        for (dir, paths) in folders {
            let inside = |path: &str| {
                path.get(dir.len()..).map(|rest| rest.trim_start_matches('/').to_owned())
            };
            let asked: Vec<String> = paths.iter().filter_map(|path| inside(path)).collect();
            let made = git::with_crlf(&before.top.join(dir), &asked);
            for path in &paths {
                if !inside(path).is_some_and(|inside| made.contains(&inside)) {
                    self.note(path, What::Uncommitted);
                }
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
                match fs::read_link(&disk).ok().and_then(|to| as_kept(&to)) {
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
                self.note(path, before.moved(path));
            }
        }
    }

    /// A file that counts whether it is packed or not; of a link, what it leads to and each link on the way.
    fn file(&mut self, path: &str, bytes: Option<&[u8]>) {
        let before = self.before;
        let Some(bytes) = bytes else {
            if before.stored.contains_key(path) {
                self.note(path, What::Deleted);
            }
            return;
        };
        let disk = before.top.join(path);
        if !fs::symlink_metadata(&disk).is_ok_and(|meta| meta.is_symlink()) {
            return self.content(path, bytes, &disk);
        }
        self.way(&disk);
        let real = fs::canonicalize(&disk).ok();
        match real.and_then(|real| Some((below(&before.top, &real)?, real))) {
            Some((path, real)) => self.content(&path, bytes, &real),
            // It leads out of the repository.
            None => self.note(path, What::Untracked),
        }
    }

    /// The content of a file, whatever its mode.
    fn content(&mut self, path: &str, bytes: &[u8], disk: &Path) {
        let mode = self.before.stored.get(path).map(|stored| stored.mode);
        let mode = mode.filter(|mode| ![LINK, SUBMODULE].contains(mode)).unwrap_or(0o100_644);
        self.compare(path, &self.before.naming.name(bytes), mode, Some(disk));
    }

    /// The settings that hold: those of the nearest folder, which may be another one than before.
    fn settings(&mut self, now: &Settings) {
        let (Settings::Nearest(held) | Settings::Named(held)) = now;
        let held = held.as_deref().and_then(|disk| Some((below(&self.before.top, disk)?, disk)));
        if let Some((path, disk)) = &held {
            self.file(path, super::super::read(disk).ok().as_deref());
        }
        if matches!(now, Settings::Named(_)) {
            return;
        }
        let mut dir = self.prefix.trim_end_matches('/');
        let then = loop {
            let path = joined(dir, "sandgate.toml");
            if self.before.stored.contains_key(&path) {
                break path;
            }
            if dir.is_empty() {
                return;
            }
            dir = dir.rsplit_once('/').map_or("", |(above, _)| above);
        };
        if held.is_none_or(|(path, _)| path != then) && !self.before.top.join(&then).exists() {
            self.note(&then, What::Deleted);
        }
    }

    fn compare(&mut self, path: &str, name: &str, mode: u32, disk: Option<&Path>) {
        self.seen.insert(path.to_owned());
        if let Some(moved) = self.before.moved.iter().find(|moved| is_within(path, moved)) {
            return self.note(moved, self.before.moved(moved));
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
                match disk.and_then(|disk| checked_out(disk, id)) {
                    Some(CheckedOut::Large) => (),
                    Some(CheckedOut::LineEnds) => self.other_ends.push(path.to_owned()),
                    None => self.note(path, What::Uncommitted),
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
fn as_kept(to: &Path) -> Option<String> {
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
