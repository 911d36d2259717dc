//! A value that changes with every commit stands above expensive instructions.

use std::ops::Range;

use super::moves::{self, Made};
use crate::{
    lint::{
        diagnostic::{Fix, Severity},
        facts::{Facts, Manager},
        rule::{Family, Rule, Sink},
    },
    project::{dockerfile::Kind, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG304",
    name: "volatile-value-early",
    family: Family::Cache,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG304.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        let body = facts.stages.stages[stage].body.clone();
        for index in body.clone() {
            let (Kind::Arg(pairs) | Kind::Env(pairs)) = &facts.instruction(index).kind else {
                continue;
            };
            let Some(pair) = pairs.iter().find(|pair| is_volatile(&pair.name.raw)) else {
                continue;
            };
            let Some(install) = first_install(facts, index + 1..body.end, &pair.name.raw) else {
                continue;
            };
            sink.report(
                facts.at(pair.span),
                format!("`{}` changes with every build, and stands above an installation", pair.name.raw),
                "a new value builds everything below again, so that no build of the sandbox is fast",
            )
            .help("move it below the installations, as near as possible to what uses it")
            .related(facts.at(install), "installed again each time")
            .maybe_fix(moved(facts, index, pairs.len(), body.end));
            // What follows would be the same finding again.
            break;
        }
    }
}

/// Names that builds fill with the commit, the date or a counter. A cache buster is meant.
pub(super) fn is_volatile(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    matches!(
        name.as_str(),
        "COMMIT"
            | "REVISION"
            | "SHA"
            | "BUILD_ID"
            | "BUILD_NUMBER"
            | "BUILD_NUM"
            | "BUILD_DATE"
            | "BUILD_TIME"
            | "BUILD_TIMESTAMP"
            | "BUILDTIME"
            | "BUILD_SHA"
            | "BUILD_REVISION"
            | "VCS_REF"
            | "VCS_REVISION"
            | "SOURCE_COMMIT"
            | "SOURCE_VERSION"
            | "CREATED"
            | "RELEASE_SHA"
            | "APP_COMMIT"
            | "APP_REVISION"
    ) || ["GIT_", "CI_", "GITHUB_"].iter().any(|start| {
        name.strip_prefix(start).is_some_and(|rest| {
            [
                "SHA",
                "COMMIT",
                "REV",
                "REVISION",
                "HASH",
                "COMMIT_SHA",
                "COMMIT_HASH",
                "SHORT_SHA",
                "REF",
                "RUN_ID",
                "RUN_NUMBER",
                "PIPELINE_ID",
                "TAG",
                "DESCRIBE",
            ]
            .contains(&rest)
        })
    })
}

/// The first installation below that does not use the value.
fn first_install(facts: &Facts<'_>, below: Range<usize>, name: &str) -> Option<Span> {
    let own = facts
        .installs
        .iter()
        // A program is built of its sources anew each time anyway.
        .filter(|install| install.manager != Manager::Go || install.manifests_suffice)
        .map(|install| (install.instruction, install.span));
    let called = facts.packages_in(below.clone()).iter().filter(|call| call.installs());
    let system = called.filter_map(|call| {
        Some((call.instruction, facts.runs.get(&call.instruction)?.commands[call.command].span))
    });
    own.chain(system)
        .filter(|(index, _)| below.contains(index) && !facts.runs[index].text.text.contains(name))
        .min_by_key(|(index, span)| (*index, span.start))
        .map(|(_, span)| span)
}

/// Moves an ARG of one name to what uses it first, else behind the last RUN: with each ENV and LABEL on the
/// way that hands its value on, and with the other values of its kind, where one LABEL often takes both.
fn moved(facts: &Facts<'_>, index: usize, pairs: usize, end: usize) -> Option<Fix> {
    let Kind::Arg(_) = &facts.instruction(index).kind else { return None };
    if pairs != 1 {
        return None;
    }
    of_group(facts, index, end, true).or_else(|| of_group(facts, index, end, false))
}

/// What moves together.
struct Group<'a> {
    members: Vec<usize>,
    /// The variables that they set.
    names: Vec<&'a str>,
    /// Other variables in their values, each with the instruction.
    others: Vec<(usize, &'a str)>,
}

fn of_group(facts: &Facts<'_>, index: usize, end: usize, alike: bool) -> Option<Fix> {
    let name = argument(facts, index)?;
    let last_install = last_install(facts, index..end)?;
    let mut group = Group { members: vec![index], names: vec![name], others: Vec::new() };
    let mut first = None;
    for at in index + 1..end {
        if at < last_install
            && (alike && joins(facts, at, &mut group)
                || uses(facts, at, &group.names) && hands_on(facts, at, &mut group))
        {
            continue;
        }
        // A build or a script may read it without naming it.
        if uses(facts, at, &group.names)
            || facts.runs.get(&at).is_some_and(|run| moves::made(run) == Made::Other)
        {
            first = Some(at);
            break;
        }
    }
    let last_run =
        (index + 1..end).rev().find(|at| matches!(facts.instruction(*at).kind, Kind::Run(_)))?;
    let target = first.or_else(|| (last_run + 1 < end).then_some(last_run + 1))?;
    // The first user may stand above the installations itself.
    let set_on_the_way = |(from, other): &(usize, &str)| {
        (from + 1..target).any(|at| !group.members.contains(&at) && sets(facts, at, other))
    };
    if last_install >= target || group.others.iter().any(set_on_the_way) {
        return None;
    }
    let title = match group.members.len() {
        1 => format!("move `ARG {name}` down"),
        _ => format!("move `ARG {name}` down, and what belongs to it"),
    };
    moves::all_above(facts, &group.members, target, title)
}

/// The name of an ARG that has one.
fn argument<'a>(facts: &Facts<'a>, at: usize) -> Option<&'a str> {
    let Kind::Arg(pairs) = &facts.instruction(at).kind else { return None };
    let [pair] = &pairs[..] else { return None };
    Some(pair.name.raw.as_str())
}

/// Takes another ARG that changes with every build into the group.
fn joins<'a>(facts: &Facts<'a>, at: usize, group: &mut Group<'a>) -> bool {
    let Some(name) = argument(facts, at).filter(|name| is_volatile(name)) else { return false };
    group.members.push(at);
    group.names.push(name);
    true
}

/// Whether an instruction sets a variable.
fn sets(facts: &Facts<'_>, at: usize, name: &str) -> bool {
    let (Kind::Arg(pairs) | Kind::Env(pairs)) = &facts.instruction(at).kind else { return false };
    pairs.iter().any(|pair| pair.name.raw == name)
}

/// The last instruction of these that installs.
fn last_install(facts: &Facts<'_>, within: Range<usize>) -> Option<usize> {
    let own = facts.installs.iter().map(|install| install.instruction);
    let called = facts.packages_in(within.clone()).iter().filter(|call| call.installs());
    own.chain(called.map(|call| call.instruction)).filter(|at| within.contains(at)).max()
}

/// Whether an instruction has one of the names.
fn uses(facts: &Facts<'_>, at: usize, names: &[&str]) -> bool {
    let text = facts.file.source.slice(facts.instruction(at).span);
    names.iter().any(|name| text.contains(name))
}

/// Takes an ENV into the group whose values are all made of its variables, or a LABEL, which nobody
/// reads in the build.
fn hands_on<'a>(facts: &Facts<'a>, at: usize, group: &mut Group<'a>) -> bool {
    let (Kind::Env(pairs) | Kind::Label(pairs)) = &facts.instruction(at).kind else { return false };
    let is_env = matches!(facts.instruction(at).kind, Kind::Env(_));
    let mut others = Vec::new();
    for pair in pairs {
        let raw = pair.value.as_ref().map_or("", |value| value.raw.as_str());
        let used = raw.split('$').skip(1).map(|rest| {
            let rest = rest.trim_start_matches('{');
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        });
        let (own, foreign): (Vec<&str>, Vec<&str>) =
            used.partition(|name| group.names.contains(name));
        if is_env && own.is_empty() {
            return false;
        }
        others.extend(foreign.into_iter().map(|name| (at, name)));
    }
    if is_env {
        group.names.extend(pairs.iter().map(|pair| pair.name.raw.as_str()));
    }
    group.members.push(at);
    group.others.extend(others);
    true
}
