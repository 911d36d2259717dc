//! MAINTAINER.

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
    code: "SG717",
    name: "deprecated-maintainer",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG717.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let source = &facts.file.source;
    for instruction in &facts.file.instructions {
        let Kind::Maintainer(name) = &instruction.kind else { continue };
        let written = name.raw.trim();
        let label = serde_json::to_string(written.trim_matches('"')).unwrap_or_default();
        let fix = (!written.contains(['$', '\\', '\n'])).then(|| Fix {
            title: "write a label".into(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: source.path().clone(),
                span: instruction.span,
                text: format!("LABEL org.opencontainers.image.authors={label}"),
            }],
        });
        sink.report(
            facts.at(instruction.span),
            "`MAINTAINER` is deprecated",
            "tools that look for the people behind an image read the label alone",
        )
        .help("write `LABEL org.opencontainers.image.authors=…`")
        .maybe_fix(fix);
    }
}
