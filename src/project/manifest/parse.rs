//! TOML to [`Manifest`].

use std::borrow::Cow;

use toml_edit::Document;

use super::{
    check::check,
    model::{EnvVar, Issue, IssueKind, Manifest, Port, Spanned},
    tree::{Data, Table},
};
use crate::project::source::{Source, Span};

/// How many faulty lines are blanked before only the part above the first fault is kept.
const MAX_REPAIRS: usize = 8;
/// A line with more dots than this is no manifest, and its nesting would cost stack.
const MAX_DOTS: usize = 256;

/// Reads `blaxel.toml`. Never fails: see [`Manifest::issues`]. A line that is not TOML is blanked,
/// so that what stands around it is still read.
pub fn parse(source: Source) -> Manifest {
    let (root, mut issues) = read(&source);
    issues.extend(check(&root));
    issues.sort_by_key(|issue| issue.span.start);

    let runtime = root.table("runtime");
    let build = root.table("build");
    Manifest {
        kind: root.text("type"),
        name: root.text("name"),
        workspace: root.text("workspace"),
        image: root.text("image"),
        region: root.text("region"),
        memory: runtime.and_then(|table| table.integer("memory")),
        generation: runtime.and_then(|table| table.text("generation")),
        ttl: runtime.and_then(|table| table.text("ttl")),
        ports: runtime.map(ports).unwrap_or_default(),
        env: root.table("env").map(pairs).unwrap_or_default(),
        labels: root.table("labels").map(pairs).unwrap_or_default(),
        volumes: volumes(&root),
        runtime: runtime.map(Table::to_json).unwrap_or_default(),
        build_args: build.and_then(|table| table.table("args")).map(pairs).unwrap_or_default(),
        dockerfile: build.and_then(|table| table.text("dockerfile")),
        build: build.map(Table::to_json).unwrap_or_default(),
        root,
        issues,
        source,
    }
}

fn ports(runtime: &Table) -> Vec<Port> {
    let Some(Data::Array(items)) = runtime.get("ports").map(|value| &value.data) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            let table = item.as_table()?;
            Some(Port {
                span: item.span,
                name: table.text("name"),
                target: table.integer("target"),
                protocol: table.text("protocol"),
            })
        })
        .collect()
}

fn pairs(table: &Table) -> Vec<EnvVar> {
    table
        .entries
        .iter()
        .filter_map(|entry| {
            let Data::Text(text) = &entry.value.data else { return None };
            let value = Spanned { value: text.clone(), span: entry.value.span };
            Some(EnvVar { key: entry.key.clone(), value })
        })
        .collect()
}

fn volumes(root: &Table) -> Vec<Spanned<serde_json::Value>> {
    let Some(Data::Array(items)) = root.get("volumes").map(|value| &value.data) else {
        return Vec::new();
    };
    items
        .iter()
        .filter(|item| item.as_table().is_some())
        .map(|item| Spanned { value: item.to_json(), span: item.span })
        .collect()
}

/// The values of a TOML file, and what is not TOML.
pub fn read(source: &Source) -> (Table, Vec<Issue>) {
    if let Err(fault) = std::str::from_utf8(source.bytes()) {
        let at = fault.valid_up_to();
        let issue = syntax(Span::new(at, at + 1), "a TOML file is UTF-8, and this byte is not");
        return (repaired(source).0, vec![issue]);
    }
    let (table, fault) = repaired(source);
    (table, fault.into_iter().collect())
}

fn syntax(span: Span, message: impl Into<String>) -> Issue {
    Issue {
        kind: IssueKind::Syntax,
        span,
        message: message.into(),
        suggestion: None,
        help: None,
        edit: None,
    }
}

/// The values of everything that is TOML, and the first fault. Later faults may be consequences of
/// the first, so they are not reported.
fn repaired(source: &Source) -> (Table, Option<Issue>) {
    let mut text = Cow::Borrowed(source.text());
    let mut first: Option<Issue> = None;
    for line in 1..=source.line_count() {
        let span = source.line_span(line);
        if memchr::memchr_iter(b'.', source.slice(span).as_bytes()).count() > MAX_DOTS {
            first.get_or_insert_with(|| syntax(span, "line nests too deeply"));
            blank(text.to_mut(), span);
        }
    }
    for _ in 0..=MAX_REPAIRS {
        let at = match Document::parse(&*text) {
            Ok(document) => return (Table::read(document.as_table()), first),
            Err(fault) => {
                let range = fault.span().unwrap_or(text.len()..text.len());
                let start = text.floor_char_boundary(range.start.min(text.len()));
                let end = text.ceil_char_boundary(range.end.clamp(start, text.len()));
                let message = fault.message().trim();
                // what the parser expected instead of a bare word helps nobody
                let message = message.strip_suffix(", expected literal string").unwrap_or(message);
                first.get_or_insert_with(|| syntax(Span::new(start, end), message));
                start
            }
        };
        let line = source.line_of(at);
        let span = source.line_span(line);
        if text[span.range()].trim().is_empty() {
            break;
        }
        let last = if text[span.range()].trim_start().starts_with('[') {
            // the keys below a lost header would fall into the table above it
            (line + 1..=source.line_count())
                .find(|next| source.slice(source.line_span(*next)).starts_with('['))
                .map_or(source.line_count(), |next| next - 1)
        } else {
            line
        };
        for line in line..=last {
            blank(text.to_mut(), source.line_span(line));
        }
    }
    let fault_line = first.as_ref().map_or(1, |issue| source.line_of(issue.span.start as usize));
    (prefix(source, fault_line), first)
}

/// Replaces the bytes of a line by blanks, so that every offset stays.
fn blank(text: &mut String, span: Span) {
    text.replace_range(span.range(), &" ".repeat(span.len()));
}

/// The values of the longest part above line `end` that is TOML.
fn prefix(source: &Source, end: usize) -> Table {
    let mut back = 0;
    while back < end {
        let cut = source.line_span(end - back).start as usize;
        if let Ok(document) = Document::parse(&source.text()[..cut]) {
            return Table::read(document.as_table());
        }
        // a few lines one by one, then in growing steps: a hostile file must not cost n² work
        back = if back < 32 { back + 1 } else { back * 2 };
    }
    Table::default()
}
