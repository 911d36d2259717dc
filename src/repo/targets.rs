//! Which projects the paths of a command line mean.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;

use super::{git, gone, near::Near, read};
use crate::project::{
    manifest::{self, Manifest},
    path::ContextPath,
    source::Source,
};

const DOCKERFILE: &str = "Dockerfile";
const MANIFEST: &str = "blaxel.toml";

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its folder.
    pub root: PathBuf,
    /// The folder with links resolved; none where that is not possible.
    pub real: Option<PathBuf>,
    /// Its Dockerfile, relative to the folder, where the path says it.
    pub dockerfile: Option<String>,
}

impl Target {
    fn folder(root: &Path) -> Self {
        Self { root: root.to_owned(), real: fs::canonicalize(root).ok(), dockerfile: None }
    }
}

/// What a Dockerfile that makes a sandbox mentions: the server, the platform, or an image of a workspace.
const SIGNS: [&[u8]; 5] =
    [b"sandbox-api", b"blaxel", b"FROM sandbox/", b"from sandbox/", b"from=sandbox/"];

/// What the paths of a command line mean.
#[derive(Debug, Default)]
pub struct Search {
    /// The projects, each once, in the order of the paths.
    pub targets: Vec<Target>,
    /// Files that belong to no project.
    pub strays: Vec<PathBuf>,
    /// Folders below a path whose Dockerfile says nothing of a sandbox.
    pub others: Vec<PathBuf>,
    /// Dockerfiles of other names below a path that speak of a sandbox, and that no `blaxel.toml` chooses.
    pub unchosen: Vec<PathBuf>,
}

/// The projects that the paths mean: below a folder, or the one that a file belongs to. `near` knows
/// the folders that were looked at before.
pub fn find(paths: &[PathBuf], near: &Near) -> Search {
    let mut search = Search::default();
    let mut seen = HashSet::new();
    let looked: Vec<_> = paths.iter().map(|path| (path.as_path(), fs::metadata(path))).collect();
    let absent: Vec<&Path> =
        looked.iter().filter(|(_, meta)| is_absent(meta)).map(|(path, _)| *path).collect();
    let deleted = gone::known(&absent, near);
    for (path, meta) in looked {
        let found = match meta {
            Ok(meta) if meta.is_dir() => below(path, near, &mut search),
            Ok(_) => of_one(path, of_file(path, near), &mut search),
            // What is no longer there can be what is wrong with the project now.
            Err(_) if deleted.contains(path) => {
                of_one(path, around(gone::folder(path), near), &mut search)
            }
            // Whoever opens it says what is wrong.
            Err(_) => vec![Target::folder(path)],
        };
        for target in found {
            let root = target.real.clone().unwrap_or_else(|| target.root.clone());
            if seen.insert((root, target.dockerfile.clone())) {
                search.targets.push(target);
            }
        }
    }
    // What is named beside a folder above it is left out of nothing, and what two folders hold is told once.
    let mut is_left_out = |dir: &Path, dockerfile: Option<&str>| {
        let real = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
        seen.insert((real, dockerfile.map(str::to_owned)))
    };
    search.others.retain(|dir| is_left_out(dir, None));
    search.unchosen.retain(|file| {
        let name = file.file_name().and_then(|name| name.to_str());
        file.parent().is_none_or(|dir| is_left_out(dir, name))
    });
    search
}

/// The project of a file; a file that has none is one of the strays.
fn of_one(path: &Path, found: Option<Target>, search: &mut Search) -> Vec<Target> {
    if found.is_none() {
        search.strays.push(path.to_owned());
    }
    found.into_iter().collect()
}

/// A link that leads nowhere is absent, too.
fn is_absent(meta: &io::Result<fs::Metadata>) -> bool {
    meta.as_ref().is_err_and(|err| err.kind() != ErrorKind::PermissionDenied)
}

/// The nearest project in a folder or above it, up to the top of the repository.
fn around(dir: &Path, near: &Near) -> Option<Target> {
    let dirs = up(dir, fs::canonicalize(dir).ok().as_deref(), near);
    dirs.iter().find(|up| is_project(up)).map(|root| Target::folder(root))
}

/// The project that a file belongs to; the file need not be there.
pub fn of_file(path: &Path, near: &Near) -> Option<Target> {
    let name = path.file_name()?.to_str()?;
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = fs::canonicalize(dir).ok();
    let dirs = || up(dir, real.as_deref(), near);
    if is_dockerfile(name) {
        if real.as_deref().is_none_or(|real| near.has_manifest(real))
            && let Some(root) = dirs().iter().find(|up| is_file(&up.join(MANIFEST)))
            && let Some(chosen) = dockerfile_of(root)
            && same(&root.join(&chosen), path)
        {
            return Some(Target::folder(root));
        }
        let dockerfile = (name != DOCKERFILE).then(|| name.to_owned());
        return Some(Target { root: dir.to_owned(), real, dockerfile });
    }
    dirs().iter().find(|up| is_project(up)).map(|root| Target::folder(root))
}

/// The path of a file inside a folder, `/` between the names. The file need not be there.
pub fn inside(root: &Path, path: &Path) -> Option<String> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (root, dir) = (fs::canonicalize(root).ok()?, fs::canonicalize(dir).ok()?);
    let below = dir.join(path.file_name()?);
    let names = below.strip_prefix(root).ok()?.components();
    let names: Option<Vec<&str>> = names.map(|part| part.as_os_str().to_str()).collect();
    Some(names?.join("/"))
}

/// A folder and those above it, up to the top of the repository, spelt as the folder is. `real` is
/// the folder with links resolved.
fn up(dir: &Path, real: Option<&Path>, near: &Near) -> Vec<PathBuf> {
    let Some(real) = real else { return vec![dir.to_owned()] };
    // It is the folder or one of those above it, so that their lengths tell them apart.
    let top = near.top(real).as_os_str().len();
    let count = real.ancestors().take_while(|one| one.as_os_str().len() >= top).count();
    let mut out: Vec<PathBuf> = dir.ancestors().map(Path::to_owned).take(count).collect();
    if let Some(last) = out.last_mut()
        && last.as_os_str().is_empty()
    {
        *last = PathBuf::from(".");
    }
    // The rest has no name in the path that was typed.
    for above in real.ancestors().take(count).skip(out.len()) {
        out.push(above.to_owned());
    }
    out
}

fn below(dir: &Path, near: &Near, search: &mut Search) -> Vec<Target> {
    let real = fs::canonicalize(dir).ok();
    let in_repository = real.as_deref().is_some_and(|real| near.repository(real).is_some());
    let mut manifests = BTreeSet::new();
    let mut dockerfiles = BTreeSet::new();
    let mut named = BTreeSet::new();
    let walk = WalkBuilder::new(dir)
        // A `.gitignore` above the repository says nothing of it; without one, none above the folder does.
        .require_git(in_repository)
        .parents(in_repository)
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .filter_entry(|entry| entry.file_name() != "node_modules")
        .build();
    for entry in walk.filter_map(Result::ok).filter(|entry| entry.depth() > 0) {
        let Some(parent) = entry.path().parent() else { continue };
        match entry.file_name().to_str() {
            Some(MANIFEST | DOCKERFILE) if entry.depth() == 1 => false,
            Some(MANIFEST) => manifests.insert(parent.to_owned()),
            Some(DOCKERFILE) => dockerfiles.insert(parent.to_owned()),
            Some(name) if is_dockerfile(name) => named.insert(entry.into_path()),
            _ => false,
        };
    }
    let own = manifest(dir);
    let here = is_project(dir) && of_sandbox(&own);
    let mut signed_too = BTreeSet::new();
    // A folder that is one project is not worth a run of git.
    if in_repository && !(here && manifests.is_empty() && dockerfiles.is_empty()) {
        let tracked = real.iter().flat_map(|real| git::tracked(real, &[MANIFEST, DOCKERFILE]));
        for path in tracked.map(|path| dir.join(path)) {
            let Some(parent) = path.parent().filter(|parent| *parent != dir) else { continue };
            match path.file_name().and_then(|name| name.to_str()) {
                Some(MANIFEST) if is_file(&path) => {
                    manifests.insert(parent.to_owned());
                }
                Some(DOCKERFILE) if !dockerfiles.contains(parent) && mentions_sandbox(&path) => {
                    signed_too.insert(parent.to_owned());
                }
                _ => (),
            }
        }
    }
    // What a project chose is built there, and is none of its own.
    let files = manifests.iter().map(|root| (root.as_path(), manifest(root)));
    let files: BTreeMap<&Path, Manifest> = files.chain([(dir, own)]).collect();
    for (root, file) in &files {
        let chosen = file.dockerfile.as_ref().map(|chosen| root.join(&chosen.value));
        let is_chosen = |other: &PathBuf| {
            chosen.as_ref().is_some_and(|chosen| {
                chosen.file_name() == other.file_name() && same(chosen, other)
            })
        };
        named.retain(|other| !is_chosen(other));
        if let Some(chosen) = chosen.filter(|chosen| chosen.ends_with(DOCKERFILE))
            && let Some(parent) = chosen.parent()
        {
            dockerfiles.remove(parent);
            signed_too.remove(parent);
        }
    }
    let mut found: BTreeSet<PathBuf> = manifests
        .iter()
        .filter(|root| files.get(root.as_path()).is_none_or(of_sandbox))
        .cloned()
        .collect();
    let bare: Vec<PathBuf> = dockerfiles.difference(&manifests).cloned().collect();
    let (signed, plain): (Vec<PathBuf>, Vec<PathBuf>) =
        bare.into_iter().partition(|dir| mentions_sandbox(&dir.join(DOCKERFILE)));
    found.extend(signed);
    // Hidden and ignored, but tracked: a Dockerfile there has to say itself that it makes a sandbox.
    found.extend(signed_too.difference(&manifests).cloned());
    // Whoever opens a folder without a project says which of its files is near.
    named.retain(|file| here || file.parent() != Some(dir));
    search
        .unchosen
        .extend(named.into_iter().filter(|file| is_file(file) && mentions_sandbox(file)));
    if here || !found.is_empty() {
        search.others.extend(plain);
    } else {
        found.extend(plain);
    }
    // A folder without any is opened all the same: that says what is missing.
    if here || found.is_empty() {
        found.insert(dir.to_owned());
    }
    let resolved = |root: &Path| {
        // The walk follows no link.
        let below = root.strip_prefix(dir).ok()?;
        Some(real.as_ref()?.join(below))
    };
    let target = |root: PathBuf| Target { real: resolved(&root), root, dockerfile: None };
    found.into_iter().map(target).collect()
}

fn is_project(dir: &Path) -> bool {
    is_file(&dir.join(MANIFEST)) || is_file(&dir.join(DOCKERFILE))
}

fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file())
}

/// Whether the `blaxel.toml` of a folder is that of a sandbox, and not of an agent or a job.
pub fn is_sandbox(dir: &Path) -> bool {
    of_sandbox(&manifest(dir))
}

fn of_sandbox(file: &Manifest) -> bool {
    let kind = file.kind.as_ref();
    kind.is_none_or(|kind| !["agent", "function", "job", "volume-template"].contains(&&*kind.value))
}

fn dockerfile_of(dir: &Path) -> Option<String> {
    Some(manifest(dir).dockerfile?.value)
}

fn manifest(dir: &Path) -> Manifest {
    let bytes = read(&dir.join(MANIFEST)).unwrap_or_default();
    manifest::parse(Source::new(ContextPath::new(MANIFEST), bytes))
}

fn mentions_sandbox(dockerfile: &Path) -> bool {
    let bytes = read(dockerfile).unwrap_or_default();
    SIGNS.iter().any(|sign| memchr::memmem::find(&bytes, sign).is_some())
}

fn same(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let by_start = lower == "containerfile"
        || lower == "dockerfile"
        || lower.strip_prefix("dockerfile.").is_some_and(|rest| rest != "dockerignore");
    (by_start && !lower.ends_with(".dockerignore")) || lower.ends_with(".dockerfile")
}
