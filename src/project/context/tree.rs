//! Every entry of the project and whether it is sent.

use std::{fmt, path::PathBuf};

use super::glob::Matcher;
use crate::project::path::ContextPath;

/// The project's files, sorted by path (bytewise). Excluded entries are in it too; below an
/// excluded directory only what a later `!` pattern could bring back was looked at.
#[derive(Debug, Clone, Default)]
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

/// Continues "it …".
impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fifo => f.write_str("is a FIFO"),
            Self::Socket => f.write_str("is a socket"),
            Self::Device => f.write_str("is a device"),
            Self::Name => f.write_str("has a name that is not UTF-8"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::BrokenLink { target } => {
                write!(f, "is a link to `{target}`, which does not exist")
            }
            Self::LinkOutside { target } => {
                write!(f, "is a link to `{target}`, outside of the project")
            }
            Self::LinkLoop { target } => {
                write!(f, "is a link to `{target}`, which leads back to itself")
            }
        }
    }
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
        // `a-b` sorts between `a` and `a/b`, so the two parts do not lie side by side.
        let (own, below) = if dir.is_empty() {
            (None, &self.entries[..])
        } else {
            let start = self.entries.partition_point(|entry| is_before_inside(&entry.path, dir));
            let inside = &self.entries[start..];
            let end = inside
                .partition_point(|entry| entry.path.starts_with(dir) && entry.path.is_within(dir));
            (self.get(dir), &inside[..end])
        };
        own.into_iter().chain(below)
    }

    /// What a COPY source pattern (Go's `filepath.Match`) takes. A pattern that Go refuses takes
    /// nothing; a leading `/` or `./` does not matter.
    pub fn glob(&self, pattern: &str) -> Glob<'_> {
        let mut found = Glob::default();
        let cleaned = super::ignore::clean(pattern);
        let cleaned = cleaned.trim_start_matches('/');
        let Ok(matcher) = Matcher::new(cleaned) else { return found };
        // Everything before the first wildcard is a prefix of every match.
        let literal = cleaned.find(['*', '?', '[', '\\']).map_or(cleaned, |at| &cleaned[..at]);
        let start = self.entries.partition_point(|entry| entry.path.as_str() < literal);
        for entry in &self.entries[start..] {
            if !entry.path.starts_with(literal) {
                break;
            }
            if matcher.matches(&entry.path) {
                if entry.excluded.is_none() {
                    found.sent.push(entry);
                } else {
                    found.excluded.push(entry);
                }
            }
        }
        found
    }
}

/// Whether `path` sorts before `dir/`.
fn is_before_inside(path: &str, dir: &str) -> bool {
    match path.strip_prefix(dir) {
        Some(rest) => rest < "/",
        None => path < dir,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut entries: Vec<Entry> = paths
            .iter()
            .map(|path| Entry {
                path: ContextPath::new(path.trim_start_matches('-')),
                disk: PathBuf::new(),
                kind: EntryKind::File { size: 0, executable: false },
                excluded: path.starts_with('-').then_some(Exclusion::Always("test")),
                via_link: false,
            })
            .collect();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Tree { entries }
    }

    fn names<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<&'a str> {
        entries.into_iter().map(|entry| entry.path.as_str()).collect()
    }

    #[test]
    fn within_finds_a_directory_whose_neighbours_sort_into_it() {
        let tree = tree(&["a", "a-b", "a/x", "a/y/z", "a0", "b", "a.txt"]);
        assert_eq!(names(tree.within("a")), ["a", "a/x", "a/y/z"]);
        assert_eq!(names(tree.within("a/y")), ["a/y/z"]);
        assert_eq!(names(tree.within("b")), ["b"]);
        assert_eq!(tree.within("c").count(), 0);
        assert_eq!(tree.within("").count(), 7);
    }

    #[test]
    fn globs_stay_in_their_directory_and_tell_what_is_excluded() {
        let tree = tree(&["package.json", "-package-lock.json", "web/package.json", "[x]"]);
        let found = tree.glob("./package*.json");
        assert_eq!(names(found.sent), ["package.json"]);
        assert_eq!(names(found.excluded), ["package-lock.json"]);
        assert_eq!(names(tree.glob("*/package.json").sent), ["web/package.json"]);
        assert_eq!(names(tree.glob("[[]x]").sent), ["[x]"]);
        assert!(tree.glob("[").sent.is_empty());
    }
}
