//! A program for another processor, system or C library.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{Facts, Root, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind},
        image::{ImageRef, commands},
    },
    secrets::{name_of_url, without_query},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG116",
    name: "foreign-binary",
    family: Family::Contract,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG116.md"),
    check,
};

/// Parts of a name that say for which processor a program is built.
const FOREIGN: &[&str] =
    &["arm64", "aarch64", "armv7", "armv7l", "armhf", "armv6", "ppc64le", "s390x", "riscv64"];

/// How the processor of sandboxes is written.
const OWN: &[&str] = &["x86_64", "x86-64", "amd64", "x64"];

/// Parts of an operating system's name that say that it is not Linux.
const SYSTEMS: &[&str] = &["darwin", "macos", "windows", "win32", "win64"];

/// The target that Cargo has on Debian, without a word.
const GLIBC: &str = "x86_64-unknown-linux-gnu";

/// What stands between the parts of a name.
const BETWEEN: [char; 4] = ['-', '_', '.', '+'];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    of_cargo(facts, sink);
    let mut found = Vec::new();
    let downloads = facts.calls(&["curl", "wget"]);
    for run in
        facts.final_instructions().filter_map(|index| facts.runs.get(&index)).filter(|_| downloads)
    {
        let mut asked = None;
        for held in &run.commands {
            // One of several branches: which one is taken, nobody knows here.
            if !matches!(held.program(), Some("curl" | "wget"))
                || held.command.place.conditional
                || held.command.place.case
                || *asked.get_or_insert_with(|| asks(run))
            {
                continue;
            }
            let Some((_, args)) = held.call() else { continue };
            let foreign = args.into_iter().filter_map(|arg| Some((arg, foreign(arg)?)));
            found.extend(foreign.map(|(arg, part)| (held.span, arg, part)));
        }
    }
    for index in facts.final_instructions() {
        let Kind::Add(transfer) = &facts.instruction(index).kind else { continue };
        for source in &transfer.sources {
            if let Some(part) = foreign(&source.raw) {
                found.push((source.span, source.raw.as_str(), part));
            }
        }
    }
    if found.is_empty() {
        return;
    }
    // Where both lie side by side, something picks the one that fits.
    let own = own(facts);
    for (span, url, part) in found {
        if !own.contains(&for_any(name_of_url(url))) {
            report(facts.at(span), url, part, sink);
        }
    }
}

/// The names that are brought into the image for its own processor, written for any.
fn own(facts: &Facts<'_>) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    let mut take = |name: &str| {
        let lower = name.to_ascii_lowercase();
        if OWN.iter().any(|word| lower.contains(word)) {
            own.insert(for_any(name));
        }
    };
    for (_, _, held) in facts.final_commands() {
        let Some(("curl" | "wget", args)) = held.call() else { continue };
        args.iter().filter(|arg| arg.starts_with("http")).for_each(|arg| take(name_of_url(arg)));
    }
    for index in facts.final_instructions() {
        if let Kind::Add(transfer) | Kind::Copy(transfer) = &facts.instruction(index).kind {
            transfer.sources.iter().for_each(|source| take(name_of_url(&source.raw)));
        }
    }
    own
}

/// A name with one sign for whatever processor it names.
fn for_any(name: &str) -> String {
    let name = OWN.iter().fold(name.to_ascii_lowercase(), |name, word| name.replace(word, "*"));
    let parts = name.split(BETWEEN).map(|part| if FOREIGN.contains(&part) { "*" } else { part });
    parts.collect::<Vec<_>>().join("-")
}

/// Tells programs that Cargo built for glibc, and that are copied where musl is.
fn of_cargo(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(fs) = facts.images.last().filter(|fs| packager(&fs.root) == Some("apk")) else {
        return;
    };
    let Root::Official(base) = &fs.root else { return };
    let brings =
        |text: &str| ["gcompat", "libc6-compat", "glibc"].iter().any(|it| text.contains(it));
    if fs.packages.iter().any(|name| name == "*" || brings(name))
        || facts
            .final_instructions()
            .filter_map(|index| facts.runs.get(&index))
            .any(|run| brings(&run.text.text))
    {
        return;
    }
    let mut builds = BTreeMap::new();
    for index in facts.final_instructions() {
        let holder = facts.instruction(index);
        let (Kind::Copy(transfer), Some(stage)) = (&holder.kind, facts.stages.of(index)) else {
            continue;
        };
        let from = holder.flag("from").and_then(|flag| flag.value.as_ref());
        let Some(Base::Stage(from)) =
            from.map(|word| facts.stages.source_of(stage.index, &word.raw))
        else {
            continue;
        };
        for source in &transfer.sources {
            let Some(verb) = verb(&source.raw) else { continue };
            let build =
                *builds.entry((from, verb)).or_insert_with(|| built_for_glibc(facts, from, verb));
            let Some(build) = build else { continue };
            sink.report(
                facts.at(source.span),
                format!("`{}` is built for glibc, and `{base}` has musl", source.raw),
                "the program cannot be started there: the shell says \"not found\", though the file is there",
            )
            .help(
                "build it in `rust:1-alpine` or with `--target x86_64-unknown-linux-musl`, or start \
                 the stage from `debian:13-slim`",
            )
            .related(facts.at(build.span), "built here");
        }
    }
}

fn packager(root: &Root) -> Option<&'static str> {
    let Root::Official(image) = root else { return None };
    let reference = ImageRef::parse(image)?;
    Some(commands::commands(&reference)?.package_manager())
}

/// What Cargo did to put a program at this path: built it, or installed it.
fn verb(path: &str) -> Option<&'static str> {
    let (dir, name) = path.rsplit_once('/')?;
    let dir = dir.replace(&format!("/{GLIBC}/"), "/");
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    if dir.ends_with("/target/release") || dir.ends_with("/target/debug") {
        Some("build")
    } else {
        (dir == "/usr/local/cargo/bin").then_some("install")
    }
}

/// The command of a stage by which Cargo surely built its programs against the glibc of its base.
fn built_for_glibc<'a>(
    facts: &'a Facts<'_>,
    stage: usize,
    verb: &'static str,
) -> Option<&'a RunCommand> {
    if packager(&facts.images.get(stage)?.root) != Some("apt") {
        return None;
    }
    // Another target, or a C library inside, may be said anywhere: in the project's settings of Cargo, or by
    // any instruction, since an ARG is a part of the environment, too, and a COPY may write settings.
    let says = [
        "musl",
        "crt-static",
        "RUSTFLAGS",
        "--target",
        "TARGET",
        "cross",
        "zig",
        ".cargo",
        "cargo/config",
    ];
    let env = ["CARGO_BUILD_TARGET", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"];
    let scope = facts.stages.scope_after(stage);
    let bodies = facts.stages.lineage(stage).into_iter();
    let mut indices = bodies.flat_map(|member| facts.stages.stages[member].body.clone());
    let is_other = |index: usize| {
        let text = facts.file.source.slice(facts.instruction(index).span);
        // The target that it has anyway is no other.
        let text = [" ", "="].iter().fold(text.to_owned(), |text, sign| {
            text.replace(&format!("--target{sign}{GLIBC}"), "")
        });
        says.iter().any(|word| text.contains(word))
    };
    if env.iter().any(|name| scope.env.contains_key(*name))
        || indices.clone().any(is_other)
        || facts.project.tree.entries.iter().any(|entry| entry.path.contains(".cargo/config"))
    {
        return None;
    }
    indices.find_map(|index| {
        facts.runs.get(&index)?.commands.iter().find(|held| {
            held.call().is_some_and(|(program, args)| {
                program == "cargo" && args.first() == Some(&verb) && !args.contains(&"?")
            })
        })
    })
}

/// Whether the RUN asks for the processor: then it has more than one answer.
fn asks(run: &Run) -> bool {
    let text = &run.text.text;
    [
        "uname",
        "TARGETARCH",
        "TARGETPLATFORM",
        "BUILDARCH",
        "dpkg --print-architecture",
        "arch)",
        "apk --print-arch",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// The part of a URL's file name that names another processor or system.
fn foreign(url: &str) -> Option<&str> {
    if !url.starts_with("http") {
        return None;
    }
    // A host, and a folder, are no file.
    let place = without_query(url).split_once("://").map_or("", |(_, place)| place);
    if place.ends_with('/') || !place.contains('/') {
        return None;
    }
    let parts = || name_of_url(url).split(BETWEEN);
    // A name that lists several is for all of them.
    if parts().any(|part| matches!(part, "amd64" | "x86" | "x64" | "universal" | "noarch" | "all"))
    {
        return None;
    }
    let is_other =
        |part: &str| FOREIGN.iter().chain(SYSTEMS).any(|it| part.eq_ignore_ascii_case(it));
    parts().find(|part| is_other(part))
}

fn report(at: Location, url: &str, part: &str, sink: &mut Sink<'_>) {
    let file = name_of_url(url);
    sink.report(
        at,
        format!("`{file}` is built for `{part}`, and sandboxes run `linux/amd64`"),
        "the program cannot be executed there: \"exec format error\" on its first call",
    )
    .help("download the file for `linux` and `amd64` (`x86_64`)");
}
