//! ENV or LABEL with blanks around the equals sign.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
    secrets::promises_secret,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG725",
    name: "blank-around-equals",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG725.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for instruction in &facts.file.instructions {
        let (keyword, pairs) = match &instruction.kind {
            Kind::Env(pairs) => ("ENV", pairs),
            Kind::Label(pairs) => ("LABEL", pairs),
            _ => continue,
        };
        let Some(pair) = pairs.first().filter(|pair| pair.legacy) else { continue };
        let Some(meant) = pair.value.as_ref().and_then(|value| value.raw.strip_prefix('=')) else {
            continue;
        };
        let name = &pair.name.raw;
        let meant = meant.trim_start();
        let quoted = ['"', '\''].iter().any(|quote| {
            let inner = meant.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote));
            inner.is_some_and(|inner| !inner.contains(*quote))
        });
        let simple = !meant.contains(['"', '\'', '\\', '`', '\n']);
        let value = if meant.contains(char::is_whitespace) && !quoted {
            format!("\"{meant}\"")
        } else {
            meant.to_owned()
        };
        let what = if keyword == "ENV" { "variable" } else { "label" };
        sink.report(
            facts.at(pair.span),
            format!("the value of `{name}` begins with the equals sign"),
            format!("with a blank behind the name, the rest of the line is the value, so whoever reads the {what} gets `= …`"),
        )
        .help(format!("write `{keyword} {name}=…`, without blanks"))
        // a credential would come into the image by the fix
        .maybe_fix(((simple || quoted) && !promises_secret(name)).then(|| Fix {
            title: "remove the blanks".into(),
            safety: Safety::Unsafe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: pair.span,
                text: format!("{}={value}", facts.file.source.slice(pair.name.span)),
            }],
        }));
    }
}
