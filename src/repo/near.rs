//! What holds in a folder by the files in it and above it, found once for each folder of a run.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use super::here;

/// The settings files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `sandgate.toml`.
    Config,
    /// `.hadolint.yaml`.
    Hadolint,
}

impl Kind {
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Config => &["sandgate.toml"],
            Self::Hadolint => &[".hadolint.yaml", ".hadolint.yml"],
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Near {
    known: Mutex<HashMap<OsString, Arc<Around>>>,
    here: OnceLock<Option<PathBuf>>,
}

/// What holds in a folder.
#[derive(Debug, Clone, Default)]
struct Around {
    /// The top of the repository.
    top: Option<PathBuf>,
    config: Option<PathBuf>,
    hadolint: Option<PathBuf>,
    /// Whether the folder or one above it, up to the top, has a `blaxel.toml`.
    manifest: bool,
}

impl Near {
    /// The top of the repository that holds a folder, whose links are resolved; the working
    /// directory, or the folder itself, where there is none.
    pub(super) fn top(&self, real: &Path) -> PathBuf {
        self.top_of(&self.around(real), real)
    }

    /// The top of the repository that holds a folder, whose links are resolved; `None` where it lies
    /// in none.
    pub fn repository(&self, real: &Path) -> Option<PathBuf> {
        self.around(real).top.clone()
    }

    /// Whether a folder, whose links are resolved, or one above it in its repository has a
    /// `blaxel.toml`; outside of repositories, also one above the working directory.
    pub(super) fn has_manifest(&self, real: &Path) -> bool {
        self.around(real).manifest
    }

    fn top_of(&self, around: &Around, real: &Path) -> PathBuf {
        around.top.clone().unwrap_or_else(|| {
            // Without a repository, the working directory is the most that is meant.
            let here = self.here.get_or_init(here).as_ref();
            here.filter(|here| real.starts_with(here)).map_or_else(|| real.to_owned(), Clone::clone)
        })
    }

    /// The nearest file for a folder whose links are resolved, and the top of its repository.
    pub(super) fn find(&self, real: &Path, kind: Kind) -> Option<(PathBuf, PathBuf)> {
        let around = self.around(real);
        let file = match kind {
            Kind::Config => around.config.as_ref()?,
            Kind::Hadolint => around.hadolint.as_ref()?,
        };
        let top = self.top_of(&around, real);
        file.parent()?.starts_with(&top).then(|| (file.clone(), top))
    }

    fn around(&self, dir: &Path) -> Arc<Around> {
        let known = |near: &Self| {
            let known = near.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(dir.as_os_str()).cloned()
        };
        if let Some(around) = known(self) {
            return around;
        }
        let mut around = match dir.parent() {
            _ if dir.join(".git").exists() => {
                Around { top: Some(dir.to_owned()), ..Around::default() }
            }
            Some(parent) => (*self.around(parent)).clone(),
            None => Around::default(),
        };
        let own = |kind: Kind| {
            let paths = kind.names().iter().map(|name| dir.join(name));
            paths.into_iter().find(|path| fs::symlink_metadata(path).is_ok())
        };
        around.config = own(Kind::Config).or(around.config);
        around.hadolint = own(Kind::Hadolint).or(around.hadolint);
        around.manifest |= dir.join("blaxel.toml").is_file();
        let around = Arc::new(around);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(dir.into(), Arc::clone(&around));
        around
    }
}
