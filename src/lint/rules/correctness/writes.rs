//! What commands write, and as which user.

use std::collections::BTreeMap;

use crate::lint::{
    diagnostic::Location,
    facts::{Facts, Run, join},
};

/// Something that writes.
pub(super) struct Write {
    /// Where.
    pub(super) location: Location,
    /// `npm install`.
    pub(super) what: String,
    /// Exactly the path; otherwise to any place below it.
    pub(super) exact: bool,
}

/// Words of an ENTRYPOINT or CMD that are looked at.
const WORDS: usize = 256;

/// What is written behind a COPY, by user and path.
pub(super) type Writes = BTreeMap<(String, String), Write>;

/// The user that an instruction runs as, where it is known and not root.
pub(super) fn user<'a>(facts: &'a Facts<'_>, index: usize) -> Option<&'a str> {
    name(facts.stages.scope_at(index).user.as_deref()?)
}

fn name(user: &str) -> Option<&str> {
    let name = user.split(':').next().unwrap_or(user);
    (!name.contains('$') && !matches!(name, "" | "root" | "0")).then_some(name)
}

/// Adds what a RUN writes as a user that is not root.
pub(super) fn by_run(facts: &Facts<'_>, index: usize, run: &Run, writes: &mut Writes) {
    let Some(user) = user(facts, index) else { return };
    let mut dir = facts.stages.scope_at(index).workdir.clone();
    for held in &run.commands {
        if held.command.words.first().and_then(|word| word.literal.as_deref()) == Some("sudo") {
            continue;
        }
        let mut add = |path: &str, what: String, exact: bool| {
            // A relative path counts from a directory that may not be known.
            let path = match &dir {
                Some(dir) => join(dir, path),
                None if path.starts_with('/') => join("/", path),
                None => return,
            };
            let write = Write { location: facts.at(held.span), what, exact };
            writes.insert((user.to_owned(), path), write);
        };
        for redirect in &held.command.redirects {
            if let (">" | ">>", Some(path)) = (redirect.operator, &redirect.target.literal) {
                add(path, format!("{} {path}", redirect.operator), true);
            }
        }
        let Some((name, args)) = held.call() else { continue };
        if name == "cd" {
            let to = args.first().filter(|to| **to != "?" && **to != "-");
            dir = to.and_then(|to| match &dir {
                Some(dir) => Some(join(dir, to)),
                None => to.starts_with('/').then(|| join("/", to)),
            });
        } else if let Some(what) = here(name, &args) {
            add(".", what, false);
        } else if matches!(name, "mkdir" | "touch" | "tee") {
            for path in args.iter().filter(|arg| !arg.starts_with('-') && **arg != "?") {
                add(path, name.to_owned(), true);
            }
        }
    }
}

/// What the start of the container writes to the directory that it begins in.
pub(super) fn by_start(facts: &Facts<'_>, writes: &mut Writes) {
    let Some(last) = facts.stages.last() else { return };
    let scope = facts.stages.scope_after(last.index);
    let (Some(user), Some(workdir)) = (scope.user.as_deref().and_then(name), &scope.workdir) else {
        return;
    };
    let mut add = |location: Location, what: String| {
        let write = Write { location, what, exact: false };
        writes.insert((user.to_owned(), workdir.clone()), write);
    };
    let serves = |words: &[&str]| -> Option<String> {
        let (name, args) = words.split_first()?;
        here(name, args).or_else(|| develops(name, args))
    };
    for started in &facts.start.commands {
        let words: Vec<&str> = started
            .command
            .words
            .iter()
            .map(|word| word.literal.as_deref().unwrap_or("?"))
            .collect();
        if let Some(what) = serves(&words) {
            add(started.location.clone(), what);
        }
    }
    for index in [scope.entrypoint, scope.cmd].into_iter().flatten() {
        let instruction = facts.instruction(index);
        let text = &instruction.args.text;
        let words: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || "[]\",'&;()".contains(c))
            .filter(|word| !word.is_empty())
            .take(WORDS)
            .collect();
        if let Some(what) = (0..words.len()).find_map(|at| serves(&words[at..])) {
            add(facts.at(instruction.span), what);
        }
    }
}

/// A development server: the sources beside it are there to be changed.
fn develops(name: &str, args: &[&str]) -> Option<String> {
    let args = if args.first() == Some(&"run") { &args[1..] } else { args };
    let dev = args.first().is_some_and(|arg| *arg == "dev" || arg.starts_with("dev:"));
    (dev && matches!(name, "npm" | "yarn" | "pnpm" | "bun" | "next" | "nuxt" | "astro"))
        .then(|| format!("{name} {}dev", if name == "npm" { "run " } else { "" }))
}

/// A command that writes into the directory that it runs in: what it is called.
fn here(name: &str, args: &[&str]) -> Option<String> {
    let mut words = args.iter().copied().filter(|arg| !arg.starts_with('-'));
    let (verb, next) = (words.next(), words.next());
    let global = args.iter().any(|arg| matches!(*arg, "-g" | "--global" | "-t" | "--target"));
    let writes = match (name, verb) {
        ("npm" | "yarn" | "pnpm" | "bun", Some("install" | "i" | "ci" | "add")) => !global,
        ("npm" | "yarn" | "pnpm" | "bun", Some("run")) => {
            next.is_some_and(|n| n.starts_with("build"))
        }
        (
            "yarn" | "pnpm" | "next" | "vite" | "nuxt" | "astro" | "cargo" | "dotnet",
            Some("build"),
        )
        | ("uv", Some("sync" | "venv"))
        | ("poetry" | "composer", Some("install"))
        | ("git", Some("init")) => true,
        ("make" | "mvn" | "mvnw" | "gradle" | "gradlew" | "tsc", _) => true,
        ("pip" | "pip3", Some("install")) => args.windows(2).any(|pair| pair == ["-e", "."]),
        _ => false,
    };
    let verb = verb.map_or_else(String::new, |verb| format!(" {verb}"));
    let next = next.filter(|_| verb == " run").map_or_else(String::new, |next| format!(" {next}"));
    writes.then(|| format!("{name}{verb}{next}"))
}
