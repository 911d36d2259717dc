//! A line of the ignore file that does not do what it seems to.

use std::collections::{BTreeMap, BTreeSet};

use super::{ignore_lines, slips::is_slip};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{context::Rule as IgnoreRule, path::ContextPath, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG511",
    name: "ineffective-ignore-line",
    family: Family::Context,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG511.md"),
    check,
};

/// Names that people mean at any depth, as in `.gitignore`.
const ANYWHERE: &[&str] = &[
    "node_modules",
    "dist",
    "build",
    "target",
    ".venv",
    "venv",
    "__pycache__",
    ".DS_Store",
    ".next",
    "coverage",
    ".cache",
    ".turbo",
    ".pytest_cache",
    ".mypy_cache",
    ".idea",
    ".vscode",
    "tmp",
    "logs",
    "vendor",
];

/// A search goes through all names of a folder or of the tree; a file with this many lines to search
/// for has another problem.
const SEARCHES: usize = 20;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(ignore) = &facts.project.docker_ignore else { return };
    let rules: Vec<&IgnoreRule> = ignore.rules.iter().collect();
    let bare = |rule: &IgnoreRule| rule.written.trim_start_matches('!').trim_start().to_owned();
    // Where each pattern stands last, with and without `!`.
    let last: BTreeMap<(String, bool), usize> =
        rules.iter().enumerate().map(|(at, rule)| ((bare(rule), rule.negated), at)).collect();
    let mut search = Search::new(facts, &rules);
    // Where each text stands first, and where the last line of either kind stood so far.
    let mut first: BTreeMap<&str, &IgnoreRule> = BTreeMap::new();
    let mut passed: [Option<usize>; 2] = [None, None];
    for (at, rule) in rules.iter().copied().enumerate() {
        let [leaves_out, brings_back] = passed;
        passed[usize::from(rule.negated)] = Some(rule.line);
        let twin = *first.entry(&rule.written).or_insert(rule);
        let opposite = last.get(&(bare(rule), !rule.negated)).filter(|later| **later > at);
        let span = ignore.source.line_span(rule.line);
        if let Some(place) = remark(ignore.source.slice(span)) {
            let span = Span::new(span.start as usize + place, span.end as usize);
            sink.report(
                Location::new(ignore.source.path(), span),
                "a comment behind a pattern is a part of the pattern",
                "the line matches nothing, so what it was written for is sent to the builder",
            )
            .help("put the comment on a line of its own")
            .fix(cut(ignore.source.path(), span, "take the comment off"));
        } else if rule.negated && leaves_out.is_none() {
            sink.report(
                Location::new(ignore.source.path(), span),
                format!("nothing above `{}` leaves anything out", rule.written),
                "a line with `!` brings back what a line above it left out, and the last line that matches decides",
            )
            .help("put it below the line that it is an exception of, or remove it");
        } else if rule.written.starts_with('#') {
            let line = ignore.source.slice(span);
            let blanks = line.len() - line.trim_start().len();
            let start = span.start as usize;
            sink.report(
                Location::new(ignore.source.path(), span),
                "a comment starts in the first column: to Docker, this line is a pattern",
                "it leaves out what has this name, which is nothing",
            )
            .severity(Severity::Info)
            .help("take the blanks before the `#` away")
            .fix(cut(
                ignore.source.path(),
                Span::new(start, start + blanks),
                "take the blanks away",
            ));
        } else if let Some(later) = opposite.and_then(|later| rules.get(*later)) {
            sink.report(
                Location::new(ignore.source.path(), span),
                format!(
                    "`{}` has no effect: `{}` below takes it back",
                    rule.written, later.written
                ),
                "both lines match the same files, and the last line that matches decides",
            )
            .help("remove the line that is not meant")
            .related(
                Location::new(ignore.source.path(), ignore.source.line_span(later.line)),
                "decides",
            );
        } else if twin.line != rule.line {
            // A line in between may have turned it round.
            let other = if rule.negated { leaves_out } else { brings_back };
            if other.is_none_or(|other| other < twin.line) {
                sink.report(
                    Location::new(ignore.source.path(), span),
                    format!("`{}` stands here a second time", rule.written),
                    "whoever changes one of the two lines finds that nothing changed",
                )
                .severity(Severity::Info)
                .help("remove the line")
                .related(
                    Location::new(ignore.source.path(), ignore.source.line_span(twin.line)),
                    "the first time",
                )
                .fix(cut(
                    ignore.source.path(),
                    ignore.source.full_line_span(rule.line),
                    "remove the line",
                ));
            }
        } else if let Some((name, path)) = search.deeper(rule, at) {
            sink.report(
                Location::new(ignore.source.path(), span),
                format!("`{}` is left out at the root alone; `{path}` is sent", rule.written),
                "unlike git, Docker reads a name without `**/` from the root of the context",
            )
            .help(format!("write `**/{name}`"))
            .fix(Fix {
                title: format!("write `**/{name}`"),
                safety: Safety::Unsafe,
                edits: vec![Edit::Replace {
                    file: ignore.source.path().clone(),
                    span,
                    text: format!("**/{name}"),
                }],
            });
        } else if let Some((missing, near)) = search.slip(rule) {
            sink.report(
                Location::new(ignore.source.path(), span),
                format!("`{}` brings nothing back: there is no `{missing}`", rule.written),
                "what it was written for stays left out, and no COPY finds it",
            )
            .help(format!("did you mean `!{near}`?"))
            .fix(Fix {
                title: format!("write `!{near}`"),
                safety: Safety::Unsafe,
                edits: vec![Edit::Replace {
                    file: ignore.source.path().clone(),
                    span,
                    text: format!("!{near}"),
                }],
            });
        }
    }
}

/// Where ` # …` starts behind a pattern.
fn remark(line: &str) -> Option<usize> {
    let at = line.find(" #").or_else(|| line.find("\t#"))?;
    let before = line[..at].trim_end();
    (!before.is_empty() && !before.starts_with('#')).then_some(before.len())
}

fn cut(file: &ContextPath, span: Span, title: &str) -> Fix {
    Fix {
        title: title.into(),
        safety: Safety::Safe,
        edits: vec![Edit::Replace { file: file.clone(), span, text: String::new() }],
    }
}

/// What is looked up in the tree for several lines.
struct Search<'a> {
    facts: &'a Facts<'a>,
    rules: &'a [&'a IgnoreRule],
    left: usize,
    /// The directories that a COPY takes.
    taken: Option<BTreeSet<&'a str>>,
    /// What exceptions name.
    back: Option<BTreeSet<ContextPath>>,
}

impl<'a> Search<'a> {
    fn new(facts: &'a Facts<'_>, rules: &'a [&'a IgnoreRule]) -> Self {
        Self { facts, rules, left: SEARCHES, taken: None, back: None }
    }

    /// Whether one more search is fine.
    fn takes_one(&mut self) -> bool {
        let some = self.left > 0;
        self.left = self.left.saturating_sub(1);
        some
    }

    /// The name, and a directory or file of that name below the root that is sent all the same.
    fn deeper(&mut self, rule: &'a IgnoreRule, at: usize) -> Option<(&'a str, &'a ContextPath)> {
        let name = rule.written.trim_start_matches('/').trim_end_matches('/');
        if rule.negated
            || rule.written.starts_with('/')
            || !ANYWHERE.contains(&name)
            || !self.takes_one()
        {
            return None;
        }
        // An exception, or a line for other depths, says that somebody thought of it.
        if self.rules[at + 1..].iter().any(|other| other.written.contains(name)) {
            return None;
        }
        let facts = self.facts;
        let taken = self.taken.get_or_insert_with(|| {
            let taken = facts.copies.iter().filter(|copy| copy.is_directory(facts.project));
            taken.map(|copy| copy.path.as_str()).collect()
        });
        let is_taken = |path: &str| {
            taken.contains("")
                || taken.contains(path)
                || path.match_indices('/').any(|(end, _)| taken.contains(&path[..end]))
        };
        let entry = facts.project.tree.sent().find(|entry| {
            entry.path.name() == name && entry.path.as_str() != name && is_taken(&entry.path)
        })?;
        Some((name, &entry.path))
    }

    /// The path that an exception names and that is not there, up to its first missing part, and the
    /// exception with the name beside it that is left out and almost the same.
    fn slip(&mut self, rule: &IgnoreRule) -> Option<(String, String)> {
        let named = rule.written.strip_prefix('!')?.trim().trim_matches('/');
        if named.contains(['*', '?', '[', '\\', '$']) {
            return None;
        }
        let tree = &self.facts.project.tree;
        let mut above = ContextPath::new("");
        let mut rest = named;
        loop {
            let (part, behind) = rest.split_once('/').unwrap_or((rest, ""));
            let path = above.join(part);
            if tree.get(&path).is_some() {
                above = path;
                rest = Some(behind).filter(|behind| !behind.is_empty())?;
                continue;
            }
            if !self.takes_one() {
                return None;
            }
            let mut near = tree.within(&above).filter(|entry| {
                entry.excluded.is_some()
                    && entry.path.rsplit_once('/').map_or("", |(dir, _)| dir) == above.as_str()
                    && is_slip(part, entry.path.name())
            });
            let found = near.next().filter(|_| near.next().is_none())?;
            // No line of the file could name it.
            if found.path.contains(char::is_control) || found.path.ends_with(char::is_whitespace) {
                return None;
            }
            let whole = if behind.is_empty() {
                found.path.as_str().to_owned()
            } else {
                format!("{}/{behind}", found.path)
            };
            return (!self.is_brought_back(&found.path))
                .then(|| (path.as_str().to_owned(), ignore_lines::line(&whole)));
        }
    }

    /// Whether an exception names the path or something in it.
    fn is_brought_back(&mut self, path: &ContextPath) -> bool {
        let rules = self.rules;
        let back = self.back.get_or_insert_with(|| {
            let named = rules.iter().filter_map(|rule| rule.written.strip_prefix('!'));
            named.map(|named| ContextPath::clean(named.trim())).collect()
        });
        back.iter().any(|named| named.is_within(path))
    }
}
