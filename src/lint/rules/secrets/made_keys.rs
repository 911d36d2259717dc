//! Private keys that a RUN makes and leaves in the image.

use super::sg207_login_in_build::covers;
use crate::{
    lint::{
        facts::{Facts, Run, RunCommand, join},
        rules::base::run_edits,
    },
    project::script::base,
};

/// Such a key.
pub(super) struct MadeKey<'a> {
    /// The command that makes it.
    pub(super) held: &'a RunCommand,
    /// As it is named there.
    pub(super) file: String,
    /// Whether these are the keys of an SSH server.
    pub(super) of_host: bool,
}

/// Where the keys of a server lie.
const HOST: &str = "/etc/ssh/ssh_host_";

/// Finds them in the image that is deployed.
pub(super) fn all<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = MadeKey<'a>> {
    facts.final_commands().filter_map(|(index, run, held)| {
        let ("ssh-keygen", args) = held.call()? else { return None };
        let file = made(&args)?;
        let dir = facts.stages.scope_at(index).workdir.clone().unwrap_or_default();
        let path = match file.strip_prefix("~/") {
            Some(rest) => format!("/root/{rest}"),
            None => join(&dir, &file),
        };
        let gone = held.command.place.function.is_some()
            || run_edits::is_mounted(facts, index, &path)
            || is_removed(run, held, &file);
        (!gone).then(|| MadeKey { held, of_host: file.starts_with(HOST), file })
    })
}

/// The file of the key that `ssh-keygen` makes with these arguments; `None` where it does something
/// else, or nobody knows.
fn made(args: &[&str]) -> Option<String> {
    // `-R host`, `-y -f key`, `-s ca key.pub`, …
    let other = |arg: &&str| {
        let letter = arg.strip_prefix('-').and_then(|rest| rest.chars().next());
        letter.is_some_and(|letter| "BcDeFHiIkKlLMpQRrsuUyY".contains(letter))
    };
    if args.iter().any(other) {
        return None;
    }
    let behind = |flag: &str| {
        let at = args.iter().position(|arg| *arg == flag)?;
        args.get(at + 1).copied()
    };
    if args.contains(&"-A") {
        // another root directory
        return behind("-f").is_none().then(|| HOST.to_owned());
    }
    match (behind("-f"), behind("-t")) {
        (Some("?"), _) | (None, None) => None,
        (Some(file), _) => Some(file.to_owned()),
        (None, Some(kind)) => Some(format!("~/.ssh/id_{kind}")),
    }
}

/// Whether the RUN takes the key away again.
fn is_removed(run: &Run, made: &RunCommand, file: &str) -> bool {
    run.commands.iter().any(|other| {
        other.command.range.start > made.command.range.start
            && matches!(other.program(), Some("rm" | "shred" | "unlink" | "find" | "mv"))
            && other.call().is_some_and(|(_, args)| {
                args.iter().any(|arg| {
                    let stem = base(arg).split('*').next().unwrap_or("");
                    covers(arg, file)
                        || !stem.is_empty() && base(file).starts_with(stem)
                        || file.starts_with(HOST) && arg.contains("/etc/ssh")
                })
            })
    })
}
