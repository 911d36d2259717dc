//! Whether an installation ends because its lock file is surely not there.

use crate::{
    lint::facts::{Facts, Install, Manager, Run, RunCommand},
    project::dockerfile::{Base, Kind},
};

/// The command, where it ends without a lock file and nothing above it may have brought one.
pub(super) fn stops(
    facts: &Facts<'_>,
    install: &Install,
    run: &Run,
    held: &RunCommand,
    files: &[&str],
) -> Option<String> {
    let (name, args) = held.call()?;
    let option = |options: &[&str]| args.iter().copied().find(|arg| options.contains(arg));
    let verb = args.iter().copied().find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let command = match install.manager {
        Manager::Npm => ["ci", "clean-install", "install-clean"]
            .contains(&verb)
            .then(|| format!("{name} {verb}")),
        Manager::Uv if verb == "sync" => {
            option(&["--frozen", "--locked"]).map(|option| format!("{name} sync {option}"))
        }
        Manager::Pnpm if matches!(verb, "install" | "i") => {
            option(&["--frozen-lockfile"]).map(|option| format!("{name} install {option}"))
        }
        _ => None,
    }?;
    let stage = facts.stages.of(install.instruction)?;
    let at = run.commands.iter().position(|other| other.span == held.span)?;
    let known = matches!(stage.base, Base::Image(_))
        && facts.references.get(stage.index)?.as_ref()?.official().is_some()
        && run.is_unguarded(at)
        && facts.instruction(install.instruction).flag("mount").is_none()
        && run.commands[..at].iter().all(is_harmless)
        && (stage.body.start..install.instruction).all(|index| brings_none(facts, index, files));
    known.then_some(command)
}

/// Whether an instruction surely brings none of the files.
fn brings_none(facts: &Facts<'_>, index: usize, files: &[&str]) -> bool {
    let instruction = facts.instruction(index);
    match &instruction.kind {
        Kind::Run(_) => facts.runs.get(&index).is_some_and(|run| {
            instruction.flag("mount").is_none()
                && !run.script.has_errors
                && !run.commands.is_empty()
                && run.commands.iter().all(is_harmless)
        }),
        Kind::Copy(transfer) | Kind::Add(transfer) => {
            let copies = || facts.copies.iter().filter(|copy| copy.instruction == index);
            instruction.flag("from").is_none()
                && instruction.heredocs.is_empty()
                && copies().count() == transfer.sources.len()
                && !copies()
                    .flat_map(|copy| facts.taken(copy))
                    .any(|entry| entry.excluded.is_none() && files.contains(&entry.path.name()))
        }
        _ => true,
    }
}

/// Commands that write no lock file.
fn is_harmless(held: &RunCommand) -> bool {
    let Some((name, args)) = held.call() else { return held.command.words.is_empty() };
    match name {
        "apt-get" | "apt" | "apk" | "rm" | "mkdir" | "set" | "echo" | "chown" | "chmod"
        | "groupadd" | "useradd" | "addgroup" | "adduser" | "pip" | "pip3" => {
            held.command.redirects.is_empty()
        }
        "corepack" => args.iter().any(|arg| matches!(*arg, "enable" | "prepare")),
        "npm" => args.iter().any(|arg| matches!(*arg, "-g" | "--global" | "config")),
        _ => false,
    }
}
