//! Something takes the place of the start of sandbox-api.

use super::edits;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG110",
    name: "overridden-start",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG110.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some((index, by)) = facts.start.overridden else { return };
    let earlier = facts.instruction(index);
    let Some(by) = by.or(facts.start.instruction) else { return };
    let later = facts.instruction(by);
    let swallowed =
        matches!(earlier.kind, Kind::Cmd(_)) && matches!(later.kind, Kind::Entrypoint(_));
    let (what, help) = if swallowed {
        (
            "takes the CMD that starts `sandbox-api` as arguments, and never runs it",
            edits::quote_document(facts).unwrap_or(
                "end the script of the ENTRYPOINT with `exec \"$@\"`, or start sandbox-api in it",
            ),
        )
    } else {
        (
            "replaces the instruction that starts `sandbox-api`",
            "keep one ENTRYPOINT that starts sandbox-api; only the last one counts",
        )
    };
    sink.report(
        facts.at(later.span),
        what,
        "nothing listens on port 8080: every call to the sandbox ends with a 502 and the deploy may time out",
    )
    .help(help)
    .related(facts.at(earlier.span), "would start it");
}
