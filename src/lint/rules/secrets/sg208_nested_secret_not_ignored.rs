//! A line of the ignore file that keeps a credential file out of the root alone.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    super::context::{asked_for::Asked, ignore_lines},
    nested::{self, Nested},
    sg205_credential_file_in_image as in_image,
};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        IgnoreFile,
        context::{Entry, Rule as IgnoreRule, Rules},
        source::{Source, Span},
    },
    secrets,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG208",
    name: "nested-secret-not-ignored",
    family: Family::Secrets,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG208.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(ignore) = &facts.project.docker_ignore else { return };
    let lines = nested::all(facts);
    if lines.is_empty() {
        return;
    }
    let errors = in_image::errors(facts);
    let asked = Asked::of(facts);
    let back = OnceCell::new();
    for Nested { rule, mut files, behind } in lines {
        // What the text of a file gives away is a finding of its own.
        files.retain(|file| {
            !errors.contains(file.path.as_str())
                && (is_certain(file) || !facts.project.files.contains_key(&file.path))
        });
        if files.is_empty() {
            continue;
        }
        files.sort_by_key(|file| !is_certain(file));
        let certain = is_certain(files[0]);
        let source = &ignore.source;
        let (lines, addable) = if behind > rule.line
            && back.get_or_init(|| Back::of(facts, ignore)).is_taken_by(rule)
        {
            let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
            let named = asked.of_files(&paths);
            let line = |path: &&str| ignore_lines::line(path);
            (paths.iter().map(line).collect(), paths.difference(&named).map(line).collect())
        } else {
            let lines = vec![format!("**/{}", rule.written)];
            let addable = ignore_lines::without_named(&asked, &lines);
            (lines, addable)
        };
        let add = |lines: &[String]| match lines {
            [line] => format!("add `{line}`"),
            _ => format!("add {} lines", lines.len()),
        };
        let below = ignore.rules.iter().find(|other| other.line == behind && behind != rule.line);
        let place = below.map_or_else(
            || "below it".to_owned(),
            |other| format!("below `{}`, which brings files back", other.written),
        );
        let first = if addable.len() < lines.len() {
            ", once no instruction names what it keeps out"
        } else {
            ""
        };
        let held = if certain { "holds" } else { "may hold" };
        let draft = sink
            .report(
                Location::new(source.path(), source.line_span(rule.line)),
                format!(
                    "`{}` leaves out the file at the root alone, not {}",
                    rule.written,
                    in_image::list(&files)
                ),
                format!(
                    "Docker reads a pattern without `**/` from the root, unlike git; {}",
                    fate(&files, held)
                ),
            )
            .help(format!("{} {place}{first}", add(&lines)))
            .maybe_fix((!addable.is_empty()).then(|| Fix {
                title: add(&addable),
                safety: Safety::Safe,
                edits: vec![added(source, behind, &addable.join(source.line_end()))],
            }));
        if !certain {
            draft.severity(Severity::Info);
        }
    }
}

/// What lines with `!` bring back by name: each part of such a path, with the last line that does.
struct Back<'a>(BTreeMap<&'a str, usize>);

impl<'a> Back<'a> {
    /// Finds it.
    fn of(facts: &'a Facts<'_>, ignore: &IgnoreFile) -> Self {
        let mut out = BTreeMap::new();
        let negated: Vec<&IgnoreRule> = ignore.rules.iter().filter(|rule| rule.negated).collect();
        for entry in &facts.project.tree.entries {
            let path = entry.path.as_str();
            // To explain a path takes a look at every line.
            if !negated.iter().any(|rule| rule.covers(path)) {
                continue;
            }
            let steps = ignore.rules.explain(path);
            if let Some(last) = steps.last()
                && last.rule.negated
                && last.matched == path
            {
                for part in path.split('/') {
                    let line: &mut usize = out.entry(part).or_default();
                    *line = last.rule.line.max(*line);
                }
            }
        }
        Self(out)
    }

    /// Whether the pattern for any depth, behind all lines, would leave out what one below `rule` brings back. It
    /// is a name, and so meets a part of a path.
    fn is_taken_by(&self, rule: &IgnoreRule) -> bool {
        if !rule.written.contains(['*', '?']) {
            return self.0.get(rule.written.as_str()).is_some_and(|line| *line > rule.line);
        }
        let (any_depth, _) = Rules::read(format!("**/{}", rule.written).as_bytes());
        self.0.iter().any(|(part, line)| *line > rule.line && any_depth.is_ignored(part))
    }
}

fn is_certain(file: &Entry) -> bool {
    secrets::credential_file(&file.path).is_some_and(|file| file.certain)
}

/// What becomes of the files.
fn fate(files: &[&Entry], held: &str) -> String {
    let sent: Vec<&Entry> = files.iter().copied().filter(|file| file.excluded.is_none()).collect();
    let (it, them, hold, stay, get) = match (files.len(), held) {
        (1, "holds") => ("it", "it", held, "stays", "gets"),
        (1, held) => ("it", "it", held, "stay", "get"),
        (_, "holds") => ("they", "them", "hold", "stay", "get"),
        (_, held) => ("they", "them", held, "stay", "get"),
    };
    match sent.len() {
        0 => format!(
            "sandgate leaves {them} out by name, but `docker build` and `bl` would send {them}"
        ),
        all if all == files.len() => format!(
            "{it} {hold} credentials, {stay} with the builder, and {get} into the image with a COPY around {them}"
        ),
        _ => format!(
            "{} sent to the builder, and sandgate leaves the others out by name, but `docker build` and `bl` would send them",
            match &sent[..] {
                [one] => format!("`{}` is", one.path),
                _ => format!("{} are", in_image::list(&sent)),
            }
        ),
    }
}

/// Writes a line behind another one.
fn added(source: &Source, behind: usize, line: &str) -> Edit {
    let end = source.line_end();
    let whole = source.full_line_span(behind);
    let open = whole == source.line_span(behind);
    let text = if open { format!("{end}{line}") } else { format!("{line}{end}") };
    Edit::Replace { file: source.path().clone(), span: Span::at(whole.range().end), text }
}
