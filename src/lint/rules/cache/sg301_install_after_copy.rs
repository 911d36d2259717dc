//! Dependencies that are installed behind a COPY of the sources.

use super::{
    manifests_first::fix,
    other_inputs::{has_other_inputs, script},
    requirements::{self, Reads},
    sources_above,
};
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, Install, Manager, RunCommand, join},
        rule::{Family, Rule, Sink},
    },
    project::{
        bytes::is_url,
        context::EntryKind,
        dockerfile::{Kind, Transfer},
        path::ContextPath,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG301",
    name: "install-after-copy",
    family: Family::Cache,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG301.md"),
    check,
};

/// A directory of the context that a COPY puts into the image.
pub(super) struct Broad {
    pub(super) instruction: usize,
    /// The directory in the context.
    pub(super) from: ContextPath,
    /// Where its content goes.
    to: String,
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if facts.installs.is_empty() {
        return;
    }
    for stage in facts.stages.needed() {
        of_stage(facts, stage, sink);
    }
}

fn of_stage(facts: &Facts<'_>, stage: usize, sink: &mut Sink<'_>) {
    let own = facts.stages.stages[stage].body.clone();
    if !facts.installs.iter().any(|install| own.contains(&install.instruction)) {
        return;
    }
    let mut broad: Vec<Broad> = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    let mut lineage = facts.stages.lineage(stage);
    lineage.reverse();
    for index in lineage.into_iter().flat_map(|stage| facts.stages.stages[stage].body.clone()) {
        if let Kind::Copy(transfer) | Kind::Add(transfer) = &facts.instruction(index).kind {
            if facts.instruction(index).flag("from").is_none() {
                directories(facts, index, transfer, &mut broad);
            } else if transfer.sources.iter().any(|source| is_installed(&source.raw)) {
                // What an earlier stage installed is taken over.
                return;
            }
        }
        let from = facts.installs.partition_point(|install| install.instruction < index);
        for install in &facts.installs[from..] {
            if install.instruction != index {
                break;
            }
            let ecosystem = install.manager.ecosystem();
            // One installation before the sources is enough: the next is an addition to it.
            if done.contains(&ecosystem) {
                continue;
            }
            done.push(ecosystem);
            if !own.contains(&index) || is_cached(facts, install) {
                continue;
            }
            let Some((copy, dir)) = source_of(facts, install, &broad) else {
                sources_above::report(facts, stage, install, &broad, sink);
                continue;
            };
            if !(is_compiled(install) && is_prepared(facts, stage, copy, &dir)) {
                let reads = match install.manager {
                    Manager::Pip => requirements::reads(facts, install, &dir),
                    _ => Reads::Named,
                };
                if reads != Reads::Sources {
                    report(facts, install, copy, &dir, reads, sink);
                }
            }
        }
    }
}

fn is_installed(source: &str) -> bool {
    source.trim_end_matches('/').rsplit('/').next().is_some_and(|name| {
        matches!(
            name,
            "node_modules"
                | "vendor"
                | ".venv"
                | "__pypackages__"
                | "venv"
                | "site-packages"
                | "target"
                | "mod"
                | "deps"
                | ".deno"
                | "deno-dir"
        )
    })
}

/// Whether Go downloads only as it compiles.
fn is_compiled(install: &Install) -> bool {
    install.manager == Manager::Go && !install.manifests_suffice
}

/// Whether the modules of Go are there before the sources are: among them, or by another command.
fn is_prepared(facts: &Facts<'_>, stage: usize, copy: &Broad, dir: &ContextPath) -> bool {
    is_sent(facts, &dir.join("vendor/modules.txt"))
        || facts.stages.lineage(stage).into_iter().any(|stage| {
            let body = facts.stages.stages[stage].body.clone();
            let end = body.end.min(copy.instruction).max(body.start);
            facts.runs_in(body.start..end).any(|(_, run)| {
                let calls = run.commands.iter().filter_map(RunCommand::call);
                calls.filter(|(name, _)| *name == "go").any(|(_, args)| {
                    matches!(args.first().copied(), Some("mod" | "get" | "list" | "build" | "work"))
                })
            })
        })
}

/// Whether a cache mount keeps what a compiling build would fetch again.
fn is_cached(facts: &Facts<'_>, install: &Install) -> bool {
    !install.manifests_suffice && has_mount(facts, install, "type=cache")
}

pub(super) fn has_mount(facts: &Facts<'_>, install: &Install, part: &str) -> bool {
    facts
        .instruction(install.instruction)
        .flags_named("mount")
        .filter_map(|flag| flag.value.as_ref())
        .any(|value| value.raw.split(',').any(|item| item == part))
}

/// The directories of the context that a COPY takes.
fn directories(facts: &Facts<'_>, index: usize, transfer: &Transfer, out: &mut Vec<Broad>) {
    let scope = facts.stages.scope_at(index);
    let escape = facts.file.escape;
    let dest = scope.expand(&transfer.dest, escape);
    let Some(dest) = dest.known() else { return };
    let to = join(scope.workdir.as_deref().unwrap_or_default(), dest);
    let parents = facts.instruction(index).flag("parents").is_some();
    for source in &transfer.sources {
        let source = scope.expand(source, escape);
        let Some(source) = source.known() else { continue };
        if is_url(source) {
            continue;
        }
        let path = ContextPath::clean(source);
        let whole = path.is_empty() || matches!(path.as_str(), "*" | "**");
        let is_dir =
            || facts.project.tree.get(&path).is_some_and(|entry| entry.kind == EntryKind::Dir);
        if whole {
            out.push(Broad { instruction: index, from: ContextPath::new(""), to: to.clone() });
        } else if is_dir() {
            let to = if parents { join(&to, &path) } else { to.clone() };
            out.push(Broad { instruction: index, from: path, to });
        }
    }
}

/// The first COPY that brings the manifests of an installation with the sources, and the directory
/// of the context that they lie in.
fn source_of<'a>(
    facts: &Facts<'_>,
    install: &Install,
    broad: &'a [Broad],
) -> Option<(&'a Broad, ContextPath)> {
    broad.iter().find_map(|copy| {
        let below = if copy.to == "/" {
            install.dir.trim_start_matches('/')
        } else {
            install.dir.strip_prefix(copy.to.as_str())?
        };
        if !(below.is_empty() || copy.to.is_empty() || copy.to == "/" || below.starts_with('/')) {
            return None;
        }
        let dir = copy.from.join(below);
        let there = install.main_files.iter().any(|name| is_sent(facts, &dir.join(name)))
            || finds_project(install) && has_project(facts, &dir);
        there.then_some((copy, dir))
    })
}

/// `dotnet restore` alone, which looks for the project or solution itself.
pub(super) fn finds_project(install: &Install) -> bool {
    install.manager == Manager::Dotnet && install.main_files.is_empty()
}

fn has_project(facts: &Facts<'_>, dir: &ContextPath) -> bool {
    facts.project.tree.within(dir).any(|entry| {
        let below = entry.path.strip_prefix(dir.as_str()).unwrap_or(&entry.path);
        let ends = ["csproj", "fsproj", "vbproj", "sln", "slnx"];
        entry.excluded.is_none()
            && !below.trim_start_matches('/').contains('/')
            && below.rsplit_once('.').is_some_and(|(_, end)| ends.contains(&end))
    })
}

pub(super) fn is_sent(facts: &Facts<'_>, path: &str) -> bool {
    facts.project.tree.get(path).is_some_and(|entry| {
        entry.excluded.is_none() && matches!(entry.kind, EntryKind::File { .. })
    })
}

fn report(
    facts: &Facts<'_>,
    install: &Install,
    copy: &Broad,
    dir: &ContextPath,
    reads: Reads,
    sink: &mut Sink<'_>,
) {
    let what = &install.what;
    let source = match copy.from.as_str() {
        "" => "the whole context is".to_owned(),
        dir => format!("`{dir}` is"),
    };
    let fix = if reads == Reads::Named { fix(facts, install, copy, dir) } else { None };
    let cached = |dir: &str| {
        format!("keep what it downloads in a cache: `RUN --mount=type=cache,target=/root/{dir} …`")
    };
    let help = match install.manager {
        Manager::Cargo if what == "cargo chef cook" => {
            "make `recipe.json` in a stage of its own, and copy it alone above `cargo chef cook`"
                .to_owned()
        }
        Manager::Cargo => "copy `Cargo.toml` and `Cargo.lock` and build the dependencies \
                           against an empty `src/main.rs` first, or use cargo-chef"
            .to_owned(),
        Manager::Gradle => cached(".gradle"),
        // Modules that depend on each other cannot be resolved before one of them is built.
        Manager::Maven if has_other_inputs(facts, install, dir) => cached(".m2"),
        Manager::Maven if what.starts_with("mvnw") => {
            "copy `pom.xml`, `mvnw` and `.mvn`, run `./mvnw dependency:go-offline`, then copy \
             the rest"
                .to_owned()
        }
        Manager::Maven => "copy `pom.xml`, run `mvn dependency:go-offline`, then copy the rest \
                           and build it"
            .to_owned(),
        Manager::Dotnet if finds_project(install) => format!(
            "copy the project files (`*.csproj`, `*.sln`), run `{what}`, then copy the rest"
        ),
        Manager::Go if is_compiled(install) => {
            "copy `go.mod` and `go.sum`, run `go mod download`, \
                                                then copy the rest and build it"
                .to_owned()
        }
        Manager::Deno if what == "deno cache" => "copy the manifests and `deno.lock`, run `deno \
                                                  install`, then copy the rest"
            .to_owned(),
        _ if !install.alone => {
            format!("give `{what}` a RUN of its own, with only its manifests copied above it")
        }
        Manager::Uv if fix.is_none() => "copy the manifests and run `uv sync \
                                         --no-install-project` before the sources are copied"
            .to_owned(),
        Manager::Poetry if fix.is_none() => "copy the manifests and run `poetry install \
                                             --no-root` before the sources are copied"
            .to_owned(),
        Manager::Pdm if fix.is_none() => "copy the manifests and run `pdm install --no-self` \
                                          before the sources are copied"
            .to_owned(),
        // Its command may hold a credential that no detector knows, and is not told.
        _ if let Some(name) = script(facts, install, dir) => format!(
            "`{what}` runs the script `{name}` of `package.json`: copy what it needs with the manifests, \
             or install with `--ignore-scripts` and run it behind the rest"
        ),
        _ if reads == Reads::More => format!(
            "copy the manifests and the files that they name, run `{what}`, then copy the rest"
        ),
        _ => format!("copy the manifests, run `{what}`, then copy the rest"),
    };
    sink.report(
        facts.at(facts.instruction(copy.instruction).span),
        format!("{source} copied before `{what}`"),
        "every change of any file repeats the installation, so each build of the sandbox takes \
         minutes longer",
    )
    .help(help)
    .related(facts.at(install.span), "installed here")
    .maybe_fix(fix);
}
