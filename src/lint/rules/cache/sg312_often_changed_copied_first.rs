//! Files that change often are copied above what does not need them.

use super::moves::{self, Made};
use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{ContextCopy, Facts, Install, Manager, Work, join},
        rule::{Family, Rule, Sink},
    },
    project::{
        context::{Entry, EntryKind},
        dockerfile::Kind,
        history::{Changes, History},
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG312",
    name: "often-changed-copied-first",
    family: Family::Cache,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG312.md"),
    check,
};

/// Files that fewer commits touched do not change often.
const LEAST: usize = 10;

/// How many times more often they have to change than what stands below them.
const RATIO: usize = 5;

/// What takes a moment to copy again; bytes.
const NOTABLE: u64 = 1_000_000;

/// A stage with more COPYs was not written by hand.
const MOST: usize = 32;

/// Directories that installations of Node packages read.
const READ_BY_NODE: [&str; 5] = [".yarn", "packages", "patches", "prisma", "scripts"];

/// Texts of a manifest that say that the installation reads other files of the project.
const READS_MORE: [&str; 14] = [
    "file:",
    "link:",
    "workspace",
    "postinstall",
    "preinstall",
    "\"prepare\"",
    "\"install\"",
    "../",
    "\"./",
    "=> .",
    "-r ",
    "-e ",
    "path",
    "patch",
];

/// What a COPY takes.
struct Taken<'a> {
    instruction: usize,
    sources: Vec<&'a ContextCopy>,
    files: Vec<&'a Entry>,
    changes: Changes,
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(history) = facts.history else { return };
    if history.commits() < LEAST {
        return;
    }
    for stage in facts.stages.needed() {
        let end = facts.stages.stages[stage].body.end;
        let taken = taken(facts, history, facts.stages.stages[stage].body.start, end);
        for often in taken.iter().filter(|one| one.changes.commits >= LEAST) {
            let Some(found) =
                idle(facts, often, &taken, end).or_else(|| rare(facts, often, &taken))
            else {
                continue;
            };
            let own = facts.instruction(often.instruction);
            let name = &often.sources[0].written;
            sink.report(
                facts.at(own.span),
                format!("`{name}` changes often, and is copied above {}", found.what),
                format!(
                    "{} of the last {} commits touched it, and {} what stands below, which is built again each time",
                    often.changes.commits,
                    history.commits(),
                    found.commits
                ),
            )
            .help("copy it below")
            .related(found.at, "does not need it");
        }
    }
}

/// What stands below for no reason.
struct Found {
    what: String,
    at: Location,
    commits: usize,
}

/// What each COPY of a stage takes, where all of that is known.
fn taken<'a>(facts: &'a Facts<'_>, history: &History, start: usize, end: usize) -> Vec<Taken<'a>> {
    let from = facts.copies.partition_point(|copy| copy.instruction < start);
    let to = facts.copies.partition_point(|copy| copy.instruction < end);
    facts.copies[from..to]
        .chunk_by(|a, b| a.instruction == b.instruction)
        .filter(|sources| facts.instruction(sources[0].instruction).flag("exclude").is_none())
        .take(MOST)
        .map(|sources| {
            let tree = &facts.project.tree;
            let mut files: Vec<&Entry> = Vec::new();
            for copy in sources {
                let dirs: Vec<&str> = if copy.glob {
                    tree.glob(&copy.path).sent.iter().map(|entry| entry.path.as_str()).collect()
                } else {
                    vec![&copy.path]
                };
                for dir in dirs {
                    files.extend(tree.within(dir).filter(|entry| {
                        entry.excluded.is_none() && matches!(entry.kind, EntryKind::File { .. })
                    }));
                }
            }
            let changes = history.of(files.iter().map(|entry| entry.path.as_str()));
            let instruction = sources[0].instruction;
            Taken { instruction, sources: sources.iter().collect(), files, changes }
        })
        .collect()
}

fn is_often(often: &Taken<'_>, rare: usize) -> bool {
    often.changes.commits >= RATIO * rare.max(1)
}

/// An installation below that does not need the files.
fn idle(facts: &Facts<'_>, often: &Taken<'_>, taken: &[Taken<'_>], end: usize) -> Option<Found> {
    let below = often.instruction + 1..end;
    let from = facts.installs.partition_point(|one| one.instruction < below.start);
    let own = facts.installs[from..].iter().take_while(|one| one.instruction < end);
    for install in own.filter(|one| one.alone && one.manifests_suffice) {
        let needed: Vec<&Taken<'_>> = taken
            .iter()
            .filter(|one| one.instruction < install.instruction && brings(one, install))
            .collect();
        let commits = needed.iter().map(|one| one.changes.commits).max().unwrap_or_default();
        let apart = needed.iter().all(|one| one.instruction != often.instruction)
            && needed.iter().all(|one| one.changes.known);
        if !needed.is_empty() && apart && is_often(often, commits) && !reads(facts, install, often)
        {
            let what = format!("`{}`", install.what);
            return Some(Found { what, at: facts.at(install.span), commits });
        }
    }
    // Of directories above packages of the system, another rule speaks.
    if often.sources.iter().any(|copy| copy.glob || copy.is_directory(facts.project)) {
        return None;
    }
    let (Kind::Copy(transfer) | Kind::Add(transfer)) = &facts.instruction(often.instruction).kind
    else {
        return None;
    };
    let settings =
        ["/etc", "/usr/share", "$"].iter().any(|start| transfer.dest.raw.starts_with(start))
            || transfer.dest.raw == "/";
    if settings {
        return None;
    }
    let costly =
        facts.costly(below).iter().filter(|one| one.work == Work::Packages).find(|one| {
            facts.runs.get(&one.instruction).is_some_and(|run| {
                let text = run.text.text.replace("/var/lib/apt/lists/*", "");
                let dest =
                    transfer.dest.raw.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let mut names = often.files.iter().map(|entry| entry.path.name()).chain([dest]);
                moves::made(run) == Made::Packages
                    && !text.contains(['$', '`', '<', '*'])
                    && !text.contains("./")
                    && !names.any(|name| name.len() > 1 && text.contains(name))
            })
        })?;
    Some(Found { what: format!("`{}`", costly.what), at: facts.at(costly.span), commits: 0 })
}

/// Whether a COPY takes a manifest of the installation.
fn brings(taken: &Taken<'_>, install: &Install) -> bool {
    let mut names = install.main_files.iter().chain(&install.other_files);
    names.any(|name| taken.files.iter().any(|entry| entry.path.name() == name.as_str()))
}

/// Whether the installation may read the files, though they are no manifests.
fn reads(facts: &Facts<'_>, install: &Install, often: &Taken<'_>) -> bool {
    let node =
        matches!(install.manager, Manager::Npm | Manager::Yarn | Manager::Pnpm | Manager::Bun);
    let named = node
        && often
            .files
            .iter()
            .any(|entry| entry.path.split('/').any(|part| READ_BY_NODE.contains(&part)));
    let manifests: Vec<_> = facts
        .project
        .files
        .iter()
        .filter(|(path, _)| install.main_files.iter().any(|name| path.name() == name))
        .collect();
    // What it says is not known.
    named
        || manifests.is_empty()
        || manifests
            .iter()
            .any(|(_, source)| READS_MORE.iter().any(|more| source.text().contains(more)))
}

/// Large files below that change rarely, and could be copied first.
fn rare(facts: &Facts<'_>, often: &Taken<'_>, taken: &[Taken<'_>]) -> Option<Found> {
    let found = taken.iter().filter(|one| one.instruction > often.instruction).find(|rare| {
        let bytes: u64 = rare
            .files
            .iter()
            .map(|entry| if let EntryKind::File { size, .. } = entry.kind { size } else { 0 })
            .sum();
        bytes >= NOTABLE
            && rare.changes.known
            && is_often(often, rare.changes.commits)
            && (often.instruction + 1..rare.instruction).all(|at| {
                !matches!(
                    facts.instruction(at).kind,
                    Kind::Run(_) | Kind::Workdir(_) | Kind::Volume(_) | Kind::Invalid
                )
            })
            && !overlap(facts, often, rare)
    })?;
    let what = format!("`{}`", found.sources[0].written);
    let at = facts.at(facts.instruction(found.instruction).span);
    Some(Found { what, at, commits: found.changes.commits })
}

/// Whether two COPYs may write the same file: then their order counts.
fn overlap(facts: &Facts<'_>, a: &Taken<'_>, b: &Taken<'_>) -> bool {
    let sources = a.sources.iter().any(|one| {
        b.sources.iter().any(|two| {
            one.glob || two.glob || one.path.is_within(&two.path) || two.path.is_within(&one.path)
        })
    });
    let dest = |taken: &Taken<'_>| {
        let (Kind::Copy(transfer) | Kind::Add(transfer)) =
            &facts.instruction(taken.instruction).kind
        else {
            return None;
        };
        let scope = facts.stages.scope_at(taken.instruction);
        let expanded = scope.expand(&transfer.dest, facts.file.escape);
        Some(join(scope.workdir.as_deref().unwrap_or_default(), expanded.known()?))
    };
    let inside = |a: &str, b: &str| {
        a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || b == "/" || rest.starts_with('/'))
    };
    let places = match (dest(a), dest(b)) {
        (Some(a), Some(b)) => inside(&a, &b) || inside(&b, &a),
        _ => true,
    };
    sources || places
}
