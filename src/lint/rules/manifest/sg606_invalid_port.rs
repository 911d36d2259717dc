//! Ports that a sandbox cannot open.

use super::issues;
use crate::{
    lint::{
        diagnostic::{Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        manifest::{Data, Manifest, Table, closest},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG606",
    name: "invalid-port",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG606.md"),
    check,
};

const PROTOCOLS: [&str; 4] = ["HTTP", "TCP", "UDP", "TLS"];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let ports = manifest.root.table("runtime").and_then(|runtime| runtime.get("ports"));
    let Some(Data::Array(ports)) = ports.map(|ports| &ports.data) else { return };
    for port in ports {
        if let Some(table) = port.as_table() {
            target(manifest, table, port.span, sink);
            protocol(manifest, table, sink);
        }
    }
}

fn target(manifest: &Manifest, port: &Table, span: Span, sink: &mut Sink<'_>) {
    if port.get("target").is_none() {
        sink.report(
            issues::at(manifest, span),
            "a port without a `target`",
            "the target is the port that the process in the sandbox listens on; the platform \
             refuses a port without one",
        )
        .help("add `target = 3000`, with the port of the process");
        return;
    }
    // a target of another type is a fault of its own
    let Some(target) = port.integer("target") else { return };
    let at = issues::at(manifest, target.span);
    let name = port.text("name");
    let is_api = name.as_ref().is_some_and(|name| name.value == "sandbox-api");
    match target.value {
        80 | 443 => {
            sink.report(
                at,
                format!("port {} is reserved", target.value),
                "the platform uses 80 and 443 itself, so nothing in the sandbox can be reached \
                 there",
            )
            .help("let the process listen on another port, such as 3000");
        }
        8080 if !is_api => {
            sink.report(
                at,
                "port 8080 is reserved for sandbox-api",
                "sandbox-api listens on 8080 in every sandbox, so no other process can",
            )
            .help(
                "let the process listen on another port; if this entry is sandbox-api, name it \
                 `sandbox-api`",
            );
        }
        1..=65_535 => {}
        other => {
            sink.report(
                at,
                format!("{other} is no port"),
                "a port is a number from 1 to 65535; the platform refuses the sandbox",
            );
        }
    }
}

fn protocol(manifest: &Manifest, port: &Table, sink: &mut Sink<'_>) {
    let Some(protocol) = port.text("protocol") else { return };
    if PROTOCOLS.iter().any(|known| known.eq_ignore_ascii_case(&protocol.value)) {
        return;
    }
    let meant = match protocol.value.to_ascii_lowercase().as_str() {
        "https" | "ssl" | "wss" => Some("TLS"),
        "ws" | "http1" | "http2" | "http/1.1" | "http/2" => Some("HTTP"),
        other => closest(other, PROTOCOLS.into_iter()),
    };
    let fix = meant.map(|meant| {
        let title = format!("use `{meant}`");
        issues::replace(manifest, title, Safety::Unsafe, protocol.span, format!("\"{meant}\""))
    });
    sink.report(
        issues::at(manifest, protocol.span),
        format!("unknown protocol `{}`", protocol.value),
        "the platform refuses a port with a protocol that it does not know",
    )
    .help("use `HTTP`, `TCP`, `UDP` or `TLS`")
    .maybe_fix(fix);
}
