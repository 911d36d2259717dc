//! A COPY of something that is not in the context.

use std::path::{Component, Path};

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{ContextCopy, Facts, Takes},
        rule::{Family, Rule, Sink},
    },
    project::Upper,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG501",
    name: "missing-copy-source",
    family: Family::Context,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG501.md"),
    check,
};

/// A search through all names costs as much as the rest of a run; who gets this many wrong has
/// another problem.
const SEARCHES: usize = 5;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let missing = |copy: &&ContextCopy| copy.takes == Takes::Nothing && !copy.glob && !copy.outside;
    let script = facts.absent_script().map(|absent| absent.span);
    let copies = facts.copies.iter().filter(missing).filter(|copy| script != Some(copy.span));
    let (above, copies): (Vec<&ContextCopy>, Vec<&ContextCopy>) = copies.partition(|copy| {
        facts.project.upper.as_ref().is_some_and(|upper| upper.found.contains(&copy.path))
    });
    if let Some(upper) = &facts.project.upper {
        report_above(facts, upper, &above, sink);
    }
    for (at, copy) in copies.into_iter().enumerate() {
        let near = if at < SEARCHES { nearest(facts, copy) } else { None };
        let draft = sink.report(
            facts.at(copy.span),
            ["`", &copy.written, "` is not in the build context"].concat(),
            "the build stops at this instruction, so there is no image to start a sandbox from",
        );
        let draft = if copy.needed { draft } else { draft.severity(Severity::Warning) };
        match near {
            Some(near) => {
                let (before, slash) = spelling(&copy.written);
                let fix = is_plain(&near).then(|| Fix {
                    title: format!("copy `{near}`"),
                    safety: Safety::Unsafe,
                    edits: vec![Edit::Replace {
                        file: facts.file.source.path().clone(),
                        span: copy.span,
                        text: rewritten(facts, copy, &format!("{before}{near}{slash}")),
                    }],
                });
                draft.help(format!("did you mean `{near}`?")).maybe_fix(fix);
            }
            None => {
                draft.help("create it, correct the path (it counts from the project's folder), or remove the instruction");
            }
        }
    }
}

/// Tells once of all that lies in a folder above: the Dockerfile is written for that one.
fn report_above(facts: &Facts<'_>, upper: &Upper, copies: &[&ContextCopy], sink: &mut Sink<'_>) {
    let Some((first, others)) = copies.split_first() else { return };
    let up = "../".repeat(upper.steps);
    let (more, are) = match others.len() {
        0 => (String::new(), "is"),
        more => (format!(" and {more} more"), "are"),
    };
    let dockerfile = upper.below.join(facts.file.source.path());
    let folder = lexical(&facts.project.root, upper.steps);
    let mut draft = sink
        .report(
            facts.at(first.span),
            format!("`{}`{more} {are} not in the build context, but in `{up}`", first.written),
            format!(
                "a build gets the project's folder, `{}`, and nothing above it, so that it stops at this instruction",
                upper.below
            ),
        )
        .help(format!(
            "make `{up}` the project, with `dockerfile = \"{dockerfile}\"` below `[build]` in a `blaxel.toml` there; `sandgate lint {folder} --dockerfile {dockerfile}` checks that"
        ));
    if copies.iter().all(|copy| !copy.needed) {
        draft = draft.severity(Severity::Warning);
    }
    for copy in others {
        draft = draft.related(facts.at(copy.span), "lies there, too");
    }
}

/// The folder so many steps above one, as it is typed.
fn lexical(root: &Path, steps: usize) -> String {
    let mut out = root.to_owned();
    for _ in 0..steps {
        let named = matches!(out.components().next_back(), Some(Component::Normal(_)));
        if !(named && out.pop()) {
            out.push("..");
        }
    }
    let text = out.display().to_string();
    match text.trim_start_matches("./") {
        "" => ".".to_owned(),
        text => text.to_owned(),
    }
}

/// What stands before and behind the path itself.
fn spelling(written: &str) -> (&str, &str) {
    let before = ["./", "/"].into_iter().find(|start| written.starts_with(start)).unwrap_or("");
    (before, if written.len() > 1 && written.ends_with('/') { "/" } else { "" })
}

/// Whether a path is read as it is written, in quotes and in a list, too: COPY takes a source for a
/// pattern with variables in it.
fn is_plain(path: &str) -> bool {
    !path.contains(|c: char| c.is_control() || "*?[]\\$`\"'#<".contains(c))
}

/// The new word, in quotes where the old one had some.
fn rewritten(facts: &Facts<'_>, copy: &ContextCopy, path: &str) -> String {
    let quote =
        facts.file.source.slice(copy.span).chars().next().filter(|c| *c == '"' || *c == '\'');
    quote.map_or_else(|| path.to_owned(), |quote| format!("{quote}{path}{quote}"))
}

/// The sent entry whose path is most like it.
fn nearest(facts: &Facts<'_>, copy: &ContextCopy) -> Option<String> {
    let most = copy.path.len() / 4 + 1;
    let wanted = letters(&copy.path);
    let (distance, path) = facts
        .project
        .tree
        .sent()
        .take(20_000)
        .filter(|entry| {
            entry.path.len().abs_diff(copy.path.len()) <= most
                && apart(&wanted, &letters(&entry.path)) <= most
                && !entry.path.contains(char::is_whitespace)
        })
        .map(|entry| (strsim::damerau_levenshtein(&copy.path, &entry.path), &entry.path))
        .min()?;
    (distance <= most).then(|| path.to_string())
}

/// How often each letter occurs, those that differ by 32 counted together.
fn letters(path: &str) -> [u16; 32] {
    let mut out = [0_u16; 32];
    for byte in path.bytes() {
        let count = &mut out[usize::from(byte & 31)];
        *count = count.saturating_add(1);
    }
    out
}

/// The least edits that turn one collection of letters into another: no distance of their texts is
/// smaller, and most names of a large project fall here.
fn apart(a: &[u16; 32], b: &[u16; 32]) -> usize {
    let over = |a: &[u16; 32], b: &[u16; 32]| -> usize {
        a.iter().zip(b).map(|(a, b)| usize::from(a.saturating_sub(*b))).sum()
    };
    over(a, b).max(over(b, a))
}
