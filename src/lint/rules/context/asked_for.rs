//! What instructions ask of the context by its name.

use std::collections::{BTreeSet, HashSet};

use crate::{
    lint::facts::{Facts, Run},
    project::{
        context::{EntryKind, Rules},
        dockerfile::Kind,
        path::ContextPath,
    },
    secrets,
};

/// The paths that instructions ask for, among those that the lines keep out.
pub(super) fn by_name(facts: &Facts<'_>, lines: &[String]) -> Vec<String> {
    let (rules, _) = Rules::read(lines.join("\n").as_bytes());
    let mut paths: Vec<String> = Vec::new();
    for copy in &facts.copies {
        if copy.glob {
            // It stops the build when nothing is left of what it takes.
            let found = facts.project.tree.glob(&copy.path);
            let all: Vec<_> = found.sent.iter().chain(&found.excluded).collect();
            if all.iter().all(|entry| rules.is_ignored(&entry.path)) {
                paths.extend(all.iter().map(|entry| entry.path.to_string()));
            }
        } else if !copy.path.is_empty() {
            paths.push(copy.path.to_string());
        }
    }
    let files = facts.project.tree.entries.iter().filter(|entry| {
        matches!(entry.kind, EntryKind::File { .. } | EntryKind::Link { .. })
            && secrets::credential_file(&entry.path).is_some()
            && rules.is_ignored(&entry.path)
    });
    let files: Vec<&str> = files.map(|file| file.path.as_str()).collect();
    if !files.is_empty() {
        let asked = Asked::of(facts, &files);
        paths.extend(files.into_iter().filter(|file| asked.has(file)).map(str::to_owned));
    }
    paths
}

/// A path as it is written, from the root of the context.
fn clean(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

/// The ends of a path that begin at one of its parts: `c`, `b/c`, `a/b/c`.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| &path[at + 1..]).chain([path])
}

/// What instructions name, read once for all files.
#[derive(Default)]
struct Asked<'a> {
    /// What stands before the variable in a source of a COPY.
    starts: BTreeSet<&'a str>,
    /// Sources of mounts.
    mounts: BTreeSet<&'a str>,
    /// Words of RUNs.
    words: HashSet<&'a str>,
    /// Files that are an end of a word.
    whole: HashSet<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(facts: &'a Facts<'_>, files: &[&'a str]) -> Self {
        let mut out = Self::default();
        for instruction in &facts.file.instructions {
            if let Kind::Copy(transfer) | Kind::Add(transfer) = &instruction.kind
                && instruction.flag("from").is_none()
            {
                let cut = transfer.sources.iter().filter_map(|source| source.raw.split_once('$'));
                let cut = cut.filter(|(start, rest)| !start.is_empty() && !rest.is_empty());
                out.starts.extend(cut.map(|(start, _)| clean(start)));
            }
            let mounts = instruction.flags_named("mount").filter_map(|flag| flag.value.as_ref());
            for part in mounts.flat_map(|value| value.raw.split(',')) {
                if let Some(("source" | "src", path)) = part.split_once('=') {
                    out.mounts.insert(clean(path));
                }
            }
        }
        let names: HashSet<&str> = files.iter().copied().collect();
        let longest = files.iter().map(|file| file.len()).max().unwrap_or(0);
        for run in facts.runs.values() {
            words(run, &mut |word| {
                // `--env-file=.env`
                let word = clean(word.rsplit('=').next().unwrap_or(word));
                if !word.is_empty() && out.words.insert(word) {
                    let ends = ends(word).take_while(|end| end.len() <= longest);
                    out.whole.extend(ends.filter_map(|end| names.get(end)));
                }
            });
        }
        out
    }

    fn has(&self, file: &str) -> bool {
        self.mounts.contains(file)
            || self.whole.contains(file)
            || ends(file).any(|end| self.words.contains(end))
            || self.starts.contains("")
            || file.char_indices().any(|(at, c)| self.starts.contains(&file[..at + c.len_utf8()]))
    }
}

/// The words by which a RUN may ask for a file of the context: not those that it deletes or writes.
fn words<'a>(run: &'a Run, each: &mut impl FnMut(&'a str)) {
    if run.commands.is_empty() {
        run.text
            .text
            .split(|c: char| c.is_whitespace() || "'\"();,".contains(c))
            .for_each(&mut *each);
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
        let input = held.command.redirects.iter().filter(|redirect| redirect.operator == "<");
        input.filter_map(|redirect| redirect.target.literal.as_deref()).for_each(&mut *each);
        args.into_iter().for_each(&mut *each);
    }
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
