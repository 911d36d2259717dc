//! The cache of dnf or zypper stays in the layer.

use super::run_edits;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, Packager},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG411",
    name: "package-cache-kept",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG411.md"),
    check,
};

/// What loads packages, and metadata, besides an installation.
const UPGRADES: [&str; 8] =
    ["update", "upgrade", "distro-sync", "makecache", "up", "dup", "dist-upgrade", "patch"];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (packager, dirs, clean) in [
        (
            Packager::Dnf,
            &["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/tdnf"][..],
            "clean all",
        ),
        (Packager::Zypper, &["/var/cache/zypp"], "clean"),
    ] {
        let mut told = None;
        // A call that lives on the cache of an earlier one.
        let offline = facts.packages.iter().any(|call| {
            call.packager == packager && call.has(&["-C", "--cacheonly", "--no-refresh"], None)
        });
        for (call, run) in run_edits::final_calls(facts, packager) {
            let removed = |dir: &&str| {
                run.text.text.contains(*dir) || run_edits::is_mounted(facts, call.instruction, dir)
            };
            let mut own = facts.packages_in(call.instruction..call.instruction + 1).iter();
            let cleaned = own.any(|other| {
                other.packager == packager && matches!(other.what.as_str(), "clean" | "cc")
            });
            let loads = call.installs() || UPGRADES.contains(&call.what.as_str());
            if !loads
                || told == Some(call.instruction)
                || cleaned
                || dirs.iter().any(removed)
                || run.text.text.contains("/var/cache/*")
            {
                continue;
            }
            told = Some(call.instruction);
            let words = &run.commands[call.command].command.words;
            let program = words[call.program].literal.clone().unwrap_or_default();
            let command = run_edits::by_caller(facts, call, run, &format!("{program} {clean}"));
            let fix = command
                .as_deref()
                .filter(|_| run_edits::is_certain(call, run) && !offline)
                .and_then(|command| run_edits::append(facts, call.instruction, run, command));
            let command = command.unwrap_or_else(|| format!("{program} {clean}"));
            sink.report(
                facts.at(run_edits::place(call, run)),
                format!("what `{program}` downloads is kept in this layer"),
                "metadata and packages that nobody reads again are in every sandbox",
            )
            .help(format!("end the same RUN with `{command}`"))
            .maybe_fix(fix);
        }
    }
}
