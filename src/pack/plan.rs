//! What goes into the archive, and under which name. Pure.

use std::{collections::BTreeMap, path::PathBuf};

use super::PackError;
use crate::project::{
    IgnoreFile, Project,
    context::{Entry, EntryKind, Unusable},
    path::ContextPath,
};

/// The entries of an archive.
#[derive(Debug)]
pub struct Plan {
    /// In the order of the bytes of their paths; no name twice.
    pub entries: Vec<Planned>,
    /// What lies in the context but cannot be sent.
    pub left_out: Vec<(ContextPath, Unusable)>,
}

/// One entry of an archive.
#[derive(Debug)]
pub struct Planned {
    /// Its path in the archive, without a `/` at the end.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Bytes of content: of a file, or of the target of a link.
    pub size: u64,
    /// Where the content comes from.
    pub content: Content,
    /// Whether it is part of what is built, and so of the context digest.
    pub counts: bool,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File {
        /// Mode 0755, else 0644. On Windows a `#!` at the start of a file stands for the bit: the
        /// mode that Git holds in its index is not read.
        executable: bool,
    },
    /// A directory with nothing in it.
    Dir,
    /// A symbolic link.
    Link,
}

impl Kind {
    /// The permission bits: all that is kept of a mode.
    pub fn mode(self) -> u32 {
        match self {
            Self::File { executable: false } => 0o644,
            Self::File { executable: true } | Self::Dir => 0o755,
            Self::Link => 0o777,
        }
    }
}

/// Where content comes from.
#[derive(Debug)]
pub enum Content {
    /// Held in memory: what was linted, the target of a link, what the caller gave, nothing.
    Held(Vec<u8>),
    /// A file on disk, links resolved.
    Disk(PathBuf),
}

/// A file that the caller puts into the archive: credentials or arguments for the build.
#[derive(Clone)]
pub struct Extra {
    /// Its path, such as `.docker/config.json` or `.env.build`.
    pub path: ContextPath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it is part of what is built. Credentials are not: they only open what it is built from, and a digest over
    /// them would tell whoever guesses one that it is right.
    pub counts: bool,
}

impl std::fmt::Debug for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Extra").field("path", &self.path).finish_non_exhaustive()
    }
}

const DOCKERFILE: &str = "Dockerfile";
const OWN_IGNORE: &str = "Dockerfile.dockerignore";

/// Plans the archive of a project: what is sent of its tree, and `extras`, which replace entries
/// of the same name.
///
/// The builder looks for `Dockerfile` and `Dockerfile.dockerignore` at the root, so the chosen
/// Dockerfile and its own ignore file are uploaded under these names, and other files that lie
/// there are not. Directories are entries only where nothing lies below them.
pub fn plan(project: &Project, extras: Vec<Extra>) -> Result<Plan, PackError> {
    for ignore in [&project.docker_ignore, &project.blaxel_ignore].into_iter().flatten() {
        refuse_bad_lines(ignore)?;
    }
    let mut entries: BTreeMap<String, Planned> = BTreeMap::new();
    let mut dirs: Vec<&str> = Vec::new();
    let mut left_out = Vec::new();
    for entry in project.tree.sent() {
        let path = entry.path.as_str();
        match &entry.kind {
            EntryKind::File { .. } | EntryKind::Link { .. } => {
                entries.insert(path.to_owned(), planned(project, entry));
            }
            EntryKind::Dir => dirs.push(path),
            EntryKind::Unusable(Unusable::Unreadable(why)) => {
                return Err(PackError::Unreadable { path: path.to_owned(), why: why.clone() });
            }
            EntryKind::Unusable(unusable) => left_out.push((entry.path.clone(), unusable.clone())),
        }
    }

    let chosen = &project.dockerfile.source;
    let own_ignore = project
        .docker_ignore
        .as_ref()
        .map(|file| &file.source)
        .filter(|source| source.path().as_str() != ".dockerignore");
    for name in [DOCKERFILE, OWN_IGNORE] {
        entries.remove(name);
    }
    let mut renamed = vec![(DOCKERFILE, chosen)];
    renamed.extend(own_ignore.map(|source| (OWN_IGNORE, source)));
    for (name, source) in renamed {
        let below = format!("{name}/");
        if dirs.contains(&name)
            || entries
                .range(below.clone()..)
                .next()
                .is_some_and(|(path, _)| path.starts_with(&below))
        {
            return Err(PackError::Taken { path: name.to_owned() });
        }
        let kind = project.tree.get(source.path()).map(|entry| &entry.kind);
        let executable = matches!(kind, Some(EntryKind::File { executable: true, .. }));
        entries.insert(name.to_owned(), held(name, source.bytes().to_vec(), executable));
    }
    for Extra { path, bytes, counts } in extras {
        entries.insert(path.to_string(), Planned { counts, ..held(&path, bytes, false) });
    }

    // From the last to the first, so that a directory is seen after everything below it.
    for dir in dirs.into_iter().rev() {
        let below = format!("{dir}/");
        let filled =
            entries.range(below.clone()..).next().is_some_and(|(path, _)| path.starts_with(&below));
        if !filled && !entries.contains_key(dir) {
            let empty = Planned {
                path: dir.to_owned(),
                kind: Kind::Dir,
                size: 0,
                content: Content::Held(Vec::new()),
                counts: true,
            };
            entries.insert(dir.to_owned(), empty);
        }
    }
    let entries: Vec<Planned> = entries.into_values().collect();
    if let Some(entry) = entries.iter().find(|entry| entry.path.len() >= usize::from(u16::MAX)) {
        return Err(PackError::NameTooLong { path: entry.path.clone() });
    }
    Ok(Plan { entries, left_out })
}

fn refuse_bad_lines(ignore: &IgnoreFile) -> Result<(), PackError> {
    match ignore.bad_lines.first() {
        None => Ok(()),
        Some((line, why)) => Err(PackError::IgnoreFile {
            file: ignore.source.path().to_string(),
            line: *line,
            why: why.clone(),
        }),
    }
}

fn planned(project: &Project, entry: &Entry) -> Planned {
    match &entry.kind {
        EntryKind::Link { target } => Planned {
            path: entry.path.to_string(),
            kind: Kind::Link,
            size: target.len() as u64,
            content: Content::Held(target.as_bytes().to_vec()),
            counts: true,
        },
        EntryKind::File { size, executable } => match project.source(&entry.path) {
            Some(source) => held(&entry.path, source.bytes().to_vec(), *executable),
            None => Planned {
                path: entry.path.to_string(),
                kind: Kind::File { executable: *executable },
                size: *size,
                content: Content::Disk(entry.disk.clone()),
                counts: true,
            },
        },
        EntryKind::Dir | EntryKind::Unusable(_) => held(&entry.path, Vec::new(), false),
    }
}

fn held(path: &str, bytes: Vec<u8>, executable: bool) -> Planned {
    Planned {
        path: path.to_owned(),
        kind: Kind::File { executable },
        size: bytes.len() as u64,
        content: Content::Held(bytes),
        counts: true,
    }
}
