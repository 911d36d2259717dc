//! A CMD, ENTRYPOINT or HEALTHCHECK that a later one replaces.

use std::collections::BTreeMap;

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
    code: "SG714",
    name: "repeated-instruction",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG714.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    // Where it is about the start of sandbox-api, a rule of the contract says more.
    let told = facts.start.overridden.map(|(earlier, _)| earlier);
    for stage in &facts.stages.stages {
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        for index in stage.body.clone() {
            let name = match &facts.instruction(index).kind {
                Kind::Cmd(_) => "CMD",
                Kind::Entrypoint(_) => "ENTRYPOINT",
                Kind::Healthcheck(_) => "HEALTHCHECK",
                _ => continue,
            };
            if let Some(earlier) = last.insert(name, index).filter(|earlier| told != Some(*earlier))
            {
                report(facts, sink, name, earlier, index);
            }
        }
    }
}

fn report(facts: &Facts<'_>, sink: &mut Sink<'_>, name: &str, earlier: usize, later: usize) {
    let source = &facts.file.source;
    let span = facts.instruction(earlier).span;
    let first = source.full_line_span(source.line_of(span.start as usize));
    let last = source.full_line_span(source.line_of(span.end as usize));
    sink.report(
        facts.at(span),
        format!("a later `{name}` replaces this one"),
        "only the last one of a stage counts, so what stands here never happens in a sandbox",
    )
    .help(format!("keep one `{name}`"))
    .related(facts.at(facts.instruction(later).span), "this one counts")
    .fix(Fix {
        title: format!("remove the `{name}` without effect"),
        safety: Safety::Safe,
        edits: vec![Edit::Replace {
            file: source.path().clone(),
            span: first.to(last),
            text: String::new(),
        }],
    });
}
