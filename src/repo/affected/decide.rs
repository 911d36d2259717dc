//! The decision over all images. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    changes::{Change, What},
    image::Image,
    order::{Bases, Cycle},
};
use crate::record::Earlier;

/// What the caller asks for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Every image is built.
    pub all: bool,
    /// Only these are, where there are some.
    pub only: Vec<String>,
    /// What earlier runs built; `None` where no records were given.
    pub earlier: Option<Vec<Earlier>>,
    /// What is compared with, as it is told: a branch, a short hash.
    pub base: Option<String>,
    /// Its full hash.
    pub commit: Option<String>,
}

/// The decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Every image, in the order in which the projects were found.
    pub images: Vec<Planned>,
    /// The images to build, by their index: each wave may begin when the one before it is done.
    pub waves: Vec<Vec<usize>>,
    /// What is compared with, as it is told.
    pub base: Option<String>,
    /// The full hash of that commit.
    pub commit: Option<String>,
    /// How many builds of earlier runs were known; `None` where no records were given.
    pub records: Option<usize>,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

/// An image, and whether it is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The image.
    pub image: Image,
    /// Why it is built, or why not; the first decided.
    pub reasons: Vec<Reason>,
    /// Its wave, from 0; `None` where it is not built.
    pub wave: Option<usize>,
    /// Its last build.
    pub earlier: Option<Earlier>,
    /// The images of the plan that it has to wait for, by their index.
    pub after: Vec<usize>,
}

/// Why an image is built, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The caller wants all.
    All,
    /// The project cannot be read: whoever builds it says it in full.
    Unreadable(String),
    /// Files changed: the first, and how many more.
    Changed(Change, usize),
    /// Its content is not that of its last build.
    Differs(String),
    /// There are records, none of them of it, and nothing to compare with.
    NoRecord,
    /// There is nothing to compare with.
    NothingToCompare,
    /// An image that it is made of is built.
    Base(String),
    /// An image that it is made of was built after it: the base, and its build.
    BaseIsNewer(String, String),
    /// Nothing changed since the base.
    Unchanged(String),
    /// Its content is that of its last build.
    SameDigest(String),
    /// The caller named others.
    NotNamed,
    /// Another runner builds it.
    OtherShard,
}

impl Reason {
    /// Whether it speaks for building.
    pub fn builds(&self) -> bool {
        !matches!(
            self,
            Self::Unchanged(_) | Self::SameDigest(_) | Self::NotNamed | Self::OtherShard
        )
    }

    /// Its name in formats.
    pub fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unreadable(_) => "unreadable",
            Self::Changed(..) => "changed",
            Self::Differs(_) => "differs",
            Self::NoRecord => "no-record",
            Self::NothingToCompare => "nothing-to-compare",
            Self::Base(_) => "base",
            Self::BaseIsNewer(..) => "base-is-newer",
            Self::Unchanged(_) => "unchanged",
            Self::SameDigest(_) => "same-digest",
            Self::NotNamed => "not-named",
            Self::OtherShard => "other-shard",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("--all"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::Changed(Change { path, what }, more) => {
                match what {
                    What::Changed => write!(f, "`{path}` changed"),
                    What::Uncommitted => write!(f, "`{path}` changed, not committed"),
                    What::Added => write!(f, "`{path}` is new"),
                    What::Untracked => write!(f, "`{path}` is not tracked by git"),
                    What::Deleted => write!(f, "`{path}` is gone"),
                    What::Submodule => write!(f, "the submodule `{path}` is at another commit"),
                }?;
                if *more > 0 { write!(f, ", and {more} more") } else { Ok(()) }
            }
            Self::Differs(build) => write!(f, "differs from {build}"),
            Self::NoRecord => f.write_str("no earlier record"),
            Self::NothingToCompare => f.write_str("nothing to compare with"),
            Self::Base(name) => write!(f, "base `{name}` is built"),
            Self::BaseIsNewer(name, build) => {
                write!(f, "base `{name}` was built since ({build})")
            }
            Self::Unchanged(base) => write!(f, "unchanged since {base}"),
            Self::SameDigest(build) => write!(f, "same digest as {build}"),
            Self::NotNamed => f.write_str("not named by --only"),
            Self::OtherShard => f.write_str("another shard builds it"),
        }
    }
}

impl Planned {
    /// Whether it is built.
    pub fn is_built(&self) -> bool {
        self.wave.is_some()
    }

    /// Why, in a few words.
    pub fn reason(&self) -> String {
        self.reasons.first().map(Reason::to_string).unwrap_or_default()
    }
}

/// How a build is called: by its tag, else by when it was.
fn build(earlier: &Earlier) -> String {
    earlier.tag().map_or_else(|| format!("the build of {:.0}", earlier.at), str::to_owned)
}

/// Decides which images are built, why, and in which order.
pub fn decide(images: Vec<Image>, asked: &Asked) -> Result<Plan, Cycle> {
    let bases = Bases::of(&images);
    let sorted = bases.sorted(&images)?;
    let last = last(asked.earlier.as_deref().unwrap_or_default());
    let earlier = |index: usize| images.get(index).and_then(|image| last.get(image.name.as_str()));
    let mut reasons: Vec<Vec<Reason>> = vec![Vec::new(); images.len()];
    for &index in &sorted {
        let Some(image) = images.get(index) else { continue };
        let mut own = own(image, earlier(index).copied(), asked);
        for below in bases.below(index) {
            let Some(base) = images.get(below) else { continue };
            let of_base = reasons.get(below).map(Vec::as_slice).unwrap_or_default();
            if of_base.first().is_some_and(Reason::builds) {
                own.push(Reason::Base(base.name.clone()));
            } else if let (Some(theirs), Some(ours)) = (earlier(below), earlier(index))
                && theirs.at > ours.at
                && matches!(own.first(), Some(Reason::SameDigest(_)))
            {
                own.push(Reason::BaseIsNewer(base.name.clone(), build(theirs)));
            }
        }
        // What speaks for building decides.
        own.sort_by_key(|reason| !reason.builds());
        if let Some(slot) = reasons.get_mut(index) {
            *slot = own;
        }
    }
    if !asked.only.is_empty() {
        for (image, reasons) in images.iter().zip(&mut reasons) {
            if !asked.only.contains(&image.name) {
                reasons.insert(0, Reason::NotNamed);
            }
        }
    }
    let is_built =
        |index: usize| reasons.get(index).and_then(|all| all.first()).is_some_and(Reason::builds);
    let placed = bases.waves(&sorted, is_built);
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for (index, wave) in placed.iter().enumerate() {
        let Some(wave) = wave else { continue };
        if waves.len() <= *wave {
            waves.resize(wave + 1, Vec::new());
        }
        if let Some(wave) = waves.get_mut(*wave) {
            wave.push(index);
        }
    }
    let mut warnings = twice(&images);
    warnings.extend(pinned(&images, is_built));
    warnings.extend(images.iter().flat_map(|image| image.warnings.clone()));
    let after: Vec<Vec<usize>> = (0..images.len())
        .map(|index| {
            if !is_built(index) {
                return Vec::new();
            }
            waits(&bases, index, &is_built)
        })
        .collect();
    let earlier: Vec<Option<Earlier>> =
        (0..images.len()).map(|index| earlier(index).map(|found| (*found).clone())).collect();
    let images = images.into_iter().zip(reasons).zip(placed).zip(earlier).zip(after);
    let images = images.map(|((((image, reasons), wave), earlier), after)| Planned {
        image,
        reasons,
        wave,
        earlier,
        after,
    });
    Ok(Plan {
        images: images.collect(),
        waves,
        base: asked.base.clone(),
        commit: asked.commit.clone(),
        records: asked.earlier.as_ref().map(Vec::len),
        warnings,
    })
}

/// What the image says by itself.
fn own(image: &Image, earlier: Option<&Earlier>, asked: &Asked) -> Vec<Reason> {
    let mut out = Vec::new();
    if asked.all {
        out.push(Reason::All);
    }
    if let Some(why) = &image.trouble {
        out.push(Reason::Unreadable(why.clone()));
        return out;
    }
    let changed = image.changes.as_ref().and_then(|changes| {
        let first = changes.first()?;
        Some(Reason::Changed(first.clone(), changes.len() - 1))
    });
    let recorded = earlier.and_then(|earlier| Some((earlier, earlier.context_digest.as_ref()?)));
    match (recorded, &image.digest) {
        (Some((earlier, digest)), Some(now)) if digest == now => {
            // The same content: what git sees was built already, or changes nothing of it.
            out.push(Reason::SameDigest(build(earlier)));
        }
        (Some((earlier, _)), Some(_)) => {
            out.extend(changed);
            out.push(Reason::Differs(build(earlier)));
        }
        _ => match (changed, &image.changes, &asked.base) {
            (Some(changed), ..) => out.push(changed),
            (None, Some(_), Some(base)) => out.push(Reason::Unchanged(base.clone())),
            _ if asked.earlier.is_some() => out.push(Reason::NoRecord),
            _ => out.push(Reason::NothingToCompare),
        },
    }
    out
}

/// The last build of each image.
fn last(earlier: &[Earlier]) -> BTreeMap<&str, &Earlier> {
    let mut out: BTreeMap<&str, &Earlier> = BTreeMap::new();
    for one in earlier {
        let known = out.entry(&one.name).or_insert(one);
        if one.at > known.at {
            *known = one;
        }
    }
    out
}

/// The nearest built images below one.
fn waits(bases: &Bases, index: usize, is_built: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let mut out = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<usize> = bases.below(index).collect();
    while let Some(below) = open.pop() {
        if !seen.insert(below) {
            continue;
        }
        if is_built(below) {
            out.insert(below);
        } else {
            open.extend(bases.below(below));
        }
    }
    out.into_iter().collect()
}

/// Several projects that make one image.
fn twice(images: &[Image]) -> Vec<String> {
    let mut paths: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for image in images {
        paths.entry(&image.name).or_default().push(&image.path);
    }
    let several = paths.into_iter().filter(|(_, paths)| paths.len() > 1);
    several
        .map(|(name, paths)| {
            let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
            format!(
                "{} make the same image, `{name}`, and each build takes the place of the other: give them names of \
                 their own in blaxel.toml",
                paths.join(" and ")
            )
        })
        .collect()
}

/// Images that name one build of an image that is built anew.
fn pinned(images: &[Image], is_built: impl Fn(usize) -> bool) -> Vec<String> {
    let built: BTreeSet<&str> = images
        .iter()
        .enumerate()
        .filter(|(index, _)| is_built(*index))
        .map(|(_, image)| image.name.as_str())
        .collect();
    let mut out = Vec::new();
    for image in images {
        for one in image.uses.iter().filter(|one| one.pinned && built.contains(one.name.as_str())) {
            out.push(format!(
                "`{}` stands on one build, `{}`: it does not get the `{}` that is built now",
                image.name, one.written, one.name
            ));
        }
    }
    out
}
