//! Files that are no longer there, and that git knows: a list of what changed names those that were deleted, too.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use super::{files::below, git, near::Near};

/// The paths of these, none of which is there, that were files once, as git knows. All others are mistyped.
pub(super) fn known<'a>(paths: &[&'a Path], near: &Near) -> BTreeSet<&'a Path> {
    let mut asked: BTreeMap<PathBuf, Vec<(String, &Path)>> = BTreeMap::new();
    for path in paths {
        if let Some((top, inside)) = place(path, near) {
            asked.entry(top).or_default().push((inside, path));
        }
    }
    let mut known = BTreeSet::new();
    for (top, paths) in asked {
        let names: Vec<&str> = paths.iter().map(|(inside, _)| inside.as_str()).collect();
        let held = git::held_once(&top, &names);
        known.extend(
            paths.iter().filter(|(inside, _)| held.contains(inside)).map(|(_, path)| *path),
        );
    }
    known
}

/// The nearest folder above a path that is there.
pub(super) fn folder(path: &Path) -> &Path {
    let above = path
        .ancestors()
        .skip(1)
        .map(|dir| if dir.as_os_str().is_empty() { Path::new(".") } else { dir });
    let mut there = above.filter(|dir| fs::metadata(dir).is_ok_and(|meta| meta.is_dir()));
    there.next().unwrap_or(Path::new("."))
}

/// The top of the repository that a path lies in, and the path from there.
fn place(path: &Path, near: &Near) -> Option<(PathBuf, String)> {
    let dir = folder(path);
    let real = fs::canonicalize(dir).ok()?;
    let rest = path.strip_prefix(dir).unwrap_or(path);
    // Nothing leads up from a folder that is not there.
    let is_plain =
        rest.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let top = near.repository(&real)?;
    let inside = is_plain.then(|| below(&top, &real.join(rest))).flatten()?;
    Some((top, inside))
}
