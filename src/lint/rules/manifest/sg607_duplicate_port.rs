//! Two entries for one port.

use std::collections::BTreeMap;

use super::issues;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        manifest::{Manifest, Port},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG607",
    name: "duplicate-port",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG607.md"),
    check,
};

const WHY: &str = "an address leads to one port, so one of the two entries is never reached";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let mut targets: BTreeMap<(i64, bool), Span> = BTreeMap::new();
    let mut names: BTreeMap<&str, Span> = BTreeMap::new();
    for port in &manifest.ports {
        if let Some(target) = &port.target {
            match targets.get(&(target.value, is_udp(port))) {
                Some(first) => {
                    let what = format!("port {} is given twice", target.value);
                    report(manifest, target.span, *first, what, sink);
                }
                None => {
                    targets.insert((target.value, is_udp(port)), target.span);
                }
            }
        }
        if let Some(name) = &port.name {
            match names.get(name.value.as_str()) {
                Some(first) => {
                    let what = format!("two ports are named `{}`", name.value);
                    report(manifest, name.span, *first, what, sink);
                }
                None => {
                    names.insert(&name.value, name.span);
                }
            }
        }
    }
}

/// UDP has port numbers of its own.
fn is_udp(port: &Port) -> bool {
    port.protocol.as_ref().is_some_and(|protocol| protocol.value.eq_ignore_ascii_case("udp"))
}

fn report(manifest: &Manifest, span: Span, first: Span, what: String, sink: &mut Sink<'_>) {
    sink.report(issues::at(manifest, span), what, WHY)
        .help("remove one of the entries, or change this one")
        .related(issues::at(manifest, first), "the first one");
}
