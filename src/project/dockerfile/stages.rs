//! The stage graph, and what each instruction sees of its stage.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use super::{
    ast::{Assignment, Dockerfile, Instruction, Kind, SyntaxError, Word},
    expand::{Expansion, expand},
    values::bad_mode,
};
use crate::project::path::absolute;

/// The stages of a Dockerfile.
#[derive(Debug, Default)]
pub struct Stages {
    /// In file order.
    pub stages: Vec<Stage>,
    /// Values of the ARGs before the first FROM that have one, expanded.
    pub global_args: BTreeMap<String, String>,
    /// What Docker would refuse about variables and stages.
    pub errors: Vec<SyntaxError>,
    /// Indices of the stages of each lower-case name, ascending.
    names: BTreeMap<String, Vec<usize>>,
    /// Index of the stage of each instruction, `None` before the first FROM.
    owners: Vec<Option<usize>>,
    /// What each instruction sees, and what the last one leaves.
    scopes: Vec<Arc<Scope>>,
    /// What each stage leaves.
    left: Vec<Arc<Scope>>,
    /// Whether the final stage is made with it, by index of the stage.
    needed: Vec<bool>,
    /// What is seen outside of every stage.
    empty: Scope,
}

/// One stage.
#[derive(Debug)]
pub struct Stage {
    /// Position in the file, from 0; what `--from=0` means.
    pub index: usize,
    /// Lower-case name of `AS name`.
    pub name: Option<String>,
    /// Index of the FROM in [`Dockerfile::instructions`].
    pub from: usize,
    /// Indices of the instructions behind the FROM.
    pub body: Range<usize>,
    /// What it starts from.
    pub base: Base,
    /// The value of `--platform`, expanded as far as it is known.
    pub platform: Option<String>,
}

/// What a stage starts from, or what `--from=` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// An earlier stage of this file.
    Stage(usize),
    /// `scratch`: nothing.
    Scratch,
    /// An image, by its expanded reference.
    Image(String),
    /// A name with a variable that has no value here; as written.
    Unknown(String),
}

/// What an instruction sees of its stage, inherited through `FROM stage`.
///
/// Values are expanded as far as they are known; a base image's own settings are in here where
/// somebody told them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// ENV values in effect. They beat an ARG of the same name.
    pub env: BTreeMap<String, String>,
    /// ARG values in effect; `None` for a declared ARG without a value.
    pub args: BTreeMap<String, Option<String>>,
    /// The last USER, expanded, else the user of the base image.
    pub user: Option<String>,
    /// The last WORKDIR as an absolute path where one is known, else the directory that the base
    /// image ends in; `None` also where that is the root.
    pub workdir: Option<String>,
    /// The last SHELL.
    pub shell: Option<Vec<String>>,
    /// Index of the ENTRYPOINT in effect.
    pub entrypoint: Option<usize>,
    /// Index of the CMD in effect.
    pub cmd: Option<usize>,
}

impl Scope {
    /// The value that a variable has here: ENV before ARG.
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned().or_else(|| self.args.get(name).cloned().flatten())
    }

    /// A word with the variables that are known here replaced.
    pub fn expand(&self, word: &Word, escape: char) -> Expansion {
        expand(word, escape, &|name| self.lookup(name))
    }

    fn apply(&mut self, index: usize, instruction: &Instruction, cx: &Cx<'_>) {
        match &instruction.kind {
            Kind::Env(pairs) => {
                // Every value of the line sees the state before the line.
                let values: Vec<(String, String)> = pairs
                    .iter()
                    .filter_map(|pair| {
                        let name = self.expand(&pair.name, cx.escape).text;
                        Some((name, self.expand(pair.value.as_ref()?, cx.escape).text))
                    })
                    .collect();
                self.env.extend(values);
            }
            Kind::Arg(pairs) => {
                for pair in pairs {
                    let name = pair.name.raw.clone();
                    let value = cx
                        .build_args
                        .get(&name)
                        .cloned()
                        .or_else(|| Some(self.expand(pair.value.as_ref()?, cx.escape).text))
                        .or_else(|| cx.global_args.get(&name).cloned())
                        .or_else(|| platform_arg(&name).map(str::to_owned));
                    self.args.insert(name, value);
                }
            }
            Kind::User(word) => self.user = Some(self.expand(word, cx.escape).text),
            Kind::Workdir(word) => {
                let path = self.expand(word, cx.escape).text;
                self.workdir = match (&self.workdir, path.starts_with('/')) {
                    (_, true) => Some(absolute("/", &path)),
                    (Some(before), false) => Some(absolute(before, &path)),
                    (None, false) => None,
                };
            }
            Kind::Shell(list) => {
                self.shell = Some(list.iter().map(|word| word.raw.clone()).collect());
            }
            Kind::Entrypoint(_) => {
                // An ENTRYPOINT drops a CMD that came from below, but not one of its own stage.
                if self.cmd.is_some_and(|cmd| cx.owners.get(cmd) != cx.owners.get(index)) {
                    self.cmd = None;
                }
                self.entrypoint = Some(index);
            }
            Kind::Cmd(_) => self.cmd = Some(index),
            _ => (),
        }
    }
}

/// How many values all scopes together may hold. Each change copies what was known before it; a
/// file beyond this was made to exhaust memory, and its later variables are taken as unknown.
const BUDGET: usize = 2_000_000;

struct Cx<'a> {
    escape: char,
    build_args: &'a BTreeMap<String, String>,
    global_args: &'a BTreeMap<String, String>,
    owners: &'a [Option<usize>],
}

/// The platform that sandboxes run on is the one that is built for and on.
pub fn platform_arg(name: &str) -> Option<&'static str> {
    match name {
        "TARGETPLATFORM" | "BUILDPLATFORM" => Some("linux/amd64"),
        "TARGETOS" | "BUILDOS" => Some("linux"),
        "TARGETARCH" | "BUILDARCH" => Some("amd64"),
        "TARGETVARIANT" | "BUILDVARIANT" => Some(""),
        _ => None,
    }
}

impl Stages {
    /// The stage that is built when no target is named: the last one.
    pub fn last(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// The stage that holds the instruction with this index.
    pub fn of(&self, instruction: usize) -> Option<&Stage> {
        self.stages.get(self.owners.get(instruction).copied().flatten()?)
    }

    /// What a `--from=` value in stage `stage` means: a name or number of an earlier stage, else
    /// an image (or a build context by name).
    pub fn source_of(&self, stage: usize, from: &str) -> Base {
        let lower = from.to_ascii_lowercase();
        let earlier = &self.stages[..stage.min(self.stages.len())];
        if let Some(found) = self.named(&lower, stage) {
            return Base::Stage(found);
        }
        if let Ok(number) = from.parse::<usize>()
            && number < earlier.len()
        {
            return Base::Stage(number);
        }
        if lower == "scratch" {
            return Base::Scratch;
        }
        if from.contains('$') {
            Base::Unknown(from.to_owned())
        } else {
            Base::Image(from.to_owned())
        }
    }

    /// The last stage before `stage` with this lower-case name.
    fn named(&self, name: &str, stage: usize) -> Option<usize> {
        let indices = self.names.get(name)?;
        let before = indices.partition_point(|index| *index < stage);
        Some(indices[before.checked_sub(1)?])
    }

    /// The stages that `stage` is made of, from itself down to the one on an image.
    pub fn lineage(&self, stage: usize) -> Vec<usize> {
        let mut out = vec![stage];
        let mut at = stage;
        // A stage only starts from an earlier one, so this ends.
        while let Some(Base::Stage(below)) = self.stages.get(at).map(|stage| &stage.base) {
            at = *below;
            out.push(at);
        }
        out
    }

    /// The stages that have to be built for the last one, ascending: its lineage, what those copy
    /// from, and so on.
    pub fn needed(&self) -> impl Iterator<Item = usize> + '_ {
        self.needed.iter().enumerate().filter(|(_, needed)| **needed).map(|(index, _)| index)
    }

    /// Whether this stage is one of [`Self::needed`].
    pub fn is_needed(&self, stage: usize) -> bool {
        self.needed.get(stage).copied().unwrap_or(false)
    }

    /// Whether the stages `open` are made with it, by index of the stage; they are themselves.
    pub fn made_with(&self, file: &Dockerfile, mut open: Vec<usize>) -> Vec<bool> {
        let mut out = vec![false; self.stages.len()];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut out[at], true) {
                continue;
            }
            if let Base::Stage(below) = self.stages[at].base {
                open.push(below);
            }
            for index in self.stages[at].body.clone() {
                let instruction = &file.instructions[index];
                let scope = self.scope_at(index);
                let froms = instruction
                    .flags_named("from")
                    .filter_map(|flag| flag.value.clone())
                    .chain(instruction.flags_named("mount").filter_map(|flag| {
                        let raw = &flag.value.as_ref()?.raw;
                        let from =
                            raw.split(',').find_map(|part| part.trim().strip_prefix("from="))?;
                        Some(Word { span: flag.span, raw: from.to_owned() })
                    }));
                for from in froms {
                    if let Base::Stage(used) =
                        self.source_of(at, &scope.expand(&from, file.escape).text)
                    {
                        open.push(used);
                    }
                }
            }
        }
        out
    }

    /// What the instruction `instruction` sees: every setting made before it in its stage and in
    /// the stages it is made of.
    pub fn scope_at(&self, instruction: usize) -> &Scope {
        self.scopes.get(instruction).map_or(&self.empty, |scope| scope)
    }

    /// What the finished stage leaves.
    pub fn scope_after(&self, stage: usize) -> &Scope {
        self.left.get(stage).map_or(&self.empty, |scope| scope)
    }
}

/// Draws the stage graph. `build_args` are values that the caller gives for the build.
pub fn resolve(file: &Dockerfile, build_args: &BTreeMap<String, String>) -> Stages {
    resolve_on(file, build_args, &|_| None)
}

/// [`resolve`], where something is known of images: `told` gives what a stage on the image with
/// this reference begins with.
pub fn resolve_on(
    file: &Dockerfile,
    build_args: &BTreeMap<String, String>,
    told: &dyn Fn(&str) -> Option<Scope>,
) -> Stages {
    let mut out = Stages::default();
    let mut declared: BTreeSet<String> = BTreeSet::new();
    for (index, instruction) in file.instructions.iter().enumerate() {
        match &instruction.kind {
            Kind::From { image, alias } => {
                let expanded = in_from(image, file.escape, &out.global_args);
                if let Some(why) = expanded.error.as_ref().filter(|_| !expanded.undecided) {
                    out.errors.push(SyntaxError {
                        span: image.span,
                        message: why.clone(),
                        help: None,
                        correction: None,
                    });
                } else if is_blank(image, &expanded, &declared, file.escape) {
                    out.errors.push(SyntaxError {
                        span: image.span,
                        message: "the name of the base image is empty".into(),
                        help: Some(
                            "only ARGs that stand before the first FROM have a value here".into(),
                        ),
                        correction: None,
                    });
                }
                let base = base(&out, &expanded, image);
                let platform = instruction.flag("platform").and_then(|flag| flag.value.as_ref());
                let platform =
                    platform.map(|word| in_from(word, file.escape, &out.global_args).text);
                let number = out.stages.len();
                out.owners.push(Some(number));
                if let Some(alias) = alias {
                    out.names.entry(alias.raw.to_ascii_lowercase()).or_default().push(number);
                }
                out.stages.push(Stage {
                    index: number,
                    name: alias.as_ref().map(|word| word.raw.to_ascii_lowercase()),
                    from: index,
                    body: index + 1..index + 1,
                    base,
                    platform,
                });
            }
            kind => {
                if let Some(stage) = out.stages.last_mut() {
                    stage.body.end = index + 1;
                } else if let Kind::Arg(pairs) = kind {
                    for pair in pairs {
                        global(&mut out, &mut declared, pair, file.escape, build_args);
                    }
                }
                out.owners.push(out.stages.len().checked_sub(1));
            }
        }
    }
    scopes(&mut out, file, build_args, told);
    let last = out.last().map(|last| last.index);
    out.needed = out.made_with(file, last.into_iter().collect());
    refused_words(&mut out, file);
    out.errors.sort_by_key(|error| error.span.start);
    out
}

/// Whether the image of a FROM comes out empty whatever the caller gives: a value can only be
/// given for an ARG that is declared.
fn is_blank(image: &Word, expanded: &Expansion, declared: &BTreeSet<String>, escape: char) -> bool {
    if expanded.used.iter().any(|name| declared.contains(name)) {
        return false;
    }
    let plain = expand(image, escape, &|name| {
        Some(platform_arg(name).map_or_else(String::new, str::to_owned))
    });
    plain.error.is_none()
        && plain.text.is_empty()
        && (expanded.text.is_empty() || !expanded.unknown.is_empty())
}

/// Words that Docker expands and refuses, in the stages that are built.
fn refused_words(out: &mut Stages, file: &Dockerfile) {
    let mut errors = Vec::new();
    for stage in out.needed() {
        for index in out.stages[stage].body.clone() {
            let scope = out.scope_at(index);
            errors.extend(bad_chmod(&file.instructions[index]));
            for word in expanded_words(&file.instructions[index].kind) {
                if !word.raw.contains(['$', '\'', '"']) {
                    continue;
                }
                let expanded = scope.expand(word, file.escape);
                if let Some(message) = expanded.error.filter(|_| !expanded.undecided) {
                    errors.push(SyntaxError {
                        span: word.span,
                        message,
                        help: None,
                        correction: None,
                    });
                }
            }
        }
    }
    out.errors.append(&mut errors);
}

/// A mode that COPY or ADD refuses.
fn bad_chmod(instruction: &Instruction) -> Option<SyntaxError> {
    if !matches!(instruction.kind, Kind::Copy(_) | Kind::Add(_)) {
        return None;
    }
    let value = instruction.flag("chmod")?.value.as_ref()?;
    let why = bad_mode(&value.raw)?;
    Some(SyntaxError {
        span: value.span,
        message: format!("`{}` is no mode: {why}", value.raw),
        help: Some("write `--chmod=755` for programs, `--chmod=644` for files".into()),
        correction: None,
    })
}

/// The words of an instruction in which variables have a meaning to Docker.
pub fn expanded_words(kind: &Kind) -> Vec<&Word> {
    match kind {
        Kind::Copy(transfer) | Kind::Add(transfer) => {
            transfer.sources.iter().chain([&transfer.dest]).collect()
        }
        Kind::Env(pairs) | Kind::Label(pairs) | Kind::Arg(pairs) => {
            pairs.iter().filter_map(|pair| pair.value.as_ref()).collect()
        }
        Kind::Expose(words) | Kind::Volume(words) => words.iter().collect(),
        Kind::User(word) | Kind::Workdir(word) | Kind::Stopsignal(word) => vec![word],
        _ => Vec::new(),
    }
}

fn global(
    out: &mut Stages,
    declared: &mut BTreeSet<String>,
    pair: &Assignment,
    escape: char,
    build_args: &BTreeMap<String, String>,
) {
    declared.insert(pair.name.raw.clone());
    let value = build_args.get(&pair.name.raw).cloned().or_else(|| {
        let expanded = in_from(pair.value.as_ref()?, escape, &out.global_args);
        if let Some(why) = expanded.error.filter(|_| !expanded.undecided) {
            out.errors.push(SyntaxError {
                span: pair.span,
                message: why,
                help: None,
                correction: None,
            });
        }
        Some(expanded.text)
    });
    if let Some(value) = value {
        out.global_args.insert(pair.name.raw.clone(), value);
    }
}

fn in_from(word: &Word, escape: char, globals: &BTreeMap<String, String>) -> Expansion {
    expand(word, escape, &|name| {
        globals.get(name).cloned().or_else(|| platform_arg(name).map(str::to_owned))
    })
}

fn base(out: &Stages, expanded: &Expansion, image: &Word) -> Base {
    let Some(text) = expanded.known() else { return Base::Unknown(image.raw.clone()) };
    let lower = text.to_ascii_lowercase();
    if let Some(stage) = out.named(&lower, out.stages.len()) {
        return Base::Stage(stage);
    }
    match text {
        "" => Base::Unknown(image.raw.clone()),
        "scratch" => Base::Scratch,
        _ => Base::Image(text.to_owned()),
    }
}

fn scopes(
    out: &mut Stages,
    file: &Dockerfile,
    build_args: &BTreeMap<String, String>,
    told: &dyn Fn(&str) -> Option<Scope>,
) {
    // Stages on one image share what is known of it.
    let mut known: BTreeMap<&str, Arc<Scope>> = BTreeMap::new();
    let mut current: Arc<Scope> = Arc::default();
    let owners = std::mem::take(&mut out.owners);
    let cx = Cx { escape: file.escape, build_args, global_args: &out.global_args, owners: &owners };
    let mut stage = None;
    let mut budget = BUDGET;
    for (index, instruction) in file.instructions.iter().enumerate() {
        if owners[index] != stage {
            if stage.is_some() {
                out.left.push(std::mem::take(&mut current));
            }
            stage = owners[index];
            current = match stage.and_then(|stage| out.stages.get(stage)).map(|stage| &stage.base) {
                Some(Base::Stage(below)) => {
                    out.left.get(*below).map(Arc::clone).unwrap_or_default()
                }
                Some(Base::Image(image)) => Arc::clone(
                    known
                        .entry(image)
                        .or_insert_with(|| told(image).map(Arc::new).unwrap_or_default()),
                ),
                _ => Arc::default(),
            };
        }
        // Most instructions change nothing and share what the one before them saw.
        out.scopes.push(Arc::clone(&current));
        let changes = matches!(
            instruction.kind,
            Kind::Env(_)
                | Kind::Arg(_)
                | Kind::User(_)
                | Kind::Workdir(_)
                | Kind::Shell(_)
                | Kind::Entrypoint(_)
                | Kind::Cmd(_)
        );
        if stage.is_some() && changes {
            budget = budget.saturating_sub(current.env.len() + current.args.len() + 1);
        }
        if stage.is_some() && changes && budget > 0 {
            Arc::make_mut(&mut current).apply(index, instruction, &cx);
        }
    }
    if stage.is_some() {
        out.left.push(current);
    }
    out.owners = owners;
}
