//! Private keys that a RUN makes and leaves in the image.

use super::sg207_login_in_build::covers;
use crate::{
    lint::{
        facts::{Facts, Run, RunCommand, join},
        rules::base::run_edits,
    },
    project::{
        dockerfile::{Base, Kind},
        script::base,
        source::Span,
    },
};

/// Such a key.
pub(super) struct MadeKey<'a> {
    /// The command that makes it.
    pub(super) held: &'a RunCommand,
    /// As it is named there.
    pub(super) file: String,
    /// What it is for.
    pub(super) kind: KeyKind,
    /// Where it is copied from the stage that makes it, unless that is the image.
    pub(super) copied: Option<Span>,
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

/// Finds them in the image that is deployed: made there, or copied from the stage that makes them.
pub(super) fn all<'a>(facts: &'a Facts<'_>) -> Vec<MadeKey<'a>> {
    let keys = facts
        .runs
        .iter()
        .flat_map(|(index, run)| run.commands.iter().map(move |held| (*index, run, held)));
    keys.filter_map(|(index, run, held)| {
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
        if gone {
            return None;
        }
        let stage = facts.stages.of(index)?.index;
        let copied = if facts.final_instructions().any(|own| own == index) {
            None
        } else {
            let moved = !file.starts_with(['/', '~']) && entered(run, held).next().is_some();
            Some(taken(facts, stage, index, &file, &path).filter(|_| !moved)?)
        };
        Some(MadeKey { held, file, kind, copied })
    })
    .collect()
}

/// The source of a COPY of the image that takes the file from the stage, where no RUN in between removes
/// it.
fn taken(facts: &Facts<'_>, stage: usize, index: usize, file: &str, path: &str) -> Option<Span> {
    let mut later = facts.runs_in(index + 1..facts.stages.stages.get(stage)?.body.end);
    if later.any(|(_, run)| run.commands.iter().any(|held| removes(held, &[], file, path))) {
        return None;
    }
    facts.final_instructions().find_map(|at| {
        let instruction = facts.instruction(at);
        let Kind::Copy(transfer) = &instruction.kind else { return None };
        let from = instruction.flag("from")?.value.as_ref()?;
        let Base::Stage(from) = facts.stages.source_of(facts.stages.of(at)?.index, &from.raw)
        else {
            return None;
        };
        let holds =
            facts.stages.lineage(from).contains(&stage) && instruction.flag("exclude").is_none();
        transfer.sources.iter().filter(|_| holds).find_map(|source| {
            let expanded = facts.stages.scope_at(at).expand(source, facts.file.escape);
            let dir = join("/", expanded.known()?);
            let rest = path.strip_prefix(dir.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then_some(source.span)
        })
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
        let output = outputs.find(|redirect| matches!(redirect.operator, ">" | ">|"))?;
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

/// The directories that the RUN enters in front of a command.
fn entered<'a>(run: &'a Run, before: &RunCommand) -> impl Iterator<Item = &'a str> {
    let end = before.command.range.start;
    let ahead = run.commands.iter().filter(move |other| other.command.range.start < end);
    ahead
        .filter(|other| matches!(other.program(), Some("cd" | "pushd")))
        .filter_map(|other| other.call()?.1.first().copied())
}

/// Whether the RUN takes the key away again: the file, or the directory that it lies in.
fn is_removed(run: &Run, made: &RunCommand, file: &str, path: &str) -> bool {
    let entered: Vec<&str> = entered(run, made).collect();
    run.commands.iter().any(|other| {
        other.command.range.start > made.command.range.start && removes(other, &entered, file, path)
    })
}

/// Whether a command removes the file, or one of these directories.
fn removes(held: &RunCommand, dirs: &[&str], file: &str, path: &str) -> bool {
    matches!(held.program(), Some("rm" | "shred" | "unlink" | "find" | "mv"))
        && held.call().is_some_and(|(_, args)| {
            args.iter().any(|arg| {
                let (stem, end) = base(arg).split_once('*').unwrap_or((base(arg), ""));
                let named = base(file).starts_with(stem) && base(file).ends_with(end);
                covers(arg, file)
                    || covers(arg, path)
                    || dirs.iter().any(|dir| covers(arg, dir))
                    || named && !(stem.is_empty() && end.is_empty())
                    || file.starts_with(HOST) && arg.contains("/etc/ssh")
            })
        })
}
