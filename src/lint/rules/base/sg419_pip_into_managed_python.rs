//! pip is to install into a Python that belongs to the distribution.

use super::run_edits;
use crate::{
    lint::{
        diagnostic::{Safety, Severity},
        facts::{Facts, PackageCall, Packager, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Kind, Stage},
        image::family,
        script::base,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG419",
    name: "pip-into-managed-python",
    family: Family::Base,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG419.md"),
    check,
};

/// Words that tell of another Python, or of a distribution's Python that was set free.
const OTHERWISE: [&str; 20] = [
    "EXTERNALLY-MANAGED",
    "break-system-packages",
    "BREAK_SYSTEM_PACKAGES",
    "pip.conf",
    "pip config",
    "PIP_",
    "PYTHONHOME",
    "venv",
    "virtualenv",
    "conda",
    "mamba",
    "pyenv",
    "pixi",
    "get-pip",
    "deadsnakes",
    "altinstall",
    "Python-",
    "=python",
    "uv python",
    "update-alternatives",
];

const WHAT: &str = "pip refuses to install into the Python of the distribution";
const WHY: &str = "the build ends here with \"externally-managed-environment\"";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let text = facts.file.source.text();
    let mut otherwise = None;
    let mut is_free =
        || *otherwise.get_or_insert_with(|| OTHERWISE.iter().any(|word| text.contains(word)));
    // What keeps the first call of a stage from being refused keeps the later ones, too.
    let mut of_stage: Option<(usize, bool)> = None;
    for call in &facts.packages {
        let (Some(run), Some(stage)) =
            (facts.runs.get(&call.instruction), facts.stages.of(call.instruction))
        else {
            continue;
        };
        if call.packager != Packager::Pip
            || call.what != "install"
            || call.incomplete
            || !is_of_system(call, run)
            || !run.is_unguarded(call.command)
        {
            continue;
        }
        let brings = ["python3-pip", "py3-pip", "python3-full"];
        let refused = match of_stage {
            Some((known, refused)) if known == stage.index => refused,
            _ => is_refused(facts, stage, run, call.command, &brings),
        };
        of_stage = Some((stage.index, refused));
        if !refused || is_free() {
            continue;
        }
        sink.report(facts.at(run_edits::place(call, run)), WHAT, WHY)
            .help("install into a virtual environment (`python3 -m venv /opt/venv`, then `ENV PATH=/opt/venv/bin:$PATH`), or add `--break-system-packages`")
            .maybe_fix(run_edits::option(
                facts,
                call,
                run,
                "--break-system-packages",
                Safety::Unsafe,
            ));
    }
    let mut of_stage: Option<usize> = None;
    for (index, run) in &facts.runs {
        let Some(stage) = facts.stages.of(*index).filter(|stage| of_stage != Some(stage.index))
        else {
            continue;
        };
        let mut commands = run.commands.iter().enumerate();
        let Some((number, held)) =
            commands.find(|(number, held)| is_ensurepip(held) && run.is_unguarded(*number))
        else {
            continue;
        };
        of_stage = Some(stage.index);
        if is_refused(facts, stage, run, number, &["python3"]) && !is_free() {
            sink.report(facts.at(held.span), WHAT, WHY)
                .help("install `py3-pip` (`python3-pip`), and what pip is to install into a virtual environment (`python3 -m venv /opt/venv`, then `ENV PATH=/opt/venv/bin:$PATH`)");
        }
    }
}

/// `python3 -m ensurepip`, which calls pip.
fn is_ensurepip(held: &RunCommand) -> bool {
    held.command.name() == Some("python3")
        && held.command.args().next() == Some("-m")
        && held.command.args().nth(1) == Some("ensurepip")
        && !held.command.has_arg("--root")
}

/// `pip`, `pip3` or `python3 -m pip`, by the name that the distribution gives it, and nothing that
/// installs elsewhere.
fn is_of_system(call: &PackageCall, run: &Run) -> bool {
    let words = &run.commands[call.command].command.words;
    let is = |at: usize, names: &[&str]| {
        let word = words.get(at).and_then(|word| word.literal.as_deref());
        word.is_some_and(|word| names.contains(&word))
    };
    let elsewhere = ["--target", "--root", "--prefix", "--dry-run", "--python", "--help"];
    let goes_elsewhere = call
        .options
        .iter()
        .any(|given| given == "-t" || elsewhere.iter().any(|option| given.starts_with(option)));
    (is(call.program, &["pip3"])
        || is(call.program, &["pip"])
            && call
                .program
                .checked_sub(2)
                .is_none_or(|at| !words[at + 1].raw.starts_with("-m") || is(at, &["python3"])))
        && !goes_elsewhere
}

/// Whether the stage stands on such a distribution, has its Python by one of these packages, and
/// nothing before the command of a RUN may have brought another.
fn is_refused(
    facts: &Facts<'_>,
    stage: &Stage,
    run: &Run,
    command: usize,
    packages: &[&str],
) -> bool {
    let lineage = facts.stages.lineage(stage.index);
    let base = lineage.last().and_then(|base| facts.references.get(*base)?.as_ref());
    if !facts.stages.is_needed(stage.index)
        || !matches!(facts.instruction(run.instruction).kind, Kind::Run(_))
        || !base.is_some_and(family::manages_python)
        || facts.stages.scope_at(run.instruction).env.contains_key("PATH")
    {
        return false;
    }
    let Some(fs) = facts.images.get(stage.index) else { return false };
    let mut filled = fs.filled.iter().map(String::as_str);
    if !fs.packages.iter().any(|name| packages.contains(&name.as_str())) || filled.any(holds_python)
    {
        return false;
    }
    // What a script does, nobody knows.
    let mut before = lineage.iter().rev().flat_map(|stage| {
        facts.stages.stages[*stage].body.clone().take_while(|index| *index < run.instruction)
    });
    !runs_script(run, command)
        && !before
            .any(|index| facts.runs.get(&index).is_some_and(|run| runs_script(run, usize::MAX)))
}

/// Whether files that nobody can list may bring a `python3` or a `pip` into `PATH`.
fn holds_python(dir: &str) -> bool {
    let name = base(dir);
    matches!(
        dir,
        "/" | "/bin" | "/usr" | "/usr/bin" | "/usr/local" | "/usr/local/bin" | "/usr/local/sbin"
    ) || name.starts_with("python3")
        || name.starts_with("pip")
}

/// Whether one of the first `count` commands may do anything.
fn runs_script(run: &Run, count: usize) -> bool {
    run.script.has_errors
        || run.commands.iter().take(count).any(|held| {
            let Some(name) = held.command.name() else {
                return !held.command.words.is_empty();
            };
            name.contains('/')
                || name.rsplit('.').next() == Some("sh")
                || matches!(
                    name,
                    "sh" | "bash" | "source" | "." | "eval" | "make" | "python3" | "python"
                ) && !held.command.has_arg("pip")
                    && !held.command.has_arg("ensurepip")
        })
}
