//! Which commands of RUNs take long: installations and compilers.

use std::ops::Range;

use super::{Facts, Run, RunCommand};
use crate::project::{dockerfile::Kind, source::Span};

/// What takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Packages of the system.
    Packages,
    /// Dependencies of the project, or tools.
    Dependencies,
    /// A compiler.
    Compile,
}

/// A command of a RUN that takes long.
#[derive(Debug)]
pub struct Costly {
    /// Index of the RUN.
    pub instruction: usize,
    /// The command.
    pub span: Span,
    /// Its first words: `npm ci`.
    pub what: String,
    /// What it does.
    pub work: Work,
}

impl Facts<'_> {
    /// The commands that take long among these instructions, in order.
    pub fn costly(&self, within: Range<usize>) -> &[Costly] {
        let all = self.costly.get_or_init(|| {
            let runs = self.runs_in(0..self.file.instructions.len());
            runs.flat_map(|(instruction, run)| {
                run.commands.iter().filter_map(move |held| {
                    let (work, what) = work(held)?;
                    Some(Costly { instruction, span: held.span, what, work })
                })
            })
            .collect()
        });
        let before = |end: usize| all.partition_point(|one| one.instruction < end);
        &all[before(within.start)..before(within.end)]
    }

    /// The RUNs among these instructions, in order; not those of ONBUILD.
    pub fn runs_in(&self, within: Range<usize>) -> impl Iterator<Item = (usize, &Run)> + '_ {
        self.runs
            .range(within)
            .map(|(index, run)| (*index, run))
            .filter(|(index, _)| matches!(self.instruction(*index).kind, Kind::Run(_)))
    }
}

/// What a command does that takes long, and its first words.
pub(crate) fn work(held: &RunCommand) -> Option<(Work, String)> {
    if !held.program().is_some_and(may_take_long) {
        return None;
    }
    let (name, mut args) = held.call()?;
    let mut shown = vec![name];
    if name.starts_with("python") && args.starts_with(&["-m", "pip"]) {
        shown.extend(args.drain(..2));
    } else if matches!(name, "npx" | "bunx" | "pnpx") {
        shown.push(args.first()?);
        args.remove(0);
    }
    let program = *shown.last()?;
    let verb = args.iter().copied().find(|arg| !arg.starts_with('-'));
    if args.iter().any(|arg| matches!(*arg, "--help" | "--version" | "-V")) {
        return None;
    }
    let (_, work) = of_program(program, verb, &args).filter(|(takes, _)| *takes)?;
    shown.extend(verb.filter(|verb| *verb != "?"));
    if matches!(verb, Some("mod" | "pip" | "tool")) {
        let mut words = args.iter().copied().filter(|arg| !arg.starts_with('-'));
        shown.extend(words.nth(1).filter(|word| *word != "?"));
    }
    Some((work, shown.join(" ")))
}

/// Whether a program is one of those below, or starts one. Most are neither.
fn may_take_long(program: &str) -> bool {
    matches!(program, "npx" | "bunx" | "pnpx")
        || program.starts_with("python")
        || of_program(program, None, &[]).is_some()
}

/// What a program does where it takes long, and whether it does; `None` for all other programs.
fn of_program(program: &str, verb: Option<&str>, args: &[&str]) -> Option<(bool, Work)> {
    use Work::{Compile, Dependencies, Packages};
    let has = |word: &str| args.contains(&word);
    let installs = matches!(verb, Some("install" | "i" | "ci" | "add" | "fetch" | "clean-install"));
    Some(match program {
        "apt-get" | "apt" => (matches!(verb, Some("install" | "build-dep")), Packages),
        "apk" => (verb == Some("add"), Packages),
        "dnf" | "dnf5" | "microdnf" | "tdnf" | "yum" => {
            (matches!(verb, Some("install" | "groupinstall")), Packages)
        }
        "zypper" => (matches!(verb, Some("install" | "in")), Packages),
        "npm" | "pnpm" | "bun" => (installs, Dependencies),
        "yarn" => (installs || verb == Some("global") || args.is_empty(), Dependencies),
        "pip" | "pip3" | "pipx" | "gem" | "playwright" | "poetry" => {
            (verb == Some("install"), Dependencies)
        }
        "uv" => (
            verb == Some("sync") || matches!(verb, Some("pip" | "tool")) && has("install"),
            Dependencies,
        ),
        "pipenv" => (matches!(verb, Some("install" | "sync")), Dependencies),
        "conda" | "mamba" | "micromamba" => {
            (matches!(verb, Some("install" | "create" | "env" | "update")), Dependencies)
        }
        "bundle" | "composer" => (verb == Some("install"), Dependencies),
        "go" if verb == Some("build") => (true, Compile),
        "go" => (verb == Some("install") || verb == Some("mod") && has("download"), Dependencies),
        "cargo" if matches!(verb, Some("build" | "b" | "chef")) => (true, Compile),
        "cargo" => (matches!(verb, Some("install" | "fetch")), Dependencies),
        "dotnet" if matches!(verb, Some("build" | "publish")) => (true, Compile),
        "dotnet" => (verb == Some("restore"), Dependencies),
        "mvn" | "mvnw" | "gradle" | "gradlew" => (verb.is_some(), Compile),
        "make" | "ninja" | "gcc" | "g++" | "clang" | "clang++" | "rustc" => (true, Compile),
        "cmake" => (has("--build"), Compile),
        "swift" | "zig" => (verb == Some("build"), Compile),
        "mix" => (verb.is_some_and(|verb| verb.starts_with("deps.")), Dependencies),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_told_from_the_rest() {
        let read = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let verb = words[1..].iter().copied().find(|word| !word.starts_with('-'));
            let (takes, work) = of_program(words[0], verb, &words[1..])?;
            takes.then_some(work)
        };
        for (line, want) in [
            ("apt-get -y install curl", Some(Work::Packages)),
            ("apt-get update", None),
            ("apk add git", Some(Work::Packages)),
            ("npm ci", Some(Work::Dependencies)),
            ("npm run build", None),
            ("yarn", Some(Work::Dependencies)),
            ("yarn build", None),
            ("uv pip install ruff", Some(Work::Dependencies)),
            ("uv venv", None),
            ("go mod download", Some(Work::Dependencies)),
            ("go mod tidy", None),
            ("go build ./...", Some(Work::Compile)),
            ("cargo build --release", Some(Work::Compile)),
            ("make -j4", Some(Work::Compile)),
            ("cmake -S .", None),
            ("ls -l", None),
        ] {
            assert_eq!(read(line), want, "{line}");
        }
    }
}
