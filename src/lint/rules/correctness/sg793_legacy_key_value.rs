//! ENV or LABEL without an equals sign.

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
    code: "SG793",
    name: "legacy-key-value",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG793.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for instruction in &facts.file.instructions {
        let (name, pairs) = match &instruction.kind {
            Kind::Env(pairs) => ("ENV", pairs),
            Kind::Label(pairs) => ("LABEL", pairs),
            _ => continue,
        };
        let Some(pair) = pairs.iter().find(|pair| pair.legacy) else { continue };
        let Some(value) = &pair.value else { continue };
        if value.raw.starts_with('=') {
            // What was meant is another thing, and has a rule.
            continue;
        }
        let text = facts.file.source.slice(value.span);
        let simple = !text.contains(['"', '\'', '\\', '`', '\n']);
        let quoted = if text.contains(char::is_whitespace) {
            format!("\"{text}\"")
        } else {
            text.to_owned()
        };
        sink.report(
            facts.at(pair.span),
            format!("`{name} {}` without an equals sign", pair.name.raw),
            "the old form takes the rest of the line as the value, so that a second pair ends up in the first",
        )
        .help(format!("write `{name} {}=…`", pair.name.raw))
        .maybe_fix(simple.then(|| Fix {
            title: "write an equals sign".into(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: pair.span,
                text: format!("{}={quoted}", facts.file.source.slice(pair.name.span)),
            }],
        }));
    }
}
