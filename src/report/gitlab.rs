//! GitLab's code quality report: a JSON array, one object a finding.
//!
//! GitLab drops a finding whose fingerprint another one has, and takes paths relative to the
//! repository.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::Report;
use crate::{
    escape,
    lint::{self, diagnostic::Severity},
};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut all = Vec::new();
    for section in &report.sections {
        for (finding, print) in section.outcome.findings.iter().zip(section.fingerprints()) {
            let line = section.place(&finding.location).map_or(1, |place| place.start.line);
            let mut text = format!("{}: {}", finding.message, finding.why);
            if let Some(help) = &finding.help {
                text.push_str("; ");
                text.push_str(help);
            }
            all.push(json!({
                "description": escape::terminal(&text, false),
                "check_name": format!("{} {}", finding.code, finding.name),
                "fingerprint": print,
                "severity": severity(finding.severity),
                "location": {
                    "path": section.path(&finding.location.file),
                    "lines": { "begin": line },
                },
            }));
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for one in &report.imported {
        let name = format!("{} {}", one.tool, one.rule);
        let key = format!("{name}\n{}\n{}", one.path, one.message);
        let count = seen.entry(key.clone()).or_default();
        all.push(json!({
            "description": escape::terminal(&one.message, false),
            "check_name": escape::terminal(&name, false),
            "fingerprint": lint::digest(&format!("{key}\n{count}")),
            "severity": severity(one.severity),
            "location": { "path": relative(&one.path), "lines": { "begin": one.line.unwrap_or(1) } },
        }));
        *count += 1;
    }
    super::document(&Value::Array(all), out)
}

/// GitLab takes no path from the root, as scanners give those of an image.
fn relative(path: &str) -> &str {
    match path.trim_start_matches('/') {
        "" => ".",
        path => path,
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "info",
    }
}
