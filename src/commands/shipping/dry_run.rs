//! `--dry-run`: every request and every file that would be sent, without secrets, and no call.

use std::fmt::Write as _;

use serde::Serialize;

use super::Work;
use crate::{
    cli::{self, ResultFormat},
    commands::{platform::Target, vars::is_secret},
    error::Error,
    escape,
    pack::Plan,
    report::context::bytes,
    ship::blaxel::{PlannedCall, Request, Secret},
};

/// What stands in place of a secret.
pub(in crate::commands) const MASK: &str = "****";

#[derive(Serialize)]
struct V1<'a> {
    version: u32,
    dry_run: bool,
    action: &'static str,
    name: &'a str,
    workspace: &'a str,
    requests: Vec<Call<'a>>,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct Call<'a> {
    method: &'static str,
    url: &'a str,
    when: &'a str,
    body: Option<&'a serde_json::Value>,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    size: u64,
}

/// What would be done.
pub(in crate::commands) struct Planned<'a> {
    pub(in crate::commands) action: &'static str,
    pub(in crate::commands) name: &'a str,
    pub(in crate::commands) workspace: &'a str,
    pub(in crate::commands) calls: Vec<PlannedCall>,
    /// What would be packed.
    pub(in crate::commands) plan: Option<&'a Plan>,
}

/// What would be shipped, in the form that is asked for.
pub(super) fn planned<W: Work>(
    args: &cli::Ship,
    work: &W,
    target: &Target,
    request: &Request,
    plan: Option<&Plan>,
) -> Result<String, Error> {
    let planned = Planned {
        action: W::ACTION,
        name: &request.name,
        workspace: &target.workspace,
        calls: work.calls(&masked(request), &target.planned_host()?),
        plan,
    };
    Ok(planned.text(args.format == ResultFormat::Json))
}

impl Planned<'_> {
    /// For people, or as JSON.
    pub(in crate::commands) fn text(&self, json: bool) -> String {
        let entries = self.plan.map(|plan| plan.entries.as_slice()).unwrap_or_default();
        let files: Vec<File<'_>> =
            entries.iter().map(|entry| File { path: &entry.path, size: entry.size }).collect();
        if !json {
            return lines(&self.calls, &files);
        }
        let calls = self.calls.iter().map(|call| Call {
            method: call.method,
            url: &call.url,
            when: &call.when,
            body: call.body.as_ref(),
        });
        let v1 = V1 {
            version: 1,
            dry_run: true,
            action: self.action,
            name: self.name,
            workspace: self.workspace,
            requests: calls.collect(),
            files,
        };
        // Plain data with text keys always serialises.
        let text = serde_json::to_string_pretty(&v1).unwrap_or_default();
        format!("{}\n", escape::json(&text))
    }
}

/// The request without what must not be shown.
fn masked(request: &Request) -> Request {
    let mut request = request.clone();
    let hidden = std::mem::take(&mut request.hidden);
    for (name, value) in &mut request.envs {
        if is_secret(name, value) || hidden.iter().any(|secret| secret.redact(value) != *value) {
            MASK.clone_into(value);
        }
    }
    if let Some(image) = &mut request.image {
        image.docker_config = image.docker_config.as_ref().map(|_| Secret::new(MASK));
    }
    request
}

fn lines(calls: &[PlannedCall], files: &[File<'_>]) -> String {
    let mut out = String::new();
    let mut before = None;
    for call in calls {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{} {}", call.method, escape::terminal(&call.url, false));
        let _ = writeln!(out, "    {}", escape::terminal(&call.when, false));
        if call.body.is_some() && call.body == before {
            out.push_str("    with the same body\n");
        } else if let Some(body) = &call.body {
            before = Some(body.clone());
            for line in serde_json::to_string_pretty(body).unwrap_or_default().lines() {
                let _ = writeln!(out, "    {}", escape::terminal(line, false));
            }
        }
        out.push('\n');
    }
    if !files.is_empty() {
        let total = files.iter().map(|file| file.size).sum();
        let _ = writeln!(out, "{} entries, {}:", files.len(), bytes(total));
        for file in files {
            let _ =
                writeln!(out, "{:>10}  {}", bytes(file.size), escape::terminal(file.path, false));
        }
    }
    out
}
