//! An image without a shell.

use super::edits;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, Root},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG115",
    name: "no-shell",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG115.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(fs), Some(from)) = (facts.images.last(), facts.final_from()) else { return };
    if edits::has_shell(facts) {
        return;
    }
    let base = match &fs.root {
        Root::Api(image) | Root::Other(image) => image.as_str(),
        _ => "scratch",
    };
    sink.report(
        from,
        format!("the final image is `{base}`, which has no shell"),
        "sandbox-api runs every process through a shell, so no command can be run in the sandbox",
    )
    .help(
        "start from a base with a shell, such as `node:24-alpine`, and copy `/sandbox-api` into it",
    );
}
