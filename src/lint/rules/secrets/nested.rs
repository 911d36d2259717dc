//! Credential files below the root, where a line of the ignore file keeps only the one at the root
//! out.

use std::collections::BTreeMap;

use super::leaked;
use crate::{
    lint::facts::Facts,
    project::context::{Entry, EntryKind, Exclusion, Rule as IgnoreRule, Rules},
    secrets,
};

/// A line of the ignore file, and the files that it does not reach.
#[derive(Debug)]
pub(super) struct Nested<'a> {
    /// The line.
    pub(super) rule: &'a IgnoreRule,
    /// Files that `docker build` sends, in order of their paths.
    pub(super) files: Vec<&'a Entry>,
    /// The line behind which another one would leave all of them out.
    pub(super) behind: usize,
}

/// Finds them all, each file under the first line that means it.
pub(super) fn all<'a>(facts: &'a Facts<'_>) -> Vec<Nested<'a>> {
    let Some(ignore) = &facts.project.docker_ignore else { return Vec::new() };
    let mut lines: Vec<(Nested<'a>, Rules)> = ignore
        .rules
        .iter()
        .filter(|rule| means_credentials(rule))
        .map(|rule| {
            let nested = Nested { rule, files: Vec::new(), behind: rule.line };
            (nested, Rules::read(rule.written.as_bytes()).0)
        })
        .collect();
    if lines.is_empty() {
        return Vec::new();
    }
    // Most lines are one name, which is looked up.
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut patterns: Vec<usize> = Vec::new();
    for (at, (line, _)) in lines.iter().enumerate() {
        if line.rule.written.contains(['*', '?']) {
            patterns.push(at);
        } else {
            names.entry(line.rule.written.as_str()).or_insert(at);
        }
    }
    // Tried on its own: behind a line that does not match, Docker skips one with `!`.
    let back: Vec<(usize, Rules)> = ignore
        .rules
        .iter()
        .filter(|rule| rule.negated)
        .map(|rule| (rule.line, Rules::read(rule.written.trim_start_matches('!').as_bytes()).0))
        .collect();
    for entry in &facts.project.tree.entries {
        let Some((_, name)) = entry.path.rsplit_once('/') else { continue };
        if !goes(facts, entry) {
            continue;
        }
        let pattern = patterns.iter().find(|at| lines[**at].1.is_ignored(name));
        let Some(first) = pattern.into_iter().chain(names.get(name)).min() else { continue };
        let line = &mut lines[*first].0;
        let mut meant = false;
        for (at, own) in back.iter().filter(|(at, _)| *at > line.rule.line) {
            if let Some(step) = own.explain(&entry.path).first() {
                // `!apps/web/.env` is written for the file; `!apps` is not.
                meant |= step.matched == entry.path.as_str();
                line.behind = line.behind.max(*at);
            }
        }
        if !meant {
            line.files.push(entry);
        }
    }
    lines.into_iter().map(|(line, _)| line).filter(|line| !line.files.is_empty()).collect()
}

/// Whether a line is about files with credentials in the root: without a folder, and a name of such
/// a file where nothing or a letter stands for its wildcards.
fn means_credentials(rule: &IgnoreRule) -> bool {
    let name = rule.written.as_str();
    if rule.negated || name.contains(['/', '[', '\\']) || name.contains("**") {
        return false;
    }
    ["", "x"].iter().any(|rest| {
        let shown = name.replace('*', rest).replace('?', "x");
        secrets::credential_file(&shown).is_some()
    })
}

/// Whether the entry is a file with credentials that `docker build` sends, and that nobody asked
/// for.
fn goes(facts: &Facts<'_>, entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::File { .. } | EntryKind::Link { .. })
        && matches!(entry.excluded, None | Some(Exclusion::Always(_)))
        && secrets::credential_file(&entry.path).is_some()
        && !facts.project.include.is_ignored(&entry.path)
        && !leaked::is_public(facts, &entry.path)
}
