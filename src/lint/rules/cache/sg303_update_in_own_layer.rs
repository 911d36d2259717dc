//! apt-get update has a layer of its own.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, PackageCall, Packager, Run},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind},
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

/// Moves the update into the RUN of the installation, where the two are neighbours.
fn merged(
    facts: &Facts<'_>,
    index: usize,
    run: &Run,
    install: &PackageCall,
    other: &Run,
) -> Option<Fix> {
    let source = &facts.file.source;
    let [update] = run.commands.as_slice() else { return None };
    let first = other.commands.first()?;
    let simple = install.instruction == index + 1
        && facts.instruction(install.instruction).heredocs.is_empty()
        && facts.instruction(index).heredocs.is_empty()
        && first.command.range.start == 0
        && !other.script.has_errors
        && !source.slice(update.span).contains('\n')
        && !matches!(facts.instruction(install.instruction).kind, Kind::Run(Command::Exec(_)));
    if !simple {
        return None;
    }
    let lines = facts.lines(index);
    let file = source.path().clone();
    Some(Fix {
        title: "update and install in one RUN".into(),
        safety: Safety::Safe,
        edits: vec![
            Edit::Replace { file: file.clone(), span: lines, text: String::new() },
            Edit::Replace {
                file,
                span: Span::at(first.span.start as usize),
                text: format!("{} && ", source.slice(update.span)),
            },
        ],
    })
}
