//! Private keys that a RUN makes and leaves in the image.

use std::{
    cell::LazyCell,
    collections::{BTreeMap, BTreeSet},
};

use super::removed::{HOST_KEYS, Removed};
use crate::{
    lint::{
        facts::{Facts, Run, RunCommand, join},
        rules::base::run_edits,
    },
    project::{
        dockerfile::{Base, Kind},
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

/// Finds them in the image that is deployed: made there, or copied from the stage that makes them.
pub(super) fn all<'a>(facts: &'a Facts<'_>) -> Vec<MadeKey<'a>> {
    let own: LazyCell<BTreeSet<usize>, _> = LazyCell::new(|| facts.final_instructions().collect());
    let taken = LazyCell::new(|| Taken::of(facts, &own));
    let mut later = BTreeMap::new();
    let mut out = Vec::new();
    for (index, run) in &facts.runs {
        let gone = LazyCell::new(|| Gone::of(run));
        for held in &run.commands {
            let Some((file, kind)) = made(held) else { continue };
            let dir = facts.stages.scope_at(*index).workdir.as_deref().unwrap_or_default();
            let path = match file.strip_prefix("~/") {
                Some(rest) => format!("/root/{rest}"),
                None => join(dir, &file),
            };
            let Some(stage) = facts.stages.of(*index).map(|stage| stage.index) else { continue };
            if held.command.place.function.is_some()
                || run_edits::is_mounted(facts, *index, &path)
                || gone.takes(held, &file, &path)
            {
                continue;
            }
            let mut copied = None;
            if !own.contains(index) {
                let moved = !file.starts_with(['/', '~']) && gone.enters_before(held);
                let later = later.entry(stage).or_insert_with(|| in_stage(facts, stage));
                let kept = later.file(&file, &path).is_none_or(|last| last <= *index);
                copied = taken.find(facts, stage, &path).filter(|_| kept && !moved);
                if copied.is_none() {
                    continue;
                }
            }
            out.push(MadeKey { held, file, kind, copied });
        }
    }
    out
}

/// The file of the private key that a command makes, and what it is for.
fn made(held: &RunCommand) -> Option<(String, KeyKind)> {
    if !matches!(held.program()?, "ssh-keygen" | "openssl") {
        return None;
    }
    match held.call()? {
        ("ssh-keygen", args) => {
            let file = made_by_ssh(&args)?;
            let host = file.starts_with(HOST_KEYS);
            Some((file, if host { KeyKind::Host } else { KeyKind::User }))
        }
        ("openssl", args) => Some((made_by_openssl(&args, held)?, KeyKind::Tls)),
        _ => None,
    }
}

/// What the RUNs of a stage delete, by their instructions.
fn in_stage(facts: &Facts<'_>, stage: usize) -> Removed {
    let mut removed = Removed::default();
    for (index, run) in facts.runs_in(facts.stages.stages[stage].body.clone()) {
        run.commands.iter().for_each(|held| removed.add(held, index));
    }
    removed
}

/// What a RUN takes away again: by itself, or with the directory that it has entered.
struct Gone {
    removed: Removed,
    /// Where each directory is entered, ascending, and where one of those up to it goes last.
    entered: Vec<(usize, Option<usize>)>,
}

impl Gone {
    fn of(run: &Run) -> Self {
        let mut removed = Removed::default();
        run.commands.iter().for_each(|held| removed.add(held, held.command.range.start));
        let enters = run.commands.iter().filter_map(|held| match held.call()? {
            ("cd" | "pushd", args) => Some((held.command.range.start, removed.path(args.first()?))),
            _ => None,
        });
        let mut entered: Vec<(usize, Option<usize>)> = enters.collect();
        entered.sort_unstable();
        let mut last = None;
        for (_, gone) in &mut entered {
            last = last.max(*gone);
            *gone = last;
        }
        Self { removed, entered }
    }

    /// How many directories are entered in front of a command.
    fn before(&self, held: &RunCommand) -> usize {
        self.entered.partition_point(|(at, _)| *at < held.command.range.start)
    }

    fn enters_before(&self, held: &RunCommand) -> bool {
        self.before(held) > 0
    }

    /// Whether the key that a command makes goes in one behind it.
    fn takes(&self, held: &RunCommand, file: &str, path: &str) -> bool {
        let dir = self.before(held).checked_sub(1).and_then(|at| self.entered[at].1);
        self.removed.file(file, path).max(dir) > Some(held.command.range.start)
    }
}

/// What COPYs of the image that is deployed take of other stages: by path, from which stage.
struct Taken(BTreeMap<String, BTreeMap<usize, Span>>);

impl Taken {
    fn of(facts: &Facts<'_>, own: &BTreeSet<usize>) -> Self {
        let mut out: BTreeMap<String, BTreeMap<usize, Span>> = BTreeMap::new();
        for &at in own {
            let instruction = facts.instruction(at);
            let Kind::Copy(transfer) = &instruction.kind else { continue };
            let from = instruction.flag("from").and_then(|flag| flag.value.as_ref());
            let (Some(from), Some(stage)) = (from, facts.stages.of(at)) else { continue };
            let Base::Stage(from) = facts.stages.source_of(stage.index, &from.raw) else {
                continue;
            };
            if instruction.flag("exclude").is_some() {
                continue;
            }
            for source in &transfer.sources {
                let expanded = facts.stages.scope_at(at).expand(source, facts.file.escape);
                let Some(known) = expanded.known() else { continue };
                let places = out.entry(join("/", known).trim_end_matches('/').to_owned());
                places.or_default().entry(from).or_insert(source.span);
            }
        }
        Self(out)
    }

    /// The source that takes a file of a stage, or a directory above it.
    fn find(&self, facts: &Facts<'_>, stage: usize, path: &str) -> Option<Span> {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]);
        let places = above.filter_map(|path| self.0.get(path)).flatten();
        let holds = |from: usize| facts.stages.lineage(from).contains(&stage);
        let taking = places.filter(|(from, _)| holds(**from)).map(|(_, span)| *span);
        taking.min_by_key(|span| span.start)
    }
}

/// The file of the key that `ssh-keygen` makes with these arguments; `None` where it does something
/// else, or nobody knows.
fn made_by_ssh(args: &[&str]) -> Option<String> {
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
        return behind("-f").is_none().then(|| HOST_KEYS.to_owned());
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
