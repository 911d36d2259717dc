//! Who needs the package index that a RUN leaves: later RUNs, stages on top, ONBUILD, the start.

use std::sync::LazyLock;

use super::run_edits;
use crate::{
    lint::facts::{Facts, PackageCall, Packager, Run, RunCommand, is_shell_name},
    project::{
        dockerfile::{Base, Kind},
        script::{Connector, base},
    },
};

/// Who needs it. The later one says more.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need<'a> {
    /// Nobody.
    Nobody,
    /// Something may that nobody can look into.
    Perhaps,
    /// The same, and a call behind it needs some index.
    Unclear,
    /// This call, which loads no index of its own.
    Call(&'a PackageCall),
}

impl Need<'_> {
    /// What two that both get the index need of it.
    fn or(self, other: Self) -> Self {
        let weight = |need: &Self| match need {
            Self::Nobody => 0,
            Self::Perhaps => 1,
            Self::Unclear => 2,
            Self::Call(_) => 3,
        };
        if weight(&other) > weight(&self) { other } else { self }
    }

    /// What is needed where this one comes before another: it may have loaded the index anew.
    fn then(self, behind: Self) -> Self {
        match (self, behind) {
            (Self::Nobody, _) => behind,
            (Self::Perhaps, Self::Call(_) | Self::Unclear) => Self::Unclear,
            _ => self,
        }
    }
}

/// What is needed of the index behind each instruction, by its index.
pub(super) fn needs<'a>(facts: &'a Facts<'_>, packager: Packager) -> Vec<Need<'a>> {
    let at_start =
        facts.start.commands.iter().any(|started| {
            started.command.base_name().is_some_and(|name| is_called(name, packager))
        });
    let begin = if at_start { Need::Perhaps } else { Need::Nobody };
    let mut behind = vec![begin; facts.file.instructions.len()];
    // What the stages that are built on a stage need of it.
    let mut above = vec![begin; facts.stages.stages.len()];
    // Those follow it in the file, so that this way round they are known.
    for stage in facts.stages.stages.iter().rev() {
        let mut need = above[stage.index];
        for (index, run) in facts.runs.range(stage.body.clone()) {
            if matches!(facts.instruction(*index).kind, Kind::Onbuild(_)) {
                need = need.or(effect(facts, *index, run, packager).takes);
            }
        }
        for (index, run) in facts.runs.range(stage.body.clone()).rev() {
            if matches!(facts.instruction(*index).kind, Kind::Run(_)) {
                behind[*index] = need;
                let effect = effect(facts, *index, run, packager);
                need = if effect.replaces { effect.takes } else { effect.takes.then(need) };
            }
        }
        if let Base::Stage(below) = stage.base {
            above[below] = above[below].or(need);
        }
    }
    behind
}

/// What a RUN does with the index.
struct Effect<'a> {
    /// Of what is there before it.
    takes: Need<'a>,
    /// Whether what is there behind it is its own.
    replaces: bool,
}

fn effect<'a>(facts: &'a Facts<'_>, index: usize, run: &'a Run, packager: Packager) -> Effect<'a> {
    let dirs: &[&str] = match packager {
        Packager::Apk => &["/var/cache/apk", "/etc/apk/cache"],
        _ => &["/var/lib/apt/lists"],
    };
    let mut takes = Need::Nobody;
    let mut replaces = false;
    if dirs.iter().any(|dir| run_edits::is_mounted(facts, index, dir)) {
        return Effect { takes, replaces };
    }
    if run.commands.is_empty() || run.script.has_errors {
        takes = Need::Perhaps;
    }
    // The statement of a call that loads the index, but may not run.
    let mut maybe_own = None;
    let calls = facts.packages_in(index..index + 1);
    for (at, held) in run.commands.iter().enumerate() {
        let command = &held.command;
        let is_sure = run_edits::is_unconditional(command) && command.connector != Connector::Or;
        // They are in the order of the commands.
        let found = calls.binary_search_by_key(&at, |call| call.command).ok();
        let call = found.map(|found| &calls[found]).filter(|call| call.packager == packager);
        match call.map(does) {
            Some(Does::Loads) if is_sure => replaces = true,
            Some(Does::Loads) => maybe_own = Some(command.statement),
            Some(Does::Takes) if !replaces && maybe_own != Some(command.statement) => {
                let user = call.filter(|_| maybe_own.is_none());
                takes = takes.then(user.map_or(Need::Perhaps, Need::Call));
            }
            Some(Does::Takes | Does::Nothing) => (),
            None if is_sure && removes(held, dirs) => replaces = true,
            None if !replaces && may_call(held) => takes = takes.then(Need::Perhaps),
            None => (),
        }
    }
    Effect { takes, replaces }
}

/// Whether a call reads an index that is there.
pub(super) fn takes_index(call: &PackageCall) -> bool {
    matches!(does(call), Does::Takes)
}

enum Does {
    /// Loads the index, or removes what was there.
    Loads,
    /// Reads what is there.
    Takes,
    /// Neither.
    Nothing,
}

fn does(call: &PackageCall) -> Does {
    let option = |names: &[&str]| call.options.iter().any(|one| names.contains(&one.as_str()));
    match (call.packager, call.what.as_str()) {
        (Packager::Apk, "add" | "upgrade") if option(&["--no-cache"]) => Does::Nothing,
        (Packager::Apk, _) if option(UPDATES) => Does::Loads,
        (Packager::Apk, "update") => Does::Loads,
        (Packager::Apk, "del" | "info" | "version" | "audit" | "verify" | "cache") => Does::Nothing,
        (Packager::Apt, "update") => {
            // One list alone is loaded, and the others stay as they are.
            let partial = |one: &String| one.contains("Dir::") || one.contains("List-Cleanup");
            if call.options.iter().any(partial) { Does::Nothing } else { Does::Loads }
        }
        (Packager::Apt, "distclean" | "dist-clean") => Does::Loads,
        (
            Packager::Apt,
            "clean" | "autoclean" | "auto-clean" | "remove" | "purge" | "autoremove" | "autopurge"
            | "check",
        ) => Does::Nothing,
        _ => Does::Takes,
    }
}

/// Options with which apk loads the index itself, and keeps it.
pub(super) const UPDATES: &[&str] = &["-U", "--update", "--update-cache"];

fn removes(held: &RunCommand, dirs: &[&str]) -> bool {
    held.program() == Some("rm")
        && held.command.words.iter().any(|word| dirs.iter().any(|dir| word.raw.starts_with(dir)))
}

fn is_called(name: &str, packager: Packager) -> bool {
    match packager {
        Packager::Apk => name == "apk",
        _ => matches!(name, "apt-get" | "apt" | "aptitude"),
    }
}

/// Whether a word names what installs packages of the system, as most words do not.
fn names_installer(raw: &str) -> bool {
    let known: &[&str] = match raw.len() {
        3 => return matches!(raw, "apt" | "apk"),
        0..5 => return false,
        _ => &["apt-get", "aptitude", "apt install", "apk add", "playwright", "-deps"],
    };
    let starts = memchr::memchr3_iter(b'a', b'p', b'-', raw.as_bytes());
    let mut rests = starts.map(|at| &raw.as_bytes()[at..]);
    rests.any(|rest| known.iter().any(|part| rest.starts_with(part.as_bytes())))
}

/// Whether a command may install packages of the system: a script, a program that is not known.
pub(super) fn may_call(held: &RunCommand) -> bool {
    let words = &held.command.words;
    if words.is_empty() {
        return false;
    }
    let Some((program, args)) = held.call() else { return true };
    // What is inside stands among the commands.
    if is_shell_name(program) {
        return !is_followed(held);
    }
    let named = words.iter().any(|word| names_installer(&word.raw));
    // `./install` is no program of the system.
    let elsewhere = words.iter().filter_map(|word| word.literal.as_deref()).any(|word| {
        base(word) == program
            && word.rsplit_once('/').is_some_and(|(dir, _)| {
                !dir.starts_with('/') || !(dir.ends_with("/bin") || dir.ends_with("/sbin"))
            })
    });
    if named || elsewhere {
        return true;
    }
    let mut plain = args.iter().copied().filter(|arg| !arg.starts_with('-'));
    let verb = plain.next();
    match program {
        "." | "source" => verb != Some("/etc/os-release"),
        "npm" | "pnpm" | "yarn" | "bun" => match verb {
            Some("run" | "run-script") => !plain.next().is_some_and(|it| it.starts_with("build")),
            None
            | Some(
                "install" | "i" | "ci" | "add" | "build" | "cache" | "config" | "set" | "global"
                | "prune" | "store" | "fetch" | "update" | "up" | "link" | "rebuild" | "dedupe",
            ) => false,
            Some(_) => true,
        },
        "pip" | "pip3" | "pipx" | "uv" | "poetry" | "pdm" | "pipenv" | "gem" | "bundle"
        | "composer" | "cargo" | "go" | "dotnet" | "conda" | "mamba" | "micromamba" => {
            matches!(verb, Some("run" | "exec" | "run-script" | "generate" | "test" | "?"))
                || plain.any(|word| word == "run")
        }
        "python" | "python3" => !matches!(
            args.as_slice(),
            ["-m", "pip" | "venv" | "compileall" | "ensurepip", ..]
                | ["-c" | "-V" | "--version", ..]
        ),
        "node" => !matches!(args.first(), Some(&("-e" | "-p" | "-v" | "--version"))),
        _ => HARMLESS.binary_search(&program).is_err(),
    }
}

/// Whether the commands that a shell runs are known.
fn is_followed(held: &RunCommand) -> bool {
    let words = &held.command.words;
    let is_text = |raw: &str| raw.starts_with('-') && !raw.starts_with("--") && raw.ends_with('c');
    let flag = words.iter().position(|word| is_text(&word.raw));
    match flag {
        Some(at) => words.get(at + 1).is_some_and(|text| text.literal.is_some()),
        None => held.command.redirects.iter().any(|redirect| redirect.heredoc.is_some()),
    }
}

/// Programs that do their own work alone, in order. `command` is that of `command -v`.
static HARMLESS: LazyLock<Vec<&str>> = LazyLock::new(|| NAMES.split(' ').collect());

const NAMES: &str = "\
    : [ [[ a2dismod a2enmod a2ensite addgroup adduser apk apt-key apt-mark arch awk \
    base64 basename break bunzip2 bzip2 cat cc cd chgrp chmod chown chpasswd chsh command \
    continue corepack cp curl cut date debconf-set-selections declare df diff dirname dnf dpkg \
    dpkg-divert dpkg-query dpkg-reconfigure du echo egrep exit export false fc-cache fgrep \
    file find g++ gcc getent git gpg gpgconf gradle grep groupadd groupmod gunzip gzip head \
    id install javac jq ldconfig ln local locale-gen localedef ls md5sum microdnf mkdir \
    mktemp mv mvn nproc openssl passwd popd printf pushd pwd readlink realpath return rm \
    rmdir rustc rustup sed service set setcap sha1sum sha256sum sha512sum shopt sleep sort \
    ssh-keygen ssh-keyscan stat strip sync tail tar tdnf tee test touch tr true truncate tsc \
    type ulimit umask uname uniq unset unzip update-alternatives update-ca-certificates \
    update-locale useradd userdel usermod wc wget which whoami xz yum zip zstd zypper";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_programs_are_in_order() {
        assert!(HARMLESS.is_sorted_by(|a, b| a < b), "{HARMLESS:?}");
        assert!(HARMLESS.len() > 100);
    }
}
