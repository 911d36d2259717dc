//! What the entry script does behind the start of sandbox-api.

use super::edits;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, Hold, Reached},
        rule::{Family, Rule, Sink},
    },
    project::{path::ContextPath, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG108",
    name: "script-does-not-hold",
    family: Family::Contract,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG108.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(api) = facts.start.api() else { return };
    let Reached::Script(hold) = &api.reached else { return };
    let exact = edits::is_exact(facts, &api.location);
    let start = edits::start_of(facts);
    let draft = match hold {
        Hold::Lives(_) => return,
        Hold::Blocks(dead) => {
            // A script that calls itself has them in front.
            let behind = dead.file == api.location.file && dead.span > api.location.span;
            let ends = |span: &Span| is_whole_line(facts, &api.location.file, *span);
            let alone = api.location.span.filter(|span| exact && behind && ends(span));
            let fix = alone.map(|span| Fix {
                title: "start `sandbox-api` in the background".to_owned(),
                safety: Safety::Unsafe,
                edits: vec![Edit::Replace {
                    file: api.location.file.clone(),
                    span: Span::at(span.range().end),
                    text: " &".to_owned(),
                }],
            });
            let draft = sink
                .report(
                    api.location.clone(),
                    "`sandbox-api` runs in the foreground, and commands stand behind it",
                    "it never returns, so what follows is never run in the sandbox",
                )
                .help("start it with `&`, or move it to the end")
                .maybe_fix(fix);
            if exact { draft.related(dead.clone(), "never runs") } else { draft }
        }
        Hold::Behind(before) => sink
            .report(
                before.clone(),
                "this does not return, so `sandbox-api` behind it is never started",
                "nothing listens on port 8080: every call to the sandbox ends with a 502 and the \
                 deploy may time out",
            )
            .severity(Severity::Error)
            .help("start it with `&`, or move `sandbox-api &` in front of it")
            .related(api.location.clone(), "is never reached"),
        Hold::Leaves(by) => sink
            .report(
                by.clone(),
                "`supervisord` goes to the background with `sandbox-api`, and nothing stays",
                "the container stops with its first process, and the sandbox with it",
            )
            .help("start it with `-n`, or write `nodaemon=true` below `[supervisord]`"),
        Hold::Ends { end } => {
            let ended = facts
                .project
                .files
                .get(&end.file)
                .is_none_or(|source| source.text().ends_with('\n'));
            let before = if ended { "" } else { "\n" };
            let fix = end.span.filter(|span| exact && span.is_empty()).map(|span| Fix {
                title: "wait for it at the end".to_owned(),
                safety: Safety::Unsafe,
                edits: vec![Edit::Replace {
                    file: end.file.clone(),
                    span,
                    text: format!("{before}wait\n"),
                }],
            });
            sink.report(
                api.location.clone(),
                "`sandbox-api` is started in the background, and the script ends",
                "the container stops with the script, and the sandbox with it",
            )
            .help("end the script with `wait`, or with `exec` and the process that should live on")
            .maybe_fix(fix)
        }
    };
    if let Some(start) = start.filter(|start| *start != api.location) {
        draft.related(start, "the sandbox starts with it");
    }
}

/// Whether a comment at most follows in the line: in front of `||`, `)` or `;` an `&` is a fault;
/// and whether it is no condition.
fn is_whole_line(facts: &Facts<'_>, file: &ContextPath, span: Span) -> bool {
    let Some(source) = facts.project.source(file) else { return false };
    let range = span.range();
    let (Some(front), Some(rest)) =
        (source.text().get(..range.start), source.text().get(range.end..))
    else {
        return false;
    };
    let front = front.rsplit('\n').next().unwrap_or_default().trim_start();
    let rest = rest.trim_start_matches([' ', '\t', '\r']);
    !front.starts_with("if ") && (rest.is_empty() || rest.starts_with(['\n', '#']))
}
