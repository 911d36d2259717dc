//! What a later layer removes is in the image all the same.

use std::collections::BTreeSet;

use super::{super::base::run_edits, NOTABLE};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Severity},
        facts::{Facts, Run, RunCommand, join},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind, Word},
        source::Span,
    },
    secrets,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG305",
    name: "removed-in-later-layer",
    family: Family::Cache,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG305.md"),
    check,
};

/// Something that an instruction put somewhere.
struct Put {
    path: String,
    instruction: usize,
    span: Span,
    copied: bool,
    /// How large it is, where that is known.
    bytes: Option<u64>,
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if !facts.calls(&["rm"]) {
        return;
    }
    // Most images remove nothing but lists and caches, which nobody puts there by name.
    let removes = facts.final_commands().any(|(_, _, held)| {
        held.program() == Some("rm")
            && held.command.args().any(|arg| {
                !arg.starts_with('-')
                    && !arg.starts_with("/var/lib/")
                    && !arg.starts_with("/var/cache")
            })
    });
    if !removes {
        return;
    }
    // What nothing removes need not be known; behind a `cd`, less is removed than this.
    let wanted: BTreeSet<String> = facts
        .final_commands()
        .flat_map(|(index, _, held)| removed(facts, index, held, false))
        .collect();
    if wanted.is_empty() {
        return;
    }
    let mut put: Vec<Put> = Vec::new();
    for index in facts.final_instructions() {
        if let Some(run) = facts.runs.get(&index) {
            let mut moved = false;
            for held in &run.commands {
                let mut gone: Vec<Put> = Vec::new();
                // A relative path behind a `cd` is another one.
                moved |= matches!(held.program(), Some("cd" | "pushd"));
                for path in removed(facts, index, held, moved) {
                    let found =
                        put.iter().rposition(|put| put.path == path && put.instruction < index);
                    if let Some(found) = found {
                        gone.push(put.remove(found));
                        put.retain(|put| put.path != path);
                    }
                }
                let bytes: Option<u64> = gone.iter().map(|put| put.bytes).sum();
                if bytes.is_none_or(|bytes| bytes >= NOTABLE) {
                    report(facts, index, run, held, &gone, sink);
                }
            }
            put.extend(fetched(facts, index, run));
        }
        put.extend(copied(facts, index, &wanted));
    }
}

fn report(
    facts: &Facts<'_>,
    index: usize,
    run: &Run,
    held: &RunCommand,
    gone: &[Put],
    sink: &mut Sink<'_>,
) {
    let Some(first) = gone.first() else { return };
    let help = if first.copied {
        format!(
            "use it where it is needed without copying: `RUN --mount=type=bind,source=…,target={} …`",
            first.path
        )
    } else {
        "remove it in the RUN that fetches it".to_owned()
    };
    let names: Vec<String> = gone.iter().map(|put| format!("`{}`", put.path)).collect();
    let mut draft = sink
        .report(
            facts.at(held.span),
            format!("removing {} here frees nothing", names.join(", ")),
            "layers only add: the file is in the one above, and every sandbox pulls it",
        )
        .help(help)
        .maybe_fix(joined(facts, index, run, held, gone));
    for put in gone {
        let what = if put.copied { "is copied" } else { "is fetched" };
        draft = draft.related(facts.at(put.span), format!("`{}` {what} here", put.path));
    }
}

/// Removes it at the end of the RUN above, where that one fetched it and this one does nothing else.
fn joined(
    facts: &Facts<'_>,
    index: usize,
    run: &Run,
    held: &RunCommand,
    gone: &[Put],
) -> Option<Fix> {
    let put = gone.first()?;
    let source = &facts.file.source;
    let text = source.slice(held.span);
    let simple = gone.iter().all(|put| !put.copied && index == put.instruction + 1)
        && run.commands.len() == 1
        && held.command.range == (0..run.text.text.trim_end().len())
        && !held.command.background
        && !text.contains('\n')
        && matches!(facts.instruction(index).kind, Kind::Run(Command::Shell { .. }))
        && facts.instruction(index).flags.is_empty()
        && facts.instruction(index).heredocs.is_empty()
        && !facts.file.comments.iter().any(|comment| {
            let span = facts.instruction(index).span;
            source.line_of(comment.span.start as usize) + 1 == source.line_of(span.start as usize)
        });
    if !simple {
        return None;
    }
    let mut fix =
        run_edits::append(facts, put.instruction, facts.runs.get(&put.instruction)?, text)?;
    let lines = facts.lines(index);
    fix.title = "remove it in the RUN that fetches it".into();
    fix.edits.push(Edit::Replace { file: source.path().clone(), span: lines, text: String::new() });
    Some(fix)
}

/// The absolute paths that a command removes; `moved` where it does not run in the WORKDIR.
fn removed(facts: &Facts<'_>, index: usize, held: &RunCommand, moved: bool) -> Vec<String> {
    if held.program() != Some("rm") {
        return Vec::new();
    }
    let Some((_, args)) = held.call() else { return Vec::new() };
    // A list that is cleaned by habit is the business of the rules about package managers.
    let dir = facts.stages.scope_at(index).workdir.clone().unwrap_or_default();
    args.iter()
        .filter(|arg| !arg.starts_with('-') && **arg != "?")
        .filter(|arg| !moved || arg.starts_with('/'))
        .map(|arg| join(&dir, arg.trim_end_matches("/*")))
        .filter(|path| path.starts_with('/') && path != "/")
        .filter(|path| !run_edits::is_mounted(facts, index, path))
        .collect()
}

/// What COPY and ADD put at one of these paths, where that can be told.
fn copied(facts: &Facts<'_>, index: usize, wanted: &BTreeSet<String>) -> Vec<Put> {
    let (Kind::Copy(transfer) | Kind::Add(transfer)) = &facts.instruction(index).kind else {
        return Vec::new();
    };
    let scope = facts.stages.scope_at(index);
    let dir = scope.workdir.clone().unwrap_or_default();
    let expand = |word: &Word| scope.expand(word, facts.file.escape).known().map(str::to_owned);
    let Some(dest) = expand(&transfer.dest) else { return Vec::new() };
    let into = dest.ends_with('/') || dest == "." || transfer.sources.len() > 1;
    let dest = join(&dir, &dest);
    // Only `..` leads out of it, which quotes may hide and a variable may hold.
    let plain = |source: &Word| {
        !source.raw.contains("..") && !source.raw.contains(['$', '\\', '`', '"', '\''])
    };
    let is_wanted =
        wanted.range(dest.clone()..).next().is_some_and(|path| path.starts_with(dest.as_str()));
    if !is_wanted && transfer.sources.iter().all(plain) {
        return Vec::new();
    }
    let span = facts.instruction(index).span;
    let one = |source: &Word| {
        let written = expand(source)?;
        let name = written.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let copy =
            facts.copies.iter().find(|copy| copy.instruction == index && copy.written == written);
        let is_dir = copy.is_some_and(|copy| copy.is_directory(facts.project));
        let path = match () {
            () if name.is_empty() || name.contains('*') => return None,
            () if is_dir || !into => dest.clone(),
            () => join(&dest, name),
        };
        // The whole of a working directory is not one thing that was put there. A key that is removed later is a
        // leak, and told as one.
        let kept = wanted.contains(&path)
            && path != dir
            && path != "/"
            && secrets::credential_file(name).is_none();
        kept.then(|| {
            let bytes = copy.map(|copy| facts.bytes_taken(copy));
            Put { path, instruction: index, span, copied: true, bytes }
        })
    };
    transfer.sources.iter().filter_map(one).collect()
}

/// What a RUN downloads or clones, and does not remove itself.
fn fetched(facts: &Facts<'_>, index: usize, run: &Run) -> Vec<Put> {
    let programs = || run.commands.iter().filter_map(RunCommand::program);
    let fetches = programs().any(|name| matches!(name, "curl" | "wget" | "git"));
    if !fetches || programs().any(|name| matches!(name, "mv" | "cd" | "pushd")) {
        return Vec::new();
    }
    let dir = facts.stages.scope_at(index).workdir.clone().unwrap_or_default();
    let gone: Vec<String> =
        run.commands.iter().flat_map(|held| removed(facts, index, held, false)).collect();
    let target = |held: &RunCommand| -> Option<String> {
        let (name, args) = held.call()?;
        let args = args.as_slice();
        let behind = |flags: &[&str]| {
            let at = args.iter().position(|arg| flags.contains(arg))?;
            args.get(at + 1).copied()
        };
        match name {
            "curl" => behind(&[
                "-o", "--output", "-fsSLo", "-fsSo", "-Lo", "-sLo", "-fLo", "-sSLo", "-sSfLo",
            ])
            .map(str::to_owned)
            .or_else(|| {
                let named = |arg: &&&str| {
                    **arg == "--remote-name"
                        || arg.strip_prefix('-').is_some_and(|letters| {
                            letters.ends_with('O')
                                && letters.bytes().all(|c| b"fsSLkO#".contains(&c))
                        })
                };
                args.iter().find(named).and_then(|_| last_of_url(args))
            }),
            "wget" => behind(&["-O", "--output-document", "-qO", "-nvO"])
                .filter(|to| *to != "-")
                .map(str::to_owned)
                .or_else(|| {
                    let quiet = |arg: &&str| {
                        !arg.starts_with('-')
                            || matches!(*arg, "-q" | "-nv" | "--quiet" | "--no-verbose")
                            || arg.starts_with("--progress=")
                    };
                    args.iter().all(quiet).then(|| last_of_url(args)).flatten()
                }),
            "git" if args.first() == Some(&"clone") => {
                let plain: Vec<&str> =
                    args[1..].iter().copied().filter(|arg| !arg.starts_with('-')).collect();
                plain
                    .last()
                    .filter(|last| {
                        !last.contains("://")
                            && !last.contains('@')
                            && **last != "."
                            && plain.len() > 1
                    })
                    .map(|last| (*last).to_owned())
            }
            _ => None,
        }
    };
    run.commands
        .iter()
        .filter_map(|held| Some((held, join(&dir, &target(held)?))))
        .filter(|(_, path)| path.starts_with('/') && !path.contains('?') && !gone.contains(path))
        // What lies in a mount is in no layer.
        .filter(|(_, path)| !run_edits::is_mounted(facts, index, path))
        .map(|(held, path)| {
            let span = held.span;
            Put { path, instruction: index, span, copied: false, bytes: None }
        })
        .collect()
}

/// The file that a download is named after, where there is one address, and its path says it.
fn last_of_url(args: &[&str]) -> Option<String> {
    let mut urls = args.iter().filter(|arg| arg.contains("://") && !arg.contains(' '));
    let (url, None) = (urls.next()?, urls.next()) else { return None };
    let (_, path) = url.split_once("://").and_then(|(_, rest)| rest.split_once('/'))?;
    let name = path.rsplit('/').next()?;
    let is_plain =
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"._+-".contains(&c));
    is_plain.then(|| name.to_owned())
}
