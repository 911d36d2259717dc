//! apt installs where an earlier RUN has removed the package lists.

use std::collections::BTreeSet;

use super::{later, run_edits};
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, PackageCall, Packager, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Kind},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG421",
    name: "install-without-lists",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG421.md"),
    check,
};

const LISTS: &str = "/var/lib/apt/lists";

/// Packages that many bases bring, so that asking for them again needs no lists.
const OFTEN_THERE: &[&str] = &[
    "bash",
    "bzip2",
    "ca-certificates",
    "curl",
    "file",
    "g++",
    "gcc",
    "git",
    "gnupg",
    "libc6-dev",
    "libssl-dev",
    "make",
    "netbase",
    "openssh-client",
    "openssl",
    "passwd",
    "patch",
    "procps",
    "python3",
    "tzdata",
    "unzip",
    "wget",
    "xz-utils",
    "zlib1g-dev",
];

/// What is known of a stage at some point.
#[derive(Debug, Default, Clone)]
struct State<'a> {
    /// What removed the lists, where they surely are gone.
    removed: Option<Span>,
    /// What was asked for so far.
    asked: BTreeSet<&'a str>,
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if !facts.packages.iter().any(|call| call.packager == Packager::Apt) {
        return;
    }
    let mut ends: Vec<State<'_>> = Vec::new();
    for stage in &facts.stages.stages {
        let mut state = match stage.base {
            Base::Stage(below) => ends.get(below).cloned().unwrap_or_default(),
            _ => State::default(),
        };
        for (index, run) in facts.runs.range(stage.body.clone()) {
            let is_run = matches!(facts.instruction(*index).kind, Kind::Run(_));
            if is_run && !run_edits::is_mounted(facts, *index, LISTS) {
                follow(facts, *index, run, &mut state, sink);
            }
        }
        ends.push(state);
    }
}

fn follow<'a>(
    facts: &'a Facts<'_>,
    index: usize,
    run: &'a Run,
    state: &mut State<'a>,
    sink: &mut Sink<'_>,
) {
    if run.commands.is_empty() || run.script.has_errors {
        state.removed = None;
        return;
    }
    let calls = facts.packages_in(index..index + 1);
    for (at, held) in run.commands.iter().enumerate() {
        let call = calls.iter().find(|call| call.command == at && call.packager == Packager::Apt);
        let Some(call) = call else {
            if removes(held) && run.is_unguarded(at) {
                state.removed = Some(held.span);
            } else if state.removed.is_some() && later::may_call(held) {
                state.removed = None;
            }
            continue;
        };
        match call.what.as_str() {
            "update" => state.removed = None,
            "distclean" | "dist-clean" if run.is_unguarded(at) => state.removed = Some(held.span),
            "install" => {
                if let Some(removed) = state.removed.filter(|_| run.is_unguarded(at))
                    && let Some(name) = needed(call, &state.asked)
                {
                    report(facts, sink, (call, run), name, removed);
                    state.removed = None;
                }
                state.asked.extend(call.names.iter().map(|name| bare(name)));
            }
            _ => (),
        }
    }
}

fn report(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    (call, run): (&PackageCall, &Run),
    name: &str,
    removed: Span,
) {
    let word = &run.commands[call.command].command.words[call.program];
    let program = word.literal.as_deref().unwrap_or("apt-get");
    sink.report(
        facts.at(run_edits::place(call, run)),
        format!("`{program} install` has no package lists to find `{name}` in"),
        "apt knows what is installed and nothing else, so that the build stops with \"Unable to locate package\"",
    )
    .help(format!("begin the RUN with `{program} update`, or install all in one RUN"))
    .related(facts.at(removed), "the lists are removed here");
}

/// The first package that apt has to look for.
fn needed<'a>(call: &'a PackageCall, asked: &BTreeSet<&str>) -> Option<&'a str> {
    let plain = |name: &&str| {
        !name.contains(['/', '*', '$'])
            && !name.ends_with(".deb")
            && !name.ends_with(['-', '+'])
            && !OFTEN_THERE.contains(name)
            && !asked.contains(name)
    };
    let known = !call.incomplete && !call.has(&["--fix-broken"], Some('f'));
    call.names.iter().map(|name| bare(name)).find(plain).filter(|_| known)
}

/// A package without its version and architecture.
fn bare(name: &str) -> &str {
    name.split(['=', ':']).next().unwrap_or(name)
}

/// Whether a command removes all lists.
fn removes(held: &RunCommand) -> bool {
    held.program() == Some("rm")
        && held.command.words.iter().any(|word| {
            let path = word.raw.trim_matches(['"', '\'']);
            path.strip_prefix(LISTS).is_some_and(|rest| matches!(rest, "" | "/" | "/*"))
        })
}
