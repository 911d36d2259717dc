//! A base image without a tag.

use super::bases;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::image::{family, siblings},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG401",
    name: "untagged-base",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG401.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for base in bases::used(facts) {
        if base.image.tag.is_some()
            || base.image.digest.is_some()
            || base.is_platform()
            || family::frozen(base.image).is_some()
        {
            continue;
        }
        let numbered = base.image.official().and_then(|name| siblings::numbered(name, "latest"));
        let draft = sink.report(
            base.at(facts),
            format!("`{}` has no tag", base.text),
            "without a tag it is `latest`, so the next build of the sandbox may start from another \
             major version",
        );
        let draft = match numbered {
            Some(tag) => draft
                .help(format!(
                    "write a tag; on {} `latest` was `{}:{tag}`",
                    siblings::TABLE_DATE,
                    base.image.name()
                ))
                .maybe_fix(base.retag(facts, tag)),
            None => draft.help(format!("write a tag: `{}:VERSION`", base.image.name())),
        };
        base.relate_args(facts, draft);
    }
}
