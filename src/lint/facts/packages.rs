//! Which commands call a package manager that leaves something behind: apt, apk, dnf, zypper, pip.

use std::collections::BTreeMap;

use super::runs::{Run, RunCommand, base, program_at};

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Packager {
    /// `apt-get` and `apt`.
    Apt,
    /// `apk`.
    Apk,
    /// `dnf`, `microdnf`, `tdnf` and `yum`.
    Dnf,
    /// `zypper`.
    Zypper,
    /// `pip`, `pip3`, `python -m pip`.
    Pip,
}

/// One call of a package manager.
#[derive(Debug, Clone)]
pub struct PackageCall {
    /// Who is called.
    pub packager: Packager,
    /// Index of the RUN.
    pub instruction: usize,
    /// Index of the command in [`Run::commands`].
    pub command: usize,
    /// Index of the word that names the program.
    pub program: usize,
    /// Index of the word that says what to do.
    pub verb: usize,
    /// That word: `install`, `add`, `update`.
    pub what: String,
    /// Options, before and behind the verb, as far as they are known.
    pub options: Vec<String>,
    /// Names that are asked for, as far as they are known.
    pub names: Vec<String>,
    /// Whether a word stands in a variable, so that options and names may be missing here.
    pub incomplete: bool,
}

impl PackageCall {
    /// Whether one of these options is given; a letter is also found inside `-qqy`.
    pub fn has(&self, long: &[&str], letter: Option<char>) -> bool {
        self.options.iter().any(|option| {
            long.contains(&option.as_str())
                || letter
                    .is_some_and(|letter| !option.starts_with("--") && option[1..].contains(letter))
        })
    }

    /// Whether it installs packages.
    pub fn installs(&self) -> bool {
        matches!(self.what.as_str(), "install" | "add" | "in" | "build-dep" | "groupinstall")
    }
}

/// Finds them all, in file order.
pub(super) fn all(runs: &BTreeMap<usize, Run>) -> Vec<PackageCall> {
    let mut out = Vec::new();
    for (instruction, run) in runs {
        for (index, held) in run.commands.iter().enumerate() {
            out.extend(recognise(*instruction, index, held));
        }
    }
    out
}

/// Options of `xargs` whose value is the next word.
const XARGS_VALUED: &[&str] = &[
    "-a",
    "--arg-file",
    "-d",
    "--delimiter",
    "-E",
    "-I",
    "-L",
    "-n",
    "--max-args",
    "-P",
    "--max-procs",
    "-s",
];

fn recognise(instruction: usize, index: usize, held: &RunCommand) -> Option<PackageCall> {
    let name = held.program()?;
    let by_xargs = name == "xargs";
    if !by_xargs && packager(name).is_none() && !name.starts_with("python") {
        return None;
    }
    let command = &held.command;
    let mut at = held.program_at();
    let words: Vec<Option<&str>> =
        command.words.iter().map(|word| word.literal.as_deref()).collect();
    if by_xargs {
        at += 1;
        while let Some(option) = words.get(at).copied().flatten().filter(|w| w.starts_with('-')) {
            at += if XARGS_VALUED.contains(&option) { 2 } else { 1 };
        }
        at += program_at(command.words.get(at..)?);
    }
    let mut program = at;
    let name = base(words.get(at).copied().flatten()?);
    let packager = match packager(name) {
        Some(packager) => packager,
        None if name.starts_with("python")
            && words.get(at + 1..at + 3) == Some(&[Some("-m"), Some("pip")]) =>
        {
            program = at + 2;
            Packager::Pip
        }
        None => return None,
    };
    let mut call = PackageCall {
        packager,
        instruction,
        command: index,
        program,
        verb: 0,
        what: String::new(),
        options: Vec::new(),
        names: Vec::new(),
        incomplete: by_xargs,
    };
    let mut rest = program + 1;
    while let Some(word) = words.get(rest) {
        match word {
            None => call.incomplete = true,
            Some(option) if option.starts_with('-') && option.len() > 1 => {
                call.options.push((*option).to_owned());
                if takes_value(packager, option) {
                    // The value says as much as the option: `-o APT::Install-Recommends=false`.
                    call.options.extend(
                        words.get(rest + 1).copied().flatten().map(|value| format!("-{value}")),
                    );
                    rest += 1;
                }
            }
            Some(verb) if call.what.is_empty() => {
                call.verb = rest;
                (*verb).clone_into(&mut call.what);
            }
            Some(name) => call.names.push((*name).to_owned()),
        }
        rest += 1;
    }
    (!call.what.is_empty()).then_some(call)
}

/// The package manager of this name.
fn packager(name: &str) -> Option<Packager> {
    Some(match name {
        "apt-get" | "apt" => Packager::Apt,
        "apk" => Packager::Apk,
        "dnf" | "dnf5" | "microdnf" | "tdnf" | "yum" => Packager::Dnf,
        "zypper" => Packager::Zypper,
        "pip" | "pip3" => Packager::Pip,
        _ if name.starts_with("pip3.") => Packager::Pip,
        _ => return None,
    })
}

fn takes_value(packager: Packager, option: &str) -> bool {
    match packager {
        Packager::Apt => {
            matches!(option, "-o" | "--option" | "-t" | "--target-release" | "-c" | "--config-file")
        }
        Packager::Apk => {
            matches!(
                option,
                "-t" | "--virtual"
                    | "-X"
                    | "--repository"
                    | "-p"
                    | "--root"
                    | "--repositories-file"
            )
        }
        Packager::Dnf => matches!(option, "-c" | "--config" | "-x"),
        Packager::Zypper => matches!(option, "-R" | "--root" | "-D" | "-r" | "--repo"),
        Packager::Pip => matches!(
            option,
            "-r" | "--requirement"
                | "-c"
                | "--constraint"
                | "-i"
                | "--index-url"
                | "--extra-index-url"
                | "-t"
                | "--target"
                | "-e"
                | "--editable"
                | "-f"
                | "--find-links"
                | "--prefix"
                | "--root"
                | "--trusted-host"
                | "--platform"
                | "--cache-dir"
                | "--proxy"
                | "--cert"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{script, source::Span};

    fn read(text: &str) -> Option<String> {
        let script = script::parse(text);
        let command = script.commands.into_iter().next()?;
        let call = recognise(0, 0, &RunCommand::new(command, Span::at(0)))?;
        Some(format!(
            "{:?} {} {} {}",
            call.packager,
            call.what,
            call.options.join(","),
            call.names.join(",")
        ))
    }

    #[test]
    fn calls_are_read_with_their_options_and_names() {
        for (text, want) in [
            (
                "apt-get install -y --no-install-recommends curl git",
                "Apt install -y,--no-install-recommends curl,git",
            ),
            (
                "apt-get -qq -o Dpkg::Use-Pty=0 install curl",
                "Apt install -qq,-o,-Dpkg::Use-Pty=0 curl",
            ),
            ("sudo -E apt update", "Apt update  "),
            (
                "DEBIAN_FRONTEND=noninteractive apt-get -t trixie install x",
                "Apt install -t,-trixie x",
            ),
            ("/sbin/apk add --virtual .deps gcc", "Apk add --virtual,-.deps gcc"),
            ("python3.12 -m pip install -r requirements.txt", "Pip install -r,-requirements.txt "),
            ("env PIP_X=1 pip3 install flask", "Pip install  flask"),
            ("microdnf install -y tar", "Dnf install -y tar"),
            ("timeout 300 apt-get update", "Apt update  "),
            ("xargs -a list.txt apt-get install -y", "Apt install -y "),
            ("xargs -r -n 1 sudo apt-get install -y", "Apt install -y "),
        ] {
            assert_eq!(read(text).as_deref().map(str::trim), Some(want.trim()), "{text}");
        }
        for text in ["echo apt-get install", "apt-get", "uv pip install x", "$APT install x"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
