//! A tag that moves from one major version to the next.

use super::bases;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::image::{family, floating, siblings},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG402",
    name: "floating-tag",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG402.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for base in bases::used(facts) {
        let Some(tag) = base.image.tag.as_deref() else { continue };
        if base.image.digest.is_some()
            || base.is_platform()
            || family::frozen(base.image).is_some()
            || !floating::moves(base.image, tag)
        {
            continue;
        }
        let numbered = base.image.official().and_then(|name| siblings::numbered(name, tag));
        let draft = sink.report(
            base.at(facts),
            format!("`{}` moves with every release", base.text),
            "the next build of the sandbox may start from another major version, and nothing in \
             the project says which one was tested",
        );
        let draft = match numbered {
            Some(number) => draft
                .help(format!(
                    "name a version; on {} it was `{}:{number}`",
                    siblings::TABLE_DATE,
                    base.image.name()
                ))
                .maybe_fix(base.retag(facts, number)),
            // An official image has versions to name; what others publish, nobody here knows.
            None if base.image.official().is_none() => {
                draft.severity(Severity::Info).help("name a version, or pin the digest")
            }
            None => draft.help("name a version, or pin the digest"),
        };
        base.relate_args(facts, draft);
    }
}
