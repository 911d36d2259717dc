//! Dependencies are installed in other versions than the lock file names.

use super::missing_lock;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{ContextCopy, Facts, Install, Manager, Run, RunCommand, Takes, join},
        rule::{Family, Rule, Sink},
    },
    project::{
        context::Entry,
        dockerfile::Kind,
        path::ContextPath,
        source::{Source, Span},
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG307",
    name: "lock-file-not-heeded",
    family: Family::Cache,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG307.md"),
    check,
};

/// How a package manager is held to its lock file.
struct Lock {
    files: &'static [&'static str],
    /// An option that does it; `None` where another verb does.
    option: Option<&'static str>,
    /// What people write then.
    better: &'static str,
}

fn lock(manager: Manager) -> Option<Lock> {
    let lock = |files, option, better| Some(Lock { files, option, better });
    match manager {
        Manager::Npm => lock(&["package-lock.json", "npm-shrinkwrap.json"], None, "npm ci"),
        Manager::Yarn => {
            lock(&["yarn.lock"], Some("--frozen-lockfile"), "yarn install --frozen-lockfile")
        }
        Manager::Pnpm => {
            lock(&["pnpm-lock.yaml"], Some("--frozen-lockfile"), "pnpm install --frozen-lockfile")
        }
        Manager::Bun => lock(
            &["bun.lock", "bun.lockb"],
            Some("--frozen-lockfile"),
            "bun install --frozen-lockfile",
        ),
        Manager::Uv => lock(&["uv.lock"], Some("--locked"), "uv sync --locked"),
        _ => None,
    }
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let mut said = Said::default();
    for install in &facts.installs {
        let Some(stage) = facts.stages.of(install.instruction) else { continue };
        let (Some(mut lock), Some(run)) =
            (lock(install.manager), facts.runs.get(&install.instruction))
        else {
            continue;
        };
        let Some(number) = run.commands.iter().position(|held| held.span == install.span) else {
            continue;
        };
        let held = &run.commands[number];
        if !facts.stages.is_needed(stage.index) {
            continue;
        }
        let copies: Vec<&ContextCopy> = facts
            .copies
            .iter()
            .filter(|copy| {
                stage.body.contains(&copy.instruction)
                    && copy.instruction < install.instruction
                    && goes_to(facts, copy, &install.dir)
            })
            .collect();
        let mounted = facts.instruction(install.instruction).flags.iter().any(|flag| {
            let text = flag.value.as_ref().map_or("", |value| value.raw.as_str());
            lock.files.iter().any(|name| text.contains(name))
        });
        let brought = copies.iter().find_map(|copy| brings(facts, copy, lock.files));
        // The project that is mounted is the one at the top.
        let dir = brought.as_ref().and_then(ContextPath::parent);
        let dir = dir.unwrap_or_else(|| ContextPath::new(""));
        if install.manager == Manager::Yarn && is_modern(facts, &dir) {
            lock.option = Some("--immutable");
            lock.better = "yarn install --immutable";
        }
        if mounted || brought.is_some() {
            let may_keep = install.manager == Manager::Pnpm || lock.option == Some("--immutable");
            if may_keep && said.of(run, number).unwrap_or_else(|| in_ci(facts, install)) {
                continue;
            }
            loose(facts, run, held, &lock, sink);
        } else {
            let stops = missing_lock::stops(facts, install, run, held, lock.files);
            left_behind(facts, &copies, &install.main_files, &lock, held, stops.as_deref(), sink);
        }
    }
}

/// Whether the environment of an installation says that this is CI, where pnpm and the newer Yarn
/// keep to their lock files by themselves.
fn in_ci(facts: &Facts<'_>, install: &Install) -> bool {
    let scope = facts.stages.scope_at(install.instruction);
    scope.lookup("CI").is_some_and(|value| says_ci(&value))
}

fn says_ci(value: &str) -> bool {
    !matches!(value, "" | "false")
}

/// What the commands of a RUN say of `CI`, each of them looked at once.
#[derive(Default)]
struct Said {
    instruction: usize,
    /// The first command that was not looked at.
    next: usize,
    exported: Option<bool>,
}

impl Said {
    /// What the command with this index finds in `CI`; `None` where its RUN says nothing of it.
    fn of(&mut self, run: &Run, index: usize) -> Option<bool> {
        if self.instruction != run.instruction || self.next > index {
            *self = Self { instruction: run.instruction, ..Self::default() };
        }
        for held in &run.commands[self.next..index] {
            if held.command.name() == Some("export") {
                self.exported = given(held).or(self.exported);
            }
        }
        self.next = index;
        given(&run.commands[index]).or(self.exported)
    }
}

/// What a command gives as `CI`: `CI=1 pnpm install`, `env CI=1 …`, `export CI`. A value that is not
/// known may be one.
fn given(held: &RunCommand) -> Option<bool> {
    let is_ci = |value: Option<&str>| value.is_none_or(says_ci);
    let assigned = held.command.assignments.iter().filter(|(name, _)| name == "CI");
    let before = assigned.map(|(_, value)| is_ci(value.literal.as_deref())).next_back();
    let mut words = held.command.words.iter().filter_map(|word| match word.literal.as_deref() {
        Some(known) => known.strip_prefix("CI=").map(|value| is_ci(Some(value))),
        None => word.raw.trim_start_matches('"').starts_with("CI=").then_some(true),
    });
    let exported =
        || (held.command.name() == Some("export") && held.command.has_arg("CI")).then_some(true);
    words.next_back().or(before).or_else(exported)
}

/// Whether a COPY puts what it takes into the directory.
fn goes_to(facts: &Facts<'_>, copy: &ContextCopy, dir: &str) -> bool {
    let (Kind::Copy(transfer) | Kind::Add(transfer)) = &facts.instruction(copy.instruction).kind
    else {
        return false;
    };
    let scope = facts.stages.scope_at(copy.instruction);
    let dest = scope.expand(&transfer.dest, facts.file.escape);
    dest.known().is_some_and(|dest| {
        let dest = join(scope.workdir.as_deref().unwrap_or_default(), dest);
        dest == dir || dest.rsplit_once('/').is_some_and(|(parent, _)| parent == dir)
    })
}

/// Whether the Yarn of a project is not the first one, which its settings, its manifest or its lock
/// file say.
pub(in crate::lint::rules) fn is_modern(facts: &Facts<'_>, dir: &ContextPath) -> bool {
    let text = |name: &str| facts.project.files.get(&dir.join(name)).map_or("", Source::text);
    let manifest = text("package.json");
    let chosen = manifest.find("\"packageManager\"").and_then(|at| {
        let (_, behind) = manifest[at..].split_once("\"yarn@")?;
        behind.chars().next()
    });
    facts.project.tree.get(&dir.join(".yarnrc.yml")).is_some()
        || chosen.is_some_and(|major| major.is_ascii_digit() && !matches!(major, '0' | '1'))
        || text("yarn.lock").contains("\n__metadata:")
}

/// The one of the files that a COPY takes.
fn brings(facts: &Facts<'_>, copy: &ContextCopy, names: &[&str]) -> Option<ContextPath> {
    if copy.takes == Takes::Nothing {
        return None;
    }
    let tree = &facts.project.tree;
    let is_lock = |entry: &Entry| entry.excluded.is_none() && names.contains(&entry.path.name());
    if copy.glob {
        let sent = tree.glob(&copy.path).sent;
        return sent.into_iter().find(|entry| is_lock(entry)).map(|entry| entry.path.clone());
    }
    let inside = names.iter().map(|name| copy.path.join(name));
    let found = std::iter::once(copy.path.clone())
        .chain(inside)
        .find_map(|path| tree.get(&path).filter(|entry| is_lock(entry)));
    found.map(|entry| entry.path.clone())
}

/// The lock file is there, and the command may pass over it.
fn loose(facts: &Facts<'_>, run: &Run, held: &RunCommand, lock: &Lock, sink: &mut Sink<'_>) {
    let words = &held.command.words;
    let literal = |at: usize| words.get(at).and_then(|word| word.literal.as_deref());
    let Some(program) = (0..words.len()).find(|at| {
        literal(*at).is_some_and(|word| matches!(word, "npm" | "yarn" | "pnpm" | "bun" | "uv"))
    }) else {
        return;
    };
    let rest = || words[program + 1..].iter().filter_map(|word| word.literal.as_deref());
    let held_to_it = rest().any(|word| {
        matches!(
            word,
            "ci" | "--immutable"
                | "--locked"
                | "--frozen"
                | "--offline"
                | "install-clean"
                | "clean-install"
        ) || word.starts_with("--frozen-lockfile")
            || word.starts_with("--no-frozen")
            || word.starts_with("--no-lock")
    });
    let names: Vec<&str> = rest().filter(|word| !word.starts_with('-')).collect();
    let plain = matches!(names.as_slice(), [] | ["install" | "i" | "sync"]);
    if held_to_it || !plain {
        return;
    }
    let file = facts.file.source.path().clone();
    let verb = (program + 1..words.len())
        .find(|at| literal(*at).is_some_and(|word| !word.starts_with('-')));
    let edit = match (lock.option, verb) {
        (None, Some(verb)) => Some((run.place(&words[verb]), "ci".to_owned())),
        (Some(option), Some(verb)) => {
            Some((Span::at(run.place(&words[verb]).end as usize), format!(" {option}")))
        }
        (Some(option), None) => {
            Some((Span::at(run.place(&words[program]).end as usize), format!(" install {option}")))
        }
        (None, None) => None,
    };
    sink.report(
        facts.at(held.span),
        "the lock file may be passed over".to_owned(),
        format!("where it does not fit the manifest, this installs other versions than were tested; `{}` fails instead", lock.better),
    )
    .help(format!("write `{}`", lock.better))
    .maybe_fix(edit.map(|(span, text)| Fix {
        title: format!("write `{}`", lock.better),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace { file, span, text }],
    }));
}

/// The manifest is copied, and its lock file stays behind: the command that `stops` for it.
fn left_behind(
    facts: &Facts<'_>,
    copies: &[&ContextCopy],
    manifests: &[String],
    lock: &Lock,
    held: &RunCommand,
    stops: Option<&str>,
    sink: &mut Sink<'_>,
) {
    for copy in copies.iter().filter(|copy| manifests.iter().any(|name| copy.path.name() == name)) {
        let dir = copy.path.parent().unwrap_or_else(|| ContextPath::new(""));
        let beside = lock.files.iter().map(|name| dir.join(name)).find(|path| {
            facts.project.tree.get(path).is_some_and(|entry| entry.excluded.is_none())
        });
        let (Some(beside), Kind::Copy(transfer)) =
            (beside, &facts.instruction(copy.instruction).kind)
        else {
            continue;
        };
        let into = transfer.dest.raw.ends_with('/') || transfer.dest.raw == ".";
        let literal = facts.file.source.slice(copy.span) == copy.path.as_str();
        let fix = (into && literal && !transfer.json).then(|| Fix {
            title: format!("copy `{beside}` too"),
            safety: Safety::Unsafe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: Span::at(copy.span.end as usize),
                text: format!(" {beside}"),
            }],
        });
        let severity = if stops.is_some() { Severity::Error } else { Severity::Info };
        sink.report(
            facts.at(copy.span),
            format!("`{beside}` is there and is not copied"),
            match stops {
                Some(command) => format!("`{command}` ends without it, and the build with it"),
                None => {
                    "without it the newest versions that fit are installed, which nobody tested"
                        .to_owned()
                }
            },
        )
        .severity(severity)
        .help(match stops {
            Some(_) => format!("copy it beside `{}`", copy.path),
            None => format!("copy it beside `{}`, and install with `{}`", copy.path, lock.better),
        })
        .related(facts.at(held.span), "installs here")
        .maybe_fix(fix);
        return;
    }
}
