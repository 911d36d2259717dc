//! What the final image does with tools of its base that the slim variant lacks.

use std::collections::BTreeSet;

use super::dependencies;
use crate::{
    lint::facts::Facts,
    project::dockerfile::{Command, Kind},
};

/// Commands of the full Debian variants (`buildpack-deps`) that the slim ones lack, each with the
/// packages that bring it; in order.
const TOOLS: &[(&str, &[&str])] = &[
    ("autoconf", &["autoconf"]),
    ("automake", &["automake"]),
    ("c++", &["g++", "build-essential"]),
    ("cc", &["gcc", "build-essential"]),
    ("convert", &["imagemagick"]),
    ("curl", &["curl"]),
    ("dpkg-buildpackage", &["dpkg-dev", "build-essential"]),
    ("file", &["file"]),
    ("g++", &["g++", "build-essential"]),
    ("gcc", &["gcc", "build-essential"]),
    ("git", &["git"]),
    ("gpg", &["gnupg", "gpg"]),
    ("hg", &["mercurial"]),
    ("identify", &["imagemagick"]),
    ("ld", &["binutils", "build-essential"]),
    ("magick", &["imagemagick"]),
    ("make", &["make", "build-essential"]),
    ("mysql_config", &["default-libmysqlclient-dev"]),
    ("openssl", &["openssl"]),
    ("patch", &["patch"]),
    ("pg_config", &["libpq-dev"]),
    ("pgrep", &["procps"]),
    ("pkg-config", &["pkg-config"]),
    ("pkill", &["procps"]),
    ("ps", &["procps"]),
    ("python3", &["python3", "python3-pip", "python3-venv"]),
    ("scp", &["openssh-client"]),
    ("ssh", &["openssh-client"]),
    ("strip", &["binutils", "build-essential"]),
    ("svn", &["subversion"]),
    ("unzip", &["unzip"]),
    ("update-ca-certificates", &["ca-certificates"]),
    ("wget", &["wget"]),
    ("xz", &["xz-utils"]),
];

/// What stands against the slim variant.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// A tool is used that only the full variant has, or a script could not be understood: say
    /// nothing.
    pub(super) tools: bool,
    /// Something may be compiled, or brings many libraries with it: advice at most.
    pub(super) compiles: bool,
    /// A package manager of the distribution is called by name.
    pub(super) packages: bool,
}

/// Looks at every RUN of the stages that the final image is made of, at what starts it, and at the
/// scripts of the project. `runtime` is the image's name: its own command is always there.
pub(super) fn of_final(facts: &Facts<'_>, runtime: &str) -> Needs {
    let mut needs = Needs::default();
    let mut installed: BTreeSet<String> = BTreeSet::new();
    let mut called: BTreeSet<String> = BTreeSet::new();
    let Some(last) = facts.stages.last() else { return needs };
    for index in facts.stages.lineage(last.index) {
        let Some(stage) = facts.stages.stages.get(index) else { continue };
        for instruction in stage.body.clone() {
            if let Some(run) = facts.runs.get(&instruction) {
                needs.tools |= run.script.has_errors;
                for command in &run.commands {
                    let name = command.command.base_name().unwrap_or("");
                    let args: Vec<&str> = command.command.args().collect();
                    note(name, &args, &mut needs, &mut installed, &mut called);
                }
            }
            let text = &facts.instruction(instruction).args.text;
            match &facts.instruction(instruction).kind {
                Kind::Run(Command::Shell { .. }) if !facts.runs.contains_key(&instruction) => {
                    called.extend(words(text));
                }
                // The client of Prisma, from a stage that has made it.
                Kind::Copy(_) => needs.compiles |= text.contains("prisma"),
                Kind::Cmd(_) | Kind::Entrypoint(_) | Kind::Healthcheck(_) => {
                    called.extend(words(text));
                }
                _ => {}
            }
        }
    }
    let installs = facts.installs.iter().any(|install| {
        let stage = facts.stages.of(install.instruction);
        stage.is_some_and(|stage| facts.stages.lineage(last.index).contains(&stage.index))
    });
    for source in facts.project.files.values().chain(facts.project.copied.values()) {
        let named = dependencies::of(source);
        needs.compiles |= named.libraries || installs && named.compiled;
        if installs && named.by_git {
            called.insert("git".to_owned());
        }
    }
    for script in facts.scripts.values() {
        for command in &script.commands {
            called.extend(command.base_name().map(str::to_owned));
        }
    }
    needs.tools |= TOOLS.iter().any(|(tool, packages)| {
        let own = *tool == "python3" && runtime == "python"
            || matches!(*tool, "cc" | "gcc" | "ld" | "strip") && runtime == "rust"
            || *tool == "update-ca-certificates" && matches!(runtime, "python" | "ruby" | "rust");
        called.contains(*tool)
            && !own
            && !packages.iter().any(|package| installed.contains(*package))
    });
    needs
}

fn note(
    name: &str,
    args: &[&str],
    needs: &mut Needs,
    installed: &mut BTreeSet<String>,
    called: &mut BTreeSet<String>,
) {
    called.insert(match name {
        "python" => "python3".to_owned(),
        name => name.to_owned(),
    });
    match name {
        "apt-get" | "apt" => {
            needs.packages = true;
            let packages = args.iter().filter(|arg| !arg.starts_with('-')).skip(1);
            installed.extend(packages.map(|arg| (*arg).to_owned()));
        }
        "dpkg" | "apk" => needs.packages = true,
        "gem" | "bundle" | "bundler" | "cargo" | "node-gyp" => needs.compiles = true,
        _ => {}
    }
    // All of these have this letter, and few arguments do.
    needs.compiles = needs.compiles
        || args.iter().filter(|arg| arg.as_bytes().contains(&b'p')).any(|arg| {
            ["playwright", "puppeteer", "node-gyp", "prisma"].iter().any(|name| arg.contains(name))
        });
    let by_git = |arg: &str| arg.starts_with("git+") || arg.contains("@git+");
    if args.iter().any(|arg| arg.as_bytes().contains(&b'+') && by_git(arg)) {
        called.insert("git".to_owned());
    }
    // `npm run …`, `npx …` and the like may call anything by name
    called.extend(args.iter().filter(|arg| is_tool(arg)).filter_map(|arg| {
        let argument_of_install = matches!(name, "apt-get" | "apt" | "apk" | "command" | "rm");
        (!argument_of_install).then(|| (*arg).to_owned())
    }));
}

fn is_tool(name: &str) -> bool {
    TOOLS.binary_search_by_key(&name, |(tool, _)| tool).is_ok()
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_alphanumeric() || "+-_.".contains(c)))
        .filter(|word| !word.is_empty())
        .map(|word| if word == "python" { "python3".to_owned() } else { word.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_in_order() {
        assert!(TOOLS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(is_tool("c++") && is_tool("xz") && !is_tool("npm"));
    }
}
