//! The index of apk stays in the layer.

use std::cell::OnceCell;

use super::{
    later::{self, Need},
    run_edits,
};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, PackageCall, Packager, Run},
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::{Command, Kind},
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
    let mut updated = None;
    for (call, run) in run_edits::final_calls(facts, Packager::Apk) {
        if call.what == "update" && updated.replace(call.instruction) == Some(call.instruction) {
            continue;
        }
        let text = &run.text.text;
        let kept = match call.what.as_str() {
            "add" => !call.incomplete || !call.names.is_empty(),
            "upgrade" => call.has(later::UPDATES, None),
            // what an installation in the same RUN says of the index is enough
            "update" => !installs_with_index(facts, call.instruction),
            _ => false,
        };
        if !kept
            || call.has(&["--no-cache"], None)
            || text.contains("/var/cache/apk")
            || text.contains("/etc/apk/cache")
            || run_edits::is_mounted(facts, call.instruction, "/var/cache/apk")
            || run_edits::is_mounted(facts, call.instruction, "/etc/apk/cache")
        {
            continue;
        }
        // An index that it loads itself is gone then, and something below may live on it.
        let loads = call.what == "update" || call.has(later::UPDATES, None);
        let needed = loads
            && !matches!(
                needs.get_or_init(|| later::needs(facts, Packager::Apk)).get(call.instruction),
                Some(Need::Nobody)
            );
        if call.what != "add" {
            if !needed {
                index_alone(facts, call, run, sink);
            }
            continue;
        }
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

/// An `apk update` or `apk upgrade` whose index nobody reads.
fn index_alone(facts: &Facts<'_>, call: &PackageCall, run: &Run, sink: &mut Sink<'_>) {
    let help = if call.what == "update" && reads_below(facts, call, run) {
        "add `--no-cache` to what installs behind it and remove it, or end the same RUN with `rm -rf /var/cache/apk/*`"
    } else if call.what == "update" {
        "remove it: `apk add --no-cache` and `apk upgrade --no-cache` load the index themselves, and keep nothing of it"
    } else {
        "add `--no-cache`"
    };
    sink.report(
        facts.at(run_edits::place(call, run)),
        "the package index stays in this layer",
        "a few MB of index, outdated within days, are in every sandbox",
    )
    .severity(Severity::Info)
    .help(help)
    .maybe_fix(removal(facts, call, run));
}

/// Takes an `apk update` away, with what joins it to the command behind it.
fn removal(facts: &Facts<'_>, call: &PackageCall, run: &Run) -> Option<Fix> {
    let plain =
        matches!(facts.instruction(call.instruction).kind, Kind::Run(Command::Shell { .. }))
            && call.what == "update"
            && call.options.is_empty()
            && !call.incomplete
            && run.is_unguarded(call.command)
            && !reads_below(facts, call, run);
    if !plain {
        return None;
    }
    let held = &run.commands[call.command].command;
    let next = &run.commands.get(call.command + 1)?.command;
    let between = run.text.text.get(held.range.end..next.range.start)?;
    let joint = between.replace(facts.file.escape, "");
    // A bracket, a redirection or a comment there belongs to somebody.
    if held.place.other_shell
        || !held.redirects.is_empty()
        || !matches!(joint.trim(), "" | "&&" | ";")
    {
        return None;
    }
    let span = run.text.span(held.range.start..next.range.start);
    (!facts.file.source.slice(span).contains('#')).then(|| Fix {
        title: "remove `apk update`".to_owned(),
        safety: Safety::Safe,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span,
            text: String::new(),
        }],
    })
}

/// Whether something behind an `apk update` in the same RUN may live on its index.
fn reads_below(facts: &Facts<'_>, call: &PackageCall, run: &Run) -> bool {
    let own = facts.packages_in(call.instruction..call.instruction + 1);
    let mut below = run.commands.iter().enumerate().skip(call.command + 1);
    below.any(|(at, held)| {
        // They are in the order of the commands.
        let found = own.binary_search_by_key(&at, |one| one.command).ok();
        let other = found.map(|found| &own[found]).filter(|one| one.packager == Packager::Apk);
        other.map_or_else(|| later::may_call(held), later::takes_index)
    })
}

/// Whether the RUN has an `apk add` that reads the index of an `apk update`.
fn installs_with_index(facts: &Facts<'_>, instruction: usize) -> bool {
    let own = facts.packages_in(instruction..instruction + 1);
    own.iter().any(|call| {
        call.packager == Packager::Apk && call.what == "add" && !call.has(&["--no-cache"], None)
    })
}
