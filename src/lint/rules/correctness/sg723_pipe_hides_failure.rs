//! A command in front of a pipe may fail unseen.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::script::Connector,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG723",
    name: "pipe-hides-failure",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG723.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if !facts.calls(&["curl", "wget"]) {
        return;
    }
    for (index, run, held) in facts.final_commands() {
        let Some(name @ ("curl" | "wget")) = held.program() else { continue };
        let safe = run
            .commands
            .iter()
            .any(|held| held.program() == Some("set") && held.command.has_arg("pipefail"));
        let shell = facts.stages.scope_at(index).shell.as_deref().unwrap_or_default();
        if safe || shell.iter().any(|word| word == "pipefail") {
            continue;
        }
        let command = &held.command;
        let next = run.commands.iter().find(|other| {
            other.command.pipeline == command.pipeline
                && other.command.connector == Connector::Pipe
                && other.command.range.start > command.range.start
        });
        // `… || true` says that a failure is meant to be passed over.
        let Some(next) = next.filter(|_| !command.place.substitution) else { continue };
        sink.report(
            facts.at(held.span),
            format!("a failure of `{name}` is not seen"),
            "a pipe ends as its last command does, so a download that breaks off leaves half a file, and the build goes on",
        )
        .help("write `set -o pipefail` in front, in a shell that has it: `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]`")
        .related(facts.at(next.span), "its end is the end of the pipe");
    }
}
