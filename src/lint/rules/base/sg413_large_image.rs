//! An image that takes long to move.

use super::bases;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::image::{
        looked_up::{bytes_of, megabytes},
        sizes,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG413",
    name: "large-image",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG413.md"),
    check,
};

/// Compressed bytes. The platform sets no limit; this is several times what its own images need.
const LARGE: u64 = 2_000_000_000;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(base) = bases::of_final(facts) else { return };
    let (bytes, source) = if let Some(told) = facts.told(base.text) {
        (bytes_of([told]), "by its registry".to_owned())
    } else {
        let (Some(name), Some(tag), None) =
            (base.image.official(), base.image.tag.as_deref(), &base.image.digest)
        else {
            return;
        };
        let Some(size) = sizes::of(name, tag) else { return };
        (size.bytes, format!("by a table of {}", size.date))
    };
    if bytes <= LARGE {
        return;
    }
    sink.report(
        base.at(facts),
        format!("the base `{}` alone is {} to download", base.text, megabytes(bytes)),
        format!(
            "the image is stored with every version and loaded wherever a sandbox is made; \
             compressed, linux/amd64, {source}"
        ),
    )
    .help("start from a smaller base and copy what is needed, or keep data on a volume");
}
