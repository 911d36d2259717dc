//! Very large files in the context.

use crate::lint::{
    diagnostic::{Location, Severity},
    facts::Facts,
    rule::{Family, Rule, Sink},
};
use crate::project::context::EntryKind;

use super::ignore_lines;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG510",
    name: "large-content-sent",
    family: Family::Context,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG510.md"),
    check,
};

/// A file of this size is rarely source.
const FILE: u64 = 100 << 20;
/// A context of this size takes minutes to upload.
const TOTAL: u64 = 1 << 30;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let mut total = 0;
    let mut large = false;
    for entry in facts.project.tree.sent() {
        let EntryKind::File { size, .. } = entry.kind else { continue };
        total += size;
        if size > FILE {
            large = true;
            let taken =
                facts.copies.iter().find(|copy| !copy.glob && entry.path.is_within(&copy.path));
            let what = format!("`{}` is {} MB", entry.path, size >> 20);
            let (location, why) = match taken {
                Some(copy) => (
                    facts.at(copy.span),
                    "it is uploaded with every build, and every sandbox carries it",
                ),
                None => (
                    Location::whole(&entry.path),
                    "it is uploaded with every build, and no instruction copies it",
                ),
            };
            sink.report(location, what, why).help(format!(
                "fetch it when the sandbox starts, keep it on a volume, or add `{}` to {}",
                ignore_lines::line(&entry.path),
                ignore_lines::name(facts)
            ));
        }
    }
    if total > TOTAL && !large {
        sink.report(
            Location::whole(facts.file.source.path()),
            format!("the build context is {} MB", total >> 20),
            "it is uploaded with every build",
        )
        .help("`sandgate context` shows the largest folders; list what is not needed in the ignore file");
    }
}
