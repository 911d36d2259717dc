//! What of a project is sent, what is not, and because of which line.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use crate::{
    escape::terminal,
    project::{
        Project,
        context::{Entry, EntryKind, Exclusion, Rules, copy_takes},
        dockerfile::{self, Kind},
        path::ContextPath,
    },
};

/// How many directories and examples are shown.
const SHOWN: usize = 5;

/// Writes what is sent and what is not.
pub fn overview(project: &Project, out: &mut dyn Write) -> io::Result<()> {
    let files: Vec<(&Entry, u64)> = project
        .tree
        .sent()
        .filter_map(|entry| match &entry.kind {
            EntryKind::File { size, .. } => Some((entry, *size)),
            EntryKind::Link { target } => Some((entry, target.len() as u64)),
            EntryKind::Dir | EntryKind::Unusable(_) => None,
        })
        .collect();
    let total = files.iter().map(|(_, size)| size).sum();
    writeln!(out, "sent: {}, {}", count(files.len(), "file"), bytes(total))?;
    let mut dirs: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for (entry, size) in &files {
        let top = entry.path.split_once('/').map_or(".", |(top, _)| top);
        let sum = dirs.entry(top).or_default();
        *sum = (sum.0 + 1, sum.1 + size);
    }
    let mut dirs: Vec<_> = dirs.into_iter().collect();
    dirs.sort_by(|a, b| b.1.1.cmp(&a.1.1).then_with(|| a.0.cmp(b.0)));
    for (dir, (number, size)) in dirs.iter().take(SHOWN) {
        writeln!(
            out,
            "  {:>9}  {} ({})",
            bytes(*size),
            terminal(dir, false),
            count(*number, "file")
        )?;
    }
    if let Some(more) = dirs.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(out, "  {:>9}  {more} more", "")?;
    }
    left_out(project, out)
}

fn left_out(project: &Project, out: &mut dyn Write) -> io::Result<()> {
    // In the order of the lines; what is always left out comes last.
    let mut lines: BTreeMap<(u8, usize, String), Vec<&Entry>> = BTreeMap::new();
    let mut outermost: Option<&Entry> = None;
    for entry in &project.tree.entries {
        let Some(excluded) = &entry.excluded else { continue };
        let same = |above: &Entry| {
            entry.path.is_within(&above.path) && above.excluded.as_ref() == Some(excluded)
        };
        if outermost.is_some_and(same) {
            continue;
        }
        outermost = Some(entry);
        lines.entry(reason(project, excluded)).or_default().push(entry);
    }
    let number = lines.values().map(Vec::len).sum();
    writeln!(out, "not sent: {}", count(number, "entry"))?;
    for ((_, _, why), entries) in &lines {
        let names: Vec<String> = entries.iter().take(SHOWN).map(|entry| named(entry)).collect();
        let more = match entries.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(", {more} more"),
        };
        writeln!(out, "  {why}: {}{more}", names.join(", "))?;
    }
    let unusable: Vec<_> = project
        .tree
        .sent()
        .filter_map(|entry| match &entry.kind {
            EntryKind::Unusable(unusable) => Some((entry, unusable)),
            _ => None,
        })
        .collect();
    if !unusable.is_empty() {
        writeln!(out, "cannot be sent: {}", count(unusable.len(), "entry"))?;
        for (entry, why) in unusable {
            let why = why.to_string();
            writeln!(out, "  `{}` {}", terminal(&entry.path, false), terminal(&why, false))?;
        }
    }
    for ignore in [&project.docker_ignore, &project.blaxel_ignore].into_iter().flatten() {
        for (line, why) in &ignore.bad_lines {
            let file = terminal(ignore.source.path(), false);
            writeln!(out, "bad line: {file}:{line}: {}", terminal(why, false))?;
        }
    }
    Ok(())
}

/// Where an exclusion sorts, and what it is called.
fn reason(project: &Project, excluded: &Exclusion) -> (u8, usize, String) {
    let file = |ignore: &Option<crate::project::IgnoreFile>| {
        ignore
            .as_ref()
            .map_or_else(String::new, |file| terminal(file.source.path(), false).into_owned())
    };
    match excluded {
        Exclusion::Docker { line, pattern } => {
            let file = file(&project.docker_ignore);
            (0, *line, format!("{file}:{line} `{}`", terminal(pattern, false)))
        }
        Exclusion::Blaxel { line, pattern } => {
            let file = file(&project.blaxel_ignore);
            (1, *line, format!("{file}:{line} `{}`", terminal(pattern, false)))
        }
        Exclusion::Always(why) => (2, 0, format!("always left out, {why}")),
    }
}

fn named(entry: &Entry) -> String {
    let slash = if entry.kind == EntryKind::Dir { "/" } else { "" };
    format!("{}{slash}", terminal(&entry.path, false))
}

/// Writes step by step why `path` is sent or not. `there` is what lies at a path that the tree does
/// not hold: whether it is a directory.
pub fn why(
    project: &Project,
    path: &ContextPath,
    there: Option<bool>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown = terminal(path, false);
    writeln!(out, "`{shown}`")?;
    let entry = project.tree.get(path);
    match (entry, there) {
        (Some(entry), _) => writeln!(out, "  it is {}", what(entry))?,
        (None, Some(dir)) => {
            let what = if dir { "a directory" } else { "a file" };
            writeln!(out, "  it is {what} below a directory that is left out as a whole")?;
        }
        (None, None) => {
            writeln!(out, "  it does not exist")?;
            let near = nearest(project, path);
            if !near.is_empty() {
                writeln!(out, "  there is {}", near.join(", "))?;
            }
        }
    }
    let mut decided = false;
    for (ignore, rules) in [&project.docker_ignore, &project.blaxel_ignore]
        .into_iter()
        .flatten()
        .map(|ignore| (ignore, &ignore.rules))
    {
        decided |= steps(path, &terminal(ignore.source.path(), false), rules, out)?;
    }
    if !decided {
        let has = project.docker_ignore.is_some() || project.blaxel_ignore.is_some();
        writeln!(
            out,
            "  {}",
            if has { "no pattern matches it" } else { "there is no ignore file" }
        )?;
    }
    let is_dir = entry.map_or(there == Some(true), |entry| entry.kind == EntryKind::Dir);
    let excluded =
        entry.map_or_else(|| project.exclusion_of(path, is_dir), |entry| entry.excluded.clone());
    if let Some(Exclusion::Always(why)) = &excluded {
        writeln!(out, "  it is always left out, as {why}; `--include '{shown}'` sends it")?;
    }
    let unusable = entry.is_some_and(|entry| matches!(entry.kind, EntryKind::Unusable(_)));
    let exists = entry.is_some() || there.is_some();
    let dockerfile = project.dockerfile.source.path() == path;
    let verdict = match (exists, &excluded, unusable) {
        (_, _, true) => "it cannot be sent",
        (_, Some(_), _) if dockerfile => "it is sent as `Dockerfile` alone",
        (true, Some(_), _) => "it is not sent",
        (false, Some(_), _) => "it would not be sent",
        (true, None, _) => "it is sent",
        (false, None, _) => "it would be sent",
    };
    writeln!(out, "  {verdict}")?;
    copies(project, path, exists && excluded.is_none(), out)
}

fn what(entry: &Entry) -> String {
    let link = if entry.via_link { ", reached through a symbolic link" } else { "" };
    match &entry.kind {
        EntryKind::File { size, executable } => {
            let kind = if *executable { "an executable file" } else { "a file" };
            format!("{kind} of {}{link}", bytes(*size))
        }
        EntryKind::Dir => format!("a directory{link}"),
        EntryKind::Link { target } => format!("a link to `{}`", terminal(target, false)),
        EntryKind::Unusable(why) => {
            let why = why.to_string();
            format!("unusable: it {}", terminal(&why, false))
        }
    }
}

/// The lines of one ignore file that match; whether there is one.
fn steps(path: &str, file: &str, rules: &Rules, out: &mut dyn Write) -> io::Result<bool> {
    let steps = rules.explain(path);
    for step in &steps {
        let pattern = terminal(&step.rule.written, false);
        let does = if step.rule.negated { "sends it again" } else { "leaves it out" };
        let above = if step.matched == path {
            String::new()
        } else {
            format!(", by its directory `{}`", terminal(step.matched, false))
        };
        writeln!(out, "  {file}:{} `{pattern}` {does}{above}", step.rule.line)?;
    }
    if steps.len() > 1 {
        writeln!(out, "  the last of these lines decides")?;
    }
    Ok(!steps.is_empty())
}

/// The instructions that take the path out of the context.
fn copies(
    project: &Project,
    path: &ContextPath,
    sent: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let file = &project.dockerfile;
    let stages = dockerfile::resolve(file, &BTreeMap::new());
    let mut found = BTreeSet::new();
    for (at, instruction) in file.instructions.iter().enumerate() {
        let (Kind::Copy(transfer) | Kind::Add(transfer)) = &instruction.kind else { continue };
        if instruction.flag("from").is_some() {
            continue;
        }
        let scope = stages.scope_at(at);
        let takes = transfer.sources.iter().any(|source| {
            let expansion = dockerfile::expand(source, file.escape, &|name| scope.lookup(name));
            expansion.known().is_some_and(|source| copy_takes(source, path))
        });
        if takes {
            found.insert(at);
        }
    }
    if found.is_empty() {
        writeln!(out, "  no COPY or ADD takes it")?;
    }
    for at in found {
        let span = file.instructions[at].span;
        let line = file.source.line_of(span.start as usize);
        let name = terminal(file.source.path(), false).into_owned();
        let text = file.source.slice(file.source.line_span(line)).trim();
        let would = if sent { "takes it" } else { "would take it" };
        writeln!(out, "  {name}:{line} `{}` {would}", terminal(text, false))?;
    }
    Ok(())
}

/// Up to three paths that look like `path`, the likest first.
fn nearest(project: &Project, path: &ContextPath) -> Vec<String> {
    let mut near: Vec<(f64, &Entry)> = project
        .tree
        .entries
        .iter()
        .filter(|entry| !path.is_within(&entry.path))
        .map(|entry| {
            let whole = strsim::jaro_winkler(path, &entry.path);
            let name = strsim::jaro_winkler(path.name(), entry.path.name()) * 0.98;
            (whole.max(name), entry)
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.path.cmp(&b.1.path)));
    near.iter().take(3).map(|(_, entry)| format!("`{}`", terminal(&entry.path, false))).collect()
}

fn count(number: usize, noun: &str) -> String {
    match (number, noun) {
        (1, noun) => format!("1 {noun}"),
        (number, "entry") => format!("{number} entries"),
        (number, noun) => format!("{number} {noun}s"),
    }
}

/// A size in decimal units, as `docker build` shows it.
pub fn bytes(size: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    for (unit, name) in UNITS {
        if size >= unit {
            return format!("{}.{} {name}", size / unit, size % unit / (unit / 10));
        }
    }
    format!("{size} B")
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_short() {
        for (size, want) in [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_250_000, "1.2 MB")] {
            assert_eq!(bytes(size), want);
        }
    }
}
