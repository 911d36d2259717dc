//! A RUN calls a program that its base image surely does not have.

use super::super::brought;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, ImageFs, PackageCall, Packager, Root, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind},
        image::{
            ImageRef,
            commands::{self, Commands},
        },
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

/// Packages that bring no other command of those that are looked for than one of their own name.
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

/// Commands that bring no program.
const PLAIN_COMMANDS: &[&str] = &[
    ":", "[", "addgroup", "adduser", "cat", "cd", "chgrp", "chmod", "chown", "echo", "exit",
    "export", "false", "groupadd", "groupmod", "id", "ls", "mkdir", "mkfifo", "printf", "pwd",
    "rm", "rmdir", "set", "sleep", "test", "touch", "true", "umask", "unset", "useradd", "usermod",
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        let Some(fs) = facts.images.get(stage) else { continue };
        let Root::Official(image) = &fs.root else { continue };
        let Some(reference) = ImageRef::parse(image) else { continue };
        let Some(known) = commands::commands(&reference) else { continue };
        let base = Base { name: reference.official().unwrap_or_default(), image, known };
        first(facts, stage, fs, &base, sink);
    }
}

/// What a stage stands on.
struct Base<'a> {
    name: &'a str,
    image: &'a str,
    known: Commands,
}

impl Base<'_> {
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

/// Tells the first program that is missing, as long as nothing before it may have brought anything.
fn first(facts: &Facts<'_>, stage: usize, fs: &ImageFs, base: &Base<'_>, sink: &mut Sink<'_>) {
    if fs.filled.iter().any(|dir| dir == "/" || dir.starts_with("/usr") || dir.starts_with("/bin"))
    {
        return;
    }
    let mut packages = facts.packages.iter().peekable();
    let mut installed: Vec<&str> = Vec::new();
    let lineage = facts.stages.lineage(stage);
    let body = |member: &usize| facts.stages.stages[*member].body.clone();
    for index in lineage.iter().rev().flat_map(body) {
        let Some(run) = facts.runs.get(&index) else { continue };
        let is_shell = matches!(facts.instruction(index).kind, Kind::Run(Command::Shell { .. }));
        if !is_shell || run.script.has_errors {
            return;
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
                return;
            };
            // A virtual environment has programs of its own.
            let has_path = facts.stages.scope_at(index).env.contains_key("PATH");
            let of_path = has_path && !matches!(name, "bash" | "curl" | "git" | "sudo" | "wget");
            let placed = |path: &String| {
                path.rsplit_once('/')
                    .is_some_and(|(dir, file)| file == name && dir.ends_with("/bin"))
            };
            if let Some(help) = base.lacks(name)
                && !of_path
                && !installed.contains(&name)
                && !fs.paths.keys().any(placed)
            {
                if run.is_unguarded(number)
                    && facts.stages.of(index).is_some_and(|of| of.index == stage)
                {
                    sink.report(
                        facts.at(held.span),
                        format!("`{name}` is not in `{}`", base.image),
                        "the shell says \"not found\", and nothing of what it was to do is done",
                    )
                    .help(help);
                }
                return;
            }
            match call {
                Some(call) if is_plain(call) => {
                    installed.extend(call.names.iter().map(|name| package(name)));
                }
                None if PLAIN_COMMANDS.contains(&name) => {}
                _ => return,
            }
        }
    }
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
