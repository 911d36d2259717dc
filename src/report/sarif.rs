//! SARIF 2.1.0, as code scanning takes it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::{Serialize, Serializer, ser::SerializeSeq as _};
use serde_json::{Map, Value, json};

use super::{Place, Report, Section};
use crate::{
    escape,
    lint::{
        self, Silencer,
        diagnostic::{Edit, Finding, Location, Severity},
        import::Imported,
        rule::Rule,
        rules,
    },
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: Runs<'a>,
    version: &'static str,
}

/// Ours, then one for each of the other scanners.
struct Runs<'a>(&'a Report<'a>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Own<'a> {
    column_kind: &'static str,
    results: Results<'a>,
    tool: Value,
}

/// Made one by one while they are written: of hundreds of thousands, all at once would take gigabytes.
struct Results<'a> {
    report: &'a Report<'a>,
    known: &'a [&'static Rule],
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    super::document(&Document { schema: SCHEMA, runs: Runs(report), version: "2.1.0" }, out)
}

impl Serialize for Runs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known: Vec<&'static Rule> = rules::all().collect();
        let others = others(&self.0.imported);
        let mut runs = serializer.serialize_seq(Some(1 + others.len()))?;
        runs.serialize_element(&Own {
            column_kind: "unicodeCodePoints",
            results: Results { report: self.0, known: &known },
            tool: json!({ "driver": {
                "name": "sandgate",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": known.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }}),
        })?;
        for run in &others {
            runs.serialize_element(run)?;
        }
        runs.end()
    }
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut results = serializer.serialize_seq(None)?;
        for section in &self.report.sections {
            let values = section.values();
            for (finding, print) in section.outcome.findings.iter().zip(section.fingerprints()) {
                results
                    .serialize_element(&result(section, finding, &print, self.known, &values))?;
            }
            for one in &section.outcome.suppressed {
                let mut value = result(section, &one.finding, "", self.known, &values);
                let kind = if one.by == Silencer::Baseline { "external" } else { "inSource" };
                value["suppressions"] = json!([{ "kind": kind, "justification": one.by.reason() }]);
                if let Some(object) = value.as_object_mut() {
                    object.remove("partialFingerprints");
                }
                results.serialize_element(&value)?;
            }
        }
        results.end()
    }
}

/// What other scanners found: a run for each of them.
fn others(imported: &[Imported]) -> Vec<Value> {
    let mut tools: Vec<&str> = imported.iter().map(|one| one.tool.as_str()).collect();
    tools.sort_unstable();
    tools.dedup();
    tools
        .into_iter()
        .map(|tool| {
            let theirs: Vec<&Imported> = imported.iter().filter(|one| one.tool == tool).collect();
            let mut rules: BTreeMap<&str, &Imported> = BTreeMap::new();
            for one in &theirs {
                rules.entry(&one.rule).or_insert(one);
            }
            let descriptors: Vec<Value> = rules.values().map(|one| their_rule(one)).collect();
            let results: Vec<Value> = theirs.iter().map(|one| other(one)).collect();
            json!({
                "tool": { "driver": { "name": tool, "rules": descriptors } },
                "results": results,
            })
        })
        .collect()
}

/// A rule of another scanner, as far as it tells of it.
fn their_rule(one: &Imported) -> Value {
    let about = &one.about;
    let mut rule = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            rule.insert(key.to_owned(), value);
        }
    };
    let some = |text: &str| (!text.is_empty()).then(|| plain(text));
    let message = |text: &str| some(text).map(|text| json!({ "text": text }));
    put("id", Some(json!(one.rule)));
    put("name", some(&about.name).map(Value::from));
    put("shortDescription", message(&about.short));
    put("fullDescription", message(&about.full));
    put("helpUri", one.help.as_deref().map(Value::from));
    // Markdown needs a text beside it.
    let help = Some(&about.help).filter(|text| !text.is_empty()).unwrap_or(&about.markdown);
    put(
        "help",
        message(help).map(|mut help| {
            if let Some(markdown) = some(&about.markdown) {
                help["markdown"] = markdown.replace('<', "&lt;").into();
            }
            help
        }),
    );
    let mut properties = Map::new();
    if !about.score.is_empty() {
        properties.insert("security-severity".to_owned(), about.score.as_str().into());
    }
    if !about.tags.is_empty() {
        properties.insert("tags".to_owned(), about.tags.clone().into());
    }
    put("properties", (!properties.is_empty()).then_some(Value::Object(properties)));
    Value::Object(rule)
}

fn other(one: &Imported) -> Value {
    let mut physical = json!({ "artifactLocation": artifact(&one.path) });
    if let Some(line) = one.line {
        physical["region"] = json!({ "startLine": line });
    }
    json!({
        "ruleId": one.rule,
        "level": level(one.severity),
        "message": { "text": plain(&one.message) },
        "locations": [{ "physicalLocation": physical }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    let summary = rule.page.lines().nth(2).unwrap_or("");
    let why = rule
        .page
        .split("\n## Why\n")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap_or("");
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": summary },
        "fullDescription": { "text": why },
        "help": { "text": format!("{summary} {why}"), "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": [format!("{:?}", rule.family).to_lowercase()] },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(
    section: &Section<'_>,
    finding: &Finding,
    print: &str,
    known: &[&Rule],
    values: &[&str],
) -> Value {
    let mut text = format!("{}. {}", finding.message, finding.why);
    if let Some(help) = &finding.help {
        text.push_str(". ");
        text.push_str(help);
    }
    let mut value = json!({
        "ruleId": finding.code,
        "ruleIndex": known.iter().position(|rule| rule.code == finding.code),
        "level": level(finding.severity),
        "message": { "text": plain(&text) },
        "locations": [{ "physicalLocation": physical(section, &finding.location) }],
        "partialFingerprints": { "sandgate/v1": print },
    });
    if !finding.related.is_empty() {
        value["relatedLocations"] = finding
            .related
            .iter()
            .enumerate()
            .map(|(id, related)| {
                json!({
                    "id": id,
                    "physicalLocation": physical(section, &related.location),
                    "message": { "text": plain(&related.message) },
                })
            })
            .collect();
    }
    if let Some(fix) = &finding.fix {
        let changes: Vec<Value> =
            fix.edits.iter().filter_map(|edit| change(section, edit, values)).collect();
        // Modes cannot be said in SARIF.
        if changes.len() == fix.edits.len() {
            value["fixes"] = json!([{ "description": { "text": plain(&fix.title) }, "artifactChanges": changes }]);
        }
    }
    value
}

fn change(section: &Section<'_>, edit: &Edit, values: &[&str]) -> Option<Value> {
    let inserted = |text: &str| json!({ "text": lint::without(text, values).unwrap_or_else(|| text.to_owned()) });
    match edit {
        Edit::Replace { file, span, text } => {
            let place = section.place(&Location::new(file, *span))?;
            Some(json!({
                "artifactLocation": artifact(&section.path(file)),
                "replacements": [{ "deletedRegion": region(&place), "insertedContent": inserted(text) }],
            }))
        }
        Edit::Create { file, text } => Some(json!({
            "artifactLocation": artifact(&section.path(file)),
            "replacements": [{
                "deletedRegion": { "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1 },
                "insertedContent": inserted(text),
            }],
        })),
        Edit::MakeExecutable { .. } => None,
    }
}

fn physical(section: &Section<'_>, location: &Location) -> Value {
    let mut value = json!({ "artifactLocation": artifact(&section.path(&location.file)) });
    if let Some(place) = section.place(location) {
        value["region"] = region(&place);
    }
    value
}

fn region(place: &Place<'_>) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

/// A text as it is shown: SARIF makes a link of `[TEXT](URL)` in any message.
fn plain(text: &str) -> String {
    escape::terminal(text, true).replace("](", "]\u{200b}(")
}

/// A path relative to the working directory as a URI reference.
fn artifact(path: &str) -> Value {
    let root = if path.starts_with('/') { "file://" } else { "" };
    json!({ "uri": format!("{root}{}", escape::url_path(path)) })
}
