//! An image that takes long to move.

use std::collections::BTreeSet;

use super::bases;
use crate::{
    lint::{
        diagnostic::Severity,
        facts::{ContextCopy, Facts},
        rule::{Family, Rule, Sink},
    },
    project::{
        context::EntryKind,
        dockerfile::{Base, Kind},
        image::{
            ImageRef,
            looked_up::{Published, bytes_of, megabytes},
            sizes,
        },
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG413",
    name: "large-image",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG413.md"),
    check,
};

/// Bytes. The platform sets no limit; this is several times what its own images need.
const LARGE: u64 = 2_000_000_000;

/// More different sources with wildcards or exceptions are not added up.
const SOURCES: usize = 64;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(from) = facts.final_from() else { return };
    let (images, instructions) = made_of(facts);
    let told: Vec<&Published> = images.iter().filter_map(|name| facts.told(name)).collect();
    let listed: Vec<(&str, sizes::Size)> = images
        .iter()
        .filter(|name| facts.told(name).is_none())
        .filter_map(|name| Some((*name, of_table(name)?)))
        .collect();
    let stored = listed
        .iter()
        .fold(bytes_of(told.iter().copied()), |sum, (_, size)| sum.saturating_add(size.bytes));
    let (files, largest) = files(facts, &instructions);
    let total = stored.saturating_add(files);
    if total <= LARGE {
        return;
    }
    let base = bases::of_final(facts);
    let mut parts: Vec<String> = Vec::new();
    for name in &images {
        if let Some(size) = facts.told(name).map(Published::bytes) {
            parts.push(format!("`{name}` {} (compressed, by its registry)", megabytes(size)));
        }
    }
    for (name, size) in &listed {
        let how = if size.estimated { "estimated" } else { "by a table of" };
        parts.push(format!("`{name}` {} (compressed, {how} {})", size.megabytes(), size.date));
    }
    if files > 0 {
        parts.push(format!("files of the context {} (measured, not compressed)", megabytes(files)));
    }
    let message = match (&base, &parts[..]) {
        (Some(base), [_]) if files == 0 => {
            format!("the base `{}` alone is {} to download", base.text, megabytes(total))
        }
        _ => format!("the image is {} or more", megabytes(total)),
    };
    let help = if files > stored {
        "keep data on a volume, or load it when the sandbox starts; leave out what the image does not need"
    } else {
        "start from a smaller base and copy what is needed, or keep data on a volume"
    };
    let at = base.map_or(from, |base| base.at(facts));
    let draft = sink
        .report(
            at,
            message,
            format!(
                "the image is stored with every version and loaded wherever a sandbox is made; known are {}",
                parts.join(", ")
            ),
        )
        .help(help);
    if let Some((copy, bytes)) = largest {
        draft.related(facts.at(copy.span), format!("brings {}", megabytes(bytes)));
    }
}

/// The images whose whole content is in the final one, and of each instruction whether it made the rest.
fn made_of<'a>(facts: &'a Facts<'_>) -> (BTreeSet<&'a str>, Vec<bool>) {
    let mut images = BTreeSet::new();
    let mut instructions = vec![false; facts.file.instructions.len()];
    let mut stages: Vec<usize> = facts.stages.last().map(|last| last.index).into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(index) = stages.pop() {
        let Some(stage) = facts.stages.stages.get(index).filter(|_| seen.insert(index)) else {
            continue;
        };
        let mut add = |base: Base, name: Option<&'a str>| match (base, name) {
            (Base::Stage(below), _) => stages.push(below),
            (Base::Image(_), Some(name)) => {
                images.insert(name);
            }
            _ => (),
        };
        let name = match &stage.base {
            Base::Image(name) => Some(name.as_str()),
            _ => None,
        };
        add(stage.base.clone(), name);
        for at in stage.body.clone() {
            let instruction = facts.instruction(at);
            let (Kind::Copy(transfer) | Kind::Add(transfer)) = &instruction.kind else { continue };
            let Some(from) = instruction.flag("from").and_then(|flag| flag.value.as_ref()) else {
                instructions[at] = true;
                continue;
            };
            if transfer
                .sources
                .iter()
                .any(|source| matches!(source.raw.as_str(), "/" | "/." | "/*"))
            {
                add(facts.stages.source_of(index, &from.raw), Some(from.raw.as_str()));
            }
        }
    }
    (images, instructions)
}

fn of_table(reference: &str) -> Option<sizes::Size> {
    let image = ImageRef::parse(reference).filter(|image| image.digest.is_none())?;
    sizes::of(image.official()?, image.tag.as_deref().unwrap_or("latest"))
}

/// Bytes of the files that COPYs bring, each file once, and the source that brings most. Without a
/// copied directory nothing is added up.
fn files<'a>(facts: &'a Facts<'_>, instructions: &[bool]) -> (u64, Option<(&'a ContextCopy, u64)>) {
    let copies: Vec<&ContextCopy> =
        facts.copies.iter().filter(|copy| instructions[copy.instruction]).collect();
    let has_excludes =
        |copy: &ContextCopy| facts.instruction(copy.instruction).flag("exclude").is_some();
    let whole = |copy: &&&ContextCopy| copy.is_directory(facts.project) && !has_excludes(copy);
    if !copies.iter().any(|copy| copy.is_directory(facts.project)) {
        return (0, None);
    }
    let dirs: BTreeSet<&str> = copies.iter().filter(whole).map(|copy| copy.path.as_str()).collect();
    let below = |path: &str| {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        !path.is_empty() && above.chain([""]).any(|dir| dirs.contains(dir))
    };
    let mut sum = 0_u64;
    let mut largest: Option<(&ContextCopy, u64)> = None;
    let mut add = |copy: &'a ContextCopy, seen: &mut dyn FnMut(&'a str) -> bool| {
        let mut bytes = 0_u64;
        for entry in facts.taken(copy).into_iter().filter(|entry| entry.excluded.is_none()) {
            if let EntryKind::File { size, .. } = entry.kind
                && seen(&entry.path)
            {
                bytes = bytes.saturating_add(size);
            }
        }
        sum = sum.saturating_add(bytes);
        if bytes > largest.map_or(0, |(_, most)| most) {
            largest = Some((copy, bytes));
        }
    };
    let mut counted = BTreeSet::new();
    for copy in copies.iter().filter(whole) {
        // Of directories inside each other the outermost counts.
        if !below(&copy.path) && counted.insert(copy.path.as_str()) {
            add(copy, &mut |_| true);
        }
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let others = copies.iter().filter(|copy| !whole(copy));
    for copy in
        others.filter(|copy| !below(&copy.path) && !dirs.contains(copy.path.as_str())).take(SOURCES)
    {
        add(copy, &mut |path| !below(path) && !dirs.contains(path) && seen.insert(path));
    }
    (sum, largest)
}
