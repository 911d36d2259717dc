//! What the file system of each stage holds, as far as the files of the project tell.

mod run;

use std::{collections::BTreeMap, ops::Bound};

use compact_str::CompactString;

use super::{
    copies::is_remote,
    runs::{Run, base},
};
use crate::project::{
    Project,
    context::{EntryKind, Exclusion},
    dockerfile::{Base, Instruction, Kind, Scope, Stages, Transfer},
    image::{
        ImageRef,
        looked_up::{Answer, LookedUp},
    },
    path::{ContextPath, absolute},
    source::Span,
};

/// Known paths of a stage's file system. Absolute, normalised, without a trailing `/`.
#[derive(Debug, Default, Clone)]
pub struct ImageFs {
    /// Files and directories by path; what a later instruction replaced is gone.
    pub paths: BTreeMap<String, Placed>,
    /// Directories that were filled with files that nobody can list here: from an image, a stage or
    /// an archive.
    pub filled: Vec<String>,
    /// Whether a RUN did something that may leave any file anywhere (unpacked, cloned, built).
    pub opaque: bool,
    /// Sources of COPY and ADD that put nothing here, in order.
    pub absent: Vec<Absent>,
    /// Packages that RUNs installed, by the names they were asked for.
    pub packages: Vec<String>,
    /// What all stages below start from in the end.
    pub root: Root,
}

/// What a stage starts from in the end.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Root {
    /// `scratch`.
    #[default]
    Scratch,
    /// The published image with nothing but sandbox-api in it.
    Api(String),
    /// An image of the platform's hub: it starts sandbox-api by itself.
    Hub(String),
    /// A Docker official image.
    Official(String),
    /// Any other image, or one whose name is not known.
    Other(String),
}

/// A source that a COPY or ADD names and that is not sent.
#[derive(Debug, Clone)]
pub struct Absent {
    /// Index of the instruction.
    pub instruction: usize,
    /// The word in the Dockerfile.
    pub span: Span,
    /// The path in the context.
    pub source: ContextPath,
    /// Where it would have gone.
    pub target: String,
    /// Why it is not sent, where it exists.
    pub excluded: Option<Exclusion>,
}

/// A path in an image.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Where it came from.
    pub origin: Origin,
    /// Index of the instruction that put it there.
    pub instruction: usize,
    /// Whether it may be executed, where that is known (mode in the context, `--chmod`, `RUN chmod`).
    pub executable: Option<bool>,
    /// Whether a RUN changed its content (`sed -i`, `dos2unix`).
    pub edited: bool,
}

/// Where a path of an image came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file or directory of the context.
    Context(ContextPath),
    /// A path of an external image (`COPY --from=image`), or of a stage where nothing is known of
    /// it.
    Image {
        /// The image's reference.
        image: String,
        /// The path in it.
        path: String,
    },
    /// A here-document of COPY or ADD: index of the instruction and of the document.
    Heredoc(usize, usize),
    /// Fetched by ADD.
    Url(String),
    /// Written, downloaded or built by a RUN; the content when the RUN shows it (echo, printf, cat).
    Run(Option<String>),
}

/// What is known of a path.
#[derive(Debug, Clone, Copy)]
pub enum Lookup<'a> {
    /// The project put it there.
    Placed(&'a Placed),
    /// It may come from the base image or from a step that shows no files.
    Unknown,
    /// Nothing puts it there.
    Absent,
}

impl ImageFs {
    /// Whether something is known to lie below the directory `dir`.
    fn holds_below(&self, dir: &str) -> bool {
        if self.paths.is_empty() {
            return false;
        }
        let mut start = CompactString::from(dir.trim_end_matches('/'));
        start.push('/');
        let first = self.paths.range::<str, _>((Bound::Excluded(start.as_str()), Bound::Unbounded));
        first.map(|(path, _)| path).next().is_some_and(|path| path.starts_with(start.as_str()))
    }

    /// What is known of `path` (absolute, normalised).
    pub fn lookup(&self, path: &str) -> Lookup<'_> {
        if let Some(placed) = self.paths.get(path) {
            return Lookup::Placed(placed);
        }
        let filled = self.filled.iter().any(|dir| within(path, dir));
        // programs and system files come with the base or with packages
        let system = ["/bin", "/sbin", "/usr", "/lib", "/opt", "/etc", "/nix", "/root", "/home"]
            .iter()
            .any(|dir| within(path, dir));
        let base = matches!(self.root, Root::Other(_) | Root::Hub(_));
        if self.opaque || filled || base || system { Lookup::Unknown } else { Lookup::Absent }
    }

    /// Where sandbox-api lies: paths in order.
    pub fn api_paths(&self) -> Vec<&str> {
        self.paths
            .iter()
            .filter(|(path, placed)| is_api(path, placed))
            .map(|(path, _)| path.as_str())
            .collect()
    }

    /// Whether sandbox-api may be here although no instruction shows it.
    pub fn may_hold_api(&self) -> bool {
        self.opaque
            || matches!(self.root, Root::Other(_) | Root::Hub(_) | Root::Api(_))
            || self.filled.iter().any(|dir| {
                ["/usr/local/bin/x", "/usr/bin/x", "/x"].iter().any(|path| within(path, dir))
                    || dir.contains("sandbox")
                    || dir.contains("blaxel")
            })
    }
}

/// Whether a placed path is sandbox-api.
pub fn is_api(path: &str, placed: &Placed) -> bool {
    let named = |path: &str| base(path).starts_with("sandbox-api");
    let brought = match &placed.origin {
        Origin::Image { path: from, .. } => named(from) || named(path),
        Origin::Context(from) => named(path) || named(from),
        Origin::Url(url) => url.contains("sandbox-api") || named(path),
        Origin::Heredoc(..) | Origin::Run(Some(_)) => false,
        Origin::Run(None) => named(path),
    };
    let is_text = || {
        [".sh", ".json", ".yml", ".yaml", ".toml", ".conf", ".md", ".go"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    brought && !is_text()
}

/// Whether `path` is `dir` or lies below it; both absolute.
fn within(path: &str, dir: &str) -> bool {
    dir == "/"
        || path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Lays out every stage.
pub(super) fn all(
    project: &Project,
    stages: &Stages,
    runs: &BTreeMap<usize, Run>,
    looked_up: &LookedUp,
) -> Vec<ImageFs> {
    let mut out: Vec<ImageFs> = Vec::new();
    for stage in &stages.stages {
        let mut fs = match &stage.base {
            Base::Stage(below) => out.get(*below).cloned().unwrap_or_default(),
            Base::Scratch => ImageFs::default(),
            Base::Image(image) | Base::Unknown(image) => on_image(image, stage.from, looked_up),
        };
        for index in stage.body.clone() {
            let instruction = &project.dockerfile.instructions[index];
            let scope = stages.scope_at(index);
            match &instruction.kind {
                Kind::Copy(transfer) | Kind::Add(transfer) => {
                    let mut copy = Copy {
                        project,
                        stages,
                        below: &out,
                        stage: stage.index,
                        index,
                        instruction,
                        scope,
                    };
                    copy.apply(transfer, &mut fs);
                }
                Kind::Run(_) => {
                    if let Some(run) = runs.get(&index) {
                        run::apply(run, scope, &mut fs);
                    }
                }
                _ => (),
            }
        }
        out.push(fs);
    }
    out
}

/// The name of an image without tag and digest; variables may stand in it.
pub fn image_name(image: &str) -> &str {
    let name = &image[..memchr::memchr(b'@', image.as_bytes()).unwrap_or(image.len())];
    // A colon before the last slash belongs to the registry.
    let last = memchr::memrchr2(b':', b'/', name.as_bytes());
    last.filter(|at| name.as_bytes()[*at] == b':').map_or(name, |at| &name[..at])
}

/// Whether this is the published image that holds sandbox-api and nothing else.
pub fn is_api_image(image: &str) -> bool {
    let name = image_name(image);
    name == "blaxel-ai/sandbox" || name.ends_with("/blaxel-ai/sandbox")
}

fn root_of(image: &str) -> Root {
    let name = image_name(image);
    let own = image.to_owned();
    if is_api_image(image) {
        Root::Api(own)
    } else if name.starts_with("blaxel/")
        || name.contains("/blaxel-ai/")
        || name.starts_with("docker.io/blaxel/")
    {
        Root::Hub(own)
    } else if ImageRef::parse(image)
        .is_some_and(|image| image.official().is_some() && !image.may_be_rebuilt())
    {
        Root::Official(own)
    } else {
        Root::Other(own)
    }
}

fn on_image(image: &str, from: usize, looked_up: &LookedUp) -> ImageFs {
    let mut fs = ImageFs { root: root_of(image), ..ImageFs::default() };
    let told = match looked_up.get(image) {
        Some(Answer::Image(told)) => Some(told),
        _ => None,
    };
    if matches!(fs.root, Root::Other(_)) && told.is_some_and(|told| told.starts_api()) {
        fs.root = Root::Hub(image.to_owned());
    }
    let path = match &fs.root {
        Root::Api(_) => Some("/sandbox-api"),
        Root::Hub(_) => Some("/usr/local/bin/sandbox-api"),
        _ => None,
    };
    if let Some(path) = path {
        fs.paths.insert(
            path.to_owned(),
            Placed {
                origin: Origin::Image { image: image.to_owned(), path: path.to_owned() },
                instruction: from,
                executable: Some(true),
                edited: false,
            },
        );
    }
    fs
}

/// One COPY or ADD.
struct Copy<'a> {
    project: &'a Project,
    stages: &'a Stages,
    below: &'a [ImageFs],
    stage: usize,
    index: usize,
    instruction: &'a Instruction,
    scope: &'a Scope,
}

impl Copy<'_> {
    fn apply(&mut self, transfer: &Transfer, fs: &mut ImageFs) {
        let escape = self.project.dockerfile.escape;
        let dest = self.scope.expand(&transfer.dest, escape);
        let Some(dest) = dest.known() else {
            fs.opaque = true;
            return;
        };
        let workdir = self.scope.workdir.as_deref().unwrap_or("/");
        let target = absolute(workdir, dest);
        let count = transfer.sources.len() + self.instruction.heredocs.len();
        let directory = dest.ends_with('/')
            || matches!(dest, "." | "..")
            || dest.ends_with("/.")
            || count > 1
            || target == workdir
            || is_known_directory(&target)
            || fs.holds_below(&target);
        let place = |name: &str| if directory { absolute(&target, name) } else { target.clone() };
        for (number, heredoc) in self.instruction.heredocs.iter().enumerate() {
            let origin = Origin::Heredoc(self.index, number);
            fs.paths.insert(place(&heredoc.name), self.placed(origin, Some(false)));
        }
        let from = self.instruction.flag("from").and_then(|flag| flag.value.as_ref());
        let from = from.map(|word| self.scope.expand(word, escape).text);
        let from = from.map(|name| self.stages.source_of(self.stage, &name));
        for word in &transfer.sources {
            let source = self.scope.expand(word, escape);
            let Some(source) = source.known() else {
                fs.filled.push(target.clone());
                continue;
            };
            let name = base(source.trim_end_matches('/'));
            match &from {
                Some(Base::Stage(stage)) => {
                    self.take_stage(*stage, source, &target, &place(name), fs);
                }
                Some(Base::Image(image) | Base::Unknown(image)) => {
                    self.take_image(image, source, &target, &place(name), fs);
                }
                Some(Base::Scratch) => (),
                None if is_remote(source) => {
                    if source.trim_end_matches('/').rsplit('.').next() == Some("git")
                        || source.contains(".git#")
                        || source.starts_with("git@")
                    {
                        fs.filled.push(target.clone());
                    } else {
                        let name = name.split(['?', '#']).next().unwrap_or(name);
                        let origin = Origin::Url(source.to_owned());
                        // BuildKit writes 0600
                        fs.paths.insert(place(name), self.placed(origin, Some(false)));
                    }
                }
                None => self.take_context(source, word.span, &target, directory, fs),
            }
        }
    }

    fn placed(&self, origin: Origin, executable: Option<bool>) -> Placed {
        let chmod = self.instruction.flag("chmod").and_then(|flag| flag.value.as_ref());
        let executable = match chmod {
            Some(mode) => run::executable_by(&mode.raw),
            None => executable,
        };
        Placed { origin, instruction: self.index, executable, edited: false }
    }

    fn take_stage(&self, stage: usize, source: &str, dir: &str, target: &str, fs: &mut ImageFs) {
        let Some(below) = self.below.get(stage) else { return };
        let source = absolute("/", source);
        if let Some(placed) = below.paths.get(&source) {
            let mut copy = self.placed(placed.origin.clone(), placed.executable);
            copy.edited = placed.edited;
            fs.paths.insert(target.to_owned(), copy);
            return;
        }
        let mut any = false;
        for (path, placed) in &below.paths {
            if within(path, &source) {
                any = true;
                let rest = if source == "/" { path.as_str() } else { &path[source.len()..] };
                let copy = self.placed(placed.origin.clone(), placed.executable);
                fs.paths.insert(absolute(dir, rest.trim_start_matches('/')), copy);
            }
        }
        if any || self.stages.stages[stage].body.is_empty() && source == "/" {
            fs.filled.push(dir.to_owned());
            return;
        }
        let image = match &below.root {
            Root::Scratch => "scratch".to_owned(),
            Root::Api(name) | Root::Hub(name) | Root::Official(name) | Root::Other(name) => {
                name.clone()
            }
        };
        self.take_image(&image, &source, dir, target, fs);
    }

    fn take_image(&self, image: &str, source: &str, dir: &str, target: &str, fs: &mut ImageFs) {
        let path = absolute("/", source);
        if is_api_image(image) && path == "/" {
            let origin = Origin::Image { image: image.to_owned(), path: "/sandbox-api".to_owned() };
            fs.paths.insert(absolute(dir, "sandbox-api"), self.placed(origin, Some(true)));
        }
        if source.ends_with('/') || path == "/" {
            fs.filled.push(dir.to_owned());
            return;
        }
        let executable = is_api_image(image).then_some(true);
        let origin = Origin::Image { image: image.to_owned(), path };
        fs.paths.insert(target.to_owned(), self.placed(origin, executable));
        // nobody can tell whether it is a file or a directory, whose content goes to `dir`
        if !target.ends_with("sandbox-api") {
            fs.filled.push(target.to_owned());
            fs.filled.push(dir.to_owned());
        }
    }

    fn take_context(
        &self,
        source: &str,
        span: Span,
        target: &str,
        directory: bool,
        fs: &mut ImageFs,
    ) {
        let tree = &self.project.tree;
        let parents = self.instruction.flag("parents").is_some();
        let excludes = self.instruction.flag("exclude").is_some();
        let pattern = source.contains(['*', '?', '[']);
        let roots: Vec<ContextPath> = if pattern {
            tree.glob(source.trim_start_matches("./").trim_start_matches('/'))
                .sent
                .iter()
                .map(|entry| entry.path.clone())
                .collect()
        } else {
            vec![ContextPath::clean(source)]
        };
        for root in roots {
            let entry = tree.get(&root);
            let absent = |excluded: Option<Exclusion>| Absent {
                instruction: self.index,
                span,
                source: root.clone(),
                target: if directory { absolute(target, root.name()) } else { target.to_owned() },
                excluded,
            };
            let is_dir = root.is_empty() || entry.is_some_and(|entry| entry.kind == EntryKind::Dir);
            let kept = |path: &str| {
                let pivot = source.split_once("/./").map_or("", |(head, _)| head);
                absolute(
                    target,
                    ContextPath::clean(path)
                        .strip_prefix(ContextPath::clean(pivot).as_str())
                        .unwrap_or(path)
                        .trim_start_matches('/'),
                )
            };
            if is_dir {
                let mut any = root.is_empty();
                for entry in tree.within(&root).filter(|entry| entry.excluded.is_none()) {
                    any = true;
                    let EntryKind::File { executable, .. } = entry.kind else { continue };
                    let rest = entry.path[root.len()..].trim_start_matches('/');
                    let path = if parents { kept(&entry.path) } else { absolute(target, rest) };
                    let executable = Some(executable).filter(|_| !excludes);
                    fs.paths
                        .insert(path, self.placed(Origin::Context(entry.path.clone()), executable));
                }
                if !any {
                    fs.absent.push(absent(entry.and_then(|entry| entry.excluded.clone())));
                }
                continue;
            }
            // What an archive would bring is as unknown where it is not sent.
            let archive = matches!(self.instruction.kind, Kind::Add(_)) && is_archive(&root);
            if archive {
                fs.filled.push(target.to_owned());
            }
            let Some(entry) = entry else {
                // What lies in a directory that is left out is not in the tree.
                fs.absent.push(absent(self.project.exclusion_of(&root, false)));
                continue;
            };
            if let Some(excluded) = &entry.excluded {
                fs.absent.push(absent(Some(excluded.clone())));
                continue;
            }
            if archive {
                continue;
            }
            let path = match (parents, directory) {
                (true, _) => kept(&root),
                (_, true) => absolute(target, root.name()),
                _ => target.to_owned(),
            };
            let executable = match entry.kind {
                EntryKind::File { executable, .. } => Some(executable),
                _ => None,
            };
            fs.paths.insert(path, self.placed(Origin::Context(root.clone()), executable));
        }
    }
}

fn is_archive(path: &str) -> bool {
    [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".txz"].iter().any(|end| path.ends_with(end))
}

fn is_known_directory(path: &str) -> bool {
    matches!(
        path,
        "/" | "/bin"
            | "/sbin"
            | "/usr"
            | "/usr/bin"
            | "/usr/sbin"
            | "/usr/local"
            | "/usr/local/bin"
            | "/usr/local/sbin"
            | "/etc"
            | "/opt"
            | "/root"
            | "/home"
            | "/srv"
            | "/tmp"
            | "/var"
            | "/lib"
    )
}
