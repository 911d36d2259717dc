//! A comment in the place of a description does not name what it stands above.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG720",
    name: "description-of-something-else",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG720.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let source = &facts.file.source;
    for instruction in &facts.file.instructions {
        let (what, name) = match &instruction.kind {
            Kind::From { alias: Some(alias), .. } => ("stage", alias.raw.as_str()),
            Kind::Arg(pairs) if pairs.len() == 1 => ("argument", pairs[0].name.raw.as_str()),
            _ => continue,
        };
        let line = source.line_of(instruction.span.start as usize);
        let Some(above) = line.checked_sub(1).filter(|line| *line > 0) else { continue };
        // The last of the comment lines directly above.
        let comment = facts.file.comments.iter().rev().find(|comment| {
            !comment.inside && source.line_of(comment.span.start as usize) == above
        });
        let Some(comment) = comment else { continue };
        let text = source.slice(comment.span).trim_start_matches('#').trim();
        let Some(first) = text.split_whitespace().next() else { continue };
        if first == name || is_for_linters(text) {
            continue;
        }
        sink.report(
            facts.at(comment.span),
            format!("this comment is not shown as the description of {what} `{name}`"),
            "`docker build --call=outline` shows the comment directly above only where it begins with the name",
        )
        .help(format!("begin it with `{name}`, or put an empty line below it"));
    }
}

/// Comments that a linter or scanner reads.
fn is_for_linters(text: &str) -> bool {
    ["sandgate ", "hadolint ", "tally ", "trivy:", "checkov:", "kics-", "nosemgrep", "check="]
        .iter()
        .any(|start| text.starts_with(start))
}
