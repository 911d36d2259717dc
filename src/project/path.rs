//! Paths inside a project.

use std::{fmt, ops::Deref, sync::Arc};

/// A path relative to the root of the project: `/` between the names, no leading `/`, no `.` or
/// `..` part. The empty path is the root itself.
///
/// It may hold any other character, control characters included: escape it before it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContextPath(Arc<str>);

impl ContextPath {
    /// Takes a path that already has the form described above.
    pub fn new(path: &str) -> Self {
        debug_assert!(!path.starts_with('/'), "`{path}` is not relative");
        Self(Arc::from(path))
    }

    /// Cleans a path as a Dockerfile writes it, seen from the root: a leading `/`, `.` parts and
    /// doubled `/` go, and `..` never climbs above the root, as in BuildKit.
    pub fn clean(path: &str) -> Self {
        if is_plain(path) {
            return Self(Arc::from(path));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => (),
                ".." => {
                    parts.pop();
                }
                name => parts.push(name),
            }
        }
        Self(Arc::from(parts.join("/")))
    }

    /// The last name of the path; empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// The directory that holds it; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self(Arc::from(self.0.rsplit_once('/').map_or("", |(parent, _)| parent))))
    }

    /// `name` below this directory.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        if self.0.is_empty() {
            Self::clean(name)
        } else {
            Self::clean(&format!("{}/{name}", self.0))
        }
    }

    /// Whether it is `dir` itself or lies below it.
    pub fn is_within(&self, dir: &str) -> bool {
        dir.is_empty()
            || self.0.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `path` seen from the directory `dir`, as an absolute path without `.` and `..` parts and without
/// a `/` at its end. `..` never climbs above the root.
pub fn absolute(dir: &str, path: &str) -> String {
    let mut out = String::with_capacity(dir.len() + path.len() + 2);
    if !path.starts_with('/') {
        descend(&mut out, dir);
    }
    descend(&mut out, path);
    if out.is_empty() {
        out.push('/');
    }
    out
}

/// Whether a path is nothing but names with a `/` between them; one that begins with a `.` may be another thing.
fn is_plain(path: &str) -> bool {
    let mut begins = true;
    for byte in path.bytes() {
        if begins && matches!(byte, b'/' | b'.') {
            return false;
        }
        begins = byte == b'/';
    }
    !begins
}

fn descend(out: &mut String, path: &str) {
    let names = path.strip_prefix('/').unwrap_or(path);
    if is_plain(names) {
        out.push('/');
        out.push_str(names);
        return;
    }
    let bytes = path.as_bytes();
    let mut start = 0;
    // Names are short: this is faster than a search.
    for end in 0..=bytes.len() {
        if bytes.get(end).is_some_and(|byte| *byte != b'/') {
            continue;
        }
        match &path[start..end] {
            "" | "." => (),
            ".." => out.truncate(out.rfind('/').unwrap_or(0)),
            name => {
                out.push('/');
                out.push_str(name);
            }
        }
        start = end + 1;
    }
}

impl Deref for ContextPath {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for ContextPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_never_leaves_the_root() {
        for (given, want) in [
            ("a/./b//c", "a/b/c"),
            ("/a", "a"),
            ("../../a", "a"),
            ("a/../../b", "b"),
            ("./", ""),
            ("a/", "a"),
            ("a/b.c/d", "a/b.c/d"),
            (".a/.b", ".a/.b"),
            ("", ""),
        ] {
            assert_eq!(ContextPath::clean(given).as_str(), want, "{given}");
        }
    }

    #[test]
    fn absolute_paths_have_names_alone() {
        for (dir, path, want) in [
            ("/", "/a/b.c", "/a/b.c"),
            ("/", "/", "/"),
            ("/a", "b/c", "/a/b/c"),
            ("/a/b", "../c/./d/", "/a/c/d"),
            ("a", ".b//c", "/a/.b/c"),
            ("/a", "/../../b", "/b"),
            ("/", "a/..", "/"),
        ] {
            assert_eq!(absolute(dir, path), want, "{dir} {path}");
        }
    }

    #[test]
    fn within_respects_name_borders() {
        assert!(ContextPath::new("a/b").is_within("a"));
        assert!(!ContextPath::new("ab").is_within("a"));
        assert!(ContextPath::new("ab").is_within(""));
    }
}
