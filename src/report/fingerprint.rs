//! What identifies a finding when lines move.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest as _, Sha256};

use super::Section;
use crate::lint::{self, diagnostic::Finding};

/// Fingerprints of the findings of one section, in their order: a hash of the rule, the path, the
/// line with blanks folded and secrets masked, and which of equal ones it is. 32 hex digits.
pub(super) fn all(section: &Section<'_>) -> Vec<String> {
    let values = section.values();
    let mut seen: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    section
        .outcome
        .findings
        .iter()
        .map(|finding| one(section, finding, &values, &mut seen))
        .collect()
}

fn one(
    section: &Section<'_>,
    finding: &Finding,
    values: &[&str],
    seen: &mut BTreeMap<(String, String, String), usize>,
) -> String {
    let line = section.place(&finding.location).map_or_else(String::new, |place| {
        let text = place.source.slice(place.source.line_span(place.start.line));
        let text = lint::without(text, values).unwrap_or_else(|| text.to_owned());
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    let key = (finding.code.to_owned(), section.path(&finding.location.file), line);
    let count = seen.entry(key.clone()).or_default();
    let mut hash = Sha256::new();
    for part in [&key.0, &key.1, &key.2, &count.to_string()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    *count += 1;
    hash.finalize().iter().take(16).fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
