//! A manifest of something that is no sandbox.

use super::issues;
use crate::{
    lint::{
        diagnostic::{Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::manifest::{closest, is_interpolated},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG611",
    name: "unexpected-type",
    family: Family::Manifest,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG611.md"),
    check,
};

/// Types that the platform's client knows.
const TYPES: [&str; 8] = [
    "agent",
    "function",
    "job",
    "sandbox",
    "application",
    "volume-template",
    "volumetemplate",
    "vt",
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let Some(kind) = &manifest.kind else { return };
    let value = kind.value.as_str();
    if matches!(value, "" | "sandbox") || is_interpolated(value) {
        return;
    }
    let at = issues::at(manifest, kind.span);
    if TYPES.contains(&value) {
        sink.report(
            at,
            format!("`type` is `{value}`, not `sandbox`"),
            "sandgate checks and deploys sandboxes; what it says about the image does not hold for \
             other types",
        )
        .help("deploy it with the platform's own client, or set `type = \"sandbox\"`");
        return;
    }
    let meant = closest(value, TYPES.into_iter());
    let fix = meant.map(|meant| {
        let title = format!("use `{meant}`");
        issues::replace(manifest, title, Safety::Safe, kind.span, format!("\"{meant}\""))
    });
    sink.report(
        at,
        format!("unknown type `{value}`"),
        "the platform's client refuses a type that it does not know",
    )
    .severity(Severity::Error)
    .help(match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "use `sandbox`".to_owned(),
    })
    .maybe_fix(fix);
}
