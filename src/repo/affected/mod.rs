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
    image::{Image, Settings, Sources, Use, name, settings},
    order::Cycle,
    share::{Job, Shard, Spread, spread},
};

/// What the repositories of a run held at the base.
#[derive(Debug, Default)]
pub struct Bases {
    known: BTreeMap<PathBuf, Result<Before, Missing>>,
    /// For submodules, the repository that says at which commit they are.
    over: BTreeMap<PathBuf, PathBuf>,
    /// Whether a project lies in no repository.
    pub outside: bool,
}

/// Files that say how an image is made.
const MAKERS: [&str; 5] =
    ["Dockerfile", "Dockerfile.dockerignore", ".dockerignore", ".blaxelignore", "blaxel.toml"];

impl Bases {
    /// Reads them, once for each repository. `config` is a settings file that the caller names, in a folder whose links are resolved.
    pub fn read(base: &Base, targets: &[Target], near: &Near, config: Option<&Path>) -> Self {
        let mut folders: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        let mut over = BTreeMap::new();
        let mut outside = false;
        for real in targets.iter().filter_map(|target| target.real.as_deref()) {
            let Some(own) = near.repository(real) else {
                outside = true;
                continue;
            };
            let top = over.entry(own.clone()).or_insert_with(|| outer(&own, near)).clone();
            let all = folders.entry(top.clone()).or_default();
            // Settings and attributes may lie above.
            all.extend(["sandgate.toml", ".gitattributes"].map(str::to_owned));
            all.extend(config.and_then(|config| below(&top, config)));
            // One whose name git's lists cannot be asked for is compared with nothing.
            let Some(folder) = below(&top, real) else { continue };
            for (at, _) in folder.match_indices('/') {
                let above = folder.get(..at).unwrap_or_default();
                all.push(format!("{above}/sandgate.toml"));
                all.push(format!("{above}/.gitattributes"));
            }
            // What a link leads to may lie anywhere.
            let mut makers = MAKERS.iter().map(|name| real.join(name));
            let is_link = |file: &Path| file.is_symlink();
            if makers.any(|file| is_link(&file))
                || settings(near, real).is_some_and(|file| is_link(&file))
                || config.is_some_and(is_link)
            {
                all.push(String::new());
            }
            // The lists of the outer repository end at a submodule; all of them has it.
            all.push(if top == own { folder } else { String::new() });
        }
        let known = folders.into_iter().map(|(top, mut folders)| {
            folders.sort();
            folders.dedup();
            let read = base::read(&top, base, &folders);
            (top, read)
        });
        Self { known: known.collect(), over, outside }
    }

    /// What the repository of a folder, whose links are resolved, held.
    pub fn of(&self, real: &Path, near: &Near) -> Option<&Before> {
        self.known.get(self.over.get(&near.repository(real)?)?)?.as_ref().ok()
    }

    /// The commits that are compared with.
    pub fn found(&self) -> impl Iterator<Item = &Before> {
        self.known.values().filter_map(|read| read.as_ref().ok())
    }

    /// The commit that is compared with, where there is one repository.
    pub fn only(&self) -> Option<&Before> {
        let mut known = self.known.values();
        let only = known.next()?;
        known.next().is_none().then_some(only)?.as_ref().ok()
    }

    /// Why there is none, and of which repository.
    pub fn missing(&self) -> impl Iterator<Item = (&Path, &Missing)> {
        self.known.iter().filter_map(|(top, read)| Some((top.as_path(), read.as_ref().err()?)))
    }

    /// How many repositories there are.
    pub fn count(&self) -> usize {
        self.known.len()
    }
}

/// The repository whose commits say what a submodule held: the one around it, unless the run is inside of the
/// submodule.
fn outer(own: &Path, near: &Near) -> PathBuf {
    let here = super::here();
    let mut top = own.to_owned();
    while here.as_ref().is_none_or(|here| !here.starts_with(&top))
        && let Some(around) = top.parent().and_then(|above| near.repository(above))
        && below(&around, &top).is_some_and(|folder| base::is_submodule(&around, &folder))
    {
        top = around;
    }
    top
}
