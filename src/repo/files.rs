//! Where settings are read from: the folder, a file that is named, or another commit.
//!
//! Whoever opens a pull request writes the folder. With a commit, the base branch decides.

use std::{
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::{
    git, here,
    near::{Kind, Near},
    read, relative, top,
};

/// Where settings are read from.
#[derive(Debug, Clone)]
pub enum Files {
    /// The folder that is linted, and those above it in the repository.
    Disk(Arc<Near>),
    /// This file alone.
    One(PathBuf),
    /// A commit.
    Commit {
        /// The full hash.
        id: String,
        /// What was typed.
        name: String,
    },
}

/// A file that was found.
#[derive(Debug)]
pub struct Found {
    /// As it is shown.
    pub shown: String,
    /// The folder that it lies in, links resolved.
    pub dir: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{shown}: {why}")]
pub struct ReadError {
    /// The file as it is shown.
    pub shown: String,
    /// The reason, lower case.
    pub why: String,
}

impl Found {
    /// A file that somebody named.
    pub fn named(path: &Path) -> Result<Self, ReadError> {
        let shown = path.display().to_string();
        let read = || {
            let bytes = read(path)?;
            let real = fs::canonicalize(path).map_err(|err| err.to_string())?;
            Ok((real.parent().unwrap_or(&real).to_owned(), bytes))
        };
        match read() {
            Ok((dir, bytes)) => Ok(Self { shown, dir, bytes }),
            Err(why) => Err(ReadError { shown, why }),
        }
    }

    /// `root` as seen from the folder of the file; "" for that folder itself, and where it lies
    /// elsewhere.
    pub fn relative(&self, root: &Path) -> String {
        relative(&self.dir, root).unwrap_or_default()
    }
}

impl Files {
    /// A file or a commit; `None` where it is neither.
    pub fn from(name: &str) -> Option<Self> {
        if Path::new(name).is_file() {
            return Some(Self::One(PathBuf::from(name)));
        }
        git::commit(name).map(|id| Self::Commit { id, name: name.to_owned() })
    }

    /// The `sandgate.toml` for the project in `real`, a folder whose links are resolved.
    pub fn config(&self, real: &Path) -> Result<Option<Found>, ReadError> {
        match self {
            Self::One(path) => Found::named(path).map(Some),
            Self::Disk(_) | Self::Commit { .. } => self.nearest(real, Kind::Config),
        }
    }

    /// The nearest file of a kind in `real`, a folder whose links are resolved, or above it, up to
    /// the top of the repository.
    pub fn nearest(&self, real: &Path, kind: Kind) -> Result<Option<Found>, ReadError> {
        let found = match self {
            Self::Disk(near) => near.find(real, kind),
            Self::One(_) => Near::default().find(real, kind),
            Self::Commit { id, name } => {
                let top = top(real);
                let dirs = real.ancestors().take_while(|dir| dir.starts_with(&top));
                return nearest_in_commit(&top, dirs, kind.names(), id, name);
            }
        };
        let Some((path, top)) = found else { return Ok(None) };
        // Messages quote the file: it must not be one that only this machine may read.
        let inside = fs::canonicalize(&path).is_ok_and(|real| real.starts_with(&top));
        let bytes = if inside {
            read(&path)
        } else {
            Err("it is a link that leads out of the repository, or nowhere".into())
        };
        let shown = from_here(&path);
        match bytes {
            Ok(bytes) => {
                let dir = path.parent().unwrap_or(&top).to_owned();
                Ok(Some(Found { shown, dir, bytes }))
            }
            Err(why) => Err(ReadError { shown, why }),
        }
    }

    /// The file `name`, which `found` names, relative to it.
    pub fn beside(&self, found: &Found, name: &str) -> Result<Found, ReadError> {
        let path = Path::new(name);
        let disk = found.dir.join(path);
        let refused = |why: &str| ReadError { shown: from_here(&disk), why: why.into() };
        if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(refused("it leads out of the folder of sandgate.toml"));
        }
        let dir = disk.parent().unwrap_or(&found.dir).to_owned();
        if let Self::Commit { id, name: from } = self {
            let top = top(&found.dir);
            let inside =
                below(&top, &disk).ok_or_else(|| refused("it is outside of the repository"))?;
            let bytes =
                git::blob(&top, id, &inside).ok_or_else(|| refused("it is not in that commit"))?;
            return Ok(Found { shown: format!("{from}:{inside}"), dir, bytes });
        }
        let real = fs::canonicalize(&disk).map_err(|err| refused(&err.to_string()))?;
        if !real.starts_with(&found.dir) && !matches!(self, Self::One(_)) {
            return Err(refused("it is a link that leads out of the folder of sandgate.toml"));
        }
        let bytes = read(&real).map_err(|why| refused(&why))?;
        Ok(Found { shown: from_here(&disk), dir, bytes })
    }

    /// What the commit has in place of a file on disk; `None` where it has none, or settings come
    /// from no commit.
    pub fn before(&self, disk: &Path) -> Option<Vec<u8>> {
        let Self::Commit { id, .. } = self else { return None };
        let real = fs::canonicalize(disk).ok()?;
        let top = top(real.parent()?);
        git::blob(&top, id, &below(&top, &real)?)
    }
}

fn nearest_in_commit<'a>(
    top: &Path,
    dirs: impl Iterator<Item = &'a Path>,
    names: &[&str],
    id: &str,
    from: &str,
) -> Result<Option<Found>, ReadError> {
    let mut wanted: Vec<(PathBuf, String)> = Vec::new();
    for dir in dirs {
        for name in names {
            wanted.extend(below(top, &dir.join(name)).map(|path| (dir.to_owned(), path)));
        }
    }
    let paths: Vec<&str> = wanted.iter().map(|(_, path)| path.as_str()).collect();
    let there = git::there(top, id, &paths).ok_or_else(|| ReadError {
        shown: from.to_owned(),
        why: format!("git cannot list that commit in {}", top.display()),
    })?;
    let first = wanted.into_iter().find(|(_, path)| there.contains(path));
    let Some((dir, path)) = first else { return Ok(None) };
    let shown = format!("{from}:{path}");
    match git::blob(top, id, &path) {
        Some(bytes) => Ok(Some(Found { shown, dir, bytes })),
        None => Err(ReadError { shown, why: "it is no file of at most 16 MiB".into() }),
    }
}

/// A path below another, as they are spelt.
pub(super) fn below(top: &Path, path: &Path) -> Option<String> {
    let below = path.strip_prefix(top).ok()?;
    let names: Option<Vec<&str>> =
        below.components().map(|part| part.as_os_str().to_str()).collect();
    Some(names?.join("/"))
}

/// A path as seen from the working directory, where it lies below.
fn from_here(path: &Path) -> String {
    let here = here().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
