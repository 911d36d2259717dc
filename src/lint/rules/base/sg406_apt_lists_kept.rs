//! Package lists of apt stay in the layer.

use super::run_edits;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, Packager},
    rule::{Family, Rule, Sink},
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

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let mut told = None;
    for (call, run) in run_edits::final_calls(facts, Packager::Apt) {
        // Lists that a RUN has loaded are in its layer; removing them in another frees nothing.
        if call.what != "update"
            || told == Some(call.instruction)
            || run.text.text.contains("/var/lib/apt/lists")
            || run.text.text.contains("apt-get dist-clean")
            || run_edits::is_mounted(facts, call.instruction, "/var/lib/apt/lists")
        {
            continue;
        }
        told = Some(call.instruction);
        sink.report(
            facts.at(run_edits::place(call, run)),
            "the package lists stay in this layer",
            "some 20 to 50 MB of lists, outdated within days, are in every sandbox",
        )
        .help("end the same RUN with `rm -rf /var/lib/apt/lists/*`")
        .maybe_fix(run_edits::append(
            facts,
            call.instruction,
            run,
            "rm -rf /var/lib/apt/lists/*",
        ));
    }
}
