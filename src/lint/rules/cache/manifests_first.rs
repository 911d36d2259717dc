//! The fix of SG301: copies the manifests first, and the sources behind the installation.

use super::{
    other_inputs::{has_other_inputs, reads_other_files, script},
    sg301_install_after_copy::{Broad, finds_project, has_mount, is_sent},
};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety},
        facts::{Facts, Install, Manager},
    },
    project::{
        dockerfile::{Flag, Kind},
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
    let Kind::Copy(transfer) = &holder.kind else { return None };
    let stage = facts.stages.of(install.instruction)?;
    let can_move = install.alone
        && !finds_project(install)
        && install.manifests_suffice
        && stage.body.contains(&copy.instruction)
        && transfer.sources.len() == 1
        && holder.flag("parents").is_none()
        && !has_mount(facts, install, "type=bind")
        && (copy.instruction + 1..install.instruction).all(|index| is_neutral(facts, index))
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
    let flags: String = holder.flags.iter().filter(|flag| flag.name != "exclude").fold(
        String::new(),
        |all, flag| {
            let Flag { span, .. } = flag;
            all + source.slice(*span) + " "
        },
    );
    let line_end = source.line_end();
    let manifests =
        format!("{} {flags}{} {dest}{line_end}", source.slice(holder.keyword), paths.join(" "));
    let whole = facts.lines_with_comments(holder.span);
    let behind = facts.lines_of(facts.instruction(install.instruction).span);
    let moved = source.slice(whole);
    let ends = source.slice(behind).ends_with('\n');
    let moved = if ends { moved.to_owned() } else { format!("{line_end}{}", moved.trim_end()) };
    let file = source.path().clone();
    Some(Fix {
        title: format!("copy {} first, and the rest behind `{}`", quoted(&paths), install.what),
        safety: Safety::Unsafe,
        edits: vec![
            Edit::Replace { file: file.clone(), span: whole, text: manifests },
            Edit::Replace { file, span: Span::at(behind.range().end), text: moved },
        ],
    })
}

fn quoted(paths: &[String]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
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
