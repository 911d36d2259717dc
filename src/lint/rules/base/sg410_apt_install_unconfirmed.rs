//! apt-get install asks, and nobody answers.

use super::run_edits;
use crate::lint::{
    diagnostic::{Safety, Severity},
    facts::{Facts, PackageCall, Packager},
    rule::{Family, Rule, Sink},
};
use crate::project::script::Connector;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG410",
    name: "apt-install-unconfirmed",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG410.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for call in &facts.packages {
        let (Packager::Apt | Packager::Dnf) = call.packager else { continue };
        let Some(run) = facts.runs.get(&call.instruction) else { continue };
        let in_image = facts
            .stages
            .of(call.instruction)
            .is_some_and(|stage| facts.stages.is_needed(stage.index));
        let confirms = call.has(
            &["--yes", "--assume-yes", "--assumeyes", "--quiet=2", "-qq", "--force-yes"],
            Some('y'),
        );
        let held = &run.commands[call.command];
        let piped = held.command.connector == Connector::Pipe;
        // The one of UBI never asks.
        let silent = held.program() == Some("microdnf");
        let configured = || {
            let mut settings = ["Assume-Yes", "assumeyes", "/etc/apt/apt.conf"].iter();
            settings.any(|text| run.text.text.contains(text))
        };
        if !in_image
            || !(call.installs() || upgrades(call))
            || call.incomplete
            || confirms
            || piped
            || silent
            || configured()
        {
            continue;
        }
        sink.report(
            facts.at(run_edits::place(call, run)),
            format!("`{}` waits for an answer", call.what),
            if call.installs() {
                "nobody can confirm it in a build, which ends as soon as more is to be installed than was named"
            } else {
                "nobody can confirm it in a build, which ends as soon as there is something to upgrade"
            },
        )
        .help("add `-y`")
        .maybe_fix(run_edits::option(facts, call, run, "-y", Safety::Safe));
    }
}

/// Whether it brings the installed packages up to date.
fn upgrades(call: &PackageCall) -> bool {
    let verbs: &[&str] = if call.packager == Packager::Apt {
        &["upgrade", "dist-upgrade", "full-upgrade"]
    } else {
        &["upgrade", "update", "distro-sync"]
    };
    verbs.contains(&call.what.as_str())
        && !call.has(&["--simulate", "--dry-run", "--just-print", "--assumeno"], Some('s'))
}
