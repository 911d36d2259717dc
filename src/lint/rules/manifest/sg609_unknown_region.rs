//! A region that has not the form of one.

use super::issues;
use crate::{
    lint::{
        diagnostic::{Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::manifest::{KNOWN_REGIONS, is_interpolated},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG609",
    name: "unknown-region",
    family: Family::Manifest,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG609.md"),
    check,
};

const WHY: &str =
    "the platform refuses a region that it does not have, or places the sandbox elsewhere";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let build = manifest.root.table("build").and_then(|build| build.text("region"));
    for region in manifest.region.iter().chain(&build) {
        let value = region.value.as_str();
        // regions that are not listed yet have the same form
        if value.is_empty() || value == "auto" || is_interpolated(value) || has_form(value) {
            continue;
        }
        let meant = nearest(value);
        let fix = meant.map(|meant| {
            let title = format!("use `{meant}`");
            issues::replace(manifest, title, Safety::Unsafe, region.span, format!("\"{meant}\""))
        });
        sink.report(issues::at(manifest, region.span), format!("`{value}` is no region"), WHY)
            .help(match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("use `auto`, or one such as {}", KNOWN_REGIONS.join(", ")),
            })
            .maybe_fix(fix);
    }
}

/// `us-pdx-1`: part of the world, airport, number.
fn has_form(region: &str) -> bool {
    let mut parts = region.split('-');
    let (Some(area), Some(city), Some(number), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let lower = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase());
    (2..=3).contains(&area.len())
        && lower(area)
        && city.len() == 3
        && lower(city)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn nearest(value: &str) -> Option<&'static str> {
    let value = value.to_ascii_lowercase().replace('_', "-");
    if value.len() > 20 {
        return None;
    }
    KNOWN_REGIONS.iter().copied().find(|known| strsim::osa_distance(known, &value) <= 1)
}
