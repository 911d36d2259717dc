//! Compilers that only the build needs stay in the image.

use std::collections::BTreeSet;

use super::{bases, run_edits};
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, PackageCall, Packager, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::script::ShellCommand,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG415",
    name: "build-tools-kept",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG415.md"),
    check,
};

/// Packages and groups that compile by themselves.
const COMPILERS: &[&str] = &[
    "@development-tools",
    "Development Tools",
    "build-base",
    "build-essential",
    "clang",
    "development-tools",
    "g++",
    "gcc",
    "gcc-c++",
];

/// What is of use with a compiler alone.
const BESIDE: &[&str] = &["autoconf", "automake", "bison", "cmake", "flex", "libtool", "make"];

/// Headers whose only use beside a compiler of the base is a module that is compiled against them.
const HEADERS: &[&str] = &[
    "default-libmysqlclient-dev",
    "libpq-dev",
    "libpq-devel",
    "mariadb-dev",
    "postgresql-dev",
    "python-dev",
    "python3-dev",
    "python3-devel",
    "ruby-dev",
    "ruby-devel",
];

/// Programs that say that somebody works in the image.
const WORK: &[&str] =
    &["clangd", "emacs", "gdb", "helix", "lldb", "micro", "nano", "neovim", "valgrind", "vim"];

/// Tools that write or run code in the sandbox, by a part of their names.
const WORKERS: &[&str] = &[
    "aider",
    "claude-code",
    "code-server",
    "codex",
    "gemini-cli",
    "jupyter",
    "notebook",
    "opencode",
];

/// Official images that are made for compiling.
const TOOLCHAINS: &[&str] =
    &["buildpack-deps", "gcc", "golang", "gradle", "haskell", "maven", "rust", "swift"];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let managers = [Packager::Apt, Packager::Apk, Packager::Dnf];
    let called = |call: &&PackageCall| managers.contains(&call.packager);
    if !facts.packages.iter().filter(called).any(|call| tools(call).next().is_some()) {
        return;
    }
    let calls: Vec<_> =
        managers.iter().flat_map(|one| run_edits::final_calls(facts, *one)).collect();
    let kept = |call: &PackageCall| call.installs() && tools(call).any(is_reason);
    let Some((call, run)) = calls.iter().copied().find(|(call, _)| kept(call)) else { return };
    let options = calls.iter().flat_map(|(call, _)| &call.options);
    // The value of `--virtual` is kept as an option.
    let virtual_names: BTreeSet<&str> = options
        .filter_map(|option| option.strip_prefix("--virtual=").or_else(|| option.strip_prefix('-')))
        .collect();
    if calls.iter().any(|(other, _)| removes(other, &virtual_names))
        || is_workplace(facts)
        || may_compile_later(facts)
    {
        return;
    }
    let alone = !calls.iter().any(|(call, _)| tools(call).any(|name| COMPILERS.contains(&name)));
    let Some(built) = compiled_behind(facts, call, alone) else { return };
    let mut names: Vec<String> = tools(call).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(4);
    names.truncate(4);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    sink.report(
        facts.at(run_edits::place(call, run)),
        format!("tools for compiling stay in the image: {}{more}", names.join(", ")),
        "nothing here compiles once the image is built, and compilers and headers are pulled and stored with every sandbox",
    )
    .help(
        "install them in an earlier stage and copy the result, or install, use and remove them in one RUN; keep them if agents in the sandbox compile",
    )
    .related(facts.at(built.span), "compiled here");
}

/// The packages of a call that compiling needs and running does not.
fn tools(call: &PackageCall) -> impl Iterator<Item = &str> {
    let names =
        call.names.iter().map(|name| name.split(['=', '<', '>', '~']).next().unwrap_or(name));
    names.filter(|name| {
        COMPILERS.contains(name)
            || BESIDE.contains(name)
            || name.ends_with("-dev")
            || name.ends_with("-devel")
    })
}

fn is_reason(name: &str) -> bool {
    // `python3.12-dev`
    COMPILERS.contains(&name)
        || HEADERS.contains(&name)
        || name.starts_with("python3.") && name.ends_with("-dev")
}

/// The first command behind a call that compiles.
fn compiled_behind<'a>(
    facts: &'a Facts<'_>,
    call: &PackageCall,
    alone: bool,
) -> Option<&'a RunCommand> {
    facts.final_instructions().filter(|index| *index >= call.instruction).find_map(|index| {
        let first = if index == call.instruction { call.command + 1 } else { 0 };
        let commands = facts.runs.get(&index)?.commands.get(first..)?;
        commands.iter().find(|held| compiles(held, alone))
    })
}

/// Whether a call takes some of them out again, by their names or by a name that `apk add --virtual`
/// gave them. Which ones is its author's business.
fn removes(call: &PackageCall, virtual_names: &BTreeSet<&str>) -> bool {
    matches!(call.what.as_str(), "purge" | "remove" | "autoremove" | "del" | "erase")
        && (call.incomplete
            || tools(call).next().is_some()
            || call.names.iter().any(|name| virtual_names.contains(name.as_str())))
}

/// Whether people or agents write programs in the sandbox, or the base is made for compiling.
fn is_workplace(facts: &Facts<'_>) -> bool {
    let installed = facts.images.last().is_some_and(|image| {
        image.packages.iter().any(|name| {
            WORK.contains(&name.split(['=', '-']).next().unwrap_or(name))
                || WORKERS.iter().any(|part| name.contains(part))
        })
    });
    let base = bases::of_final(facts).is_some_and(|base| {
        base.image.official().is_some_and(|name| TOOLCHAINS.contains(&name))
            || ["devcontainers", "dotnet/sdk", "cuda"].iter().any(|part| base.text.contains(part))
    });
    installed
        || base
        || facts.final_commands().any(|(_, _, held)| {
            held.command.args().any(|arg| WORKERS.iter().any(|part| arg.contains(part)))
        })
}

/// Whether the start compiles or installs, or cannot be followed.
fn may_compile_later(facts: &Facts<'_>) -> bool {
    let does = |command: &ShellCommand| {
        command.base_name().is_some_and(is_compiler)
            || command.args().any(|arg| matches!(arg, "install" | "ci" | "sync" | "rebuild"))
    };
    let told = facts.start.instruction.is_some_and(|index| {
        let text = &facts.instruction(index).args.text;
        let mut words = text.split(|c: char| !(c.is_alphanumeric() || "+-_.".contains(c)));
        words.any(|word| is_compiler(word) || word == "install")
    });
    told || facts.start.unknown.is_some() && !facts.start.reaches_api
        || facts.start.commands.iter().any(|started| does(&started.command))
}

fn is_compiler(name: &str) -> bool {
    matches!(name, "make" | "cmake" | "ninja" | "gcc" | "g++" | "cc" | "c++" | "clang" | "cargo")
}

/// Whether a command compiles, or installs packages that may be compiled for it. `alone`: with the
/// compiler of the base.
fn compiles(held: &RunCommand, alone: bool) -> bool {
    let Some((name, mut args)) = held.call() else { return false };
    let mut name = name;
    if name.starts_with("python") && args.first() == Some(&"-m") && args.len() > 1 {
        name = args[1];
        args.drain(..2);
    }
    let has = |word: &str| args.iter().any(|arg| arg.starts_with(word));
    let mut verbs = args.iter().copied().filter(|arg| !arg.starts_with('-'));
    let verb = verbs.next();
    match name {
        "pip" | "pip3" => verb == Some("install") && !has("--only-binary") && brings(verbs),
        "uv" if verb == Some("pip") => verbs.next() == Some("install") && brings(verbs),
        "uv" => matches!(verb, Some("sync")),
        "poetry" | "pipenv" => matches!(verb, Some("install" | "sync")),
        "gem" | "bundle" | "bundler" => verb == Some("install"),
        _ if alone => false,
        "npm" | "pnpm" | "yarn" => {
            let installs = matches!(verb, Some("install" | "i" | "ci" | "rebuild"))
                || verb.is_none() && name == "yarn" && !has("--version");
            installs && !has("--ignore-scripts") && !has("-g") && !has("--global")
        }
        "cargo" => matches!(verb, Some("install" | "build")),
        _ => is_compiler(name),
    }
}

/// Whether more than the tools of Python's packaging is installed.
fn brings<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    names.any(|name| {
        let name = name.split(['=', '<', '>', '[', '~', '!']).next().unwrap_or(name);
        !matches!(name, "pip" | "setuptools" | "wheel" | "uv" | "poetry" | "pipenv" | "virtualenv")
    })
}
