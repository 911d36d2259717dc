//! Every credential that the project's text files hold, whatever rule it belongs to.
//!
//! Rules report them by where they stand; reports hide them all, also those that somebody accepted.

use std::{collections::BTreeMap, ops::Range};

use super::{super::diagnostic::Location, runs::Run, scripts};
use crate::{
    project::{
        Project,
        dockerfile::{self, Assignment, Command, Instruction, Kind as What, Stages, Text},
        manifest::EnvVar,
        path::ContextPath,
        script::{Connector, Place, Script, ShellCommand, ShellWord},
        source::{Source, Span},
    },
    secrets::{self, Confidence, Hit, Kind},
};

/// A credential in a text file. It never carries the value.
#[derive(Debug, Clone)]
pub struct Leak {
    /// The value.
    pub location: Location,
    /// Where it stands.
    pub place: LeakPlace,
    /// The instruction of the Dockerfile that holds it.
    pub instruction: Option<usize>,
    /// What it is: "GitHub token".
    pub what: String,
    /// The name that it is given to.
    pub name: Option<String>,
    /// How sure that is.
    pub confidence: Confidence,
    /// The mark by which somebody told secret scanners that the line is fine.
    pub allowed: Option<Span>,
}

/// Where a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeakPlace {
    /// A value of ENV.
    Env,
    /// The default of an ARG.
    Arg,
    /// A value of LABEL.
    Label,
    /// A command: RUN, CMD, ENTRYPOINT, HEALTHCHECK.
    Command,
    /// The source or the here-document of COPY or ADD.
    Copy,
    /// Anything else in the Dockerfile.
    Comment,
    /// `blaxel.toml`.
    Manifest,
    /// Another text file that the Dockerfile names.
    Script,
    /// Another one that a COPY may take.
    Copied,
}

/// Finds them all, sorted by file and place.
pub(super) fn all(
    project: &Project,
    stages: &Stages,
    runs: &BTreeMap<usize, Run>,
    written: &BTreeMap<usize, Script>,
    scripts: &BTreeMap<ContextPath, Script>,
) -> Vec<Leak> {
    let mut leaks = Vec::new();
    in_dockerfile(project, stages, runs, written, &mut leaks);
    if let Some(manifest) = &project.manifest {
        let mut file = Collector::new(&manifest.source);
        let pairs = [&manifest.env, &manifest.build_args, &manifest.labels];
        for EnvVar { key, value } in pairs.into_iter().flatten() {
            if let Some(hit) = secrets::looks_secret(&key.value, &value.value) {
                file.add(value.span, &hit, LeakPlace::Manifest, None);
            }
        }
        file.scan(Kind::Config, |_| Some((LeakPlace::Manifest, None)));
        leaks.append(&mut file.leaks);
    }
    for (path, source) in &project.files {
        in_file(path, source, scripts.get(path), &mut leaks);
    }
    for (path, source) in &project.copied {
        // an environment file that is left out is read for what it may be, and told of by its name
        if project.tree.get(path).is_some_and(|entry| entry.excluded.is_some()) {
            continue;
        }
        in_copied(path, source, &mut leaks);
    }
    leaks.sort_by(|a, b| a.location.cmp(&b.location));
    leaks
}

/// The spans of `leaks` by file, sorted and merged.
pub(super) fn masks(leaks: &[Leak]) -> BTreeMap<ContextPath, Vec<Span>> {
    let mut masks: BTreeMap<ContextPath, Vec<Span>> = BTreeMap::new();
    for leak in leaks {
        let Some(span) = leak.location.span else { continue };
        let spans = masks.entry(leak.location.file.clone()).or_default();
        match spans.last_mut() {
            // leaks are sorted by place
            Some(last) if span.start <= last.end => *last = last.to(span),
            _ => spans.push(span),
        }
    }
    masks
}

/// The leaks of one file while they are collected.
struct Collector<'a> {
    source: &'a Source,
    allowed: Vec<(usize, Range<usize>)>,
    leaks: Vec<Leak>,
}

impl<'a> Collector<'a> {
    fn new(source: &'a Source) -> Self {
        Self { source, allowed: secrets::allowed_lines(source.text()), leaks: Vec::new() }
    }

    /// Adds a leak unless one is known at its place.
    fn add(&mut self, span: Span, hit: &Hit, place: LeakPlace, instruction: Option<usize>) {
        let span = self.unquoted(span);
        if span.is_empty() || self.is_known(span) {
            return;
        }
        let line = self.source.line_of(span.start as usize);
        self.leaks.push(Leak {
            location: Location::new(self.source.path(), span),
            place,
            instruction,
            what: hit.what.to_owned(),
            name: hit.name.clone(),
            confidence: hit.confidence,
            allowed: self.mark(line),
        });
    }

    /// The mark that accepts what stands on a line.
    fn mark(&self, line: usize) -> Option<Span> {
        let at = self.allowed.binary_search_by_key(&line, |(line, _)| *line).ok()?;
        let (_, mark) = self.allowed.get(at)?;
        Some(Span::new(mark.start, mark.end))
    }

    /// The span without the quotes around it: with them, the value would not be known elsewhere.
    fn unquoted(&self, span: Span) -> Span {
        let text = self.source.slice(span);
        let marks = ["\"\"\"", "'''", "\"", "'"];
        let quotes = marks.iter().find(|mark| {
            text.len() >= mark.len() * 2 && text.starts_with(**mark) && text.ends_with(**mark)
        });
        let cut = quotes.map_or(0, |mark| mark.len());
        Span::new(span.start as usize + cut, span.end as usize - cut)
    }

    fn is_known(&self, span: Span) -> bool {
        self.leaks.iter().any(|leak| leak.location.span.is_some_and(|known| known.overlaps(span)))
    }

    /// Searches the text as it stands. `place` says where a span belongs, `None` where the parsed
    /// form was searched already.
    fn scan(&mut self, kind: Kind, place: impl Fn(&Hit) -> Option<(LeakPlace, Option<usize>)>) {
        for hit in secrets::scan(self.source.text(), kind) {
            if let Some((place, instruction)) = place(&hit) {
                self.add(Span::new(hit.span.start, hit.span.end), &hit, place, instruction);
            }
        }
    }

    /// Adds what the arguments of `commands` give away. `within` is where a command stands.
    fn commands<'c>(
        &mut self,
        commands: impl Iterator<Item = (&'c ShellCommand, Span)>,
        text: &str,
        instruction: Option<usize>,
        place: LeakPlace,
    ) {
        let mut commands = commands.peekable();
        while let Some((command, within)) = commands.next() {
            let next = commands.peek().map(|(next, _)| *next);
            for given in secrets::of_command(command, next, text) {
                // a value that does not stand here came through a variable, and is found there
                let Some(span) = self.find(given.value(), within) else { continue };
                let hit = Hit {
                    span: span.range(),
                    detector: "argument",
                    what: "password",
                    name: None,
                    confidence: Confidence::Shape,
                };
                let before = self.leaks.len();
                self.add(span, &hit, place, instruction);
                if let Some(leak) = self.leaks.get_mut(before) {
                    leak.what.clone_from(&given.what);
                }
            }
        }
    }

    /// Where `value` stands in `within`.
    fn find(&self, value: &str, within: Span) -> Option<Span> {
        let start = within.start as usize;
        let text = self.source.slice(within);
        // the last one: `user:user2` gives the password behind the colon
        text.rfind(value).map(|at| Span::new(start + at, start + at + value.len()))
    }
}

fn in_dockerfile(
    project: &Project,
    stages: &Stages,
    runs: &BTreeMap<usize, Run>,
    written: &BTreeMap<usize, Script>,
    leaks: &mut Vec<Leak>,
) {
    let dockerfile = &project.dockerfile;
    let source = &dockerfile.source;
    let mut file = Collector::new(source);
    for (index, instruction) in dockerfile.instructions.iter().enumerate() {
        of_pairs(project, stages, index, instruction, &mut file);
    }
    for (index, run) in runs {
        let whole = dockerfile.instructions[*index].span;
        let commands = run.commands.iter().map(|held| (&held.command, whole));
        file.commands(commands, &run.text.text, Some(*index), LeakPlace::Command);
    }
    for (index, instruction) in dockerfile.instructions.iter().enumerate() {
        of_start(index, instruction, written, &mut file);
    }
    for (index, instruction) in dockerfile.instructions.iter().enumerate() {
        of_heredocs(index, instruction, &mut file);
    }
    let instructions = &dockerfile.instructions;
    file.scan(Kind::Shell, |hit| {
        let at = hit.span.start;
        let index = instructions
            .partition_point(|instruction| instruction.span.start as usize <= at)
            .checked_sub(1)
            .filter(|index| instructions[*index].span.contains(at));
        let in_comment = || dockerfile.comments.iter().any(|comment| comment.span.contains(at));
        let Some(index) = index.filter(|_| !in_comment()) else {
            // words about credentials are no credentials, but what a command is shown with is one
            let line = source.slice(source.line_span(source.line_of(at)));
            let sure = hit.confidence >= Confidence::Shape
                || hit.name.as_deref().is_some_and(|name| {
                    line.split_once("--build-arg")
                        .and_then(|(_, rest)| {
                            rest.trim_start_matches([' ', '=']).strip_prefix(name)
                        })
                        .is_some_and(|rest| rest.starts_with('='))
                });
            return sure.then_some((LeakPlace::Comment, None));
        };
        let place = match inner(&instructions[index]).kind {
            What::Env(_) => LeakPlace::Env,
            What::Arg(_) => LeakPlace::Arg,
            What::Label(_) => LeakPlace::Label,
            What::Run(_) | What::Cmd(_) | What::Entrypoint(_) | What::Healthcheck(_) => {
                LeakPlace::Command
            }
            What::Copy(_) | What::Add(_) => LeakPlace::Copy,
            _ => LeakPlace::Comment,
        };
        let parsed = matches!(place, LeakPlace::Env | LeakPlace::Arg | LeakPlace::Label);
        (!parsed || hit.confidence >= Confidence::Shape).then_some((place, Some(index)))
    });
    let mut found = std::mem::take(&mut file.leaks);
    // a mark above an instruction counts for all of its lines
    for leak in &mut found {
        if let Some(index) = leak.instruction {
            let line = source.line_of(instructions[index].span.start as usize);
            leak.allowed = leak.allowed.or_else(|| file.mark(line));
        }
    }
    leaks.append(&mut found);
}

/// The instruction that runs: what an ONBUILD holds.
fn inner(instruction: &Instruction) -> &Instruction {
    match &instruction.kind {
        What::Onbuild(inner) => inner,
        _ => instruction,
    }
}

fn of_pairs(
    project: &Project,
    stages: &Stages,
    index: usize,
    instruction: &Instruction,
    file: &mut Collector<'_>,
) {
    let (pairs, place) = match &inner(instruction).kind {
        What::Env(pairs) => (pairs, LeakPlace::Env),
        What::Arg(pairs) => (pairs, LeakPlace::Arg),
        What::Label(pairs) => (pairs, LeakPlace::Label),
        _ => return,
    };
    for Assignment { name, value, legacy, .. } in pairs {
        let Some(value) = value else { continue };
        // `ENV TOKEN = …`: what was meant stands behind the equals sign
        let meant = value.raw.strip_prefix('=').filter(|_| *legacy).map(str::trim_start);
        let whole = file.source.slice(value.span);
        let behind;
        let value = match meant.filter(|meant| whole.ends_with(*meant)) {
            Some(meant) => {
                let end = value.span.end as usize;
                let span = Span::new(end - meant.len(), end);
                behind = dockerfile::Word { span, raw: meant.to_owned() };
                &behind
            }
            None => value,
        };
        let escape = project.dockerfile.escape;
        let plain = dockerfile::expand(value, escape, &|_| None);
        if plain.used.is_empty() {
            if let Some(hit) = secrets::looks_secret(&name.raw, &plain.text) {
                file.add(value.span, &hit, place, Some(index));
            }
            continue;
        }
        // `ENV TOKEN=$PART`: the ARG or ENV that holds it is found where it stands, under its own
        // name; here only when that name said nothing
        let scope = stages.scope_at(index);
        let expanded = dockerfile::expand(value, escape, &|name| scope.lookup(name));
        let Some(text) = expanded.known() else { continue };
        let told = expanded.used.iter().any(|used| {
            scope.lookup(used).is_some_and(|value| secrets::looks_secret(used, &value).is_some())
        });
        if !told && let Some(hit) = secrets::looks_secret(&name.raw, text) {
            file.add(value.span, &hit, place, Some(index));
        }
    }
}

/// CMD, ENTRYPOINT and HEALTHCHECK.
fn of_start(
    index: usize,
    instruction: &Instruction,
    written: &BTreeMap<usize, Script>,
    file: &mut Collector<'_>,
) {
    let (What::Cmd(command) | What::Entrypoint(command) | What::Healthcheck(Some(command))) =
        &inner(instruction).kind
    else {
        return;
    };
    match command {
        Command::Exec(words) => {
            let command = of_words(words);
            let commands = std::iter::once((&command, instruction.span));
            file.commands(commands, "", Some(index), LeakPlace::Command);
        }
        Command::Shell { script: Text { text, .. }, .. } => {
            let commands = written.get(&index).into_iter().flat_map(|script| &script.commands);
            let commands = commands.map(|command| (command, instruction.span));
            file.commands(commands, text, Some(index), LeakPlace::Command);
        }
    }
}

/// The words of a JSON form as a command.
fn of_words(words: &[dockerfile::Word]) -> ShellCommand {
    let word = |word: &dockerfile::Word| ShellWord {
        range: word.span.range(),
        raw: word.raw.as_str().into(),
        literal: Some(word.raw.as_str().into()),
    };
    ShellCommand {
        range: 0..0,
        assignments: Vec::new(),
        words: words.iter().map(word).collect(),
        redirects: Vec::new(),
        connector: Connector::Sequence,
        background: false,
        negated: false,
        place: Place::default(),
        pipeline: 0,
        statement: 0,
    }
}

/// Here-documents hold configuration as often as commands.
fn of_heredocs(index: usize, instruction: &Instruction, file: &mut Collector<'_>) {
    let inner = inner(instruction);
    let place = match inner.kind {
        What::Copy(_) | What::Add(_) => LeakPlace::Copy,
        _ => LeakPlace::Command,
    };
    for heredoc in &inner.heredocs {
        let text = file.source.slice(heredoc.body);
        for hit in secrets::scan(text, Kind::Config) {
            let start = heredoc.body.start as usize + hit.span.start;
            let span = Span::new(start, start + hit.span.len());
            file.add(span, &hit, place, Some(index));
        }
    }
}

/// A file that nothing but a COPY names: as a whole only where it is made for credentials.
fn in_copied(path: &ContextPath, source: &Source, leaks: &mut Vec<Leak>) {
    let text = source.text();
    let hits = match secrets::credential_file(path) {
        Some(_) => secrets::scan(text, Kind::Config),
        None => secrets::tokens(text),
    };
    if hits.is_empty() {
        return;
    }
    let mut file = Collector::new(source);
    for hit in hits {
        file.add(Span::new(hit.span.start, hit.span.end), &hit, LeakPlace::Copied, None);
    }
    leaks.append(&mut file.leaks);
}

fn in_file(path: &ContextPath, source: &Source, script: Option<&Script>, leaks: &mut Vec<Leak>) {
    let text = source.text();
    let mut file = Collector::new(source);
    if let Some(script) = script {
        let commands = script.commands.iter();
        let commands = commands.map(|c| (c, Span::new(c.range.start, c.range.end)));
        file.commands(commands, text, None, LeakPlace::Script);
    }
    let kind = match script {
        Some(_) => Kind::Shell,
        None if scripts::is_program(path) || text.starts_with("#!") => Kind::Source,
        None => Kind::Config,
    };
    file.scan(kind, |_| Some((LeakPlace::Script, None)));
    leaks.append(&mut file.leaks);
}
