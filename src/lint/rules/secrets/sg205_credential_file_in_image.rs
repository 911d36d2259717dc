//! A COPY that takes a file made to hold credentials.

use std::collections::BTreeSet;

use super::{super::context::ignore_lines, leaked, nested};
use crate::{
    lint::{
        diagnostic::{Fix, Safety, Severity},
        facts::{ContextCopy, Facts, Takes},
        rule::{Family, Rule, Sink},
    },
    project::context::{Entry, EntryKind, Exclusion},
    secrets,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG205",
    name: "credential-file-in-image",
    family: Family::Secrets,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG205.md"),
    check,
};

/// So many files are named; the others are counted.
const NAMED: usize = 3;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for copy in &facts.copies {
        if is_named(facts, copy) {
            named(facts, copy, sink);
        } else {
            taken_along(facts, copy, sink);
        }
    }
}

/// The files that are reported here as errors.
pub(super) fn errors<'a>(facts: &'a Facts<'_>) -> BTreeSet<&'a str> {
    let mut out = BTreeSet::new();
    for copy in facts.copies.iter().filter(|copy| copy.needed) {
        if is_named(facts, copy) {
            let fails = matches!(copy.takes, Takes::Excluded(Exclusion::Always(_)));
            if fails || leaked::stays(facts, copy.instruction) {
                out.insert(copy.path.as_str());
            }
        } else if leaked::stays(facts, copy.instruction) {
            out.extend(along(facts, copy).0.into_iter().map(|entry| entry.path.as_str()));
        }
    }
    out
}

/// The files that are sent and reported here, whatever the severity.
pub(super) fn sent<'a>(facts: &'a Facts<'_>) -> BTreeSet<&'a str> {
    let mut out = BTreeSet::new();
    for copy in &facts.copies {
        if is_named(facts, copy) {
            out.insert(copy.path.as_str());
        } else if copy.needed {
            out.extend(along(facts, copy).0.into_iter().map(|entry| entry.path.as_str()));
        }
    }
    out
}

fn is_named(facts: &Facts<'_>, copy: &ContextCopy) -> bool {
    !copy.glob && !copy.is_directory(facts.project) || is_history(copy)
}

/// sandgate never sends `.git`, so that a COPY of it cannot work.
fn is_history(copy: &ContextCopy) -> bool {
    !copy.glob && copy.path.split('/').any(|part| part == ".git")
}

/// A COPY that names the file.
fn named(facts: &Facts<'_>, copy: &ContextCopy, sink: &mut Sink<'_>) {
    let (message, why, severity) = match &copy.takes {
        Takes::Excluded(Exclusion::Always(reason)) => (
            format!("`{}` is never sent: {reason}", copy.written),
            "the builder does not get it, so the build stops at this instruction",
            if copy.needed { Severity::Error } else { Severity::Warning },
        ),
        Takes::Something => {
            let Some(file) = secrets::credential_file(&copy.path).filter(|file| file.certain)
            else {
                return;
            };
            if leaked::is_public(facts, &copy.path) {
                return;
            }
            let (why, severity) = left(facts, copy);
            (format!("`{}` is copied into the image: {}", copy.written, file.what), why, severity)
        }
        _ => return,
    };
    let help = if leaked::is_public(facts, &copy.path) {
        format!("it holds public values alone: {}", bring_back(&[copy.path.as_str()]))
    } else {
        leaked::DELETE_COPY.to_owned()
    };
    let draft = sink.report(facts.at(copy.span), message, why).severity(severity).help(help);
    if severity == Severity::Error
        && let Some(place) = leaked::removal(facts, copy.instruction, &copy.path)
    {
        draft.related(place, leaked::REMOVED);
    }
}

/// What has sandgate send files that it leaves out by their names.
fn bring_back(paths: &[&str]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| format!("\"{path}\"")).collect();
    format!(
        "write `include = [{}]` below `[context]` in sandgate.toml to send it",
        paths.join(", ")
    )
}

/// Why a file that is sent must not be, and how bad it is.
fn left(facts: &Facts<'_>, copy: &ContextCopy) -> (&'static str, Severity) {
    if leaked::stays(facts, copy.instruction) {
        (
            "everybody who gets the image or a sandbox can read it, also where a later layer deletes it",
            Severity::Error,
        )
    } else {
        ("it stays in the cache of the builder", Severity::Warning)
    }
}

/// A COPY of a directory or pattern that takes such files with the others.
fn taken_along(facts: &Facts<'_>, copy: &ContextCopy, sink: &mut Sink<'_>) {
    if !copy.needed {
        return;
    }
    let is_public = |entry: &&Entry| leaked::is_public(facts, &entry.path);
    let (mut sent, kept) = along(facts, copy);
    sent.retain(|entry| !is_public(entry));
    let (public, mut kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(is_public);
    if !public.is_empty() {
        left_out(facts, copy, &public, sink);
    }
    if !kept.is_empty() {
        // The line of the ignore file that falls short of them is what has to change.
        let nested = nested::all(facts);
        let covered: BTreeSet<&str> =
            nested.iter().flat_map(|line| &line.files).map(|file| file.path.as_str()).collect();
        kept.retain(|entry| !covered.contains(entry.path.as_str()));
    }
    if !sent.is_empty() {
        let (why, severity) = left(facts, copy);
        // the image loses a file that something in it may read
        let told = ("copied into the image", why, severity, Safety::Unsafe);
        report_along(facts, copy, &sent, told, sink);
    }
    if !kept.is_empty() {
        let why = "sandgate leaves it out of what it sends, but `docker build` and other clients take it along";
        let severity =
            if leaked::stays(facts, copy.instruction) { Severity::Warning } else { Severity::Info };
        let told = ("within what is copied into the image", why, severity, Safety::Safe);
        report_along(facts, copy, &kept, told, sink);
    }
}

/// Tells of environment files of public values, which a build may miss.
fn left_out(facts: &Facts<'_>, copy: &ContextCopy, files: &[&Entry], sink: &mut Sink<'_>) {
    let (verb, it, they) =
        if files.len() == 1 { ("is", "it", "it holds") } else { ("are", "them", "they hold") };
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    sink.report(
        facts.at(copy.span),
        format!("{} {verb} within what is copied, and left out by sandgate", list(files)),
        format!("{they} public values alone, and a build that reads {it} comes out otherwise than with `docker build`"),
    )
    .severity(Severity::Info)
    .help(bring_back(&paths));
}

/// Reports files of one kind: the end of the message, why, how bad it is, and how safe the fix.
fn report_along(
    facts: &Facts<'_>,
    copy: &ContextCopy,
    files: &[&Entry],
    (message, why, severity, safety): (&str, &str, Severity, Safety),
    sink: &mut Sink<'_>,
) {
    let mut lines: Vec<String> =
        files.iter().map(|entry| ignore_lines::line(&entry.path)).collect();
    lines.dedup();
    let verb = if files.len() == 1 { "is" } else { "are" };
    let ignore = ignore_lines::name(facts);
    let line = format!("add {} to {ignore}", counted(&lines));
    let addable = ignore_lines::without_named(facts, &lines);
    let all = addable.len() == lines.len();
    let fix = (!addable.is_empty()).then(|| Fix {
        safety,
        ..ignore_lines::add(facts, &addable, format!("add {} to {ignore}", counted(&addable)))
    });
    let draft = sink
        .report(facts.at(copy.span), format!("{} {verb} {message}", list(files)), why)
        .severity(severity)
        .help(if all {
            line
        } else {
            format!("{line}, once no instruction names what it keeps out")
        })
        .maybe_fix(fix);
    let removed =
        files.iter().find_map(|file| leaked::removal(facts, copy.instruction, &file.path));
    if let Some(place) = removed.filter(|_| severity == Severity::Error) {
        draft.related(place, leaked::REMOVED);
    }
}

/// A line, or how many there are.
fn counted(lines: &[String]) -> String {
    match lines {
        [line] => format!("`{line}`"),
        _ => format!("{} lines", lines.len()),
    }
}

/// The files that a COPY takes along: those that are sent, and those that sandgate leaves out.
fn along<'a>(facts: &'a Facts<'_>, copy: &'a ContextCopy) -> (Vec<&'a Entry>, Vec<&'a Entry>) {
    let (mut sent, mut kept) = (Vec::new(), Vec::new());
    for entry in facts.taken(copy) {
        let file = matches!(entry.kind, EntryKind::File { .. } | EntryKind::Link { .. });
        if !file || secrets::credential_file(&entry.path).is_none_or(|file| !file.certain) {
            continue;
        }
        match &entry.excluded {
            None => sent.push(entry),
            Some(Exclusion::Always(_)) => kept.push(entry),
            Some(_) => (),
        }
    }
    (sent, kept)
}

/// Up to three files by name, and how many more there are.
pub(super) fn list(files: &[&Entry]) -> String {
    let names: Vec<String> =
        files.iter().take(NAMED).map(|entry| format!("`{}`", entry.path)).collect();
    match files.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
