//! From ENTRYPOINT and CMD to sandbox-api, hop by hop.

mod explain;
mod ini;
mod model;
mod script;
mod services;
mod supervisord;
#[cfg(test)]
mod tests;
mod wrapper;

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

pub use self::model::{
    Api, End, Explanation, Hold, Hop, INTERACTIVE, Reached, ScriptUse, Start, StartCommand,
};
pub use self::wrapper::INSTALLED;
use self::{model::Unlisted, services::Bundles};
use super::{
    super::diagnostic::Location,
    images::{ImageFs, Lookup, Origin, Placed, Root, is_api},
    runs::{self, base, is_shell_name},
    wrappers,
};
use crate::project::{
    Project,
    dockerfile::{Command, Kind, Scope, Stages, Text, Word},
    path::{ContextPath, absolute},
    script::Script,
    source::Span,
};

/// One argument of a command and what is known of it.
pub(super) type Arg = Option<String>;

/// Follows the chain of the final stage.
pub(super) fn follow(
    project: &Project,
    stages: &Stages,
    images: &[ImageFs],
    scripts: &BTreeMap<ContextPath, Script>,
) -> Start {
    let (Some(stage), Some(fs)) = (stages.last(), images.last()) else { return Start::default() };
    let scope = stages.scope_after(stage.index);
    let mut chain = Chain::new(project, stages, fs, scripts);
    chain.start.instruction = scope.entrypoint.or(scope.cmd);
    let end = chain.begin(scope.entrypoint, scope.cmd, stage.from);
    chain.start.reaches_api = matches!(end, End::Api(_));
    let broken = matches!(end, End::Other { .. } | End::None | End::Missing { .. });
    // what a service would do is no fault where something else starts sandbox-api, or may
    if !matches!(end, End::Other { .. }) {
        chain.start.unlisted = None;
    }
    chain.start.end = end;
    let mut start = chain.start;
    if broken {
        start.replaced = replaced(&start).filter(|_| {
            let mut chain = Chain::new(project, stages, fs, scripts);
            chain.as_written = true;
            matches!(chain.begin(scope.entrypoint, scope.cmd, stage.from), End::Api(_))
        });
        if start.replaced.is_none() {
            start.overridden = overridden(project, stages, fs, scope, scripts);
        }
    }
    start
}

/// The here-document among the scripts of the start in which the build replaces variables.
fn replaced(start: &Start) -> Option<(usize, usize)> {
    start.scripts.iter().find_map(|script| match script.placed.origin {
        Origin::Heredoc(instruction, number) if script.replaced => Some((instruction, number)),
        _ => None,
    })
}

/// How many replaced starts are followed; nobody writes more.
const MOST_STARTS: usize = 20;

/// An earlier ENTRYPOINT or CMD that would have started sandbox-api.
fn overridden(
    project: &Project,
    stages: &Stages,
    fs: &ImageFs,
    scope: &Scope,
    scripts: &BTreeMap<ContextPath, Script>,
) -> Option<(usize, Option<usize>)> {
    let lineage: BTreeSet<usize> = stages.lineage(stages.last()?.index).into_iter().collect();
    let mut tried = 0;
    let mut starts = |index: usize, entrypoint: bool| {
        tried += 1;
        if tried > MOST_STARTS {
            return false;
        }
        let mut chain = Chain::new(project, stages, fs, scripts);
        let (entry, cmd) = if entrypoint { (Some(index), None) } else { (None, Some(index)) };
        matches!(chain.begin(entry, cmd, 0), End::Api(_))
    };
    for (index, instruction) in project.dockerfile.instructions.iter().enumerate().rev() {
        if !stages.of(index).is_some_and(|stage| lineage.contains(&stage.index)) {
            continue;
        }
        let found = match &instruction.kind {
            Kind::Entrypoint(_) if scope.entrypoint != Some(index) && starts(index, true) => {
                Some((index, scope.entrypoint))
            }
            Kind::Cmd(_)
                if (scope.cmd != Some(index) || scope.entrypoint.is_some())
                    && starts(index, false) =>
            {
                let replaced = scope.cmd.filter(|cmd| *cmd != index && scope.entrypoint.is_none());
                Some((index, replaced.or(scope.entrypoint)))
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

struct Chain<'a> {
    project: &'a Project,
    stages: &'a Stages,
    fs: &'a ImageFs,
    scope: &'a Scope,
    scripts: &'a BTreeMap<ContextPath, Script>,
    start: Start,
    depth: usize,
    steps: usize,
    /// How the command at hand is run by the script that holds it.
    manner: Manner,
    /// Whether the command at hand surely runs, and runs what no other command asks for.
    sure: bool,
    /// Directory of the script at hand, in the image.
    dir: Option<String>,
    /// Here-documents are read as if the build replaced nothing in them.
    as_written: bool,
    /// Whether a file of tasks names sandbox-api, once it has been asked.
    in_tasks: OnceCell<bool>,
    /// What s6-rc is told to start, once it has been asked.
    bundles: OnceCell<Bundles>,
}

/// How a script runs a command.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// No script does: the container itself, or a program in front of it.
    #[default]
    Direct,
    /// And goes on when it is done.
    Foreground,
    /// And goes on at once.
    Background,
    /// And gives it its own process.
    Exec,
}

/// Programs whose first argument is a file that they read.
fn is_interpreter(name: &str) -> bool {
    matches!(name, "node" | "python" | "python3" | "ruby" | "php" | "deno" | "bun")
}

/// Where programs are looked for without a `PATH` of the file's own.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Scripts that call scripts are followed this deep.
const MAX_DEPTH: usize = 8;
/// Commands that are looked at in one chain.
const MAX_STEPS: usize = 4000;

impl<'a> Chain<'a> {
    fn new(
        project: &'a Project,
        stages: &'a Stages,
        fs: &'a ImageFs,
        scripts: &'a BTreeMap<ContextPath, Script>,
    ) -> Self {
        let scope = stages.scope_after(stages.stages.len().saturating_sub(1));
        Self {
            project,
            stages,
            fs,
            scope,
            scripts,
            start: Start::default(),
            depth: 0,
            steps: 0,
            manner: Manner::Direct,
            sure: true,
            dir: None,
            as_written: false,
            in_tasks: OnceCell::new(),
            bundles: OnceCell::new(),
        }
    }

    /// The chain from ENTRYPOINT and CMD on; `from` is the FROM of the final stage.
    fn begin(&mut self, entrypoint: Option<usize>, cmd: Option<usize>, from: usize) -> End {
        let here = self.at(self.project.dockerfile.instructions[from].span);
        let cmd_args = cmd.and_then(|index| self.args_of(index));
        let Some(index) = entrypoint else {
            let Some((mut argv, at)) = cmd_args else {
                if !matches!(self.fs.root, Root::Hub(_) | Root::Api(_)) {
                    self.hop(here.clone(), "neither ENTRYPOINT nor CMD: the base decides");
                }
                return match &self.fs.root {
                    Root::Hub(image) | Root::Api(image) => self.by_base(image, &here),
                    Root::Official(_) | Root::Scratch => End::None,
                    Root::Other(_) => End::Unknown,
                };
            };
            self.hop(at.clone(), format!("CMD runs {}", self.shown(&at)));
            if let Root::Hub(image) | Root::Api(image) = &self.fs.root {
                return self.by_base(image, &here);
            }
            let end = self.run(&mut argv, &at, true, false);
            // an unknown image's own entrypoint may do anything with it
            return match (end, &self.fs.root) {
                (End::Api(api), _) => End::Api(api),
                (_, Root::Other(image)) => {
                    let what =
                        format!("the base `{image}` may put an entrypoint of its own in front");
                    self.start.unknown = None;
                    self.unknown(&here, what)
                }
                (end, _) => end,
            };
        };
        let Some((mut argv, at)) = self.args_of(index) else {
            // `ENTRYPOINT []`: CMD alone
            return self.begin_cmd(cmd_args);
        };
        self.hop(at.clone(), format!("ENTRYPOINT runs {}", self.shown(&at)));
        let shell_form = matches!(
            &self.project.dockerfile.instructions[index].kind,
            Kind::Entrypoint(Command::Shell { .. })
        );
        if !shell_form && let Some((rest, at)) = cmd_args {
            self.hop(at.clone(), format!("CMD adds {}", self.shown(&at)));
            argv.extend(rest);
        }
        self.run(&mut argv, &at, true, false)
    }

    fn begin_cmd(&mut self, cmd: Option<(Vec<Arg>, Location)>) -> End {
        let Some((mut argv, at)) = cmd else { return End::None };
        self.hop(at.clone(), format!("CMD runs {}", self.shown(&at)));
        self.run(&mut argv, &at, true, false)
    }

    fn by_base(&mut self, image: &str, at: &Location) -> End {
        self.start.by_base = true;
        self.hop(at.clone(), format!("the base `{image}` starts sandbox-api by itself"));
        End::Api(Api {
            location: at.clone(),
            path: self.fs.api_paths().first().map_or("", |path| path).to_owned(),
            placed: None,
            port: None,
            command: false,
            user: false,
            reached: Reached::Held,
        })
    }

    pub(super) fn at(&self, span: Span) -> Location {
        Location::new(self.project.dockerfile.source.path(), span)
    }

    pub(super) fn hop(&mut self, location: Location, what: impl Into<String>) {
        self.start.hops.push(Hop { location, what: what.into() });
    }

    /// The words that the container runs for an ENTRYPOINT or CMD; `None` for an empty list.
    fn args_of(&self, index: usize) -> Option<(Vec<Arg>, Location)> {
        let instruction = self.project.dockerfile.instructions.get(index)?;
        let at = self.at(instruction.span);
        let (Kind::Entrypoint(command) | Kind::Cmd(command)) = &instruction.kind else {
            return None;
        };
        let argv = match command {
            Command::Exec(words) if words.is_empty() => return None,
            Command::Exec(words) => {
                words.iter().map(|word: &Word| Some(word.raw.clone())).collect()
            }
            Command::Shell { script, .. } => {
                let shell = self.scope.shell.clone();
                let mut argv: Vec<Arg> = shell
                    .unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()])
                    .into_iter()
                    .map(Some)
                    .collect();
                argv.push(Some(text_of(script)));
                argv
            }
        };
        Some((argv, at))
    }

    /// Runs one command. `direct`: the kernel starts it, no shell in between.
    pub(super) fn run(
        &mut self,
        argv: &mut Vec<Arg>,
        by: &Location,
        direct: bool,
        nested: bool,
    ) -> End {
        self.steps += 1;
        if self.depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return End::Unknown;
        }
        let outermost = self.depth == 0 && !nested;
        // a script that never comes to sandbox-api has another fault
        let (mut lacking, hops) = (None, self.start.hops.len());
        loop {
            let lacked = argv
                .first()
                .cloned()
                .flatten()
                .filter(|program| (outermost || self.sure) && self.lacks(program));
            let unwrapped = self.unwrap(argv);
            // a wrapper with nothing to run is another fault
            if let Some(path) = lacked
                && !argv.is_empty()
            {
                if outermost {
                    return End::Missing { path, location: by.clone() };
                }
                lacking.get_or_insert(path);
            }
            if !unwrapped {
                break;
            }
        }
        let name = argv.first().cloned().flatten();
        match self.run_program(argv, by, direct, nested) {
            End::Api(_) if lacking.is_some() => {
                self.start.hops.truncate(hops);
                End::Missing { path: lacking.unwrap_or_default(), location: by.clone() }
            }
            End::Unknown => {
                let name = name.unwrap_or_else(|| "a variable".to_owned());
                self.unknown(by, format!("`{name}` cannot be looked into"))
            }
            end => end,
        }
    }

    fn run_program(
        &mut self,
        argv: &mut Vec<Arg>,
        by: &Location,
        direct: bool,
        nested: bool,
    ) -> End {
        let Some(first) = argv.first() else { return End::None };
        let Some(program) = first.clone() else { return End::Unknown };
        if program.is_empty() {
            return End::None;
        }
        let (path, found) = self.resolve(&program);
        if let Lookup::Placed(placed) = found
            && is_api(&path, placed)
        {
            return self.api(argv, &path, Some(true), by);
        }
        if base(&program) == "sandbox-api" {
            let placed = match found {
                Lookup::Placed(_) => None,
                // an image that shows nothing may hold it there
                Lookup::Unknown
                    if self.fs.opaque
                        || !matches!(
                            self.fs.root,
                            Root::Official(_) | Root::Scratch | Root::Api(_)
                        ) =>
                {
                    None
                }
                Lookup::Unknown
                    if self.fs.filled.iter().any(|dir| path.starts_with(dir.as_str())) =>
                {
                    None
                }
                _ => Some(false),
            };
            return self.api(argv, &path, placed, by);
        }
        if is_shell_name(&program) && !matches!(found, Lookup::Placed(_)) {
            return self.shell(argv, by, nested);
        }
        if let Lookup::Placed(placed) = found {
            let placed = placed.clone();
            return self.program(argv, path, &placed, by, direct, nested);
        }
        if let Some(end) = self.services(argv, by) {
            return end;
        }
        let official = matches!(self.fs.root, Root::Official(_));
        let name = base(&program);
        if official
            && matches!(
                name,
                "docker-entrypoint.sh"
                    | "docker-php-entrypoint"
                    | "mvn-entrypoint.sh"
                    | "__cacert_entrypoint.sh"
            )
        {
            argv.remove(0);
            return if argv.is_empty() { End::None } else { self.run(argv, by, true, nested) };
        }
        // an image's own entry script becomes the command that it is given
        if matches!(found, Lookup::Unknown)
            && name.contains("entrypoint")
            && argv.get(1).is_some_and(|arg| self.is_api(arg))
        {
            self.hop(by.clone(), format!("`{name}` of the base becomes what it is given"));
            argv.remove(0);
            return self.run(argv, by, true, nested);
        }
        if official && let Some(missing) = self.elsewhere(&program, found) {
            return End::Missing { path: missing, location: by.clone() };
        }
        if program.contains('/') && !wrapper::is_runtime(name) {
            return match found {
                Lookup::Absent => End::Missing { path, location: by.clone() },
                _ => End::Unknown,
            };
        }
        if self.names_api(argv) {
            return End::Unknown;
        }
        if wrapper::is_runtime(name) || official && self.fs.packages.is_empty() && !self.fs.opaque {
            return End::Other { what: name.to_owned(), location: by.clone(), script: false };
        }
        End::Unknown
    }

    fn is_api(&self, arg: &Arg) -> bool {
        arg.as_deref().is_some_and(|arg| {
            let (path, found) = self.resolve(arg);
            matches!(found, Lookup::Placed(placed) if is_api(&path, placed))
        })
    }

    /// Whether an argument, or a file that one names, mentions sandbox-api: then it may start it.
    fn names_api(&self, argv: &[Arg]) -> bool {
        let given = match argv {
            // `node sandbox-api` runs a file of JavaScript
            [Some(program), api] if is_interpreter(base(program)) && self.is_api(api) => &[],
            // and `npm start sandbox-api` a script of the manifest
            [Some(program), Some(verb), api]
                if matches!((base(program), verb.as_str()), ("npm" | "yarn" | "pnpm", "start"))
                    && self.is_api(api) =>
            {
                &[]
            }
            argv => argv,
        };
        let tasks = |name: &str| {
            matches!(name, "package.json" | "Procfile" | "Makefile" | "justfile" | "deno.json")
        };
        let in_tasks = || {
            let mut files = self.project.files.iter();
            files.any(|(path, source)| tasks(path.name()) && source.text().contains("sandbox-api"))
        };
        *self.in_tasks.get_or_init(in_tasks)
            || given.iter().flatten().any(|arg| {
                if arg.contains("sandbox-api") || arg.contains("sandbox_api") {
                    return true;
                }
                let (_, found) = self.resolve_file(arg);
                let Lookup::Placed(placed) = found else { return false };
                match self.text_of(placed) {
                    Some((text, _)) => text.contains("sandbox-api"),
                    None => false,
                }
            })
    }

    /// A script of the project that is started by a path, or looked for in directories, where
    /// nothing puts it: the path.
    fn elsewhere(&self, program: &str, found: Lookup<'_>) -> Option<String> {
        let name = base(program);
        if matches!(found, Lookup::Placed(_))
            || self.fs.opaque
            || name.rsplit('.').next() != Some("sh")
        {
            return None;
        }
        let (path, _) = self.resolve(program);
        let own = self.scope.env.get("PATH").map_or("", String::as_str);
        let dirs: Vec<&str> = if program.contains('/') {
            path.rsplit_once('/').map(|(dir, _)| dir).into_iter().collect()
        } else {
            own.split(':').chain(DEFAULT_PATH.split(':')).collect()
        };
        if self.fs.filled.iter().any(|filled| dirs.iter().any(|dir| dir.starts_with(&**filled))) {
            return None;
        }
        let ours = self.project.tree.entries.iter().any(|entry| entry.path.name() == name)
            || self.fs.paths.keys().any(|path| base(path) == name);
        ours.then(|| if program.contains('/') { path } else { program.to_owned() })
    }

    /// The path of a program, through `PATH` where it has no `/`.
    pub(super) fn resolve(&self, program: &str) -> (String, Lookup<'a>) {
        if program.contains('/') {
            return self.resolve_file(program);
        }
        let own = self.scope.env.get("PATH").map_or("", String::as_str);
        for dir in own.split(':').chain(DEFAULT_PATH.split(':')).filter(|dir| dir.starts_with('/'))
        {
            let path = absolute(dir, program);
            if let Lookup::Placed(placed) = self.fs.lookup(&path) {
                return (path, Lookup::Placed(placed));
            }
        }
        // found in a directory that a step filled, or nowhere
        (format!("/usr/local/bin/{program}"), self.fs.lookup(&format!("/usr/local/bin/{program}")))
    }

    pub(super) fn resolve_file(&self, file: &str) -> (String, Lookup<'a>) {
        let path = absolute(self.scope.workdir.as_deref().unwrap_or("/"), file);
        let found = self.fs.lookup(&path);
        if !file.starts_with('/')
            && self.scope.workdir.is_none()
            && !matches!(found, Lookup::Placed(_))
        {
            return (path, Lookup::Unknown);
        }
        (path, found)
    }

    fn api(&mut self, argv: &[Arg], path: &str, placed: Option<bool>, by: &Location) -> End {
        let words: Vec<&str> =
            argv.iter().skip(1).map(|arg| arg.as_deref().unwrap_or("")).collect();
        let options = wrappers::options(&words);
        if let Some(option) = wrappers::tells(&options) {
            // the other words may hold secrets
            let what = format!("sandbox-api {option}");
            return End::Other { what, location: by.clone(), script: false };
        }
        let value = |names: &[&str]| {
            options.iter().rfind(|(name, _)| names.contains(name)).and_then(|(_, value)| *value)
        };
        let end = Api {
            location: by.clone(),
            path: path.to_owned(),
            placed,
            port: value(&["port", "p"]).map(str::to_owned),
            command: value(&["command", "c"]).is_some(),
            user: options.iter().any(|(name, _)| *name == "user"),
            reached: Reached::Held,
        };
        self.starts(by, path, placed);
        End::Api(end)
    }

    fn shell(&mut self, argv: &[Arg], by: &Location, nested: bool) -> End {
        let mut at = 1;
        let mut command = false;
        while let Some(Some(arg)) = argv.get(at) {
            if arg == "--" {
                at += 1;
                break;
            }
            let Some(letters) = arg.strip_prefix('-').or_else(|| arg.strip_prefix('+')) else {
                break;
            };
            if !letters.starts_with('-') {
                command |= letters.contains('c');
                // `-o pipefail`
                if letters.ends_with('o') {
                    at += 1;
                }
            }
            at += 1;
        }
        let Some(target) = argv.get(at) else {
            let what = INTERACTIVE.to_owned();
            return End::Other { what, location: by.clone(), script: false };
        };
        let Some(target) = target.clone() else { return End::Unknown };
        if command {
            let args = argv.get(at + 2..).unwrap_or_default().to_vec();
            return self.inline(&target, &args, by);
        }
        let args = argv[at + 1..].to_vec();
        let (path, found) = self.resolve_file(&target);
        match found {
            Lookup::Placed(placed) => {
                let placed = placed.clone();
                let mut argv = vec![Some(target)];
                argv.extend(args);
                self.program(&mut argv, path, &placed, by, false, nested)
            }
            Lookup::Absent => End::Missing { path, location: by.clone() },
            Lookup::Unknown => End::Unknown,
        }
    }

    /// The text of a placed file and the file of the project that holds it.
    pub(super) fn text_of(&self, placed: &Placed) -> Option<(String, TextAt)> {
        match &placed.origin {
            Origin::Context(file) => {
                let source = self.project.source(file)?;
                Some((source.text().to_owned(), TextAt::File(file.clone())))
            }
            Origin::Heredoc(instruction, number) => {
                let heredoc =
                    self.project.dockerfile.instructions[*instruction].heredocs.get(*number)?;
                let content = if heredoc.expand && !self.as_written {
                    self.built(*instruction, &heredoc.content)
                } else {
                    heredoc.content.clone()
                };
                Some((content.text.clone(), TextAt::Inline(content)))
            }
            Origin::Run(Some(text)) => {
                let span = self.project.dockerfile.instructions[placed.instruction].span;
                Some((text.clone(), TextAt::Fixed(self.at(span))))
            }
            _ => None,
        }
    }
}

impl Chain<'_> {
    /// What the build makes of an unquoted here-document.
    fn built(&self, instruction: usize, content: &Text) -> Text {
        let closed = matches!(self.fs.root, Root::Official(_) | Root::Scratch);
        let scope = self.stages.scope_at(instruction);
        runs::written(content, scope, closed, &|_| None).unwrap_or_else(|| content.clone())
    }
}

/// How places in a script's text become places in files.
#[derive(Debug, Clone)]
pub(super) enum TextAt {
    /// The text of this file.
    File(ContextPath),
    /// A part of the Dockerfile.
    Inline(Text),
    /// All of it stands here.
    Fixed(Location),
}

fn text_of(text: &Text) -> String {
    text.text.clone()
}

/// The interpreter of a script's text, for a file that is executed.
pub(super) fn is_shell_text(text: &str) -> bool {
    runs::interpreter(text.trim_start_matches('\u{feff}'))
        .is_none_or(|program| is_shell_name(&program))
}
