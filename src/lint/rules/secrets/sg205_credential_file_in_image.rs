//! A COPY that takes a file made to hold credentials.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use super::{
    super::context::{asked_for::Asked, ignore_lines},
    leaked::{self, Removals},
    nested,
};
use crate::{
    lint::{
        diagnostic::{Fix, Location, Safety, Severity},
        facts::{ContextCopy, Facts, Takes},
        rule::{Family, Rule, Sink},
    },
    project::{
        context::{Entry, EntryKind, Exclusion},
        path::ContextPath,
    },
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

/// The help, and the fix where one can be made.
type Advice = (String, Option<Fix>);

/// What is found out about the whole project once, where a COPY makes it matter.
#[derive(Default)]
struct Known<'a> {
    asked: OnceCell<Asked<'a>>,
    removals: OnceCell<Removals<'a>>,
    /// The files that a line of the ignore file falls short of.
    nested: OnceCell<BTreeSet<&'a str>>,
    /// Whether files hold public values alone: each is read once, however many COPYs take it.
    public: RefCell<BTreeMap<&'a str, bool>>,
    /// What to do about files that are taken along together, which many COPYs may do.
    advice: RefCell<BTreeMap<Vec<&'a str>, Advice>>,
}

impl<'a> Known<'a> {
    fn removal(&self, facts: &'a Facts<'_>, copy: usize, file: &ContextPath) -> Option<Location> {
        self.removals.get_or_init(|| Removals::of(facts)).of_file(facts, copy, file)
    }

    fn is_public(&self, facts: &Facts<'_>, path: &'a str) -> bool {
        let mut known = self.public.borrow_mut();
        *known.entry(path).or_insert_with(|| leaked::is_public(facts, path))
    }

    /// What to do about files that are taken along together; their kind says how safe it is.
    fn advice(&self, facts: &'a Facts<'_>, paths: Vec<&'a str>, safety: Safety) -> Advice {
        let mut known = self.advice.borrow_mut();
        if let Some(advice) = known.get(&paths) {
            return advice.clone();
        }
        let change = ignore_lines::Change::of(facts, &paths);
        let line = change.told(facts);
        // Of files, each line keeps out its own alone.
        let asked =
            self.asked.get_or_init(|| Asked::of(facts)).of_files(&paths.iter().copied().collect());
        let advice = if asked.is_empty() {
            (line, Some(change.fix(facts, safety)))
        } else {
            let mut addable = paths.clone();
            addable.retain(|path| !asked.contains(path));
            let fix = (!addable.is_empty())
                .then(|| ignore_lines::Change::of(facts, &addable).fix(facts, safety));
            (format!("{line}, once no instruction names what it keeps out"), fix)
        };
        known.entry(paths).or_insert(advice).clone()
    }
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let known = Known::default();
    for copy in &facts.copies {
        if is_named(facts, copy) {
            named(facts, copy, &known, sink);
        } else {
            taken_along(facts, copy, &known, sink);
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
fn named<'a>(facts: &'a Facts<'_>, copy: &'a ContextCopy, known: &Known<'a>, sink: &mut Sink<'_>) {
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
            if known.is_public(facts, &copy.path) {
                return;
            }
            let (why, severity) = left(facts, copy);
            (format!("`{}` is copied into the image: {}", copy.written, file.what), why, severity)
        }
        _ => return,
    };
    let help = if known.is_public(facts, &copy.path) {
        format!("it holds public values alone: {}", bring_back(&[copy.path.as_str()]))
    } else {
        leaked::DELETE_COPY.to_owned()
    };
    let draft = sink.report(facts.at(copy.span), message, why).severity(severity).help(help);
    if severity == Severity::Error
        && let Some(place) = known.removal(facts, copy.instruction, &copy.path)
    {
        draft.related(place, leaked::REMOVED);
    }
}

/// What has sandgate send files that it leaves out by their names.
fn bring_back(paths: &[&str]) -> String {
    // A list of JSON is one of TOML, too.
    let lines: Vec<String> = paths.iter().map(|path| ignore_lines::line(path)).collect();
    let list = serde_json::to_string(&lines).unwrap_or_default().replace("\",\"", "\", \"");
    let list = list.trim_start_matches('[').trim_end_matches(']');
    format!("add {list} to the list `include` below `[context]` in sandgate.toml to send it")
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
fn taken_along<'a>(
    facts: &'a Facts<'_>,
    copy: &'a ContextCopy,
    known: &Known<'a>,
    sink: &mut Sink<'_>,
) {
    if !copy.needed {
        return;
    }
    let is_public = |entry: &&'a Entry| known.is_public(facts, &entry.path);
    let (mut sent, kept) = along(facts, copy);
    sent.retain(|entry| !is_public(entry));
    let (public, mut kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(is_public);
    if !public.is_empty() {
        left_out(facts, copy, &public, sink);
    }
    if !kept.is_empty() {
        // That line is what has to change.
        let nested = known.nested.get_or_init(|| {
            let files = nested::all(facts).into_iter().flat_map(|line| line.files);
            files.map(|file| file.path.as_str()).collect()
        });
        kept.retain(|entry| !nested.contains(entry.path.as_str()));
    }
    if !sent.is_empty() {
        let (why, severity) = left(facts, copy);
        // the image loses a file that something in it may read
        let told = ("copied into the image", why, severity, Safety::Unsafe);
        report_along(facts, copy, &sent, told, known, sink);
    }
    if !kept.is_empty() {
        let why = "sandgate leaves it out of what it sends, but `docker build` and other clients take it along";
        let severity =
            if leaked::stays(facts, copy.instruction) { Severity::Warning } else { Severity::Info };
        let told = ("within what is copied into the image", why, severity, Safety::Safe);
        report_along(facts, copy, &kept, told, known, sink);
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
fn report_along<'a>(
    facts: &'a Facts<'_>,
    copy: &ContextCopy,
    files: &[&'a Entry],
    (message, why, severity, safety): (&str, &str, Severity, Safety),
    known: &Known<'a>,
    sink: &mut Sink<'_>,
) {
    let verb = if files.len() == 1 { "is" } else { "are" };
    let paths = files.iter().map(|file| file.path.as_str()).collect();
    let (help, fix) = known.advice(facts, paths, safety);
    let draft = sink
        .report(facts.at(copy.span), format!("{} {verb} {message}", list(files)), why)
        .severity(severity)
        .help(help)
        .maybe_fix(fix);
    if severity == Severity::Error
        && let Some(place) =
            files.iter().find_map(|file| known.removal(facts, copy.instruction, &file.path))
    {
        draft.related(place, leaked::REMOVED);
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
