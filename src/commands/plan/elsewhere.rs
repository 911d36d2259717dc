//! Images of the repository that lie outside of the paths, and that those of the paths stand on.

use std::{cell::LazyCell, collections::BTreeSet, path::PathBuf};

use crate::{
    commands::policy::Judge,
    project,
    repo::{
        self, Target,
        affected::{self, Bases, Image},
    },
};

/// Reads them, and what they stand on.
pub(super) fn bases(
    targets: &[Target],
    images: &[Image],
    judge: &Judge<'_>,
    bases_of: impl Fn(&[Target]) -> Option<Bases>,
    read: impl Fn(&[Target], Option<&Bases>) -> Vec<Image>,
) -> Vec<Image> {
    let mut wanted = missing(images, &[]);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut left = others(targets, judge);
    let all: Vec<Target> = left.iter().map(|(_, target)| target.clone()).collect();
    // Once, though each round brings more of them.
    let bases = LazyCell::new(|| bases_of(&all));
    let mut out = Vec::new();
    while !wanted.is_empty() {
        let (next, rest): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(name, _)| wanted.contains(name));
        left = rest;
        if next.is_empty() {
            break;
        }
        let next: Vec<Target> = next.into_iter().map(|(_, target)| target).collect();
        out.extend(read(&next, bases.as_ref()));
        wanted = missing(images, &out);
    }
    out
}

/// The names of what they are made of and none of them makes.
fn missing(images: &[Image], more: &[Image]) -> BTreeSet<String> {
    let all = || images.iter().chain(more);
    let made: BTreeSet<&str> = all().map(|image| image.name.as_str()).collect();
    let used = all().flat_map(|image| &image.uses).filter(|one| !one.pinned);
    used.filter(|one| !made.contains(one.name.as_str())).map(|one| one.name.clone()).collect()
}

/// Every other project of the repositories, with the name of its image.
fn others(targets: &[Target], judge: &Judge<'_>) -> Vec<(String, Target)> {
    let known: BTreeSet<&PathBuf> =
        targets.iter().filter_map(|target| target.real.as_ref()).collect();
    let tops: BTreeSet<PathBuf> =
        known.iter().filter_map(|real| judge.near.repository(real)).collect();
    let tops: Vec<PathBuf> = tops.into_iter().collect();
    let others = repo::find(&tops, &judge.near).targets.into_iter();
    let others =
        others.filter(|other| other.real.as_ref().is_some_and(|real| !known.contains(real)));
    others
        .map(|other| {
            let file = project::read_manifest(&other.root).ok().flatten();
            (affected::name(file.as_ref(), &other.root), other)
        })
        .collect()
}
