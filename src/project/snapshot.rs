//! The one read of a project.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use super::{
    context::{Entry, Exclusion, Rules, Tree, blaxel_ignore, judge::Judge, walk},
    copied,
    dockerfile::{self, Dockerfile},
    manifest::{self, Manifest},
    named,
    path::ContextPath,
    source::Source,
    upper::{self, Upper},
};

/// A project as it was at one moment. What is linted is what is packed.
#[derive(Debug)]
pub struct Project {
    /// The folder, as it was given.
    pub root: PathBuf,
    /// The Dockerfile; its path is relative to the root.
    pub dockerfile: Dockerfile,
    /// The ignore file that Docker would use, where there is one.
    pub docker_ignore: Option<IgnoreFile>,
    /// `.blaxelignore`, where there is one.
    pub blaxel_ignore: Option<IgnoreFile>,
    /// `blaxel.toml`, where there is one.
    pub manifest: Option<Manifest>,
    /// Why `blaxel.toml` cannot be read, where it is there all the same: as it goes on after the name of the file.
    pub unread: Option<String>,
    /// Every entry.
    pub tree: Arc<Tree>,
    /// Small text files that the Dockerfile, or one of them, names: scripts, supervisor
    /// configuration, here also where they are excluded from the context.
    pub files: BTreeMap<ContextPath, Source>,
    /// Other small text files that a COPY takes: nothing reads them but the search for credentials.
    pub copied: BTreeMap<ContextPath, Source>,
    /// What is sent although it is always left out.
    pub include: Rules,
    /// The folder above that holds what COPYs name and the project lacks.
    pub upper: Option<Upper>,
}

/// An ignore file.
#[derive(Debug)]
pub struct IgnoreFile {
    /// The file.
    pub source: Source,
    /// Its patterns.
    pub rules: Rules,
    /// Lines that Docker refuses: `(line from 1, why)`.
    pub bad_lines: Vec<(usize, String)>,
}

/// How to read a project.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// The Dockerfile, relative to the root; `Dockerfile` where not given (or `build.dockerfile`
    /// of `blaxel.toml`).
    pub dockerfile: Option<String>,
    /// Store links as links (`--symlinks keep`).
    pub keep_links: bool,
    /// Patterns, as in an ignore file, of what is sent although it is always left out.
    pub include: Vec<String>,
    /// Texts that take the place of files, as an editor holds them; of one file, the last counts.
    pub replace: Vec<Replacement>,
    /// The root with links resolved, where that is known.
    pub real: Option<PathBuf>,
    /// Where its repository begins.
    pub top: Top,
    /// Do not read what only a COPY names: for whoever looks for no credentials.
    pub no_copied: bool,
    /// Where the trees of a run are kept, so that several Dockerfiles in one folder read it once.
    pub trees: Option<Arc<Trees>>,
}

/// Where the repository begins that holds a project.
#[derive(Debug, Clone, Default)]
pub enum Top {
    /// Nobody looked yet.
    #[default]
    Unknown,
    /// It lies in none.
    Nowhere,
    /// At this folder, links resolved.
    At(PathBuf),
}

impl From<Option<PathBuf>> for Top {
    fn from(found: Option<PathBuf>) -> Self {
        found.map_or(Self::Nowhere, Self::At)
    }
}

/// The trees of a run.
#[derive(Debug, Default)]
pub struct Trees {
    known: Mutex<HashMap<Key, Arc<OnceLock<Arc<Tree>>>>>,
}

/// All that a tree depends on.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    root: PathBuf,
    keep_links: bool,
    docker: Option<Vec<u8>>,
    blaxel: Option<Vec<u8>>,
    include: Vec<String>,
    forced: Vec<String>,
}

impl Trees {
    fn of(
        &self,
        key: Key,
        walk: impl FnOnce() -> Result<Arc<Tree>, OpenError>,
    ) -> Result<Arc<Tree>, OpenError> {
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key).or_default())
        };
        if let Some(tree) = slot.get() {
            return Ok(Arc::clone(tree));
        }
        // Two may walk at once; what the first one saw holds for both.
        let tree = walk()?;
        Ok(Arc::clone(slot.get_or_init(|| tree)))
    }
}

fn key(project: &Project, real: &Path, options: &OpenOptions, judge: &Judge<'_>) -> Key {
    let bytes = |file: &Option<IgnoreFile>| file.as_ref().map(|file| file.source.bytes().to_vec());
    Key {
        root: real.to_owned(),
        keep_links: options.keep_links,
        docker: bytes(&project.docker_ignore),
        blaxel: bytes(&project.blaxel_ignore),
        include: options.include.clone(),
        forced: judge.forced.iter().map(|path| (*path).to_owned()).collect(),
    }
}

/// A text that takes the place of a file.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// The file, relative to the root, `/` between the names; it need not exist.
    pub path: String,
    /// The text.
    pub bytes: Vec<u8>,
}

/// Why a project cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder is missing or no folder.
    #[error("`{path}` {problem}")]
    Root {
        /// The folder as given.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The Dockerfile is missing, not a regular file, too large or unreadable.
    #[error("`{path}` {problem}")]
    Dockerfile {
        /// Its path.
        path: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        help: String,
        /// None is there, none was named, and no other file looks like one.
        is_absent: bool,
    },
    /// `blaxel.toml` is there and cannot be read.
    #[error("`blaxel.toml` {problem}")]
    Manifest {
        /// What is wrong with it.
        problem: String,
    },
    /// A pattern of [`OpenOptions::include`] that Docker would refuse.
    #[error("`{pattern}` is not a pattern")]
    Include {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// `BuildKit` cannot transfer a larger Dockerfile; ours holds for every file that is kept.
const LARGEST: u64 = 16 << 20;

const MANIFEST: &str = "blaxel.toml";
const BLAXEL_IGNORE: &str = ".blaxelignore";

/// Reads `blaxel.toml` of a folder that need not hold a whole project, nor be there; `None` where there is none.
///
/// Never blocks on a FIFO or device, and never reads a file outside of `root`.
///
/// # Errors
/// [`OpenError::Root`] or [`OpenError::Manifest`].
pub fn read_manifest(root: &Path) -> Result<Option<Manifest>, OpenError> {
    let real = match resolve_root(root) {
        Ok(real) => real,
        Err(_) if !root.exists() => return Ok(None),
        Err(err) => return Err(err),
    };
    match read_inside(&real, MANIFEST) {
        Ok(bytes) => Ok(Some(manifest::parse(Source::new(ContextPath::new(MANIFEST), bytes)))),
        Err(ReadProblem::Missing) => Ok(None),
        Err(problem) => Err(OpenError::Manifest { problem: problem.to_string() }),
    }
}

/// Reads the project in `root`.
///
/// Never blocks on a FIFO or device, and never reads a file outside of `root`.
pub fn open(root: &Path, options: &OpenOptions) -> Result<Project, OpenError> {
    snapshot(root, options, |read| match read(MANIFEST) {
        Ok(source) => (Some(manifest::parse(source)), None),
        Err(ReadProblem::Missing) => (None, None),
        Err(problem) => (None, Some(problem.to_string())),
    })
}

/// The same where [`read_manifest`] was called before: `blaxel.toml` is as it was then.
pub fn open_with(
    root: &Path,
    options: &OpenOptions,
    manifest: Option<Manifest>,
) -> Result<Project, OpenError> {
    snapshot(root, options, |_| (manifest, None))
}

fn snapshot(
    root: &Path,
    options: &OpenOptions,
    manifest: impl FnOnce(
        &dyn Fn(&str) -> Result<Source, ReadProblem>,
    ) -> (Option<Manifest>, Option<String>),
) -> Result<Project, OpenError> {
    let include = include(&options.include)?;
    let real = match &options.real {
        Some(real) => real.clone(),
        None => resolve_root(root)?,
    };
    // What the root holds, so that nothing is asked for that is not there. Several Dockerfiles of
    // one folder would each list all the others.
    let listed = match options.trees {
        Some(_) => None,
        None => Some(walk::list(&real).map_err(|err| unreadable_root(root, &err))?),
    };
    let is_there = |path: &str| {
        path.contains('/')
            || listed.as_ref().is_none_or(|entries| entries.iter().any(|entry| entry.name == path))
    };
    let replaced = |path: &str| {
        let held = options.replace.iter().rev().find(|held| held.path == path)?;
        Some(held.bytes.clone())
    };
    let read = |path: &str| {
        let bytes = match replaced(path) {
            Some(bytes) => bytes,
            None if is_there(path) => read_inside(&real, path)?,
            None => return Err(ReadProblem::Missing),
        };
        Ok(Source::new(ContextPath::new(path), bytes))
    };
    let (manifest, unread) = manifest(&read);
    let chosen = options
        .dockerfile
        .as_deref()
        .or_else(|| Some(manifest.as_ref()?.dockerfile.as_ref()?.value.as_str()));
    let path = dockerfile_path(root, &real, chosen.unwrap_or("Dockerfile"))?;
    let bytes = match replaced(&path) {
        Some(bytes) => bytes,
        None => read_inside(&real, &path).map_err(|problem| {
            let near = problem.near(&real);
            OpenError::Dockerfile {
                path: path.to_string(),
                problem: problem.to_string(),
                help: problem.help(&near, chosen.is_some()),
                is_absent: matches!(problem, ReadProblem::Missing)
                    && chosen.is_none()
                    && near.is_empty(),
            }
        })?,
    };
    let dockerfile = dockerfile::parse(Source::new(path, bytes));

    let own_ignore = format!("{}.dockerignore", dockerfile.source.path());
    let docker_ignore = read(&own_ignore).or_else(|_| read(".dockerignore")).ok().map(|source| {
        let (rules, bad_lines) = Rules::read(source.bytes());
        IgnoreFile { source, rules, bad_lines }
    });
    let blaxel_ignore = read(BLAXEL_IGNORE).ok().map(|source| {
        let (rules, bad_lines) = blaxel_ignore::read(source.bytes());
        IgnoreFile { source, rules, bad_lines }
    });
    let mut project = Project {
        root: root.to_owned(),
        dockerfile,
        docker_ignore,
        blaxel_ignore,
        manifest,
        unread,
        tree: Arc::default(),
        files: BTreeMap::new(),
        copied: BTreeMap::new(),
        include,
        upper: None,
    };
    let judge = judge(&project);
    let walk = || {
        let listed = match listed {
            Some(listed) => Ok(listed),
            None => walk::list(&real),
        };
        let tree = listed.map(|listed| walk::walk(&real, listed, &judge, options.keep_links));
        tree.map(Arc::new).map_err(|err| unreadable_root(root, &err))
    };
    project.tree = match &options.trees {
        Some(trees) => trees.of(key(&project, &real, options, &judge), walk)?,
        None => walk()?,
    };
    let held = |entry: &Entry| {
        replaced(&entry.path).or_else(|| read_regular(&entry.disk, named::LARGEST).ok())
    };
    project.files = named::load(&project, held);
    project.upper = above(&project, &real, &options.top);
    if !options.no_copied {
        project.copied = copied::load(&project, held);
    }
    Ok(project)
}

/// Asks for the names alone: nothing above the project is read.
fn above(project: &Project, real: &Path, top: &Top) -> Option<Upper> {
    let missing = upper::missing(project);
    if missing.is_empty() {
        return None;
    }
    let names: Vec<&str> = real.ancestors().map_while(|dir| dir.file_name()?.to_str()).collect();
    let is_there = |dir: &Path, path: &str| fs::symlink_metadata(dir.join(path)).is_ok();
    let top = match top {
        Top::Unknown => real.ancestors().position(|dir| is_there(dir, ".git")),
        Top::Nowhere => None,
        Top::At(top) => real.ancestors().position(|dir| dir == top),
    };
    upper::find(&missing, &names, top, |steps, path| {
        real.ancestors().nth(steps).is_some_and(|dir| is_there(dir, path))
    })
}

impl Project {
    /// The text of a file that is held: the Dockerfile, the ignore files, the manifest,
    /// [`Self::files`] and [`Self::copied`].
    pub fn source(&self, path: &ContextPath) -> Option<&Source> {
        let held = self.held().find(|source| source.path() == path);
        held.or_else(|| self.files.get(path)).or_else(|| self.copied.get(path))
    }

    /// Drops what only a lint reads, the parsed Dockerfile and the tree. The texts stay, for reports,
    /// of those that are only copied the ones that are `told` of: a run over many projects holds them
    /// all until it ends.
    pub fn keep_texts(&mut self, told: impl Fn(&ContextPath) -> bool) {
        self.copied.retain(|path, _| told(path));
        self.dockerfile.instructions = Vec::new();
        self.dockerfile.comments = Vec::new();
        self.tree = Arc::default();
    }

    /// Every text that is held and read by more than the search for credentials, each once.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.held().chain(
            self.files
                .values()
                .filter(|source| self.held().all(|held| held.path() != source.path())),
        )
    }

    /// Why an entry at `path` would not be sent, whether it is there or not.
    pub fn exclusion_of(&self, path: &str, is_dir: bool) -> Option<Exclusion> {
        judge(self).exclusion_of(path, is_dir)
    }

    /// The Dockerfile, the ignore files and the manifest.
    pub(super) fn held(&self) -> impl Iterator<Item = &Source> {
        [
            Some(&self.dockerfile.source),
            self.docker_ignore.as_ref().map(|file| &file.source),
            self.blaxel_ignore.as_ref().map(|file| &file.source),
            self.manifest.as_ref().map(|manifest| &manifest.source),
        ]
        .into_iter()
        .flatten()
    }
}

/// What decides over the entries of a project.
pub(super) fn judge(project: &Project) -> Judge<'_> {
    let mut forced = Vec::with_capacity(3);
    forced.push(MANIFEST);
    let dockerfile = project.dockerfile.source.path();
    // One elsewhere is uploaded as `Dockerfile` too; what lies at its own path is up to the rules.
    if dockerfile.as_str() == "Dockerfile" {
        forced.push("Dockerfile");
    }
    if let Some(ignore) = &project.docker_ignore {
        let path = ignore.source.path().as_str();
        if path == ".dockerignore" || path == "Dockerfile.dockerignore" {
            forced.push(path);
        }
    }
    Judge {
        docker: project.docker_ignore.as_ref().map(|file| &file.rules),
        blaxel: project.blaxel_ignore.as_ref().map(|file| &file.rules),
        include: Some(&project.include),
        forced,
    }
}

fn include(patterns: &[String]) -> Result<Rules, OpenError> {
    let mut text = String::new();
    for pattern in patterns {
        let refused = |problem: &str| {
            Err(OpenError::Include { pattern: pattern.clone(), problem: problem.to_owned() })
        };
        if pattern.contains('\n') {
            return refused("it holds a line end");
        }
        if let (_, bad) = Rules::read(pattern.as_bytes())
            && let Some((_, why)) = bad.first()
        {
            return refused(why);
        }
        text.push_str(pattern);
        text.push('\n');
    }
    Ok(Rules::read(text.as_bytes()).0)
}

fn unreadable_root(root: &Path, err: &io::Error) -> OpenError {
    resolve_root(root).err().unwrap_or_else(|| OpenError::Root {
        path: root.display().to_string(),
        problem: format!("cannot be read: {}", walk::message(err)),
    })
}

fn resolve_root(root: &Path) -> Result<PathBuf, OpenError> {
    let refused = |problem: String| OpenError::Root { path: root.display().to_string(), problem };
    let real = fs::canonicalize(root).map_err(|err| {
        refused(match err.kind() {
            io::ErrorKind::NotFound => "does not exist".into(),
            _ => format!("cannot be read: {}", walk::message(&err)),
        })
    })?;
    match fs::metadata(&real) {
        Ok(meta) if meta.is_dir() => Ok(real),
        Ok(_) => Err(refused("is not a folder".into())),
        Err(err) => Err(refused(format!("cannot be read: {}", walk::message(&err)))),
    }
}

/// The path of the Dockerfile inside the root.
fn dockerfile_path(root: &Path, real: &Path, given: &str) -> Result<ContextPath, OpenError> {
    let given_path = Path::new(given);
    let relative = if given_path.is_absolute() {
        given_path
            .strip_prefix(real)
            .or_else(|_| given_path.strip_prefix(root))
            .ok()
            .and_then(Path::to_str)
            .map(|path| path.replace(std::path::MAIN_SEPARATOR, "/"))
    } else {
        let mut depth = 0_usize;
        let stays = given.split('/').all(|part| match part {
            "" | "." => true,
            ".." => depth.checked_sub(1).map(|less| depth = less).is_some(),
            _ => {
                depth += 1;
                true
            }
        });
        stays.then(|| given.to_owned())
    };
    let path = relative.map(|path| ContextPath::clean(&path)).filter(|path| !path.is_empty());
    path.ok_or_else(|| OpenError::Dockerfile {
        path: given.to_owned(),
        problem: "lies outside of the project".into(),
        help: "name a file inside the project, relative to it".into(),
        is_absent: false,
    })
}

/// Why a file of the project cannot be read.
#[derive(Debug, thiserror::Error)]
enum ReadProblem {
    #[error("does not exist")]
    Missing,
    #[error("is a link to `{0}`, which does not exist")]
    Broken(String),
    #[error("is a directory, not a file")]
    Directory,
    #[error("is not a regular file")]
    Special,
    #[error("is a link that leads out of the project")]
    Outside,
    #[error("is a link that leads back to itself")]
    Loop,
    #[error("is larger than {} MiB, more than a build can be sent", LARGEST >> 20)]
    TooLarge,
    #[error("cannot be read: {0}")]
    Other(String),
}

impl ReadProblem {
    /// What may be meant when it is the Dockerfile.
    fn near(&self, root: &Path) -> Vec<String> {
        match self {
            Self::Missing | Self::Directory => {
                let names = walk::names_near(root);
                named::near_dockerfiles(&names).into_iter().map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What to do when it is the Dockerfile.
    fn help(&self, near: &[String], chosen: bool) -> String {
        match self {
            Self::Missing | Self::Directory => match near {
                [] if chosen => "name one that exists with `--dockerfile`".into(),
                [] => "create it, or name another file with `--dockerfile`".into(),
                near => format!(
                    "there is {}: name it with `--dockerfile {}`",
                    near.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", "),
                    near[0],
                ),
            },
            Self::Broken(_) | Self::Loop => "repair the link, or put the file in its place".into(),
            Self::Special => "put a regular file in its place".into(),
            Self::Outside => "copy the file into the project: nothing outside is sent".into(),
            Self::TooLarge => "move data out of the Dockerfile into files that it copies".into(),
            Self::Other(_) => "make the file readable for the user that runs sandgate".into(),
        }
    }
}

/// Reads a file of the project, links followed inside the root alone.
fn read_inside(root: &Path, path: &str) -> Result<Vec<u8>, ReadProblem> {
    let disk = root.join(path);
    if cfg!(unix) && !path.contains('/') {
        // Most are plain files of the root, or not there: a link fails here, as does all else.
        match walk::open(&disk) {
            Ok(file) => return read_open(file, LARGEST),
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Err(ReadProblem::Missing),
            Err(_) => (),
        }
    }
    let real = fs::canonicalize(&disk).map_err(|err| match err.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => match fs::read_link(&disk) {
            Ok(target) => ReadProblem::Broken(target.to_string_lossy().into_owned()),
            Err(_) => ReadProblem::Missing,
        },
        _ if walk::is_loop(&err) => ReadProblem::Loop,
        _ => ReadProblem::Other(walk::message(&err)),
    })?;
    if !real.starts_with(root) {
        return Err(ReadProblem::Outside);
    }
    read_regular(&real, LARGEST)
}

fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, ReadProblem> {
    match walk::open(path) {
        Ok(file) => read_open(file, limit),
        // Some say what they are only when they are not opened: a socket, for one.
        Err(err) => match fs::metadata(path) {
            Ok(meta) if !meta.is_file() => {
                Err(check(&meta, limit).err().unwrap_or(ReadProblem::Special))
            }
            _ => Err(ReadProblem::Other(walk::message(&err))),
        },
    }
}

fn check(meta: &fs::Metadata, limit: u64) -> Result<(), ReadProblem> {
    if meta.is_dir() {
        Err(ReadProblem::Directory)
    } else if !meta.is_file() {
        Err(ReadProblem::Special)
    } else if meta.len() > limit {
        Err(ReadProblem::TooLarge)
    } else {
        Ok(())
    }
}

fn read_open(mut file: fs::File, limit: u64) -> Result<Vec<u8>, ReadProblem> {
    use std::io::Read as _;
    let other = |err: io::Error| ReadProblem::Other(walk::message(&err));
    // It may have been replaced since it was looked at.
    let meta = file.metadata().map_err(other)?;
    check(&meta, limit)?;
    // As long as it was when it was looked at: a file of the size that was told is read in one go.
    let mut bytes = vec![0; usize::try_from(meta.len()).unwrap_or(0)];
    let mut read = 0;
    while read < bytes.len() {
        match file.read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => (),
            Err(err) => return Err(other(err)),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}
