//! How often the files of a repository changed, read once for each repository of a run.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{files::below, git, near::Near};
use crate::project::history::{History, Touched};

/// The histories that were read so far.
#[derive(Debug, Default)]
pub struct Histories {
    known: Mutex<HashMap<PathBuf, Option<Arc<Touched>>>>,
}

impl Histories {
    /// The history of the project in `real`, a folder whose links are resolved; `None` where it lies
    /// in no repository, or git cannot say.
    pub fn of(&self, real: &Path, near: &Near) -> Option<History> {
        let top = near.repository(real)?;
        let base = below(&top, real)?;
        // Held while git runs, so that no other project of the repository asks too.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let touched =
            known.entry(top.clone()).or_insert_with(|| git::touched(&top).map(Arc::new)).clone()?;
        Some(History::new(touched, &base))
    }
}
