//! What instructions ask of the context by its name.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use crate::{
    lint::facts::{Facts, Run},
    project::{
        context::EntryKind,
        dockerfile::{Instruction, Kind},
        path::ContextPath,
    },
    secrets,
};

/// All of it, looked for once: a project may have many such files and name many of them.
pub(in crate::lint::rules) struct Asked<'a> {
    /// What a COPY names; of files with credentials, also what a mount or a RUN names.
    paths: BTreeSet<&'a str>,
    /// What each pattern of a COPY takes, by the first of it: the build stops when nothing of it is left.
    patterns: BTreeMap<&'a str, Vec<Vec<&'a str>>>,
}

impl<'a> Asked<'a> {
    /// Finds it.
    pub(in crate::lint::rules) fn of(facts: &'a Facts<'_>) -> Self {
        let tree = &facts.project.tree;
        let (patterns, named): (Vec<_>, Vec<_>) = facts.copies.iter().partition(|copy| copy.glob);
        let patterns: BTreeSet<&str> = patterns.iter().map(|copy| copy.path.as_str()).collect();
        let mut taken: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
        for pattern in patterns {
            let found = tree.glob(pattern);
            let all: Vec<&str> =
                found.sent.iter().chain(&found.excluded).map(|entry| entry.path.as_str()).collect();
            if let Some(first) = all.first() {
                taken.entry(first).or_default().push(all);
            }
        }
        let words = Words::of(facts);
        let files = tree.entries.iter().filter(|entry| {
            matches!(entry.kind, EntryKind::File { .. } | EntryKind::Link { .. })
                && secrets::credential_file(&entry.path).is_some()
                && words.name(&entry.path)
        });
        let named = named.iter().map(|copy| copy.path.as_str()).filter(|path| !path.is_empty());
        Self {
            paths: named.chain(files.map(|entry| entry.path.as_str())).collect(),
            patterns: taken,
        }
    }

    /// What is asked for of that which `out` would keep out.
    pub(in crate::lint::rules) fn among(&self, out: impl Fn(&str) -> bool) -> BTreeSet<&'a str> {
        let all = self.patterns.values().flatten();
        let emptied = all.filter(|taken| taken.iter().all(|path| out(path)));
        let paths = self.paths.iter().filter(|path| out(path));
        emptied.flatten().chain(paths).copied().collect()
    }

    /// What is asked for of these files.
    pub(in crate::lint::rules) fn of_files(&self, files: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let begun = files.iter().filter_map(|file| self.patterns.get(file)).flatten();
        let emptied = begun.filter(|taken| taken.iter().all(|path| files.contains(path)));
        let paths = files.iter().filter(|file| self.paths.contains(*file));
        emptied.flatten().chain(paths).copied().collect()
    }
}

/// What may name a file of the context.
#[derive(Default)]
struct Words<'a> {
    /// The sources of mounts.
    mounted: BTreeSet<&'a str>,
    /// What stands in front of a variable in the source of a COPY; none begins with another one.
    starts: BTreeSet<&'a str>,
    /// The words of RUNs.
    said: BTreeSet<&'a str>,
    /// What is left of these without the first names of their paths.
    ends: BTreeSet<&'a str>,
}

impl<'a> Words<'a> {
    fn of(facts: &'a Facts<'_>) -> Self {
        let mut words = Self::default();
        for instruction in &facts.file.instructions {
            words.add_mounts(instruction);
            words.add_starts(instruction);
        }
        for run in facts.runs.values() {
            words.add_run(run);
        }
        let mut shortest: Option<&str> = None;
        words.starts.retain(|start| {
            let kept = !shortest.is_some_and(|shortest| start.starts_with(shortest));
            shortest = if kept { Some(start) } else { shortest };
            kept
        });
        words
    }

    fn add_mounts(&mut self, instruction: &'a Instruction) {
        for value in instruction.flags_named("mount").filter_map(|flag| flag.value.as_ref()) {
            let parts = value.raw.split(',').filter_map(|part| part.split_once('='));
            let sources = parts.filter(|(key, _)| matches!(*key, "source" | "src"));
            self.mounted.extend(sources.map(|(_, path)| clean(path)));
        }
    }

    fn add_starts(&mut self, instruction: &'a Instruction) {
        let (Kind::Copy(transfer) | Kind::Add(transfer)) = &instruction.kind else { return };
        if instruction.flag("from").is_some() {
            return;
        }
        let parts = transfer.sources.iter().filter_map(|source| source.raw.split_once('$'));
        let starts = parts.filter(|(start, rest)| !start.is_empty() && !rest.is_empty());
        self.starts.extend(starts.map(|(start, _)| clean(start)));
    }

    /// What a RUN reads, not what it deletes or writes.
    fn add_run(&mut self, run: &'a Run) {
        if run.commands.is_empty() {
            let ends = |c: char| c.is_whitespace() || "'\"();,".contains(c);
            run.text.text.split(ends).for_each(|word| self.add_word(word));
        }
        for held in &run.commands {
            let Some((name, mut args)) = held.call() else { continue };
            match name {
                "rm" | "touch" | "echo" | "printf" | "tee" => args.clear(),
                "cp" | "mv" | "ln" | "install" => {
                    args.pop();
                }
                _ => (),
            }
            for arg in args {
                self.add_word(arg);
            }
            let inputs = held.command.redirects.iter().filter(|redirect| redirect.operator == "<");
            inputs
                .filter_map(|redirect| redirect.target.literal.as_deref())
                .for_each(|path| self.add_word(path));
        }
    }

    fn add_word(&mut self, word: &'a str) {
        // `--env-file=.env`
        let word = clean(word.rsplit('=').next().unwrap_or(word));
        if !word.is_empty() && word.len() <= LONGEST_PATH && self.said.insert(word) {
            self.ends.extend(ends(word));
        }
    }

    /// Whether one of them means the file: as a mount names it, or from a directory above or below the root.
    fn name(&self, path: &str) -> bool {
        let up_to = (Bound::Unbounded, Bound::Included(path));
        let start = self.starts.range::<str, _>(up_to).next_back();
        self.mounted.contains(path)
            || start.is_some_and(|start| path.starts_with(start))
            || self.ends.contains(path)
            || ends(path).any(|end| self.said.contains(end))
    }
}

/// No system opens a longer one.
const LONGEST_PATH: usize = 4096;

/// A path, and what is left of it without its first name, its first two, …
fn ends(path: &str) -> impl Iterator<Item = &str> {
    let behind = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
    [path].into_iter().chain(behind).filter(|end| !end.is_empty())
}

/// A path as it is written, from the root of the context.
fn clean(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

/// What asks for the history of the project in files that a build reads.
const HISTORY: &[&str] = &[
    "setuptools_scm",
    "setuptools-scm",
    "hatch-vcs",
    "versioneer",
    "versioningit",
    "git describe",
    "git log",
    "git rev-list",
    "git rev-parse",
];

/// Whether the build reads the history of the project: a RUN by `git`, or a tool that it calls.
pub(super) fn history(facts: &Facts<'_>) -> bool {
    let asks = |run: &Run| {
        let mut calls = run.commands.iter().filter_map(|held| held.call());
        // One that it has cloned has a history of its own.
        let other = |(name, args): (&str, Vec<&str>)| {
            name == "git" && args.iter().any(|arg| matches!(*arg, "clone" | "init"))
        };
        let own = |(name, args): (&str, Vec<&str>)| {
            name == "git"
                && args.iter().any(|arg| {
                    matches!(
                        *arg,
                        "archive"
                            | "branch"
                            | "describe"
                            | "diff"
                            | "log"
                            | "ls-files"
                            | "rev-list"
                            | "rev-parse"
                            | "shortlog"
                            | "show"
                            | "status"
                            | "submodule"
                            | "symbolic-ref"
                            | "tag"
                    )
                })
        };
        !calls.clone().any(other) && calls.any(own)
    };
    facts.runs.values().any(asks)
        || ["Makefile", "package.json", "pyproject.toml", "setup.cfg", "setup.py"].iter().any(
            |name| {
                let source = facts.project.source(&ContextPath::new(name));
                source.is_some_and(|source| HISTORY.iter().any(|word| source.text().contains(word)))
            },
        )
}
