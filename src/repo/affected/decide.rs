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
use crate::record::{Earlier, Status};

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
    /// How many of the images, at the end of the list, lie outside of what is planned: others may stand on them.
    pub outside: usize,
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
    /// Its last build that succeeded.
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
    /// A later run may have changed what its last build made: when it was, and how it ended.
    NotSucceeded(String, &'static str),
    /// There are records, none of them of it, and nothing to compare with.
    NoRecord,
    /// There is nothing to compare with.
    NothingToCompare,
    /// An image that it is made of is built.
    Base(String),
    /// An image that it is made of would be built, and is not asked for.
    BaseLeftOut(String),
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

    /// Whether it says of the image itself that it has to be built, and not only that nobody knows better.
    fn is_known(&self) -> bool {
        self.builds() && !matches!(self, Self::All | Self::NoRecord | Self::NothingToCompare)
    }

    /// Its name in formats.
    pub fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unreadable(_) => "unreadable",
            Self::Changed(..) => "changed",
            Self::Differs(_) => "differs",
            Self::NotSucceeded(..) => "not-succeeded",
            Self::NoRecord => "no-record",
            Self::NothingToCompare => "nothing-to-compare",
            Self::Base(_) => "base",
            Self::BaseLeftOut(_) => "base-left-out",
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
            Self::NotSucceeded(at, how) => {
                write!(f, "its run of {at} did not succeed: {how}")
            }
            Self::NoRecord => f.write_str("no earlier record"),
            Self::NothingToCompare => f.write_str("nothing to compare with"),
            Self::Base(name) => write!(f, "base `{name}` is built"),
            Self::BaseLeftOut(name) => {
                write!(f, "base `{name}` has to be built, and is left out here")
            }
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
    earlier.tag().map_or_else(|| format!("the build of {:.0}", earlier.started), str::to_owned)
}

/// Decides which images are built, why, and in which order.
pub fn decide(mut images: Vec<Image>, asked: &Asked) -> Result<Plan, Cycle> {
    let bases = Bases::of(&images);
    let sorted = bases.sorted(&images)?;
    let last = last(asked.earlier.as_deref().unwrap_or_default());
    let known = |index: usize| images.get(index).and_then(|image| last.get(image.name.as_str()));
    let earlier = |index: usize| known(index).and_then(|last| last.build);
    let planned = images.len().saturating_sub(asked.outside);
    let is_wanted = |index: usize, image: &Image| {
        index < planned && (asked.only.is_empty() || asked.only.contains(&image.name))
    };
    let mut reasons: Vec<Vec<Reason>> = vec![Vec::new(); images.len()];
    let mut warnings = Vec::new();
    for &index in &sorted {
        let Some(image) = images.get(index) else { continue };
        let mut own = own(image, known(index), asked);
        for below in bases.below(index) {
            let Some(base) = images.get(below) else { continue };
            let of_base = reasons.get(below).map(Vec::as_slice).unwrap_or_default();
            let is_wanted = is_wanted(below, base);
            if is_wanted && of_base.first().is_some_and(Reason::builds) {
                own.push(Reason::Base(base.name.clone()));
            } else if !is_wanted && of_base.iter().any(Reason::is_known) {
                own.push(Reason::BaseLeftOut(base.name.clone()));
            } else if let (Some(theirs), Some(ours)) = (earlier(below), earlier(index))
                && theirs.ended > ours.started
                && matches!(own.first(), Some(Reason::SameDigest(_)))
            {
                own.push(Reason::BaseIsNewer(base.name.clone(), build(theirs)));
            }
        }
        // What speaks for building decides.
        own.sort_by_key(|reason| !reason.builds());
        if is_wanted(index, image) {
            warnings.extend(own.iter().filter_map(|reason| left_out(image, reason)));
        }
        if let Some(slot) = reasons.get_mut(index) {
            *slot = own;
        }
    }
    for (index, (image, reasons)) in images.iter().zip(&mut reasons).enumerate() {
        if !is_wanted(index, image) {
            reasons.insert(0, Reason::NotNamed);
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
    warnings.extend(unknown(&images, &reasons, &last, asked));
    let after: Vec<Vec<usize>> = (0..planned)
        .map(|index| {
            if !is_built(index) {
                return Vec::new();
            }
            waits(&bases, index, &is_built)
        })
        .collect();
    let earlier: Vec<Option<Earlier>> = (0..planned).map(|index| earlier(index).cloned()).collect();
    warnings.extend(pinned(&images, is_built));
    // None of the others is built, so that no wave names them.
    images.truncate(planned);
    warnings.splice(0..0, twice(&images));
    warnings.extend(images.iter().flat_map(|image| image.warnings.clone()));
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
        records: asked
            .earlier
            .as_ref()
            .map(|all| all.iter().filter(|one| one.status == Status::Succeeded).count()),
        warnings,
    })
}

/// What the image says by itself.
fn own(image: &Image, last: Option<&Last<'_>>, asked: &Asked) -> Vec<Reason> {
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
    if let Some(run) = last.and_then(|last| last.failed) {
        out.extend(changed);
        out.push(Reason::NotSucceeded(format!("{:.0}", run.started), run.status.name()));
        return out;
    }
    let last = last.and_then(|last| last.build);
    match last.map(|last| (last, &last.context_digest)) {
        Some((last, digest)) if digest.is_some() && *digest == image.digest => {
            // The same content: what git sees was built already, or changes nothing of it.
            out.push(Reason::SameDigest(build(last)));
        }
        Some((last, digest)) if digest.is_some() || image.digest.is_some() => {
            out.extend(changed);
            out.push(Reason::Differs(build(last)));
        }
        // A finished image has no digest.
        last => match (changed, &image.changes, &asked.base) {
            (Some(changed), ..) => out.push(changed),
            (None, Some(_), Some(base)) => out.push(Reason::Unchanged(base.clone())),
            _ if last.is_none() && asked.earlier.is_some() => out.push(Reason::NoRecord),
            _ => out.push(Reason::NothingToCompare),
        },
    }
    out
}

/// What is known of an image's last runs.
#[derive(Default)]
struct Last<'a> {
    /// The last that succeeded.
    build: Option<&'a Earlier>,
    /// The last that did not, where it ended after that one: nobody can say what is there now.
    failed: Option<&'a Earlier>,
}

/// The last runs of each image.
fn last(earlier: &[Earlier]) -> BTreeMap<&str, Last<'_>> {
    let mut out: BTreeMap<&str, Last<'_>> = BTreeMap::new();
    for one in earlier {
        let known = out.entry(&one.name).or_default();
        let slot =
            if one.status == Status::Succeeded { &mut known.build } else { &mut known.failed };
        if slot.is_none_or(|known| one.ended > known.ended) {
            *slot = Some(one);
        }
    }
    for last in out.values_mut() {
        // One that ended while another ran may have had the last word.
        let counts = |failed: &&Earlier| last.build.is_none_or(|good| failed.ended > good.started);
        last.failed = last.failed.filter(counts);
    }
    out
}

/// A base that should be built first, and is not.
fn left_out(image: &Image, reason: &Reason) -> Option<String> {
    let Reason::BaseLeftOut(base) = reason else { return None };
    Some(format!(
        "`{}` stands on `{base}`, which has to be built and is left out by the paths or --only: it gets the \
         `{base}` that is there",
        image.name
    ))
}

/// Images that only git keeps from being built where there are records, none of them of these.
fn unknown(
    images: &[Image],
    reasons: &[Vec<Reason>],
    last: &BTreeMap<&str, Last<'_>>,
    asked: &Asked,
) -> Option<String> {
    asked.earlier.as_ref()?;
    let is_unchanged = |all: &Vec<Reason>| matches!(all.first(), Some(Reason::Unchanged(_)));
    let mut unknown = images.iter().zip(reasons).filter(|(image, reasons)| {
        is_unchanged(reasons) && !last.contains_key(image.name.as_str())
    });
    let (first, _) = unknown.next()?;
    let more = match unknown.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "no record tells of `{}`{more}, unchanged since the base: if an earlier build of it failed, nothing here knows; \
         --all builds everything",
        first.name
    ))
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
    let mut paths: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for image in images {
        paths.entry(&image.name).or_default().push(image.place());
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
