//! A comment behind the arguments of an instruction.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Instruction, Kind},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG732",
    name: "comment-behind-instruction",
    family: Family::Correctness,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG732.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        let Some(comment) = instruction.comment else { continue };
        // SG902 tells of one of ours.
        let text = facts.file.source.slice(comment);
        if text.trim_start_matches(['#', ' ']).starts_with("sandgate ") {
            continue;
        }
        sink.report(
            facts.at(comment),
            "`#` begins a comment only at the start of a line",
            "what stands behind it here is taken for more of the instruction: the build stops, or has a folder, a user or a value of that name",
        )
        .help("move the comment to a line of its own above")
        .maybe_fix(moved(facts, instruction, comment, index == 0));
    }
}

fn moved(
    facts: &Facts<'_>,
    instruction: &Instruction,
    comment: Span,
    is_first: bool,
) -> Option<Fix> {
    let source = &facts.file.source;
    let text = source.slice(comment).trim_end();
    let start = instruction.span.start as usize;
    // At the top of the file it could be a directive.
    if is_first && text.contains('=') {
        return None;
    }
    let line = source.text()[..start].rfind('\n').map_or(0, |end| end + 1);
    let indent = &source.text()[line..start];
    if !indent.trim().is_empty() {
        return None;
    }
    let before = source.text()[..comment.start as usize].trim_end().len();
    let file = source.path();
    Some(Fix {
        title: "move the comment above".to_owned(),
        safety: if works(&instruction.kind) { Safety::Unsafe } else { Safety::Safe },
        edits: vec![
            Edit::Replace {
                file: file.clone(),
                span: Span::at(start),
                text: format!("{text}{}{indent}", source.line_end()),
            },
            Edit::Replace {
                file: file.clone(),
                span: Span::new(before, comment.end as usize),
                text: String::new(),
            },
        ],
    })
}

/// Whether the build takes the comment as it stands, so that without it another thing is built: a
/// value, a folder or a volume of that name, an argument for each word.
fn works(kind: &Kind) -> bool {
    match kind {
        Kind::Env(pairs) | Kind::Label(pairs) => pairs.iter().any(|pair| pair.legacy),
        Kind::Arg(_) | Kind::Workdir(_) | Kind::Volume(_) => true,
        _ => false,
    }
}
