//! What COPYs name that lies in a folder above the project, not in it: a Dockerfile of a monorepo that
//! is built from its root. Pure.

use std::collections::BTreeSet;

use super::{
    Project,
    bytes::is_url,
    dockerfile::{self, Kind},
    path::ContextPath,
    snapshot,
};

/// So many folders above a project are looked at.
const MOST: usize = 8;

/// A folder above the project that holds what the project lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upper {
    /// How many folders above.
    pub steps: usize,
    /// The project's folder, from there.
    pub below: ContextPath,
    /// What lies there, of the sources of COPY and ADD that the project lacks.
    pub found: BTreeSet<ContextPath>,
}

/// Finds the folder that holds most of what is [`missing`]. `names` are those of the project's folder
/// and of the ones above it, from the project on; `top` is how many folders above the repository
/// begins; `is_there` says whether a path is there, so many folders above.
///
/// Looks no further than the top of the repository. Without one, only a path that leads to the project
/// itself says that a folder is meant.
pub(super) fn find(
    missing: &[ContextPath],
    names: &[&str],
    top: Option<usize>,
    is_there: impl Fn(usize, &str) -> bool,
) -> Option<Upper> {
    let most = names.len().min(MOST);
    let top = top.filter(|steps| *steps <= most);
    let mut best: Option<Upper> = None;
    for steps in 1..=top.unwrap_or(most) {
        let below: Vec<&str> = names.iter().take(steps).rev().copied().collect();
        let below = below.join("/");
        let leads_back = |path: &ContextPath| {
            path.strip_prefix(below.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if top.is_none() && !missing.iter().any(leads_back) {
            continue;
        }
        let found: BTreeSet<ContextPath> =
            missing.iter().filter(|path| is_there(steps, path)).cloned().collect();
        if found.len() > best.as_ref().map_or(0, |best| best.found.len()) {
            best = Some(Upper { steps, below: ContextPath::new(&below), found });
        }
    }
    best
}

/// The sources of COPY and ADD that are not in the project, where no variable says which.
pub(super) fn missing(project: &Project) -> Vec<ContextPath> {
    let judge = snapshot::judge(project);
    let instructions = project.dockerfile.instructions.iter();
    let sources = instructions.flat_map(|instruction| match &instruction.kind {
        Kind::Copy(transfer) | Kind::Add(transfer) if instruction.flag("from").is_none() => {
            transfer.sources.as_slice()
        }
        _ => &[],
    });
    let plain = sources.filter_map(|word| {
        let expanded = dockerfile::expand(word, project.dockerfile.escape, &|_| None);
        let written = expanded.known()?;
        let bytes = written.as_bytes();
        let is_pattern = bytes.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
        let climbs = bytes.split(|byte| *byte == b'/').any(|part| part == b"..");
        let simple = !is_url(written) && !is_pattern && !climbs;
        simple.then(|| ContextPath::clean(written))
    });
    plain
        .filter(|path| {
            !path.is_empty()
                && project.tree.get(path).is_none()
                && judge.exclusion_of(path, false).is_none()
        })
        .collect()
}
