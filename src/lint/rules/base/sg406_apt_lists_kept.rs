//! Package lists of apt stay in the layer.

use std::cell::OnceCell;

use super::{
    apt_lists::{self, Missed},
    later::{self, Need},
    run_edits,
};
use crate::{
    lint::{
        diagnostic::{Edit, Safety, Severity},
        facts::{Facts, PackageCall, Packager, Run},
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::{Command, Kind},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG406",
    name: "apt-lists-kept",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG406.md"),
    check,
};

const WHY: &str = "some 20 to 50 MB of lists, outdated within days, are in every sandbox";
const REMOVE: &str = "rm -rf /var/lib/apt/lists/*";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let mut told = None;
    let mut kept_for = None;
    let needs = OnceCell::new();
    let dead_runs = OnceCell::new();
    for (call, run) in run_edits::final_calls(facts, Packager::Apt) {
        // Lists that a RUN has loaded are in its layer; removing them in another frees nothing.
        if call.what != "update" || told == Some(call.instruction) {
            continue;
        }
        let missed = apt_lists::missed(run);
        if is_cleaned(facts, call.instruction, run, &missed)
            || run_edits::is_mounted(facts, call.instruction, "/var/lib/apt/lists")
        {
            continue;
        }
        told = Some(call.instruction);
        let needs = needs.get_or_init(|| later::needs(facts, Packager::Apt));
        let need = needs.get(call.instruction).copied().unwrap_or(Need::Perhaps);
        if let Need::Call(user) = need {
            // Another rule says of an update alone that it belongs to the installation.
            let alone = facts
                .packages_in(call.instruction..call.instruction + 1)
                .iter()
                .all(|other| other.packager != Packager::Apt || other.what == "update")
                && user.installs()
                && facts.stages.of(user.instruction).map(|stage| stage.index)
                    == facts.stages.of(call.instruction).map(|stage| stage.index);
            if alone {
                sink.give_way(facts.at(run_edits::place(call, run)));
            } else if kept_for.replace(user.instruction) != Some(user.instruction) {
                kept(facts, sink, (call, run), user);
            }
            continue;
        }
        let command = run_edits::by_caller(facts, call, run, REMOVE);
        let mut fix = command
            .as_deref()
            .filter(|_| !matches!(need, Need::Unclear))
            .and_then(|command| run_edits::append(facts, call.instruction, run, command));
        if let (Need::Perhaps, Some(fix)) = (need, &mut fix) {
            fix.safety = Safety::Unsafe;
        }
        if let (Some(fix), Some(command)) = (&mut fix, &command)
            && let Some(edit) = apt_lists::in_place(facts, call, run, &missed, command)
        {
            fix.title = format!("remove `{}`", apt_lists::ALL);
            fix.edits = vec![edit];
        }
        if let Some(fix) = &mut fix {
            let removals = dead_runs.get_or_init(|| removals(facts));
            fix.edits.extend(dead(facts, removals, call.instruction));
        }
        let command = command.as_deref().unwrap_or(REMOVE);
        let mut draft = sink.report(
            facts.at(run_edits::place(call, run)),
            "the package lists stay in this layer",
            WHY,
        );
        for one in &missed {
            draft = draft.related(facts.at(run.place(one.word)), "this removes none of them");
        }
        draft.help(match need {
            Need::Nobody => format!("end the same RUN with `{command}`"),
            _ => format!(
                "end the same RUN with `{command}`, and begin what installs below with `apt-get update`"
            ),
        })
        .maybe_fix(fix);
    }
}

/// Takes a RUN below away that does nothing but remove the lists, which are gone by then.
fn dead(facts: &Facts<'_>, removals: &[usize], index: usize) -> Option<Edit> {
    let stage = facts.stages.of(index)?;
    let below = removals.partition_point(|at| *at <= index);
    let at = *removals.get(below).filter(|at| stage.body.contains(*at))?;
    // Another list that is loaded in between, it is needed for.
    let between = facts.packages_in(index + 1..at);
    if between.iter().any(|call| call.packager == Packager::Apt && call.what == "update") {
        return None;
    }
    let span = facts.lines_with_comments(facts.instruction(at).span);
    Some(Edit::Replace { file: facts.file.source.path().clone(), span, text: String::new() })
}

/// The RUNs that do nothing but remove the lists, in order.
fn removals(facts: &Facts<'_>) -> Vec<usize> {
    let is_removal = |(at, run): &(usize, &Run)| {
        let plain = matches!(facts.instruction(*at).kind, Kind::Run(Command::Shell { .. }))
            && facts.instruction(*at).heredocs.is_empty()
            && !run.script.has_errors;
        plain
            && !run.commands.is_empty()
            && run.commands.iter().all(|held| {
                held.command.redirects.is_empty()
                    && held.program() == Some("rm")
                    && held.command.words.iter().skip(1).all(|word| {
                        let rest = word.raw.strip_prefix("/var/lib/apt/lists");
                        word.raw.starts_with('-') || matches!(rest, Some("" | "/" | "/*"))
                    })
            })
    };
    let runs = facts.runs_in(0..facts.file.instructions.len());
    runs.filter(is_removal).map(|(at, _)| at).collect()
}

/// A later call lives on the lists of an earlier RUN, where they cannot be removed as long as it does.
fn kept(facts: &Facts<'_>, sink: &mut Sink<'_>, loads: (&PackageCall, &Run), user: &PackageCall) {
    let Some(run) = facts.runs.get(&user.instruction) else { return };
    let word = &run.commands[user.command].command.words[user.program];
    let program = word.literal.as_deref().unwrap_or("apt-get");
    sink.report(
        facts.at(run_edits::place(user, run)),
        format!("`{program} {}` needs the package lists of an earlier layer", user.what),
        WHY,
    )
    .help(format!(
        "begin each RUN that installs with `{program} update`, and end it with `{REMOVE}`"
    ))
    .related(facts.at(run_edits::place(loads.0, loads.1)), "the lists are kept from here on");
}

/// Whether the RUN may remove the lists itself.
fn is_cleaned(facts: &Facts<'_>, instruction: usize, run: &Run, missed: &[Missed<'_>]) -> bool {
    apt_lists::names_lists(facts, instruction, run, missed)
        || facts.packages_in(instruction..instruction + 1).iter().any(|call| {
            matches!(call.what.as_str(), "distclean" | "dist-clean")
        })
        // A script that is made for it.
        || run.commands.iter().any(|held| held.program().is_some_and(|name| name.contains("clean")))
}
