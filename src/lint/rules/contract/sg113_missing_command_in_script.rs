//! The entry script uses a command that the image does not have.

use super::{super::brought, edits};
use crate::{
    lint::{
        diagnostic::{Fix, Safety, Severity},
        facts::{Facts, StartCommand, sets_errexit},
        rule::{Family, Rule, Sink},
    },
    project::script::Connector,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG113",
    name: "missing-command-in-script",
    family: Family::Contract,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG113.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(stage), Some((image, known))) = (facts.stages.last(), brought::known(facts)) else {
        return;
    };
    let list = &facts.start.commands;
    let errexit = list.iter().any(|item| sets_errexit(&item.command));
    let mut seen = Vec::new();
    for (number, item) in list.iter().enumerate() {
        let Some(used) = item.command.name().filter(|name| !name.contains('/')) else { continue };
        let command = if matches!(used, "netcat" | "ncat") { "nc" } else { used };
        if seen.contains(&command)
            || !brought::lacks(facts, &known, command)
            || is_asked_for(list, used)
            || list.get(number + 1).is_some_and(|next| next.command.connector == Connector::Or)
            || list.iter().any(|other| other.place.function.as_deref() == Some(used))
        {
            continue;
        }
        seen.push(command);
        let leaves = list.iter().any(|other| {
            other.place.in_loop && matches!(other.command.name(), Some("break" | "exit" | "return"))
        });
        let endless = item.place.awaited && !leaves;
        let stops =
            errexit && !item.place.condition && !item.place.conditional && !item.command.background;
        let why = if endless {
            "the loop waits for a command that never succeeds, so what stands behind it never runs in the sandbox"
        } else if stops {
            "with `set -e` the script stops there, and the container with it"
        } else {
            "the command fails with \"not found\" at every start of the sandbox"
        };
        let Some(line) = brought::install(known.package_manager(), command) else { continue };
        let draft = sink
            .report(item.location.clone(), format!("`{used}` is not in the image"), why)
            .severity(if endless || stops { Severity::Error } else { Severity::Warning })
            .help(format!("add `{line}`"))
            .maybe_fix((!stage.body.is_empty()).then(|| Fix {
                title: format!("install `{}`", brought::package(known.package_manager(), command)),
                safety: Safety::Unsafe,
                edits: vec![edits::line_before(facts, stage.body.start, &line)],
            }));
        if let Some(from) = facts.final_from() {
            draft.related(from, format!("`{image}` does not bring it"));
        }
    }
}

/// Whether the script asks for it first: `command -v nc`.
fn is_asked_for(list: &[StartCommand], command: &str) -> bool {
    list.iter().any(|item| {
        matches!(item.command.name(), Some("command" | "which" | "type" | "hash"))
            && item.command.has_arg(command)
    })
}
