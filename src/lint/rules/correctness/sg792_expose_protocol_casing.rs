//! An EXPOSE whose protocol has capitals.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG792",
    name: "expose-protocol-casing",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG792.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for instruction in &facts.file.instructions {
        let Kind::Expose(words) = &instruction.kind else { continue };
        for word in words {
            let Some((_, protocol)) = word.raw.split_once('/') else { continue };
            let lower = protocol.to_ascii_lowercase();
            if lower == protocol || protocol.contains('$') {
                continue;
            }
            let text = facts.file.source.slice(word.span).replace(protocol, &lower);
            sink.report(
                facts.at(word.span),
                format!("`{protocol}` is written in capitals"),
                "images record protocols in lower case",
            )
            .help(format!("write `{lower}`"))
            .fix(Fix {
                title: format!("write `{lower}`"),
                safety: Safety::Safe,
                edits: vec![Edit::Replace {
                    file: facts.file.source.path().clone(),
                    span: word.span,
                    text,
                }],
            });
        }
    }
}
