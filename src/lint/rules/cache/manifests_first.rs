//! The fix of SG301: copies the manifests first, and the sources behind the installation.

use super::{
    moves,
    other_inputs::{has_other_inputs, reads_other_files, script},
    sg301_install_after_copy::{Broad, finds_project, has_mount, is_sent},
};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety},
        facts::{Facts, Install, Manager, Run, join},
    },
    project::{
        dockerfile::{Instruction, Kind},
        path::ContextPath,
        source::Span,
    },
};

/// Copies the manifests in place of the sources, and the sources behind the installation.
pub(super) fn fix(
    facts: &Facts<'_>,
    install: &Install,
    copy: &Broad,
    dir: &ContextPath,
) -> Option<Fix> {
    let holder = facts.instruction(copy.instruction);
    let (Kind::Copy(transfer) | Kind::Add(transfer)) = &holder.kind else { return None };
    // What an absolute destination is does not depend on the WORKDIR; COPY gives files to root, whoever
    // the USER is.
    let moves_over = |index: usize| match &facts.instruction(index).kind {
        Kind::Workdir(_) => transfer.dest.raw.starts_with('/'),
        Kind::User(_) => true,
        _ => is_neutral(facts, index),
    };
    let stage = facts.stages.of(install.instruction)?;
    let can_move = install.alone
        && !finds_project(install)
        && install.manifests_suffice
        && stage.body.contains(&copy.instruction)
        && transfer.sources.len() == 1
        && holder.flag("parents").is_none()
        && !has_mount(facts, install, "type=bind")
        && (copy.instruction + 1..install.instruction).all(moves_over)
        && facts.installs.iter().all(|other| {
            other.instruction != install.instruction || other.manager == install.manager
        });
    if !can_move
        || has_other_inputs(facts, install, dir)
        || reads_other_files(facts, install, dir)
        || script(facts, install, dir).is_some()
    {
        return None;
    }
    let sent = |name: &&String| is_sent(facts, &dir.join(name));
    let names: Vec<&String> =
        install.main_files.iter().chain(&install.other_files).filter(sent).collect();
    let named_by_command = matches!(install.manager, Manager::Pip | Manager::Dotnet);
    let is_complete = match install.manager {
        _ if named_by_command => {
            names.len() == install.main_files.len() + install.other_files.len()
        }
        Manager::Npm if install.what == "npm ci" => {
            names.iter().any(|name| name.ends_with("lock.json") || name.ends_with("wrap.json"))
        }
        _ => true,
    };
    let paths: Vec<String> = names.iter().map(|name| dir.join(name).as_str().to_owned()).collect();
    let is_plain =
        |path: &String| !path.contains(|c: char| c.is_whitespace() || "*?[]\\$`\"'".contains(c));
    if !is_complete || !paths.iter().all(is_plain) {
        return None;
    }
    let source = &facts.file.source;
    let below = dir.strip_prefix(copy.from.as_str()).unwrap_or_default().trim_matches('/');
    let mut dest = transfer.dest.raw.trim_end_matches('/').to_owned();
    if transfer.json && !is_plain(&dest) {
        return None;
    }
    dest.push('/');
    if !below.is_empty() {
        dest.push_str(below);
        dest.push('/');
    }
    let flags = flags(facts, holder);
    let line_end = source.line_end();
    let keyword = match source.slice(holder.keyword) {
        "ADD" => "COPY",
        "add" => "copy",
        own => own,
    };
    let mut manifests = format!(
        "{}{keyword} {flags}{} {dest}{line_end}",
        facts.indent(copy.instruction),
        paths.join(" ")
    );
    let file = source.path().clone();
    let mut edits = Vec::new();
    match above(facts, copy.instruction, &paths, &dest) {
        Above::Nothing => (),
        Above::Some(lines) => {
            edits.push(Edit::Replace { file: file.clone(), span: lines, text: String::new() });
        }
        Above::All => manifests.clear(),
    }
    let whole = facts.lines_with_comments(holder.span);
    let behind = facts.lines_of(facts.instruction(install.instruction).span);
    let moved = source.slice(whole);
    let ends = source.slice(behind).ends_with('\n');
    let moved = if ends { moved.to_owned() } else { format!("{line_end}{}", moved.trim_end()) };
    // A change of the manifests leaves packages of the system alone that are installed between.
    let target = (copy.instruction + 1..install.instruction)
        .find(|index| facts.runs.get(index).is_some_and(calls_corepack))
        .unwrap_or(install.instruction);
    if facts.runs_in(copy.instruction + 1..target).next().is_none() {
        edits.push(Edit::Replace { file: file.clone(), span: whole, text: manifests });
    } else {
        let at = facts.lines_with_comments(facts.instruction(target).span).range().start;
        let span = moves::cut(facts, whole, at);
        edits.push(Edit::Replace { file: file.clone(), span, text: String::new() });
        edits.push(Edit::Replace { file: file.clone(), span: Span::at(at), text: manifests });
    }
    edits.push(Edit::Replace { file, span: Span::at(behind.range().end), text: moved });
    Some(Fix {
        title: format!("copy {} first, and the rest behind `{}`", quoted(&paths), install.what),
        safety: Safety::Unsafe,
        edits,
    })
}

/// The flags of a COPY or ADD that hold for its manifests, too; not those that COPY does not have.
fn flags(facts: &Facts<'_>, holder: &Instruction) -> String {
    let kept = holder.flags.iter().filter(|flag| {
        !matches!(flag.name.as_str(), "exclude" | "checksum" | "keep-git-dir" | "unpack")
    });
    kept.map(|flag| format!("{} ", facts.file.source.slice(flag.span))).collect()
}

/// What a COPY right above the sources brings of the manifests.
enum Above {
    Nothing,
    /// Some of them and nothing else: its lines.
    Some(Span),
    All,
}

fn above(facts: &Facts<'_>, sources: usize, paths: &[String], dest: &str) -> Above {
    let Some(index) = sources.checked_sub(1) else { return Above::Nothing };
    let (holder, own) = (facts.instruction(index), facts.instruction(sources));
    let Kind::Copy(transfer) = &holder.kind else { return Above::Nothing };
    let workdir = facts.stages.scope_at(index).workdir.clone().unwrap_or_default();
    let to = |dest: &str| join(&workdir, dest).trim_end_matches('/').to_owned();
    if holder.flag("from").is_some()
        || !holder.heredocs.is_empty()
        || flags(facts, holder) != flags(facts, own)
        || to(&transfer.dest.raw) != to(dest)
    {
        return Above::Nothing;
    }
    let copies = facts.copies.iter().filter(|copy| copy.instruction == index);
    let taken: Vec<_> = copies.flat_map(|copy| facts.taken(copy)).collect();
    let brings = |path: &String| taken.iter().any(|entry| entry.path.as_str() == path);
    if paths.iter().all(brings) {
        Above::All
    } else if !taken.is_empty()
        && taken.iter().all(|entry| paths.iter().any(|path| *path == *entry.path))
    {
        Above::Some(facts.lines(index))
    } else {
        Above::Nothing
    }
}

fn quoted(paths: &[String]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}

/// It may read the version of the package manager in the manifest.
fn calls_corepack(run: &Run) -> bool {
    run.commands.iter().any(|held| held.program() == Some("corepack"))
}

/// Whether the sources can move behind an instruction.
fn is_neutral(facts: &Facts<'_>, index: usize) -> bool {
    match &facts.instruction(index).kind {
        Kind::Env(_) | Kind::Arg(_) | Kind::Label(_) | Kind::Expose(_) => true,
        Kind::Run(_) => facts.runs.get(&index).is_some_and(|run| {
            !run.commands.is_empty()
                && run.commands.iter().all(|run| {
                    matches!(run.command.base_name(), Some("apt-get" | "apk" | "corepack" | "set"))
                        || run.command.base_name() == Some("rm")
                            && run.command.words[1..].iter().all(|word| {
                                word.raw.starts_with('-') || word.raw.starts_with("/var/")
                            })
                })
        }),
        _ => false,
    }
}
