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
    /// What it is for.
    pub(super) kind: KeyKind,
}

/// What a private key is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// The keys of an SSH server.
    Host,
    /// Whoever logs in by SSH.
    User,
    /// What `openssl` makes: certificates and signatures.
    Tls,
}

/// Where the keys of a server lie.
const HOST: &str = "/etc/ssh/ssh_host_";

/// Finds them in the image that is deployed.
pub(super) fn all<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = MadeKey<'a>> {
    facts.final_commands().filter_map(|(index, run, held)| {
        let (file, kind) = match held.call()? {
            ("ssh-keygen", args) => {
                let file = made(&args)?;
                let host = file.starts_with(HOST);
                (file, if host { KeyKind::Host } else { KeyKind::User })
            }
            ("openssl", args) => (made_by_openssl(&args, held)?, KeyKind::Tls),
            _ => return None,
        };
        let dir = facts.stages.scope_at(index).workdir.clone().unwrap_or_default();
        let path = match file.strip_prefix("~/") {
            Some(rest) => format!("/root/{rest}"),
            None => join(&dir, &file),
        };
        let gone = held.command.place.function.is_some()
            || run_edits::is_mounted(facts, index, &path)
            || is_removed(run, held, &file, &path);
        (!gone).then_some(MadeKey { held, file, kind })
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

/// The file of the private key that `openssl` makes with these arguments, where that is known.
fn made_by_openssl(args: &[&str], held: &RunCommand) -> Option<String> {
    let (verb, args) = args.split_first()?;
    let has = |flag: &str| args.contains(&flag);
    let behind = |flag: &str| {
        let at = args.iter().position(|arg| *arg == flag)?;
        args.get(at + 1).copied()
    };
    // Encrypted with what the image does not hold.
    if behind("-passout").is_some_and(|from| !from.starts_with("pass:")) {
        return None;
    }
    let written = || {
        let mut outputs = held.command.redirects.iter();
        let output = outputs.find(|redirect| matches!(&*redirect.operator, ">" | ">|"))?;
        output.target.literal.as_deref()
    };
    let file = match *verb {
        "req" if has("-newkey") || (has("-x509") || has("-new")) && !has("-key") => {
            behind("-keyout").unwrap_or("privkey.pem")
        }
        "genrsa" => behind("-out").or_else(written)?,
        "genpkey" if !has("-genparam") => behind("-out").or_else(written)?,
        "ecparam" if has("-genkey") => behind("-out").or_else(written)?,
        _ => return None,
    };
    let known = !matches!(file, "?" | "-" | "") && !file.starts_with("/dev/");
    known.then(|| file.to_owned())
}

/// Whether the RUN takes the key away again: the file, or the directory that it lies in.
fn is_removed(run: &Run, made: &RunCommand, file: &str, path: &str) -> bool {
    let entered = run.commands.iter().filter(|other| {
        other.command.range.start < made.command.range.start
            && matches!(other.program(), Some("cd" | "pushd"))
    });
    let entered: Vec<&str> = entered.filter_map(|other| other.call()?.1.first().copied()).collect();
    run.commands.iter().any(|other| {
        other.command.range.start > made.command.range.start
            && matches!(other.program(), Some("rm" | "shred" | "unlink" | "find" | "mv"))
            && other.call().is_some_and(|(_, args)| {
                args.iter().any(|arg| {
                    let (stem, end) = base(arg).split_once('*').unwrap_or((base(arg), ""));
                    let named = base(file).starts_with(stem) && base(file).ends_with(end);
                    covers(arg, file)
                        || covers(arg, path)
                        || entered.iter().any(|dir| covers(arg, dir))
                        || named && !(stem.is_empty() && end.is_empty())
                        || file.starts_with(HOST) && arg.contains("/etc/ssh")
                })
            })
    })
}
