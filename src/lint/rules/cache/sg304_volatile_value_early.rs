//! A value that changes with every commit stands above expensive instructions.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Range,
};

use compact_str::CompactString;

use super::moves::{self, Made};
use crate::{
    lint::{
        diagnostic::{Fix, Safety, Severity},
        facts::{Facts, Manager},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Assignment, Kind},
        source::Span,
    },
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

/// A stage with this many names that change has another problem: each is searched for in all that
/// installs.
const NAMES: usize = 20;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        let body = facts.stages.stages[stage].body.clone();
        let volatile = body.clone().filter_map(|index| {
            let (Kind::Arg(pairs) | Kind::Env(pairs)) = &facts.instruction(index).kind else {
                return None;
            };
            Some((index, pairs, pairs.iter().find(|pair| is_volatile(&pair.name.raw))?))
        });
        let mut installs = None;
        // The last installation that does not use a value.
        let mut last: BTreeMap<&str, Option<usize>> = BTreeMap::new();
        for (index, pairs, pair) in volatile {
            let installs = installs.get_or_insert_with(|| installs_in(facts, body.clone()));
            let name = pair.name.raw.as_str();
            if !last.contains_key(name) && last.len() == NAMES {
                break;
            }
            let free = |(at, _): &&(usize, Span)| !facts.runs[at].text.text.contains(name);
            let last = *last
                .entry(name)
                .or_insert_with(|| installs.iter().rev().find(free).map(|(at, _)| *at));
            if last.is_none_or(|last| last <= index) {
                continue;
            }
            let below = installs.partition_point(|(at, _)| *at <= index);
            let Some((_, install)) = installs[below..].iter().find(free) else { continue };
            sink.report(
                facts.at(pair.span),
                format!("`{name}` changes with every build, and stands above an installation"),
                "a new value builds everything below again, so that no build of the sandbox is fast",
            )
            .help("move it below the installations, as near as possible to what uses it")
            .related(facts.at(*install), "installed again each time")
            .maybe_fix(moved(facts, index, pairs.len(), body.end));
            // What follows would be the same finding again.
            break;
        }
    }
}

/// Names that builds fill with the commit, the date or a counter. A cache buster is meant.
pub(super) fn is_volatile(name: &str) -> bool {
    let mut name = CompactString::from(name);
    name.make_ascii_uppercase();
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

/// What installs among these instructions, in order.
fn installs_in(facts: &Facts<'_>, within: Range<usize>) -> Vec<(usize, Span)> {
    let own = facts
        .installs
        .iter()
        .filter(|install| within.contains(&install.instruction))
        // A program is built of its sources anew each time anyway.
        .filter(|install| install.manager != Manager::Go || install.manifests_suffice)
        .map(|install| (install.instruction, install.span));
    let called = facts.packages_in(within.clone()).iter().filter(|call| call.installs());
    let system = called.filter_map(|call| {
        Some((call.instruction, facts.runs.get(&call.instruction)?.commands[call.command].span))
    });
    let mut all: Vec<(usize, Span)> = own.chain(system).collect();
    all.sort_by_key(|(index, span)| (*index, span.start));
    all
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
    /// In order.
    members: Vec<usize>,
    /// The variables that they set.
    names: HashSet<&'a str>,
    /// Other variables in their values, each with the instruction.
    others: Vec<(usize, &'a str)>,
    /// One of them is an ENV, which a program on the way may read without naming it.
    has_env: bool,
}

fn of_group(facts: &Facts<'_>, index: usize, end: usize, alike: bool) -> Option<Fix> {
    let first_of_all = argument(facts, index)?;
    let name = first_of_all.name.raw.as_str();
    let last_install = last_install(facts, index..end)?;
    let mut group = Group {
        members: vec![index],
        names: HashSet::from([name]),
        others: used_in(first_of_all).map(|other| (index, other)).collect(),
        has_env: false,
    };
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
    if last_install >= target || is_set_on_the_way(facts, &group, index + 1..target) {
        return None;
    }
    let title = match group.members.len() {
        1 => format!("move `ARG {name}` down"),
        _ => format!("move `ARG {name}` down, and what belongs to it"),
    };
    let mut fix = moves::all_above(facts, &group.members, target, title)?;
    if group.has_env {
        fix.safety = Safety::Unsafe;
    }
    Some(fix)
}

/// Whether another variable of a value is set anew between it and its new place.
fn is_set_on_the_way(facts: &Facts<'_>, group: &Group<'_>, way: Range<usize>) -> bool {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for at in way.filter(|at| group.members.binary_search(at).is_err()) {
        if let Kind::Arg(pairs) | Kind::Env(pairs) = &facts.instruction(at).kind {
            last.extend(pairs.iter().map(|pair| (pair.name.raw.as_str(), at)));
        }
    }
    group.others.iter().any(|(from, name)| last.get(name).is_some_and(|at| at > from))
}

/// The pair of an ARG that has one.
fn argument<'a>(facts: &Facts<'a>, at: usize) -> Option<&'a Assignment> {
    let Kind::Arg(pairs) = &facts.instruction(at).kind else { return None };
    let [pair] = &pairs[..] else { return None };
    Some(pair)
}

/// The variables in a value.
fn used_in(pair: &Assignment) -> impl Iterator<Item = &str> {
    let raw = pair.value.as_ref().map_or("", |value| value.raw.as_str());
    raw.split('$').skip(1).map(|rest| {
        let rest = rest.trim_start_matches('{');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// Takes another ARG that changes with every build into the group.
fn joins<'a>(facts: &Facts<'a>, at: usize, group: &mut Group<'a>) -> bool {
    let pair = argument(facts, at).filter(|pair| is_volatile(&pair.name.raw));
    let Some(pair) = pair else { return false };
    let foreign = used_in(pair).filter(|name| !group.names.contains(name));
    group.others.extend(foreign.map(|name| (at, name)));
    group.members.push(at);
    group.names.insert(pair.name.raw.as_str());
    true
}

/// The last instruction of these that installs.
fn last_install(facts: &Facts<'_>, within: Range<usize>) -> Option<usize> {
    let own = facts.installs.iter().map(|install| install.instruction);
    let called = facts.packages_in(within.clone()).iter().filter(|call| call.installs());
    own.chain(called.map(|call| call.instruction)).filter(|at| within.contains(at)).max()
}

/// Whether an instruction has one of the names.
fn uses(facts: &Facts<'_>, at: usize, names: &HashSet<&str>) -> bool {
    let text = facts.file.source.slice(facts.instruction(at).span);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !is_part(c)).any(|word| names.contains(word))
}

/// Takes an ENV into the group whose values are all made of its variables, or a LABEL, which nobody
/// reads in the build.
fn hands_on<'a>(facts: &Facts<'a>, at: usize, group: &mut Group<'a>) -> bool {
    let (Kind::Env(pairs) | Kind::Label(pairs)) = &facts.instruction(at).kind else { return false };
    let is_env = matches!(facts.instruction(at).kind, Kind::Env(_));
    let mut others = Vec::new();
    for pair in pairs {
        let (own, foreign): (Vec<&str>, Vec<&str>) =
            used_in(pair).partition(|name| group.names.contains(name));
        if is_env && own.is_empty() {
            return false;
        }
        others.extend(foreign.into_iter().map(|name| (at, name)));
    }
    if is_env {
        group.has_env = true;
        group.names.extend(pairs.iter().map(|pair| pair.name.raw.as_str()));
    }
    group.members.push(at);
    group.others.extend(others);
    true
}
