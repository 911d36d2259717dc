//! Results of other scanners, from SARIF 2.1.0.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use super::diagnostic::Severity;

/// The largest report that is read, in bytes.
pub const LARGEST: u64 = 64 << 20;

/// What another scanner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The scanner: `Trivy`.
    pub tool: String,
    /// Its rule: `CVE-2026-1234`.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// What it says, in one line.
    pub message: String,
    /// Where: a path in the repository or in the image, or the name of an image; `.` where it says
    /// nothing.
    pub path: String,
    /// The first line, from 1, where it says one.
    pub line: Option<u64>,
    /// A page about it.
    pub help: Option<String>,
    /// What the scanner tells of its rule.
    pub about: Arc<About>,
}

/// What a scanner tells of one of its rules, within bounds; empty where it tells nothing. None of it is escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The name of the rule, beside its ID.
    pub name: String,
    /// One sentence.
    pub short: String,
    /// A paragraph.
    pub full: String,
    /// What to do, in lines.
    pub help: String,
    /// The same as Markdown.
    pub markdown: String,
    /// The CVSS score, from 0.0 to 10.0.
    pub score: String,
    /// What code scanning sorts by; `security` among them makes it heed the score.
    pub tags: Vec<String>,
}

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not JSON, or of another form.
    #[error("it is no SARIF: {0}")]
    Form(#[from] serde_json::Error),
    /// Another version.
    #[error("it is SARIF {0}, and 2.1.0 is read")]
    Version(String),
    /// No scan was made.
    #[error("it holds no results of a scan")]
    Empty,
    /// A scan did not come to its end.
    #[error("it says that the run of {0} failed{1}")]
    Failed(String, String),
}

#[derive(Deserialize)]
struct Log {
    version: String,
    runs: Option<Vec<Run>>,
}

#[derive(Deserialize)]
struct Run {
    tool: Tool,
    results: Option<Vec<Item>>,
    #[serde(default)]
    invocations: Vec<Invocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: Option<bool>,
    exit_code_description: Option<String>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Driver,
}

#[derive(Deserialize)]
struct Driver {
    name: String,
    #[serde(default)]
    rules: Vec<Descriptor>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Descriptor {
    id: String,
    name: Option<String>,
    default_configuration: Configuration,
    help_uri: Option<String>,
    short_description: Message,
    full_description: Message,
    help: Message,
    properties: Properties,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Configuration {
    level: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Properties {
    #[serde(rename = "security-severity")]
    security_severity: Option<Value>,
    tags: Option<Value>,
}

impl Properties {
    /// The score, which some write as a number.
    fn score(&self) -> Option<f64> {
        let score = match self.security_severity.as_ref()? {
            Value::String(text) => text.trim().parse().ok()?,
            other => other.as_f64()?,
        };
        (0.0..=10.0).contains(&score).then_some(score)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    rule_id: Option<String>,
    rule_index: Option<usize>,
    level: Option<String>,
    kind: Option<String>,
    baseline_state: Option<String>,
    #[serde(default)]
    message: Message,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(default)]
    suppressions: Vec<Suppression>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    text: Option<String>,
    markdown: Option<String>,
}

#[derive(Deserialize)]
struct Suppression {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Option<Physical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Option<Artifact>,
    region: Option<Region>,
}

#[derive(Deserialize)]
struct Artifact {
    uri: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: Option<u64>,
}

/// Reads a report. What it says was suppressed, passed or is gone is left out.
pub fn parse(bytes: &[u8]) -> Result<Vec<Imported>, ImportError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let log: Log = serde_json::from_slice(bytes)?;
    if log.version != "2.1.0" {
        return Err(ImportError::Version(log.version));
    }
    let mut out = Vec::new();
    let runs = log.runs.unwrap_or_default();
    // The standard: results are missing where the scan was not made.
    if runs.iter().all(|run| run.results.is_none()) {
        return Err(ImportError::Empty);
    }
    for run in runs {
        let driver = run.tool.driver;
        let failed = |one: &&Invocation| one.execution_successful == Some(false);
        if let Some(failed) = run.invocations.iter().find(failed) {
            let why = failed.exit_code_description.as_deref().map(one_line);
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            return Err(ImportError::Failed(driver.name, why));
        }
        let mut known = BTreeMap::new();
        for item in run.results.unwrap_or_default() {
            if !is_open(&item) {
                continue;
            }
            out.push(imported(&driver, item, &mut known));
        }
    }
    out.sort_by(|a, b| {
        let key = |one: &Imported| (one.tool.clone(), one.path.clone(), one.line, one.rule.clone());
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    out.dedup();
    Ok(out)
}

fn is_open(item: &Item) -> bool {
    let accepted = |one: &Suppression| one.status.as_deref().is_none_or(|one| one == "accepted");
    item.kind.as_deref().is_none_or(|kind| kind == "fail")
        && item.baseline_state.as_deref() != Some("absent")
        && !item.suppressions.iter().any(accepted)
}

/// `known` are the rules that were met before, by their place.
fn imported(driver: &Driver, item: Item, known: &mut BTreeMap<usize, Arc<About>>) -> Imported {
    let by_index = item.rule_index.filter(|index| *index < driver.rules.len());
    let by_id = || {
        let id = item.rule_id.as_deref()?;
        driver.rules.iter().position(|rule| rule.id == id)
    };
    let at = by_index.or_else(by_id);
    let rule = at.and_then(|at| driver.rules.get(at));
    let about = at
        .zip(rule)
        .map(|(at, rule)| Arc::clone(known.entry(at).or_insert_with(|| Arc::new(about(rule)))));
    let place = item.locations.into_iter().find_map(|location| location.physical_location);
    let (artifact, region) =
        place.map_or((None, None), |place| (place.artifact_location, place.region));
    let title = rule.and_then(|rule| rule.short_description.text.as_deref());
    let text = item.message.text.as_deref();
    Imported {
        tool: driver.name.clone(),
        severity: severity(item.level.as_deref(), rule),
        message: one_line(text.or(title).unwrap_or_default()),
        path: artifact
            .and_then(|artifact| artifact.uri)
            .filter(|uri| !uri.is_empty())
            .map_or_else(|| ".".into(), |uri| path_of(&uri)),
        line: region.and_then(|region| region.start_line).filter(|line| *line > 0),
        help: rule.and_then(|rule| rule.help_uri.clone()).filter(|uri| uri.starts_with("https://")),
        rule: item
            .rule_id
            .or_else(|| rule.map(|rule| rule.id.clone()))
            .unwrap_or_else(|| "unnamed".into()),
        about: about.unwrap_or_default(),
    }
}

/// Code scanning keeps no more of a description, in characters.
const DESCRIPTION: usize = 1024;
/// Scanners put a table and a paragraph or two into their help.
const HELP: usize = 8192;
/// Code scanning keeps no more tags.
const TAGS: usize = 20;

fn about(rule: &Descriptor) -> About {
    let lines = |text: &Option<String>| cut(text.as_deref().unwrap_or_default().trim(), HELP);
    let line = |text: &Option<String>, most| cut(&words(text.as_deref().unwrap_or_default()), most);
    let tags = rule.properties.tags.as_ref().and_then(Value::as_array).into_iter().flatten();
    About {
        name: line(&rule.name, 100),
        short: line(&rule.short_description.text, DESCRIPTION),
        full: line(&rule.full_description.text, DESCRIPTION),
        help: lines(&rule.help.text),
        markdown: lines(&rule.help.markdown),
        score: rule.properties.score().map(|score| format!("{score:.1}")).unwrap_or_default(),
        tags: tags.filter_map(Value::as_str).map(|tag| cut(&words(tag), 100)).take(TAGS).collect(),
    }
}

/// What a URI of a report leads to, as a path: reports write a blank as `%20`, and what they show is no URI.
fn path_of(uri: &str) -> String {
    let decoded = percent_decode_str(uri).decode_utf8();
    let text = decoded.map_or_else(|_| uri.to_owned(), Cow::into_owned);
    text.strip_prefix("file://").filter(|path| path.starts_with('/')).unwrap_or(&text).to_owned()
}

/// What the scanner decided for the result; else what its rule says; else by the CVSS score, as
/// GitHub reads `security-severity`: 7 and more is high, 4 and more medium.
fn severity(level: Option<&str>, rule: Option<&Descriptor>) -> Severity {
    let level = level.or_else(|| rule?.default_configuration.level.as_deref());
    match level {
        Some("error") => return Severity::Error,
        Some("warning") => return Severity::Warning,
        Some("note" | "none") => return Severity::Info,
        _ => (),
    }
    match rule.and_then(|rule| rule.properties.score()) {
        Some(score) if score >= 7.0 => Severity::Error,
        Some(score) if score < 4.0 => Severity::Info,
        // The standard's default level.
        _ => Severity::Warning,
    }
}

/// Scanners put tables into their texts: the first lines, in one.
fn one_line(text: &str) -> String {
    cut(&words(text), 300)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many characters of a text.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most.saturating_sub(1)) {
        Some((at, last)) if at + last.len_utf8() < text.len() => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}
