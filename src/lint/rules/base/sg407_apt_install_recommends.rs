//! Recommended packages are installed along.

use std::cell::OnceCell;

use super::run_edits;
use crate::{
    lint::{
        diagnostic::{Safety, Severity},
        facts::{Facts, Packager},
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG407",
    name: "apt-install-recommends",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG407.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let configured = OnceCell::new();
    for (call, run) in run_edits::final_calls(facts, Packager::Apt) {
        let off = |option: &String| option.to_ascii_lowercase().contains("install-recommends");
        if call.what != "install"
            || call.incomplete
            || call.names.is_empty()
            || call.options.iter().any(off)
            || run.text.text.contains("Install-Recommends")
            || configured
                .get_or_init(|| configured_at(facts))
                .is_some_and(|index| index < call.instruction)
        {
            continue;
        }
        sink.report(
            facts.at(run_edits::place(call, run)),
            "recommended packages are installed too",
            "apt adds packages that others merely recommend, often more than was asked for, and each makes every sandbox larger",
        )
        .help("add `--no-install-recommends`, and name those that are needed")
        .maybe_fix(run_edits::option(facts, call, run, "--no-install-recommends", Safety::Unsafe));
    }
}

/// The first instruction of the image that writes settings of apt that may say it for all calls below.
fn configured_at(facts: &Facts<'_>) -> Option<usize> {
    facts.final_instructions().find(|index| match &facts.instruction(*index).kind {
        // An option of one call says nothing of others.
        Kind::Run(_) => facts.runs.get(index).is_some_and(|run| {
            let mut parts = run.text.text.split("Install-Recommends");
            parts.next();
            parts.any(|behind| !behind.starts_with('='))
        }),
        Kind::Copy(transfer) | Kind::Add(transfer) => {
            transfer.dest.raw.starts_with("/etc/apt/apt.conf")
        }
        _ => false,
    })
}
