//! Durations that the platform does not understand.

use super::issues;
use crate::{
    lint::{
        diagnostic::{Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::manifest::{Data, Manifest, Spanned, Table, duration_seconds, is_interpolated},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG612",
    name: "invalid-duration",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG612.md"),
    check,
};

/// Shortest `ttl`, in seconds.
const SHORTEST_TTL: u64 = 5 * 60;
/// Longest timeout, in seconds: one year.
const LONGEST_TIMEOUT: u64 = 365 * 86_400;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    if let Some(ttl) = manifest.ttl.as_ref().filter(|ttl| !is_interpolated(&ttl.value)) {
        match duration_seconds(&ttl.value) {
            None => malformed(manifest, "runtime.ttl", ttl, sink),
            Some(seconds) if seconds < SHORTEST_TTL => {
                sink.report(
                    issues::at(manifest, ttl.span),
                    format!("a `ttl` of `{}` is too short", ttl.value),
                    "the platform deletes a sandbox this long after it was made, and takes no \
                     less than 5 minutes",
                )
                .help("use `5m` or more");
            }
            Some(_) => {}
        }
    }
    if let Some(runtime) = manifest.root.table("runtime") {
        timeout(manifest, "runtime.timeout", runtime, sink);
    }
    let triggers = manifest.root.get("triggers").map(|triggers| &triggers.data);
    let Some(Data::Array(triggers)) = triggers else { return };
    for trigger in triggers.iter().filter_map(|trigger| trigger.as_table()) {
        timeout(manifest, "timeout", trigger, sink);
        if let Some(configuration) = trigger.table("configuration") {
            timeout(manifest, "timeout", configuration, sink);
        }
    }
}

fn timeout(manifest: &Manifest, path: &str, table: &Table, sink: &mut Sink<'_>) {
    let seconds = if let Some(text) = table.text("timeout") {
        if is_interpolated(&text.value) {
            return;
        }
        let plain = text.value.parse().ok();
        match plain.or_else(|| duration_seconds(&text.value)) {
            Some(seconds) => Spanned { value: seconds, span: text.span },
            None => return malformed(manifest, path, &text, sink),
        }
    } else if let Some(number) = table.integer("timeout") {
        match u64::try_from(number.value) {
            Ok(seconds) => Spanned { value: seconds, span: number.span },
            Err(_) => {
                let text = Spanned { value: number.value.to_string(), span: number.span };
                return malformed(manifest, path, &text, sink);
            }
        }
    } else {
        return;
    };
    if seconds.value > LONGEST_TIMEOUT {
        sink.report(
            issues::at(manifest, seconds.span),
            format!("`{path}` is longer than a year"),
            "the platform's client refuses a timeout of more than one year",
        )
        .help("use `365d` or less");
    }
}

fn malformed(manifest: &Manifest, path: &str, text: &Spanned<String>, sink: &mut Sink<'_>) {
    let repaired = repair(&text.value);
    let fix = repaired.as_ref().map(|repaired| {
        let title = format!("write `{repaired}`");
        issues::replace(manifest, title, Safety::Safe, text.span, format!("\"{repaired}\""))
    });
    sink.report(
        issues::at(manifest, text.span),
        format!("`{path}` is `{}`, which is no duration", text.value),
        "the platform takes a whole number and one unit: s, m, h, d or w",
    )
    .help(match &repaired {
        Some(repaired) => format!("write `{repaired}`"),
        None => "write it as `30m`, `24h` or `7d`".to_owned(),
    })
    .maybe_fix(fix);
}

/// `2 hours`, `24H`, `1day` with the unit spelled as the platform does.
fn repair(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match text[digits..].trim() {
        "s" | "sec" | "secs" | "second" | "seconds" => 's',
        "m" | "min" | "mins" | "minute" | "minutes" => 'm',
        "h" | "hr" | "hrs" | "hour" | "hours" => 'h',
        "d" | "day" | "days" => 'd',
        "w" | "week" | "weeks" => 'w',
        _ => return None,
    };
    let repaired = format!("{}{unit}", &text[..digits]);
    duration_seconds(&repaired).filter(|seconds| *seconds >= SHORTEST_TTL).map(|_| repaired)
}
