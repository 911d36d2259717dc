//! A RUN calls a program that its base image surely does not have.

use std::collections::{BTreeMap, BTreeSet};

use super::super::brought;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, ImageFs, PackageCall, Packager, Root, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Command, Kind},
        image::{
            ImageRef,
            commands::{self, Commands},
        },
        path::absolute,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG731",
    name: "missing-command-in-run",
    family: Family::Correctness,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG731.md"),
    check,
};

/// What languages bring, and official images of others that surely lack it.
const LANGUAGES: &[(&[&str], &[&str], &str)] = &[
    (
        &["node", "npm", "npx"],
        &["alpine", "debian", "golang", "python", "rust", "ubuntu"],
        "start the stage from `node:24-slim`, or install Node.js first",
    ),
    (
        &["pip", "pip3"],
        &["alpine", "debian", "golang", "node", "rust", "ubuntu"],
        "start the stage from `python:3.13-slim`, or install Python first",
    ),
    (
        &["go"],
        &["alpine", "debian", "node", "python", "rust", "ubuntu"],
        "build in a stage from `golang:1.26`, and copy the program from it",
    ),
    (
        &["cargo"],
        &["alpine", "debian", "golang", "node", "python", "ubuntu"],
        "build in a stage from `rust:1`, and copy the program from it",
    ),
    (
        &["sudo"],
        &["alpine", "debian", "golang", "node", "php", "python", "ruby", "rust", "ubuntu"],
        "remove `sudo`: a RUN is root unless a USER above says otherwise",
    ),
];

/// Packages that bring no other command of those that are looked for than one of their own name, or
/// `nc`.
const PLAIN_PACKAGES: &[&str] = &[
    "bash",
    "build-base",
    "build-essential",
    "bzip2",
    "ca-certificates",
    "curl",
    "dumb-init",
    "g++",
    "gcc",
    "git",
    "gnupg",
    "gnupg2",
    "jq",
    "less",
    "libc6-compat",
    "libpq-dev",
    "libpq5",
    "libssl-dev",
    "libstdc++",
    "locales",
    "make",
    "musl-dev",
    "nano",
    "netcat-openbsd",
    "netcat-traditional",
    "openssh-client",
    "openssl",
    "pkg-config",
    "procps",
    "sudo",
    "tini",
    "tzdata",
    "unzip",
    "wget",
    "xz-utils",
    "zip",
];

/// Where programs are looked for in official images.
const FOLDERS: &[&str] = &[
    "/bin",
    "/go/bin",
    "/sbin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/cargo/bin",
    "/usr/local/go/bin",
    "/usr/local/sbin",
    "/usr/sbin",
];

/// Commands that bring no program.
const PLAIN_COMMANDS: &[&str] = &[
    ":", "[", "addgroup", "adduser", "cat", "cd", "chgrp", "chmod", "chown", "echo", "exit",
    "export", "false", "groupadd", "groupmod", "id", "ls", "mkdir", "mkfifo", "printf", "pwd",
    "rm", "rmdir", "set", "sleep", "test", "touch", "true", "umask", "unset", "useradd", "usermod",
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    // A stage goes on where the one that it stands on ended, if all is known there.
    let mut ends: BTreeMap<usize, Installed<'_>> = BTreeMap::new();
    for stage in facts.stages.needed() {
        let Some(fs) = facts.images.get(stage) else { continue };
        let Root::Official(image) = &fs.root else { continue };
        let Some(reference) = ImageRef::parse(image) else { continue };
        let Some(known) = commands::commands(&reference) else { continue };
        let below = match facts.stages.stages[stage].base {
            Base::Stage(below) => ends.get(&below).cloned(),
            _ => Some(Installed::new()),
        };
        let Some(installed) = below else { continue };
        let base = Image { name: reference.official().unwrap_or_default(), image, known };
        if let Some(end) = first(facts, stage, fs, &base, installed, sink) {
            ends.insert(stage, end);
        }
    }
}

/// The packages that are known to be there.
type Installed<'a> = BTreeSet<&'a str>;

/// What a stage stands on.
struct Image<'a> {
    name: &'a str,
    image: &'a str,
    known: Commands,
}

impl Image<'_> {
    /// What to do about a command that it lacks; `None` where it may have it.
    fn lacks(&self, command: &str) -> Option<String> {
        let of_language = LANGUAGES.iter().find(|(commands, ..)| commands.contains(&command));
        if let Some((_, without, help)) = of_language {
            return without.contains(&self.name).then(|| (*help).to_owned());
        }
        if self.known.has(command) != Some(false) {
            return None;
        }
        let line = brought::install(self.known.package_manager(), command);
        Some(line.map_or_else(|| "bring it first".to_owned(), |line| format!("add `{line}` above")))
    }
}

/// Tells the first program that is missing, as long as nothing before it may have brought anything;
/// what is installed then, where that holds to the end of the stage.
fn first<'a>(
    facts: &'a Facts<'_>,
    stage: usize,
    fs: &ImageFs,
    base: &Image<'_>,
    mut installed: Installed<'a>,
    sink: &mut Sink<'_>,
) -> Option<Installed<'a>> {
    if fs.filled.iter().any(|dir| dir == "/" || dir.starts_with("/usr") || dir.starts_with("/bin"))
    {
        return None;
    }
    let body = facts.stages.stages[stage].body.clone();
    let mut packages = facts.packages_in(body.clone()).iter().peekable();
    // What ONBUILD holds runs in the stages above.
    for (&index, run) in facts.runs.range(body) {
        let is_shell = matches!(facts.instruction(index).kind, Kind::Run(Command::Shell { .. }));
        // Another shell reads it, or another language.
        let is_unread = run.commands.is_empty() && !run.text.text.trim().is_empty();
        if !is_shell || is_unread || run.script.has_errors {
            return None;
        }
        for (number, held) in run.commands.iter().enumerate() {
            while packages
                .next_if(|call| (call.instruction, call.command) < (index, number))
                .is_some()
            {}
            let call = packages.next_if(|call| (call.instruction, call.command) == (index, number));
            let Some(name) = called(held) else {
                if held.command.words.is_empty() {
                    continue;
                }
                return None;
            };
            let is_plain_command = PLAIN_COMMANDS.contains(&name);
            if !is_plain_command
                && !brings(&installed, name)
                && let Some(help) = base.lacks(name)
            {
                if run.is_unguarded(number) && !may_be_elsewhere(facts, fs, run, number, name) {
                    sink.report(
                        facts.at(held.span),
                        format!("`{name}` is not in `{}`", base.image),
                        "the shell says \"not found\", and nothing of what it was to do is done",
                    )
                    .help(help);
                }
                return None;
            }
            match call {
                Some(call) if is_plain(call) => {
                    if call.installs() {
                        installed.extend(call.names.iter().map(|name| package(name)));
                    }
                }
                None if is_plain_command => {}
                _ => return None,
            }
        }
    }
    Some(installed)
}

/// Whether one of the packages brings a command.
fn brings(installed: &Installed<'_>, command: &str) -> bool {
    installed.contains(command)
        || command == "nc" && installed.iter().any(|package| package.starts_with("netcat-"))
}

/// Whether the name may stand for something beside what the base and packages bring: a function, a
/// file of the project, a program of a mount or of another `PATH`.
fn may_be_elsewhere(facts: &Facts<'_>, fs: &ImageFs, run: &Run, number: usize, name: &str) -> bool {
    let is_function = |held: &RunCommand| held.command.place.function.as_deref() == Some(name);
    if run.commands.iter().any(is_function) || run.commands[..=number].iter().any(sets_path) {
        return true;
    }
    let scope = facts.stages.scope_at(run.instruction);
    let own = scope.env.get("PATH").map(String::as_str);
    // A virtual environment has programs of its own.
    if own.is_some() && !matches!(name, "bash" | "curl" | "git" | "sudo" | "wget") {
        return true;
    }
    let own = own.unwrap_or_default().split(':').filter(|dir| dir.starts_with('/'));
    let folders: Vec<&str> = FOLDERS.iter().copied().chain(own).collect();
    let is_named = |path: &String| {
        path.rsplit_once('/').is_some_and(|(dir, file)| {
            file == name && (dir.ends_with("/bin") || folders.contains(&dir))
        })
    };
    let meets = |dir: &str| folders.iter().any(|folder| meet(folder, dir));
    fs.paths.keys().any(is_named)
        || fs.filled.iter().any(|dir| meets(dir))
        || mounts(facts, run.instruction).any(|dir| meets(&dir))
}

/// Whether a command changes where programs are looked for: `PATH=…`, `export PATH=…`.
fn sets_path(held: &RunCommand) -> bool {
    let command = &held.command;
    command.assignments.iter().any(|(name, _)| name == "PATH")
        || command.words.iter().any(|word| {
            let raw = word.raw.trim_start_matches(['"', '\'']);
            raw.starts_with("PATH=") || command.name() == Some("export") && raw.starts_with('$')
        })
}

/// Where the mounts of a RUN are that may bring programs; `/` where that is not known.
fn mounts<'a>(facts: &'a Facts<'_>, index: usize) -> impl Iterator<Item = String> + 'a {
    let workdir = facts.stages.scope_at(index).workdir.as_deref().unwrap_or("/");
    let values =
        facts.instruction(index).flags_named("mount").filter_map(|flag| flag.value.as_ref());
    values.filter_map(move |value| {
        let part = |names: &[&str]| {
            let mut parts = value.raw.split(',').filter_map(|part| part.split_once('='));
            parts.find(|(key, _)| names.contains(key)).map(|(_, value)| value)
        };
        if matches!(part(&["type"]), Some("secret" | "ssh" | "tmpfs")) {
            return None;
        }
        let target = part(&["target", "dst", "destination"]).filter(|dir| !dir.contains('$'));
        Some(absolute(workdir, target.unwrap_or("/")))
    })
}

/// Whether one of two folders lies in the other, or they are the same.
fn meet(one: &str, other: &str) -> bool {
    let lies_in = |path: &str, dir: &str| {
        path.strip_prefix(dir.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    lies_in(one, other) || lies_in(other, one)
}

/// The program that the shell looks for; of `sudo make` it is `sudo`.
fn called(held: &RunCommand) -> Option<&str> {
    held.command.words.first()?.literal.as_deref()
}

/// Whether a call of a package manager brings nothing that is not named.
fn is_plain(call: &PackageCall) -> bool {
    matches!(call.packager, Packager::Apt | Packager::Apk)
        && !call.incomplete
        && (!call.installs()
            || call.names.iter().all(|name| PLAIN_PACKAGES.contains(&package(name))))
}

/// The name of a package without its version: `curl=8.5.0-r0`, `curl>8`.
fn package(name: &str) -> &str {
    name.split(['=', '<', '>', '~', '@', ':']).next().unwrap_or(name)
}
