//! The order of images that stand on each other. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::image::Image;

/// Images that stand on each other, so that none can be built first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Their names, each made of the next, the last of the first.
    pub names: Vec<String>,
    /// The folder of the first, and how it names the next.
    pub place: (String, String),
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.names {
            write!(f, "`{name}` → ")?;
        }
        write!(f, "`{}`", self.names.first().map_or("", String::as_str))
    }
}

/// For each image, the others that it is made of and whose next build changes it.
pub(super) struct Bases(Vec<BTreeSet<usize>>);

impl Bases {
    pub(super) fn of(images: &[Image]) -> Self {
        let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, image) in images.iter().enumerate() {
            named.entry(&image.name).or_default().push(index);
        }
        let bases = images.iter().map(|image| {
            // One that goes on from its own last build waits for nobody.
            let followed = image.uses.iter().filter(|one| !one.pinned && one.name != image.name);
            followed.filter_map(|one| named.get(one.name.as_str())).flatten().copied().collect()
        });
        Self(bases.collect())
    }

    pub(super) fn below(&self, image: usize) -> impl Iterator<Item = usize> {
        self.0.get(image).into_iter().flatten().copied()
    }

    /// The images, each behind those it is made of.
    pub(super) fn sorted(&self, images: &[Image]) -> Result<Vec<usize>, Cycle> {
        let mut out = Vec::with_capacity(self.0.len());
        let mut done = vec![false; self.0.len()];
        let mut left: Vec<usize> = (0..self.0.len()).collect();
        while !left.is_empty() {
            let is_done = |image: usize| done.get(image).copied().unwrap_or_default();
            let (ready, rest): (Vec<usize>, Vec<usize>) =
                left.iter().partition(|image| self.below(**image).all(is_done));
            if ready.is_empty() {
                return Err(self.cycle(images, &rest));
            }
            for image in &ready {
                if let Some(done) = done.get_mut(*image) {
                    *done = true;
                }
            }
            out.extend(ready);
            left = rest;
        }
        Ok(out)
    }

    /// Each of `left` is made of another one of them: going on leads round.
    fn cycle(&self, images: &[Image], left: &[usize]) -> Cycle {
        let mut path: Vec<usize> = Vec::new();
        let mut at = left.first().copied();
        while let Some(image) = at {
            if let Some(start) = path.iter().position(|seen| *seen == image) {
                path.drain(..start);
                break;
            }
            path.push(image);
            at = self.below(image).find(|below| left.contains(below));
        }
        // The same cycle reads the same, wherever it was entered.
        let first = (0..path.len()).min_by_key(|at| path.get(*at)).unwrap_or_default();
        path.rotate_left(first);
        let of = |at: usize| path.get(at % path.len().max(1)).and_then(|image| images.get(*image));
        let next = of(1).map(|image| image.name.as_str());
        let written = of(0).and_then(|image| {
            image.uses.iter().find(|one| !one.pinned && Some(one.name.as_str()) == next)
        });
        Cycle {
            names: path.iter().filter_map(|at| images.get(*at)).map(|i| i.name.clone()).collect(),
            place: (
                of(0).map(|image| image.path.clone()).unwrap_or_default(),
                written.map(|one| one.written.clone()).unwrap_or_default(),
            ),
        }
    }

    /// The wave of each image that is built: one more than that of whatever built image it is made of.
    pub(super) fn waves(
        &self,
        sorted: &[usize],
        is_built: impl Fn(usize) -> bool,
    ) -> Vec<Option<usize>> {
        // For each, how many built images lie one upon another up to and with it.
        let mut depth = vec![0_usize; self.0.len()];
        for image in sorted {
            let below = self.below(*image).filter_map(|below| depth.get(below)).max();
            let below = below.copied().unwrap_or_default();
            if let Some(own) = depth.get_mut(*image) {
                *own = below + usize::from(is_built(*image));
            }
        }
        let wave = |(image, depth): (usize, &usize)| is_built(image).then(|| depth - 1);
        depth.iter().enumerate().map(wave).collect()
    }
}
