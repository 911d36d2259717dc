//! Memory that no sandbox can have.

use super::issues;
use crate::lint::{
    diagnostic::{Safety, Severity},
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG605",
    name: "invalid-memory",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG605.md"),
    check,
};

/// Largest memory that any document of the platform names, in MB.
const LARGEST: i64 = 32_768;
/// Up to here a number was surely meant in gigabytes: Linux alone needs more megabytes.
const GIGABYTES: i64 = 64;

const WHY: &str = "`runtime.memory` is in MB, and the sandbox gets one CPU for every 2048 of them";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let Some(memory) = &manifest.memory else { return };
    let value = memory.value;
    let at = issues::at(manifest, memory.span);
    match value {
        ..=0 => {
            sink.report(at, format!("a sandbox cannot have {value} MB of memory"), WHY)
                .help("give it 2048 or more, or leave the key out for the default");
        }
        1..=GIGABYTES => {
            let megabytes = value * 1024;
            sink.report(at, format!("a sandbox cannot start in {value} MB of memory"), WHY)
                .help(format!("did you mean {value} GB? Write `{megabytes}`"))
                .fix(issues::replace(
                    manifest,
                    format!("give it {value} GB"),
                    Safety::Unsafe,
                    memory.span,
                    megabytes.to_string(),
                ));
        }
        _ if value <= LARGEST => {}
        _ => {
            let severity = if value < LARGEST * 32 { Severity::Warning } else { Severity::Error };
            sink.report(at, format!("no sandbox has {value} MB of memory"), WHY)
                .severity(severity)
                .help(format!("{LARGEST} is the most that the platform documents"));
        }
    }
}
