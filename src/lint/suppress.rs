//! Comments that silence findings.
//!
//! `# sandgate ignore=SG301,SG302 reason` stands on the line of a finding, or on a comment line above
//! it; `# sandgate ignore-file=SG301 reason` stands anywhere in the file. `# hadolint ignore=` and
//! `# check=skip=` are understood for the rules that have an equivalent.

use super::{
    diagnostic::{Edit, Finding, Fix, Location, Safety},
    facts::Facts,
    rule::Sink,
    rules,
};
use crate::project::{
    Project,
    path::ContextPath,
    source::{Source, Span},
};

/// A finding that a comment silences.
#[derive(Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// The reason that the comment gives; empty where it gives none.
    pub reason: String,
}

/// Rules of other linters and ours that say the same: (theirs, ours).
const EQUIVALENTS: &[(&str, &str)] = &[
    ("DL1000", "SG701"),
    ("DL3006", "SG401"),
    ("DL3007", "SG402"),
    ("DL3025", "SG111"),
    ("DL3029", "SG114"),
    ("DL3061", "SG701"),
    ("DL3064", "SG201"),
    ("DL4003", "SG110"),
    ("DL4004", "SG110"),
    ("CopyIgnoredFile", "SG502"),
    ("FromPlatformFlagConstDisallowed", "SG114"),
    ("JSONArgsRecommended", "SG111"),
    ("MultipleInstructionsDisallowed", "SG110"),
    ("NoEmptyContinuation", "SG702"),
    ("SecretsUsedInArgOrEnv", "SG201"),
];

/// Rules that are about the suppressions themselves, and cannot be suppressed.
const UNUSED: &str = "SG901";
const MALFORMED: &str = "SG902";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sandgate,
    Other,
}

struct Suppression {
    file: ContextPath,
    dialect: Dialect,
    /// From the `#` to the end of the line.
    span: Span,
    /// Our codes, each with its place.
    codes: Vec<(&'static str, Span)>,
    reason: String,
    /// The lines (from 1) that it covers; `None` for the whole file.
    lines: Option<(usize, usize)>,
    used: Vec<&'static str>,
}

/// Takes out what comments silence, and adds what is wrong with the comments.
pub(super) fn apply(
    project: &Project,
    facts: &Facts<'_>,
    findings: Vec<Finding>,
) -> (Vec<Finding>, Vec<Suppressed>) {
    let mut kept = Vec::new();
    let mut gone = Vec::new();
    let mut extra = Vec::new();
    let mut all: Vec<Suppression> = Vec::new();
    for source in project.sources() {
        read(source, facts, &mut all, &mut extra);
    }
    skip_directive(facts, &mut all);
    for finding in findings {
        let line = finding.location.span.and_then(|span| {
            Some(project.source(&finding.location.file)?.line_of(span.start as usize))
        });
        let hit = all.iter_mut().find(|suppression| {
            suppression.file == finding.location.file
                && suppression.codes.iter().any(|(code, _)| *code == finding.code)
                && match (suppression.lines, line) {
                    (None, _) => true,
                    (Some((first, last)), Some(line)) => (first..=last).contains(&line),
                    (Some(_), None) => false,
                }
        });
        match hit {
            Some(suppression) => {
                suppression.used.push(finding.code);
                gone.push(Suppressed { finding, reason: suppression.reason.clone() });
            }
            None => kept.push(finding),
        }
    }
    for suppression in all.iter().filter(|suppression| suppression.dialect == Dialect::Sandgate) {
        unused(project, suppression, &mut extra);
    }
    kept.extend(extra);
    (kept, gone)
}

fn unused(project: &Project, suppression: &Suppression, out: &mut Vec<Finding>) {
    let idle: Vec<(&str, Span)> = suppression
        .codes
        .iter()
        .filter(|(code, _)| !suppression.used.contains(code))
        .copied()
        .collect();
    if idle.is_empty() {
        return;
    }
    let Some(source) = project.source(&suppression.file) else { return };
    let codes: Vec<&str> = idle.iter().map(|(code, _)| *code).collect();
    let place = Location::new(&suppression.file, idle[0].1);
    let edit = if idle.len() == suppression.codes.len() {
        let line = source.line_of(suppression.span.start as usize);
        let full = source.full_line_span(line);
        let before = Span::new(full.start as usize, suppression.span.start as usize);
        let text = source.slice(before);
        if text.trim().is_empty() {
            full
        } else {
            Span::new(full.start as usize + text.trim_end().len(), suppression.span.end as usize)
        }
    } else {
        // One code and the comma that belongs to it.
        let (_, span) = idle[0];
        let text = source.text();
        if text.as_bytes().get(span.end as usize) == Some(&b',') {
            Span::new(span.start as usize, span.end as usize + 1)
        } else {
            Span::new((span.start as usize).saturating_sub(1), span.end as usize)
        }
    };
    let Some(rule) = rules::find(UNUSED) else { return };
    Sink::new(rule, out)
        .report(
            place,
            format!("nothing here needs `ignore={}`", codes.join(",")),
            "a suppression that silences nothing today will hide the next real finding",
        )
        .help("remove it")
        .fix(Fix {
            title: "remove the unused suppression".into(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: suppression.file.clone(),
                span: edit,
                text: String::new(),
            }],
        });
}

/// Reads the suppressions of one file.
fn read(source: &Source, facts: &Facts<'_>, all: &mut Vec<Suppression>, out: &mut Vec<Finding>) {
    let text = source.text();
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(&text.as_bytes()[from..], b"ignore") {
        let at = from + found;
        from = at + "ignore".len();
        let line = source.line_of(at);
        let span = source.line_span(line);
        let Some(hash) = source.slice(Span::new(span.start as usize, at)).rfind('#') else {
            continue;
        };
        let start = span.start as usize + hash;
        let comment = &text[start..span.end as usize];
        let body = comment.trim_start_matches('#').trim_start();
        if let Some(rest) = body.strip_prefix("sandgate") {
            ours(source, facts, Span::new(start, span.end as usize), rest.trim_start(), all, out);
        } else if let Some(rest) = body.strip_prefix("hadolint") {
            let rest = rest.trim_start();
            let (whole, rest) = match rest.strip_prefix("global") {
                Some(rest) => (true, rest.trim_start()),
                None => (false, rest),
            };
            if let Some(codes) = rest.strip_prefix("ignore") {
                let codes = codes.trim_start().trim_start_matches('=');
                let lines = if whole { None } else { Some(covered(source, facts, start)) };
                others(source, Span::new(start, span.end as usize), codes, lines, all);
            }
        }
        from = from.max(span.end as usize).min(text.len());
    }
}

fn ours(
    source: &Source,
    facts: &Facts<'_>,
    span: Span,
    body: &str,
    all: &mut Vec<Suppression>,
    out: &mut Vec<Finding>,
) {
    let (whole, list) = match (body.strip_prefix("ignore-file="), body.strip_prefix("ignore=")) {
        (Some(list), _) => (true, list),
        (_, Some(list)) => (false, list),
        _ => {
            malformed(
                out,
                Location::new(source.path(), span),
                "this comment suppresses nothing".into(),
                "write `# sandgate ignore=SG301 reason`".into(),
            );
            return;
        }
    };
    let (list, reason) = match list.find(char::is_whitespace) {
        Some(end) => (&list[..end], list[end..].trim()),
        None => (list, ""),
    };
    let mut offset = span.end as usize - trailing(source, span, list);
    let mut codes = Vec::new();
    for name in list.split(',') {
        let place = Span::new(offset, offset + name.len());
        offset += name.len() + 1;
        match rules::find(name) {
            Some(rule) => codes.push((rule.code, place)),
            None => malformed(
                out,
                Location::new(source.path(), place),
                format!("no rule is called `{name}`"),
                nearest(name),
            ),
        }
    }
    if reason.is_empty() {
        malformed(
            out,
            Location::new(source.path(), span),
            "the suppression gives no reason".into(),
            "say in a few words why the finding does not hold here".into(),
        );
    }
    let lines = if whole { None } else { Some(covered(source, facts, span.start as usize)) };
    all.push(Suppression {
        file: source.path().clone(),
        dialect: Dialect::Sandgate,
        span,
        codes,
        reason: reason.to_owned(),
        lines,
        used: Vec::new(),
    });
}

/// How far before the end of `span` the text `list`, which is a part of it, starts.
fn trailing(source: &Source, span: Span, list: &str) -> usize {
    let text = source.slice(span);
    let at = text.find(&format!("={list}")).map_or(0, |at| at + 1);
    text.len() - at
}

fn others(
    source: &Source,
    span: Span,
    list: &str,
    lines: Option<(usize, usize)>,
    all: &mut Vec<Suppression>,
) {
    let codes: Vec<(&'static str, Span)> = list
        .split([',', ' ', ';'])
        .filter_map(|name| {
            EQUIVALENTS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(name.trim()))
        })
        .map(|(_, ours)| (*ours, span))
        .collect();
    if !codes.is_empty() {
        all.push(Suppression {
            file: source.path().clone(),
            dialect: Dialect::Other,
            span,
            codes,
            reason: String::new(),
            lines,
            used: Vec::new(),
        });
    }
}

/// `# check=skip=A,B` covers the whole Dockerfile.
fn skip_directive(facts: &Facts<'_>, all: &mut Vec<Suppression>) {
    for directive in facts.file.directives.iter().filter(|directive| directive.name == "check") {
        for part in directive.value.split(';') {
            if let Some(list) = part.trim().strip_prefix("skip=") {
                others(&facts.file.source, directive.span, list, None, all);
            }
        }
    }
}

/// The lines that a comment at `offset` covers: its own when something stands before it; else the
/// next line that is no comment, with the whole instruction where one starts there.
fn covered(source: &Source, facts: &Facts<'_>, offset: usize) -> (usize, usize) {
    let line = source.line_of(offset);
    let start = source.line_span(line).start as usize;
    let alone = source.text()[start..offset].trim().is_empty();
    let mut first = line;
    if alone {
        first += 1;
        while first < source.line_count() {
            let text = source.slice(source.line_span(first)).trim_start();
            if !text.is_empty() && !text.starts_with('#') {
                break;
            }
            first += 1;
        }
    }
    let mut last = first;
    if source.path() == facts.file.source.path() {
        let held = facts.file.instructions.iter().find(|instruction| {
            let lines = source.line_of(instruction.span.start as usize)
                ..=source.line_of(instruction.span.end as usize);
            lines.contains(&first)
        });
        if let Some(instruction) = held
            && alone
        {
            last = source.line_of(instruction.span.end as usize);
        }
    }
    (if alone { line } else { first }, last)
}

fn malformed(out: &mut Vec<Finding>, place: Location, what: String, help: String) {
    let Some(rule) = rules::find(MALFORMED) else { return };
    Sink::new(rule, out)
        .report(
            place,
            what,
            "a suppression that is misread either hides too much or nothing at all",
        )
        .help(help);
}

fn nearest(name: &str) -> String {
    rules::all()
        .flat_map(|rule| [rule.code, rule.name])
        .map(|known| {
            (
                strsim::damerau_levenshtein(
                    &name.to_ascii_lowercase(),
                    &known.to_ascii_lowercase(),
                ),
                known,
            )
        })
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map_or_else(
            || "`sandgate rules` lists them all".to_owned(),
            |(_, known)| format!("did you mean `{known}`?"),
        )
}
