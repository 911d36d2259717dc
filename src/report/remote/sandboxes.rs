//! Sandboxes. Their environment variables are never shown.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{super::table::Table, Form, at, lines};
use crate::ship::blaxel::{Port, Sandbox};

#[derive(Serialize)]
pub(super) struct SandboxV1<'a> {
    name: &'a str,
    status: Option<&'a str>,
    state: Option<&'a str>,
    image: Option<&'a str>,
    url: Option<&'a str>,
    region: Option<&'a str>,
    memory_mb: Option<u64>,
    ports: Vec<PortV1<'a>>,
    labels: &'a BTreeMap<String, String>,
    created: Option<String>,
    updated: Option<String>,
    last_used: Option<String>,
}

#[derive(Serialize)]
struct PortV1<'a> {
    name: Option<&'a str>,
    target: u16,
    protocol: Option<&'a str>,
}

pub(super) fn sandbox_v1(sandbox: &Sandbox) -> SandboxV1<'_> {
    SandboxV1 {
        name: &sandbox.name,
        status: sandbox.status.as_deref(),
        state: sandbox.state.as_deref(),
        image: sandbox.image.as_deref(),
        url: sandbox.url.as_deref(),
        region: sandbox.region.as_deref(),
        memory_mb: sandbox.memory,
        ports: sandbox.ports.iter().map(port_v1).collect(),
        labels: &sandbox.labels,
        created: at(sandbox.created),
        updated: at(sandbox.updated),
        last_used: at(sandbox.used),
    }
}

fn port_v1(port: &Port) -> PortV1<'_> {
    PortV1 { name: port.name.as_deref(), target: port.target, protocol: port.protocol.as_deref() }
}

/// The sandboxes of a workspace.
pub fn sandboxes(form: Form, sandboxes: &[Sandbox]) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        sandboxes: Vec<SandboxV1<'a>>,
    }
    form.write(Data { sandboxes: sandboxes.iter().map(sandbox_v1).collect() }, || {
        let mut table =
            Table::new(&["NAME", "STATUS", "STATE", "IMAGE", "REGION", ">MEMORY", "UPDATED"]);
        for sandbox in sandboxes {
            table.row([
                Some(sandbox.name.clone()),
                sandbox.status.clone(),
                sandbox.state.clone(),
                sandbox.image.clone(),
                sandbox.region.clone(),
                sandbox.memory.map(|memory| format!("{memory} MB")),
                at(sandbox.updated),
            ]);
        }
        table.show("the workspace has no sandbox")
    })
}

/// One sandbox.
pub fn sandbox(form: Form, sandbox: &Sandbox) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        sandbox: SandboxV1<'a>,
    }
    form.write(Data { sandbox: sandbox_v1(sandbox) }, || {
        let list = |all: Vec<String>| (!all.is_empty()).then(|| all.join(", "));
        let ports = sandbox.ports.iter().map(|port| match &port.protocol {
            Some(protocol) => format!("{} {protocol}", port.target),
            None => port.target.to_string(),
        });
        let labels = sandbox.labels.iter().map(|(name, value)| format!("{name}={value}"));
        lines(&[
            ("sandbox", Some(sandbox.name.clone())),
            ("status", sandbox.status.clone()),
            ("state", sandbox.state.clone()),
            ("image", sandbox.image.clone()),
            ("url", sandbox.url.clone()),
            ("region", sandbox.region.clone()),
            ("memory", sandbox.memory.map(|memory| format!("{memory} MB"))),
            ("ports", list(ports.collect())),
            ("labels", list(labels.collect())),
            ("created", at(sandbox.created)),
            ("updated", at(sandbox.updated)),
            ("last used", at(sandbox.used)),
        ])
    })
}
