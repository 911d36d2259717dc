//! What instructions ask of the context by its name.

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
    for file in files {
        let starts = |word: &str| {
            let (start, rest) = word.split_once('$').unwrap_or((word, ""));
            !start.is_empty() && !rest.is_empty() && file.path.starts_with(clean(start))
        };
        let by_variable = facts.file.instructions.iter().any(|instruction| {
            let (Kind::Copy(transfer) | Kind::Add(transfer)) = &instruction.kind else {
                return false;
            };
            instruction.flag("from").is_none()
                && transfer.sources.iter().any(|source| starts(&source.raw))
        });
        let by_mount = facts.file.instructions.iter().any(|instruction| {
            instruction.flags_named("mount").filter_map(|flag| flag.value.as_ref()).any(|value| {
                value.raw.split(',').filter_map(|part| part.split_once('=')).any(|(key, path)| {
                    matches!(key, "source" | "src") && clean(path) == file.path.as_str()
                })
            })
        });
        if by_variable || by_mount || facts.runs.values().any(|run| reads(run, &file.path)) {
            paths.push(file.path.to_string());
        }
    }
    paths
}

/// A path as it is written, from the root of the context.
fn clean(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

/// Whether a RUN asks for a file of the context by its name: not where it deletes or writes it.
fn reads(run: &Run, path: &str) -> bool {
    let is = |word: &str| {
        // `--env-file=.env`
        let word = clean(word.rsplit('=').next().unwrap_or(word));
        let below = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|dir| dir.is_empty() || dir.ends_with('/'))
        };
        !word.is_empty() && (below(path, word) || below(word, path))
    };
    if run.commands.is_empty() {
        return run.text.text.split(|c: char| c.is_whitespace() || "'\"();,".contains(c)).any(is);
    }
    run.commands.iter().any(|held| {
        let Some((name, mut args)) = held.call() else { return false };
        match name {
            "rm" | "touch" | "echo" | "printf" | "tee" => args.clear(),
            "cp" | "mv" | "ln" | "install" => {
                args.pop();
            }
            _ => (),
        }
        let input = held.command.redirects.iter().any(|redirect| {
            redirect.operator == "<" && redirect.target.literal.as_deref().is_some_and(is)
        });
        input || args.into_iter().any(is)
    })
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
