//! A line of the ignore file that does not do what it seems to.

use std::collections::BTreeMap;

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

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(ignore) = &facts.project.docker_ignore else { return };
    let rules: Vec<&IgnoreRule> = ignore.rules.iter().collect();
    let bare = |rule: &IgnoreRule| rule.written.trim_start_matches('!').trim_start().to_owned();
    // Where each pattern stands last, with and without `!`.
    let last: BTreeMap<(String, bool), usize> =
        rules.iter().enumerate().map(|(at, rule)| ((bare(rule), rule.negated), at)).collect();
    for (at, rule) in rules.iter().enumerate() {
        let opposite = last.get(&(bare(rule), !rule.negated)).filter(|later| **later > at);
        let span = ignore.source.line_span(rule.line);
        let before = &rules[..at];
        if let Some(place) = remark(ignore.source.slice(span)) {
            let span = Span::new(span.start as usize + place, span.end as usize);
            sink.report(
                Location::new(ignore.source.path(), span),
                "a comment behind a pattern is a part of the pattern",
                "the line matches nothing, so what it was written for is sent to the builder",
            )
            .help("put the comment on a line of its own")
            .fix(cut(ignore.source.path(), span, "take the comment off"));
        } else if rule.negated && before.iter().all(|rule| rule.negated) {
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
        } else if let Some(first) = before.iter().find(|other| other.written == rule.written) {
            // A line in between may have turned it round.
            let turned =
                before.iter().any(|other| other.line > first.line && other.negated != rule.negated);
            if !turned {
                sink.report(
                    Location::new(ignore.source.path(), span),
                    format!("`{}` stands here a second time", rule.written),
                    "whoever changes one of the two lines finds that nothing changed",
                )
                .severity(Severity::Info)
                .help("remove the line")
                .related(
                    Location::new(ignore.source.path(), ignore.source.line_span(first.line)),
                    "the first time",
                )
                .fix(cut(
                    ignore.source.path(),
                    ignore.source.full_line_span(rule.line),
                    "remove the line",
                ));
            }
        } else if let Some((name, path)) = deeper(facts, rule, &rules[at + 1..]) {
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
        } else if let Some((missing, near)) = slip(facts, rule, &rules) {
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

/// The name, and a directory or file of that name below the root that is sent all the same.
fn deeper<'a>(
    facts: &'a Facts<'_>,
    rule: &'a IgnoreRule,
    after: &[&IgnoreRule],
) -> Option<(&'a str, &'a ContextPath)> {
    let name = rule.written.trim_start_matches('/').trim_end_matches('/');
    if rule.negated || rule.written.starts_with('/') || !ANYWHERE.contains(&name) {
        return None;
    }
    // An exception, or a line for other depths, says that somebody thought of it.
    if after.iter().any(|other| other.written.contains(name)) {
        return None;
    }
    let taken = facts.copies.iter().filter(|copy| copy.is_directory(facts.project));
    let taken: Vec<&ContextPath> = taken.map(|copy| &copy.path).collect();
    let entry = facts.project.tree.sent().find(|entry| {
        entry.path.name() == name
            && entry.path.as_str() != name
            && taken.iter().any(|dir| entry.path.is_within(dir))
    })?;
    Some((name, &entry.path))
}

/// The path that an exception names and that is not there, up to its first missing part, and the
/// exception with the name beside it that is left out and almost the same.
fn slip(facts: &Facts<'_>, rule: &IgnoreRule, rules: &[&IgnoreRule]) -> Option<(String, String)> {
    let named = rule.written.strip_prefix('!')?.trim().trim_matches('/');
    if named.contains(['*', '?', '[', '\\', '$']) {
        return None;
    }
    let tree = &facts.project.tree;
    let mut above = ContextPath::new("");
    let mut rest = named;
    loop {
        let (part, behind) = rest.split_once('/').unwrap_or((rest, ""));
        let path = above.join(part);
        if tree.get(&path).is_none() {
            let mut near = tree.within(&above).filter(|entry| {
                entry.path.parent().is_none_or(|parent| parent == above)
                    && entry.excluded.is_some()
                    && is_slip(part, entry.path.name())
            });
            let found = near.next().filter(|_| near.next().is_none())?;
            let brought_back = rules.iter().any(|other| {
                other
                    .written
                    .strip_prefix('!')
                    .is_some_and(|other| ContextPath::clean(other.trim()).is_within(&found.path))
            });
            let whole = if behind.is_empty() {
                found.path.as_str().to_owned()
            } else {
                format!("{}/{behind}", found.path)
            };
            return (!brought_back).then(|| (path.as_str().to_owned(), whole));
        }
        above = path;
        rest = Some(behind).filter(|behind| !behind.is_empty())?;
    }
}

/// One letter apart, and not because they are numbered or of two kinds.
fn is_slip(given: &str, known: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let stem = |text: &str| text.rsplit_once('.').map_or_else(String::new, |(stem, _)| stem.into());
    given.len() >= 5
        && known.len() >= 5
        && given.len().abs_diff(known.len()) <= 1
        && letters(given) != letters(known)
        && (stem(given).is_empty() || stem(given) != stem(known))
        && strsim::damerau_levenshtein(given, known) == 1
}
