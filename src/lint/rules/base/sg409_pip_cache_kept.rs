//! What pip has downloaded stays in the layer.

use super::run_edits;
use crate::lint::{
    diagnostic::{Safety, Severity},
    facts::{Facts, Packager},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG409",
    name: "pip-cache-kept",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG409.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (call, run) in run_edits::final_calls(facts, Packager::Pip) {
        let text = &run.text.text;
        if !matches!(call.what.as_str(), "install" | "wheel" | "download")
            || call.has(&["--no-cache-dir", "--no-cache"], None)
            || text.contains("PIP_NO_CACHE_DIR")
            || text.contains("pip cache purge")
            || text.contains(".cache")
            // in a variable, or by `pip config set`
            || (call.incomplete || text.contains("config")) && text.contains("no-cache-dir")
            || is_off(facts, call.instruction)
            || run_edits::is_mounted(facts, call.instruction, "/root/.cache/pip")
            || call.options.iter().any(|option| option.starts_with("--cache-dir"))
        {
            continue;
        }
        sink.report(
            facts.at(run_edits::place(call, run)),
            "what pip downloads is kept in this layer",
            "the cache holds every package a second time, and no sandbox installs them again",
        )
        .help("add `--no-cache-dir`, or mount a cache: `RUN --mount=type=cache,target=/root/.cache/pip`")
        .maybe_fix(run_edits::option(facts, call, run, "--no-cache-dir", Safety::Safe));
    }
}

/// Whether the environment turns the cache off, or moves it to where a mount is.
fn is_off(facts: &Facts<'_>, instruction: usize) -> bool {
    let scope = facts.stages.scope_at(instruction);
    let set = |name: &str| scope.lookup(name).is_some_and(|value| !value.is_empty());
    let off = scope.lookup("PIP_NO_CACHE_DIR");
    off.is_some_and(|value| !value.is_empty())
        || set("PIP_CACHE_DIR")
        || set("XDG_CACHE_HOME")
        || has_cache_mount(facts, instruction)
}

/// A cache mount at another home directory.
fn has_cache_mount(facts: &Facts<'_>, instruction: usize) -> bool {
    facts
        .instruction(instruction)
        .flags_named("mount")
        .filter_map(|flag| flag.value.as_ref())
        .any(|value| value.raw.contains("type=cache") && value.raw.contains("pip"))
}
