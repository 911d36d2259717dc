//! A FROM that names the platform it would have anyway.

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
    code: "SG716",
    name: "redundant-platform",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG716.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in &facts.stages.stages {
        let Some(flag) = facts.instruction(stage.from).flag("platform") else { continue };
        let Some(value) = &flag.value else { continue };
        if !matches!(value.raw.as_str(), "$TARGETPLATFORM" | "${TARGETPLATFORM}") {
            continue;
        }
        let source = &facts.file.source;
        let end = flag.span.end as usize;
        let blank =
            source.text()[end..].len() - source.text()[end..].trim_start_matches([' ', '\t']).len();
        sink.report(
            facts.at(flag.span),
            format!("`--platform={}` says what is so anyway", value.raw),
            "every stage is built for the target platform unless it says otherwise",
        )
        .help("remove the flag")
        .fix(Fix {
            title: "remove the flag".into(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: source.path().clone(),
                span: Span::new(flag.span.start as usize, end + blank),
                text: String::new(),
            }],
        });
    }
}
