//! Two stages of one name.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{dockerfile::Kind, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG705",
    name: "duplicate-stage-name",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG705.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    for stage in &facts.stages.stages {
        let Kind::From { alias: Some(alias), .. } = &facts.instruction(stage.from).kind else {
            continue;
        };
        match first.entry(alias.raw.to_ascii_lowercase()) {
            Entry::Vacant(entry) => {
                entry.insert(alias.span);
            }
            Entry::Occupied(entry) => {
                sink.report(
                    facts.at(alias.span),
                    format!("there is a stage `{}` already", alias.raw),
                    "which of the two a `--from` means depends on where it stands, so a sandbox may get the files of the wrong one",
                )
                .help("give each stage a name of its own; case does not tell names apart")
                .related(facts.at(*entry.get()), "the first one");
            }
        }
    }
}
