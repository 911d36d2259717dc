//! Which images have to be built, why, and in which order.
//!
//! A project's inputs are what its archive would hold, and the files that say how it is made. They are compared twice:
//! with a commit, by git's own names for contents, and with the records of earlier runs, by the context digest. What
//! stands on an image that is built is built after it. [`decide`] is pure; [`Bases::read`] asks git, and [`Image::of`]
//! reads a project.

mod base;
mod blob;
mod changes;
mod decide;
mod image;
mod order;
mod share;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{Near, Target, files::below};

pub use self::{
    base::{Base, Before, Missing},
    changes::{Change, What},
    decide::{Asked, Plan, Planned, Reason, decide},
    image::{Image, Sources, Use, name, settings},
    order::Cycle,
    share::{Job, Shard, Spread, spread},
};

/// What the repositories of a run held at the base.
#[derive(Debug, Default)]
pub struct Bases {
    known: BTreeMap<PathBuf, Result<Before, Missing>>,
    /// Whether a project lies in no repository.
    pub outside: bool,
}

impl Bases {
    /// Reads them, once for each repository.
    pub fn read(base: &Base, targets: &[Target], near: &Near) -> Self {
        let mut folders: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        let mut outside = false;
        for real in targets.iter().filter_map(|target| target.real.as_deref()) {
            let top = near.repository(real);
            let Some((top, folder)) = top.and_then(|top| Some((top.clone(), below(&top, real)?)))
            else {
                outside = true;
                continue;
            };
            let all = folders.entry(top).or_default();
            // The settings may lie above.
            for (at, _) in folder.match_indices('/') {
                all.extend(folder.get(..at).map(|above| format!("{above}/sandgate.toml")));
            }
            all.push("sandgate.toml".into());
            all.push(folder);
        }
        let known = folders.into_iter().map(|(top, mut folders)| {
            folders.sort();
            folders.dedup();
            let read = base::read(&top, base, &folders);
            (top, read)
        });
        Self { known: known.collect(), outside }
    }

    /// What the repository of a folder, whose links are resolved, held.
    pub fn of(&self, real: &Path, near: &Near) -> Option<&Before> {
        self.known.get(&near.repository(real)?)?.as_ref().ok()
    }

    /// The commits that are compared with.
    pub fn found(&self) -> impl Iterator<Item = &Before> {
        self.known.values().filter_map(|read| read.as_ref().ok())
    }

    /// Why there is none.
    pub fn missing(&self) -> impl Iterator<Item = &Missing> {
        self.known.values().filter_map(|read| read.as_ref().err())
    }
}
