//! An ARG above an installation that does not use it.

use std::collections::BTreeMap;

use super::{
    moves::{self, Made},
    sg304_volatile_value_early::is_volatile,
};
use crate::{
    lint::{
        diagnostic::{Fix, Severity},
        facts::{Costly, Facts, Work},
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::{Assignment, Instruction, Kind, platform_arg},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG311",
    name: "argument-declared-early",
    family: Family::Cache,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG311.md"),
    check,
};

/// A stage with more findings was not written by hand.
const MOST: usize = 32;

/// An ARG that nothing has used so far.
struct Waiting<'a> {
    index: usize,
    pair: &'a Assignment,
    alone: bool,
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        of_stage(facts, stage, sink);
    }
}

fn of_stage(facts: &Facts<'_>, stage: usize, sink: &mut Sink<'_>) {
    let body = facts.stages.stages[stage].body.clone();
    let mut args = facts.file.instructions[body.clone()]
        .iter()
        .filter(|instruction| matches!(instruction.kind, Kind::Arg(_)));
    if args.next().is_none() {
        return;
    }
    // RUNs that may use a value without naming it, and installations that do not.
    let mut opaque: Vec<usize> = Vec::new();
    let mut known: Vec<(usize, Made)> = Vec::new();
    for (index, run) in facts.runs_in(body.clone()) {
        match moves::made(run) {
            Made::Other => opaque.push(index),
            made => known.push((index, made)),
        }
    }
    let installs: Vec<(&Costly, Made)> = facts
        .costly(body.clone())
        .iter()
        .filter(|costly| costly.work != Work::Compile)
        .filter_map(|costly| {
            let at = known.binary_search_by_key(&costly.instruction, |(index, _)| *index).ok()?;
            Some((costly, known[at].1))
        })
        .collect();
    if installs.is_empty() {
        return;
    }
    let mut told = 0;
    let mut waiting: BTreeMap<&str, Waiting<'_>> = BTreeMap::new();
    for index in body {
        let instruction = facts.instruction(index);
        if !waiting.is_empty() {
            for name in used(facts, instruction) {
                let Some(arg) = waiting.remove(name) else { continue };
                let next = opaque.partition_point(|at| *at <= arg.index);
                let first = opaque.get(next).map_or(index, |at| index.min(*at));
                let from = installs.partition_point(|(costly, _)| costly.instruction <= arg.index);
                let above = &installs[from..];
                if let Some((costly, made)) = above.first()
                    && costly.instruction < first
                    && told < MOST
                    && !(*made == Made::Installs && is_configuration(facts, name))
                {
                    told += 1;
                    report(facts, &arg, first, index, costly, sink);
                }
            }
        }
        match &instruction.kind {
            Kind::Arg(pairs) => {
                for pair in pairs {
                    let name = pair.name.raw.as_str();
                    waiting.remove(name);
                    if !is_known(name) {
                        waiting.insert(name, Waiting { index, pair, alone: pairs.len() == 1 });
                    }
                }
            }
            // It hides the ARG.
            Kind::Env(pairs) => {
                for pair in pairs {
                    waiting.remove(pair.name.raw.as_str());
                }
            }
            _ => (),
        }
    }
}

/// The names that an instruction may use: those behind a `$`, and in a RUN every word.
fn used<'a>(facts: &'a Facts<'_>, instruction: &Instruction) -> impl Iterator<Item = &'a str> {
    let text: &'a str = facts.file.source.slice(instruction.span);
    let (text, every) = match &instruction.kind {
        Kind::Run(_) => (text, true),
        Kind::Cmd(_) | Kind::Entrypoint(_) | Kind::Healthcheck(_) | Kind::Shell(_) => ("", false),
        _ if text.as_bytes().contains(&b'$') => (text, false),
        _ => ("", false),
    };
    let bytes = text.as_bytes();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + bytes.get(at..)?.iter().position(is_part)?;
            let word = bytes[start..].iter().take_while(|byte| is_part(byte)).count();
            at = start + word;
            let before = &bytes[..start];
            if every || [&b"$"[..], b"${", b"${!"].iter().any(|sign| before.ends_with(sign)) {
                return Some(&text[start..at]);
            }
        }
    })
}

/// Names that another rule is about, whose value never changes, that are meant to break the cache,
/// or that tools read from the environment.
fn is_known(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let starts = [
        "APT_",
        "BUNDLE_",
        "BUN_",
        "CARGO_",
        "CGO_",
        "COMPOSER_",
        "CONDA_",
        "CURL_",
        "DEBIAN_",
        "DEBCONF_",
        "DOTNET_",
        "ELECTRON_",
        "GEM_",
        "GIT_",
        "GO",
        "GRADLE_",
        "HOMEBREW_",
        "JAVA_",
        "LC_",
        "MAVEN_",
        "NODE_",
        "NPM_",
        "NUGET_",
        "NVM_",
        "PIP_",
        "PIPENV_",
        "PLAYWRIGHT_",
        "PNPM_",
        "POETRY_",
        "PRISMA_",
        "PUPPETEER_",
        "PYTHON",
        "RUST",
        "SETUPTOOLS_",
        "SKIP_",
        "UV_",
        "YARN_",
    ];
    let whole = [
        "CC",
        "CFLAGS",
        "CI",
        "CPPFLAGS",
        "CXX",
        "CXXFLAGS",
        "HOME",
        "LANG",
        "LANGUAGE",
        "LDFLAGS",
        "MAKEFLAGS",
        "PATH",
        "SHELL",
        "SOURCE_DATE_EPOCH",
        "TERM",
        "TMPDIR",
        "TZ",
        "USER",
    ];
    let parts = [
        "_PROXY",
        "CACHE",
        "BUST",
        "INVALIDATE",
        "REBUILD",
        "REFRESH",
        "FORCE",
        "TOKEN",
        "REGISTRY",
        "MIRROR",
        "INDEX_URL",
    ];
    is_volatile(name)
        || platform_arg(name).is_some()
        || starts.iter().any(|start| upper.starts_with(start) && !upper.ends_with("VERSION"))
        || whole.contains(&upper.as_str())
        || parts.iter().any(|part| upper.contains(part))
        || name.starts_with("BUILDKIT_")
}

/// Whether a file that a package manager may read names the value.
fn is_configuration(facts: &Facts<'_>, name: &str) -> bool {
    facts.project.files.iter().any(|(path, source)| {
        !path.ends_with(".sh") && moves::words(source.text(), name).next().is_some()
    })
}

fn report(
    facts: &Facts<'_>,
    arg: &Waiting<'_>,
    target: usize,
    use_at: usize,
    costly: &Costly,
    sink: &mut Sink<'_>,
) {
    let (name, what) = (&arg.pair.name.raw, &costly.what);
    sink.report(
        facts.at(arg.pair.span),
        format!("`{name}` is declared above `{what}`, which does not use it"),
        "the builder counts a declared argument into every RUN below it, so that another value installs everything again",
    )
    .help(match target {
        _ if target == use_at => {
            "declare it directly above the first instruction that uses it".to_owned()
        }
        _ => format!(
            "declare it below the installations, above line {}, which may use it",
            facts.file.source.line_of(facts.instruction(target).span.start as usize)
        ),
    })
    .related(facts.at(costly.span), "installed again with another value")
    .related(facts.at(facts.instruction(use_at).keyword), "first used here")
    .maybe_fix(fix(facts, arg, target));
}

fn fix(facts: &Facts<'_>, arg: &Waiting<'_>, target: usize) -> Option<Fix> {
    let depends = arg.pair.value.as_ref().is_some_and(|value| value.raw.contains('$'));
    let sets = |index: usize| matches!(facts.instruction(index).kind, Kind::Arg(_) | Kind::Env(_));
    if !arg.alone || depends && (arg.index + 1..target).any(sets) {
        return None;
    }
    moves::above(facts, arg.index, target, format!("move `ARG {}` down", arg.pair.name.raw))
}
