//! What identifies a finding when lines move.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest as _, Sha256};

use super::{
    diagnostic::Finding,
    engine::{masked_values, without},
};
use crate::project::{Project, path::ContextPath, source::Span};

/// Fingerprints of findings, in their order: a hash of the rule, the path, the line with blanks
/// folded and secrets masked, and which of equal ones it is. 32 hex digits.
///
/// `path` says how a file is called: relative to whatever the fingerprints are compared in.
pub fn fingerprints(
    project: &Project,
    findings: &[Finding],
    masks: &BTreeMap<ContextPath, Vec<Span>>,
    path: impl Fn(&ContextPath) -> String,
) -> Vec<String> {
    let values = masked_values(project, masks);
    let mut seen: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    findings
        .iter()
        .map(|finding| {
            let line = line(project, finding).map_or_else(String::new, |text| {
                let text = without(text, &values).unwrap_or_else(|| text.to_owned());
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            });
            let key = (finding.code.to_owned(), path(&finding.location.file), line);
            let count = seen.entry(key.clone()).or_default();
            let mut hash = Sha256::new();
            for part in [&key.0, &key.1, &key.2, &count.to_string()] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
            *count += 1;
            hex(&hash.finalize()[..16])
        })
        .collect()
}

fn line<'a>(project: &'a Project, finding: &Finding) -> Option<&'a str> {
    let source = project.source(&finding.location.file)?;
    let line = source.line_of(finding.location.span?.start as usize);
    Some(source.slice(source.line_span(line)))
}

/// A hash of a text that holds no secret. 32 hex digits.
pub fn digest(text: &str) -> String {
    hex(&Sha256::digest(text)[..16])
}

/// Bytes as hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
