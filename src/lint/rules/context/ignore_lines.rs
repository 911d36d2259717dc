//! Lines for the ignore file, as fixes.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety},
        facts::Facts,
    },
    project::{context::Rules, path::ContextPath, source::Span},
};

use super::asked_for;

/// A fix that adds lines to the ignore file that Docker uses, or creates it.
pub(in crate::lint::rules) fn add(facts: &Facts<'_>, lines: &[String], title: String) -> Fix {
    let edit = match &facts.project.docker_ignore {
        Some(file) => {
            let text = file.source.text();
            let end = file.source.line_end();
            let before = if text.is_empty() || text.ends_with('\n') { "" } else { end };
            let added: String = lines.iter().map(|line| format!("{line}{end}")).collect();
            Edit::Replace {
                file: file.source.path().clone(),
                span: Span::at(file.source.bytes().len()),
                text: format!("{before}{added}"),
            }
        }
        None => Edit::Create {
            file: ContextPath::new(".dockerignore"),
            text: lines.iter().map(|line| format!("{line}\n")).collect(),
        },
    };
    Fix { title, safety: Safety::Safe, edits: vec![edit] }
}

/// The name of the ignore file that Docker uses, or would use.
pub(in crate::lint::rules) fn name(facts: &Facts<'_>) -> String {
    facts
        .project
        .docker_ignore
        .as_ref()
        .map_or_else(|| ".dockerignore".to_owned(), |file| file.source.path().to_string())
}

/// A path as a line of an ignore file that names exactly it.
pub(in crate::lint::rules) fn line(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') || (out.is_empty() && matches!(c, '!' | '#')) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The lines without those that would keep out what a COPY, a mount or a RUN asks for by name: the
/// build would stop there. A line with `!` goes when nothing in front of it is left to take back.
pub(in crate::lint::rules) fn without_named(facts: &Facts<'_>, lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    for path in asked_for::by_name(facts, &lines) {
        while let Some(line) = decides(&lines, &path) {
            lines.remove(line);
        }
    }
    let mut kept: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        if line.strip_prefix('!').is_none_or(|back| decides(&kept, back).is_some()) {
            kept.push(line);
        }
    }
    kept
}

/// The line that keeps a path out.
fn decides(lines: &[String], path: &str) -> Option<usize> {
    let (rules, _) = Rules::read(lines.join("\n").as_bytes());
    rules.decide(path).filter(|rule| !rule.negated).map(|rule| rule.line - 1)
}
