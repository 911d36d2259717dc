//! A list in ENTRYPOINT or CMD that is no JSON.

use super::edits;
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
    code: "SG111",
    name: "broken-exec-form",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG111.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(stage) = facts.stages.last() else { return };
    let scope = facts.stages.scope_after(stage.index);
    for index in [scope.entrypoint, scope.cmd].into_iter().flatten() {
        let instruction = facts.instruction(index);
        if !edits::is_broken_list(instruction) {
            continue;
        }
        let keyword = if matches!(instruction.kind, Kind::Cmd(_)) { "CMD" } else { "ENTRYPOINT" };
        let args = &instruction.args;
        let span = args.span(0..args.text.len());
        let fix = repaired(&args.text).map(|text| Fix {
            title: "write the list as JSON".to_owned(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace { file: facts.file.source.path().clone(), span, text }],
        });
        sink.report(
            facts.at(instruction.span),
            format!("the list of `{keyword}` is not JSON, so that a shell gets it as text"),
            "the shell looks for a command whose name starts with `[`, and the start fails",
        )
        .help("write a JSON list: double quotes, commas between the words, no comma at the end")
        .maybe_fix(fix);
    }
}

/// The list with what people get wrong put right; `None` where it still is no list of strings.
fn repaired(text: &str) -> Option<String> {
    let mut text = text.trim().to_owned();
    if !text.contains('"') {
        text = text.replace('\'', "\"");
    }
    if let Some(head) = text.strip_suffix(']')
        && let Some(head) = head.trim_end().strip_suffix(',')
    {
        text = format!("{head}]");
    }
    serde_json::from_str::<Vec<String>>(&text).ok().map(|_| text)
}
