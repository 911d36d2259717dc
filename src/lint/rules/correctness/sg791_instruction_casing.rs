//! Keywords in several cases.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{dockerfile::Kind, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG791",
    name: "instruction-casing",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG791.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let source = &facts.file.source;
    // Most files are written in capitals throughout.
    let is_upper =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_plain = facts.file.instructions.iter().all(|instruction| {
        let alias = match &instruction.kind {
            Kind::From { image, alias: Some(alias) } => {
                let gap = Span::new(image.span.end as usize, alias.span.start as usize);
                source.slice(gap).trim() == "AS"
            }
            _ => true,
        };
        alias && is_upper(source.slice(instruction.keyword))
    });
    if is_plain {
        return;
    }
    let mut words: Vec<Span> = Vec::new();
    for instruction in &facts.file.instructions {
        // What is no word may be no keyword either.
        if source.slice(instruction.keyword).bytes().all(|byte| byte.is_ascii_alphabetic()) {
            words.push(instruction.keyword);
        }
        if let Kind::From { image, alias: Some(alias) } = &instruction.kind {
            let gap = Span::new(image.span.end as usize, alias.span.start as usize);
            let start =
                gap.start as usize + source.slice(gap).to_ascii_lowercase().find("as").unwrap_or(0);
            words.push(Span::new(start, start + 2));
        }
    }
    let is_lower = |span: &Span| source.slice(*span).bytes().all(|b| b.is_ascii_lowercase());
    let lower = words.iter().filter(|span| is_lower(span)).count();
    let want_lower = lower * 2 > words.len();
    for span in words {
        let text = source.slice(span);
        let fits = |byte: u8| {
            !if want_lower { byte.is_ascii_uppercase() } else { byte.is_ascii_lowercase() }
        };
        if text.bytes().all(fits) {
            continue;
        }
        let wanted = if want_lower { text.to_ascii_lowercase() } else { text.to_ascii_uppercase() };
        sink.report(
            facts.at(span),
            format!("`{text}` is written in another case than most keywords of the file"),
            "one case for all makes instructions easy to tell from their arguments",
        )
        .help(format!("write `{wanted}`"))
        .fix(Fix {
            title: format!("write `{wanted}`"),
            safety: Safety::Safe,
            edits: vec![Edit::Replace { file: source.path().clone(), span, text: wanted }],
        });
    }
}
