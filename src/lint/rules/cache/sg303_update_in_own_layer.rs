//! apt-get update has a layer of its own.

use super::{super::base::run_edits, moves};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, PackageCall, Packager, Run, RunCommand, sets_errexit},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind},
        script::{Connector, Place},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG303",
    name: "update-in-own-layer",
    family: Family::Cache,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG303.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, run) in &facts.runs {
        let own = facts.packages_in(*index..index + 1).iter();
        let calls: Vec<&PackageCall> = own.filter(|call| call.packager == Packager::Apt).collect();
        let [call] = calls.as_slice() else { continue };
        if call.what != "update" || !matches!(facts.instruction(*index).kind, Kind::Run(_)) {
            continue;
        }
        let stage = facts.stages.of(*index).map(|stage| stage.body.clone()).unwrap_or_default();
        let below = (index + 1).min(stage.end)..stage.end;
        let install = facts
            .packages_in(below)
            .iter()
            .find(|other| other.packager == Packager::Apt && other.installs());
        let Some(install) = install else { continue };
        let Some(other) = facts.runs.get(&install.instruction) else { continue };
        let at = install.instruction;
        let mut own = facts.packages_in(at..at + 1).iter();
        let own = own.any(|call| call.packager == Packager::Apt && call.what == "update");
        if own || facts.instruction(*index).flag("mount").is_some() {
            continue;
        }
        sink.report(
            facts.at(facts.instruction(*index).span),
            "`apt-get update` has a layer of its own",
            "the layer is kept while the installation below changes, so that it asks for versions that are gone from the servers, and the build fails",
        )
        .help("run `apt-get update && apt-get install …` in one RUN")
        .related(facts.at(other.commands[install.command].span), "installs from these lists")
        .maybe_fix(merged(facts, *index, run, install, other));
    }
}

/// Moves the update into the RUN of the installation, where the two are neighbours. A failure of it
/// has to end the build as before.
fn merged(
    facts: &Facts<'_>,
    index: usize,
    run: &Run,
    install: &PackageCall,
    other: &Run,
) -> Option<Fix> {
    let source = &facts.file.source;
    let [update] = run.commands.as_slice() else { return None };
    let (above, below) = (facts.instruction(index), facts.instruction(install.instruction));
    let is_shell = |kind: &Kind| matches!(kind, Kind::Run(Command::Shell { .. }));
    let simple = install.instruction == index + 1
        && is_shell(&above.kind)
        && is_shell(&below.kind)
        && above.flags.is_empty()
        // There the lists would be gone for what follows.
        && !run_edits::is_mounted(facts, install.instruction, "/var/lib/apt/lists")
        && above.heredocs.is_empty()
        && below.heredocs.is_empty()
        && update.command.range == (0..run.text.text.trim_end().len())
        && !update.command.background
        && !other.script.has_errors
        && !source.slice(update.span).contains('\n');
    if !simple {
        return None;
    }
    let (at, glue) = if is_and_list(other) {
        (other.commands.first()?, " && ")
    } else {
        (behind_set_e(other)?, "; ")
    };
    let text = format!("{}{glue}", source.slice(update.span));
    let own = facts.lines(index);
    let behind = facts.lines_with_comments(below.span).start;
    let between = Span::new(own.range().end, behind as usize);
    // Its comment is read with the one of the installation.
    let lines = if facts.lines_with_comments(above.span) != own
        && source.slice(between).trim().is_empty()
    {
        own.to(between)
    } else {
        moves::cut(facts, own, behind as usize)
    };
    let file = source.path().clone();
    Some(Fix {
        title: "update and install in one RUN".into(),
        safety: Safety::Safe,
        edits: vec![
            Edit::Replace { file: file.clone(), span: lines, text: String::new() },
            Edit::Replace { file, span: Span::at(at.span.start as usize), text },
        ],
    })
}

/// Whether a RUN is one list that ends where one of its commands fails.
fn is_and_list(run: &Run) -> bool {
    let own = || run.commands.iter().map(|held| &held.command).filter(|it| !it.place.subshell);
    let whole = own().next().is_some_and(|first| first.range.start == 0)
        && own().next_back().is_some_and(|last| last.range.end == run.text.text.trim_end().len());
    whole
        && own().all(|command| command.place == Place::default() && !command.background)
        && own().skip(1).all(|it| matches!(it.connector, Connector::And | Connector::Pipe))
}

/// The command behind a `set -e;` that a RUN begins with.
fn behind_set_e(run: &Run) -> Option<&RunCommand> {
    let [first, second, ..] = run.commands.as_slice() else { return None };
    let command = &second.command;
    let between = run.text.text.get(first.command.range.end..command.range.start)?;
    let is_set = sets_errexit(&first.command) && first.command.range.start == 0;
    let is_next = between.trim_start().starts_with(';')
        && between.chars().all(|c| c.is_whitespace() || matches!(c, ';' | '\\'))
        && command.place == Place::default()
        && !command.negated;
    (is_set && is_next).then_some(second)
}
