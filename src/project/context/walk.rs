//! The only reader of the tree.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, FileType, Metadata},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    judge::{Above, Judge},
    tree::{Entry, EntryKind, Tree, Unusable},
};
use crate::project::path::ContextPath;

/// Links can double the tree at each level; beyond this many entries they are not followed.
const MOST_BEHIND_LINKS: usize = 100_000;

/// A name in a directory.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The name.
    pub(crate) name: OsString,
    entry: fs::DirEntry,
}

/// What a directory holds. All or nothing: one that breaks off half-way is reported, not sent in
/// part.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<Listed>> {
    fs::read_dir(dir)?
        .map(|entry| entry.map(|entry| Listed { name: entry.file_name(), entry }))
        .collect()
}

/// Reads the tree below `root`, which must be resolved (`fs::canonicalize`) and holds `listed`.
///
/// Nothing is opened but directories. An entry that cannot be sent, or a directory that cannot be
/// read, is [`EntryKind::Unusable`].
pub(crate) fn walk(root: &Path, listed: Vec<Listed>, judge: &Judge<'_>, keep_links: bool) -> Tree {
    let mut walk =
        Walk { root, judge, keep_links, entries: Vec::new(), pending: Vec::new(), behind_links: 0 };
    let top = Pending {
        real: root.to_owned(),
        path: String::new(),
        above: Above::default(),
        via_link: false,
        crossed: None,
        entry: None,
    };
    walk.directory(&top, listed);
    while let Some(dir) = walk.pending.pop() {
        match list(&dir.real) {
            Ok(listed) => walk.directory(&dir, listed),
            Err(err) => {
                if let Some(entry) = dir.entry {
                    walk.entries[entry].kind = unreadable(&err);
                }
            }
        }
    }
    let mut entries = walk.entries;
    entries.sort_by(|a, b| a.path.as_str().cmp(b.path.as_str()));
    Tree { entries }
}

/// What lies at `path` below `root`, for a path that the tree does not hold: whether there is
/// something, and whether it is a directory.
pub(crate) fn look(root: &Path, path: &ContextPath) -> Option<bool> {
    fs::symlink_metadata(root.join(path.as_str())).ok().map(|meta| meta.is_dir())
}

/// Opens a file for reading, without waiting for a writer should it have become a FIFO, and
/// without following a link: paths are resolved before.
pub(crate) fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}

/// The files in `root` and in its directories, sorted, those of the root first.
pub(crate) fn names_near(root: &Path) -> Vec<String> {
    let list = |dir: &Path| {
        let mut names: Vec<(bool, String)> = fs::read_dir(dir)
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.file_type().ok()?.is_dir(), entry.file_name().into_string().ok()?))
            })
            .take(1000)
            .collect();
        names.sort();
        names
    };
    let (dirs, files): (Vec<_>, Vec<_>) = list(root).into_iter().partition(|(dir, _)| *dir);
    let below = dirs.into_iter().take(100).flat_map(|(_, dir)| {
        let files = list(&root.join(&dir)).into_iter().filter(|(dir, _)| !dir);
        files.map(move |(_, name)| format!("{dir}/{name}"))
    });
    files.into_iter().map(|(_, name)| name).chain(below).collect()
}

/// A directory that is still to be read.
struct Pending {
    real: PathBuf,
    path: String,
    above: Above,
    via_link: bool,
    /// The directories whose links led here.
    crossed: Option<Arc<Crossed>>,
    /// Its own entry; none for the root.
    entry: Option<usize>,
}

struct Crossed {
    from: PathBuf,
    before: Option<Arc<Crossed>>,
}

struct Walk<'a> {
    root: &'a Path,
    judge: &'a Judge<'a>,
    keep_links: bool,
    entries: Vec<Entry>,
    pending: Vec<Pending>,
    behind_links: usize,
}

impl Walk<'_> {
    fn directory(&mut self, dir: &Pending, listed: Vec<Listed>) {
        for child in listed {
            self.child(dir, &child);
        }
    }

    fn child(&mut self, dir: &Pending, child: &Listed) {
        let name = &child.name;
        let Some(text) = name.to_str() else {
            let path = joined(&dir.path, &replaced(name));
            self.push(dir, &path, child.entry.path(), EntryKind::Unusable(Unusable::Name), false);
            return;
        };
        let path = joined(&dir.path, text);
        let disk = dir.real.join(name);
        if child.entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            self.enter(dir, &path, disk, false);
            return;
        }
        let meta = match child.entry.metadata() {
            Ok(meta) => meta,
            // It went away since the directory was read.
            Err(err) if err.kind() == io::ErrorKind::NotFound => return,
            Err(err) => {
                self.push(dir, &path, disk, unreadable(&err), false);
                return;
            }
        };
        if meta.is_symlink() {
            self.link(dir, &path, disk);
        } else {
            self.place(dir, &path, disk, &meta, false);
        }
    }

    fn link(&mut self, dir: &Pending, path: &str, disk: PathBuf) {
        let target = match fs::read_link(&disk) {
            Ok(target) => target,
            Err(err) => {
                self.push(dir, path, disk, unreadable(&err), false);
                return;
            }
        };
        let Some(target) = target.to_str().map(str::to_owned) else {
            self.push(dir, path, disk, EntryKind::Unusable(Unusable::Name), false);
            return;
        };
        if self.keep_links {
            // A link to a link can leave although the text of neither does.
            let leaves = fs::canonicalize(&disk).is_ok_and(|real| !real.starts_with(self.root));
            let kind = if leaves || climbs_out(path, &target) {
                EntryKind::Unusable(Unusable::LinkOutside { target })
            } else {
                EntryKind::Link { target }
            };
            self.push(dir, path, disk, kind, false);
            return;
        }
        let unusable = match fs::canonicalize(&disk) {
            Ok(real) if !real.starts_with(self.root) => Unusable::LinkOutside { target },
            Ok(real) => match fs::metadata(&real) {
                Ok(meta) if meta.is_dir() && returns(&real, dir) => Unusable::LinkLoop { target },
                Ok(meta) => {
                    self.place(dir, path, real, &meta, true);
                    return;
                }
                Err(err) => Unusable::Unreadable(message(&err)),
            },
            Err(err) if err.kind() == io::ErrorKind::NotFound => Unusable::BrokenLink { target },
            Err(err) if err.kind() == io::ErrorKind::NotADirectory => {
                Unusable::BrokenLink { target }
            }
            Err(err) if is_loop(&err) => Unusable::LinkLoop { target },
            Err(err) => Unusable::Unreadable(message(&err)),
        };
        self.push(dir, path, disk, EntryKind::Unusable(unusable), false);
    }

    /// Enters what lies at `disk`; `link` says whether a link led there.
    fn place(&mut self, dir: &Pending, path: &str, disk: PathBuf, meta: &Metadata, link: bool) {
        if !meta.is_dir() {
            let kind = if meta.is_file() { file(&disk, meta) } else { special(meta.file_type()) };
            self.push(dir, path, disk, kind, link);
            return;
        }
        self.enter(dir, path, disk, link);
    }

    /// Enters a directory.
    fn enter(&mut self, dir: &Pending, path: &str, disk: PathBuf, link: bool) {
        let real = link.then(|| self.relative(&disk)).flatten();
        let descend = self.judge.may_send_below(path, real.as_deref(), &dir.above);
        if descend && (dir.via_link || link) && self.behind_links >= MOST_BEHIND_LINKS {
            let why = format!("more than {MOST_BEHIND_LINKS} entries lie behind symbolic links");
            self.push(dir, path, disk, EntryKind::Unusable(Unusable::Unreadable(why)), true);
            return;
        }
        let entry = self.push(dir, path, disk.clone(), EntryKind::Dir, link);
        if !descend {
            return;
        }
        let crossed = if link {
            Some(Arc::new(Crossed { from: dir.real.clone(), before: dir.crossed.clone() }))
        } else {
            dir.crossed.clone()
        };
        self.pending.push(Pending {
            real: disk,
            path: path.to_owned(),
            above: self.judge.below(path, real.as_deref(), &dir.above),
            via_link: dir.via_link || link,
            crossed,
            entry: Some(entry),
        });
    }

    fn push(
        &mut self,
        dir: &Pending,
        path: &str,
        disk: PathBuf,
        kind: EntryKind,
        link: bool,
    ) -> usize {
        let via_link = dir.via_link || link;
        self.behind_links += usize::from(via_link);
        let real = if via_link { self.relative(&disk) } else { None };
        let excluded =
            self.judge.exclusion(path, real.as_deref(), matches!(kind, EntryKind::Dir), &dir.above);
        self.entries.push(Entry { path: ContextPath::new(path), disk, kind, excluded, via_link });
        self.entries.len() - 1
    }

    /// Where `disk` lies below the root, `/` between the names.
    fn relative(&self, disk: &Path) -> Option<String> {
        let relative = disk.strip_prefix(self.root).ok()?;
        let names: Option<Vec<&str>> = relative.iter().map(OsStr::to_str).collect();
        names.map(|names| names.join("/"))
    }
}

fn joined(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// A name with a mark for each byte that is not UTF-8.
fn replaced(name: &OsStr) -> String {
    let mut out = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
    out
}

/// Whether following a link from `dir` to the directory `real` comes back to where it started.
fn returns(real: &Path, dir: &Pending) -> bool {
    let mut crossed = dir.crossed.as_deref();
    if dir.real.starts_with(real) {
        return true;
    }
    while let Some(link) = crossed {
        if link.from.starts_with(real) {
            return true;
        }
        crossed = link.before.as_deref();
    }
    false
}

/// Whether the link at `path` leads out of the root by its text alone.
fn climbs_out(path: &str, target: &str) -> bool {
    if target.starts_with('/') || target.contains('\\') {
        return true;
    }
    let mut depth = path.matches('/').count();
    for part in target.split('/') {
        match part {
            "" | "." => (),
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

fn unreadable(err: &io::Error) -> EntryKind {
    EntryKind::Unusable(Unusable::Unreadable(message(err)))
}

/// The system's words without its number: `permission denied`.
pub(crate) fn message(err: &io::Error) -> String {
    let text = err.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Whether the system found too many links in a row.
#[cfg(unix)]
pub(crate) fn is_loop(err: &io::Error) -> bool {
    err.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
pub(crate) fn is_loop(_: &io::Error) -> bool {
    false
}

#[cfg(unix)]
fn file(disk: &Path, meta: &Metadata) -> EntryKind {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = meta.permissions().mode();
    // Asking the system costs a call a file, and most files may be read by everybody.
    if mode & 0o444 != 0o444
        && let Err(errno) = rustix::fs::access(disk, rustix::fs::Access::READ_OK)
    {
        return unreadable(&errno.into());
    }
    EntryKind::File { size: meta.len(), executable: mode & 0o100 != 0 }
}

/// Where files carry no executable bit, a `#!` stands for it.
#[cfg(not(unix))]
fn file(disk: &Path, meta: &Metadata) -> EntryKind {
    use std::io::Read as _;
    let mut head = [0; 2];
    match fs::File::open(disk).and_then(|mut file| file.read(&mut head)) {
        Ok(read) => EntryKind::File { size: meta.len(), executable: head[..read] == *b"#!" },
        Err(err) => unreadable(&err),
    }
}

#[cfg(unix)]
fn special(kind: FileType) -> EntryKind {
    use std::os::unix::fs::FileTypeExt as _;
    EntryKind::Unusable(if kind.is_fifo() {
        Unusable::Fifo
    } else if kind.is_socket() {
        Unusable::Socket
    } else {
        Unusable::Device
    })
}

#[cfg(not(unix))]
fn special(_: FileType) -> EntryKind {
    EntryKind::Unusable(Unusable::Device)
}
