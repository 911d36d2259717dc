//! The index of apk stays in the layer.

use std::cell::OnceCell;

use super::{
    later::{self, Need},
    run_edits,
};
use crate::lint::{
    diagnostic::{Safety, Severity},
    facts::{Facts, Packager},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG408",
    name: "apk-cache-kept",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG408.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let needs = OnceCell::new();
    for (call, run) in run_edits::final_calls(facts, Packager::Apk) {
        let text = &run.text.text;
        if call.what != "add"
            || call.incomplete && call.names.is_empty()
            || call.has(&["--no-cache"], None)
            || text.contains("/var/cache/apk")
            || text.contains("/etc/apk/cache")
            || run_edits::is_mounted(facts, call.instruction, "/var/cache/apk")
            || run_edits::is_mounted(facts, call.instruction, "/etc/apk/cache")
        {
            continue;
        }
        // An index that it loads itself is gone then, and something below may live on it.
        let loads = call.has(later::UPDATES, None);
        let needed = loads
            && !matches!(
                needs.get_or_init(|| later::needs(facts, Packager::Apk)).get(call.instruction),
                Some(Need::Nobody)
            );
        let safety = if needed { Safety::Unsafe } else { Safety::Safe };
        sink.report(
            facts.at(run_edits::place(call, run)),
            "the package index stays in this layer",
            "a few MB of index, outdated within days, are in every sandbox; without an index in the image the installation fails",
        )
        .help("add `--no-cache`, which also makes `apk update` needless")
        .maybe_fix(run_edits::option(facts, call, run, "--no-cache", safety));
    }
}
