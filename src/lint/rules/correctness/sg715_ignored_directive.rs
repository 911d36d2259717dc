//! A comment that looks like a parser directive and is none.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::source::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG715",
    name: "ignored-directive",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG715.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let source = &facts.file.source;
    let first =
        facts.file.instructions.first().map_or(usize::MAX, |first| first.span.start as usize);
    for comment in facts.file.comments.iter().filter(|comment| !comment.inside) {
        let text = source.slice(comment.span).trim_start_matches('#').trim();
        let Some((name, value)) = text.split_once('=') else { continue };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if KNOWN.contains(&name.as_str()) && is_value(&name, value) {
            let before = if first < comment.span.start as usize {
                "an instruction"
            } else {
                "another comment or an empty line"
            };
            sink.report(
                facts.at(comment.span),
                format!("`# {name}=` behind {before} is a comment"),
                "directives are read at the very top of the file alone, so the build goes on as if this line were not there",
            )
            .help("move it to the first line");
        } else if let Some(known) = slip(&name).filter(|known| is_value(known, value))
            && (comment.span.start as usize) < first
        {
            let at = comment.span.start as usize;
            let start =
                at + source.slice(comment.span).to_ascii_lowercase().find(&name).unwrap_or(0);
            sink.report(
                facts.at(comment.span),
                format!("`{name}` is no directive"),
                "an unknown name makes the line a comment, so the build goes on without it",
            )
            .help(format!("did you mean `{known}`?"))
            .fix(Fix {
                title: format!("write `{known}`"),
                safety: Safety::Unsafe,
                edits: vec![Edit::Replace {
                    file: source.path().clone(),
                    span: Span::new(start, start + name.len()),
                    text: known.to_owned(),
                }],
            });
        }
    }
}

const KNOWN: &[&str] = &["syntax", "escape", "check"];

fn slip(name: &str) -> Option<&'static str> {
    let near = |known: &&&str| matches!(strsim::damerau_levenshtein(name, known), 1 | 2);
    KNOWN.iter().find(near).copied()
}

/// Whether it could be meant: prose has an equals sign now and then.
fn is_value(name: &str, value: &str) -> bool {
    match name {
        "escape" => matches!(value, "\\" | "`"),
        "check" => value.contains("skip=") || value.contains("error="),
        _ => !value.contains(char::is_whitespace) && value.contains(['/', ':']),
    }
}
