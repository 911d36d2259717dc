//! Findings that are accepted for now, so that only new ones fail.
//!
//! A finding is known again by its fingerprint, which survives a move of lines. What was found at a
//! credential counts the credential in: another value in the same place is a new finding. Its
//! fingerprint is keyed, since a plain hash of a weak password gives the password away; without a key
//! no such finding can be accepted.

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{
    diagnostic::Finding,
    fingerprint::{fingerprints, hex},
};
use crate::project::{Project, path::ContextPath, source::Span};

/// The version that is written, and the only one that is read.
const VERSION: u64 = 1;

/// The key of the fingerprints of credentials. Nothing shows it.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key of at least 16 bytes; `None` for a shorter one.
    pub fn new(text: &str) -> Option<Self> {
        (text.len() >= 16).then(|| Self(text.as_bytes().to_vec()))
    }

    fn sign(&self, parts: &[&[u8]]) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        hex(&mac.finalize().into_bytes()[..16])
    }

    /// What tells one key from another and gives neither away.
    fn id(&self) -> String {
        self.sign(&[b"sandgate baseline"])[..8].to_owned()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BaselineError {
    /// Not what `sandgate baseline` writes.
    #[error("it is no baseline: {0}")]
    Form(String),
    /// Of another version.
    #[error("it has version {0}, and this sandgate reads version {VERSION}")]
    Version(u64),
}

/// A baseline.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: Vec<Entry>,
    key_id: Option<String>,
}

/// What a baseline is applied with.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The baseline.
    pub baseline: Baseline,
    /// The key, where the caller has one.
    pub key: Option<Key>,
    /// The project, relative to the folder of the baseline; "" for that folder itself.
    pub base: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Entry {
    path: String,
    code: String,
    message: String,
    fingerprint: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keyed: bool,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u64,
    #[serde(default)]
    tool: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    findings: Vec<Entry>,
}

/// What was said about the findings of one project.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Match {
    /// For each finding, whether it is accepted.
    pub(super) accepted: Vec<bool>,
    /// The files of entries below the project's folder that no finding matches any more.
    pub(super) stale: Vec<ContextPath>,
}

impl Baseline {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let form = |err: serde_json::Error| BaselineError::Form(err.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(form)?;
        // The version first: another one may have another form.
        match value["version"].as_u64() {
            Some(VERSION) => (),
            Some(other) => return Err(BaselineError::Version(other)),
            None => return Err(BaselineError::Form("`version` is missing".into())),
        }
        let file: File = serde_json::from_value(value).map_err(form)?;
        Ok(Self { entries: file.findings, key_id: file.key })
    }

    /// Accepts the findings of a project. Returns how many could not be, for want of a key.
    pub fn add(
        &mut self,
        project: &Project,
        findings: &[Finding],
        masks: &BTreeMap<ContextPath, Vec<Span>>,
        base: &str,
        key: Option<&Key>,
    ) -> usize {
        self.key_id = key.map(Key::id);
        let mut refused = 0;
        for (finding, print) in findings.iter().zip(prints(project, findings, masks, base, key)) {
            match print {
                Print::Plain(fingerprint) => self.push(finding, base, fingerprint, false),
                Print::Keyed(fingerprint) => self.push(finding, base, fingerprint, true),
                Print::NeedsKey => refused += 1,
            }
        }
        refused
    }

    fn push(&mut self, finding: &Finding, base: &str, fingerprint: String, keyed: bool) {
        self.entries.push(Entry {
            path: joined(base, &finding.location.file),
            code: finding.code.into(),
            message: finding.message.clone(),
            fingerprint,
            keyed,
        });
    }

    /// How many findings it accepts.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it accepts none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether it accepts findings at credentials that this key does not open.
    pub fn is_locked(&self, key: Option<&Key>) -> bool {
        self.entries.iter().any(|entry| entry.keyed) && self.key_id != key.map(Key::id)
    }

    /// As a file, sorted, one finding an entry.
    pub fn to_json(&self) -> String {
        let mut findings = self.entries.clone();
        findings.sort();
        findings.dedup();
        let key = findings.iter().any(|entry| entry.keyed).then(|| self.key_id.clone()).flatten();
        let tool = format!("sandgate {}", env!("CARGO_PKG_VERSION"));
        let file = File { version: VERSION, tool, key, findings };
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl Accepted {
    pub(super) fn matches(
        &self,
        project: &Project,
        findings: &[Finding],
        masks: &BTreeMap<ContextPath, Vec<Span>>,
    ) -> Match {
        let known: BTreeSet<&str> =
            self.baseline.entries.iter().map(|entry| entry.fingerprint.as_str()).collect();
        let mut found: BTreeSet<String> = BTreeSet::new();
        let accepted = prints(project, findings, masks, &self.base, self.key.as_ref())
            .into_iter()
            .map(|print| match print {
                Print::Plain(print) | Print::Keyed(print) => {
                    let is_known = known.contains(print.as_str());
                    found.insert(print);
                    is_known
                }
                Print::NeedsKey => false,
            })
            .collect();
        let locked = self.baseline.is_locked(self.key.as_ref());
        let is_told = |entry: &&Entry| found.contains(&entry.fingerprint) || entry.keyed && locked;
        let unmatched = self.baseline.entries.iter().filter(|entry| !is_told(entry));
        let stale = unmatched
            .map(|entry| ContextPath::clean(&entry.path))
            .filter(|path| path.is_within(&self.base));
        Match { accepted, stale: stale.collect() }
    }
}

enum Print {
    Plain(String),
    Keyed(String),
    NeedsKey,
}

fn prints(
    project: &Project,
    findings: &[Finding],
    masks: &BTreeMap<ContextPath, Vec<Span>>,
    base: &str,
    key: Option<&Key>,
) -> Vec<Print> {
    let plain = fingerprints(project, findings, masks, |file| joined(base, file));
    findings
        .iter()
        .zip(plain)
        .map(|(finding, print)| {
            let values = credentials(project, finding, masks);
            match (values.as_slice(), key) {
                ([], _) => Print::Plain(print),
                (_, None) => Print::NeedsKey,
                (values, Some(key)) => {
                    let mut parts = vec![print.as_bytes()];
                    parts.extend(values.iter().map(|value| value.as_bytes()));
                    Print::Keyed(key.sign(&parts))
                }
            }
        })
        .collect()
}

/// The credentials that a finding points at.
fn credentials<'a>(
    project: &'a Project,
    finding: &Finding,
    masks: &BTreeMap<ContextPath, Vec<Span>>,
) -> Vec<&'a str> {
    let file = &finding.location.file;
    let (Some(span), Some(source)) = (finding.location.span, project.source(file)) else {
        return Vec::new();
    };
    let masks = masks.get(file).map_or(&[][..], Vec::as_slice);
    let touching = masks.iter().filter(|mask| mask.start < span.end && span.start < mask.end);
    touching.map(|mask| source.slice(*mask)).collect()
}

fn joined(base: &str, file: &ContextPath) -> String {
    match (base, file.as_str()) {
        ("", file) => file.to_owned(),
        (base, "") => base.to_owned(),
        (base, file) => format!("{base}/{file}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_form_is_told_apart_from_another_version() {
        for (text, want) in [
            ("{\"version\":1,\"findings\":[]}", Ok(0)),
            ("{\"version\":2,\"results\":{}}", Err(BaselineError::Version(2))),
            ("{\"findings\":[]}", Err(BaselineError::Form("`version` is missing".into()))),
        ] {
            assert_eq!(Baseline::parse(text).map(|baseline| baseline.len()), want, "{text}");
        }
        for text in ["", "[]", "{\"version\":1}", "{\"version\":1,\"findings\":[{}]}"] {
            assert!(matches!(Baseline::parse(text), Err(BaselineError::Form(_))), "{text}");
        }
    }

    #[test]
    fn keys_are_not_shown_and_not_short() {
        assert!(Key::new("short").is_none());
        let key = Key::new("0123456789abcdef").expect("it is long enough");
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert_ne!(key.id(), Key::new("0123456789abcdeg").expect("it is long enough").id());
    }
}
