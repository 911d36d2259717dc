//! Several sources and a destination that may be a file.

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
    code: "SG710",
    name: "destination-without-slash",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG710.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        let (Kind::Copy(transfer) | Kind::Add(transfer)) = &instruction.kind else { continue };
        let raw = transfer.dest.raw.as_str();
        // Most end here.
        if raw == "." || raw.ends_with('/') && !raw.contains('$') {
            continue;
        }
        let scope = facts.stages.scope_at(index);
        let expanded = scope.expand(&transfer.dest, facts.file.escape);
        let Some(dest) = expanded.known() else { continue };
        if dest.ends_with('/') || matches!(dest, "." | "..") || dest.ends_with("/.") {
            continue;
        }
        // A WORKDIR is made where it is not there.
        if scope.workdir.as_deref().is_some_and(|made| made == dest) {
            continue;
        }
        let written = transfer.sources.len() + instruction.heredocs.len();
        let count = if written == 1 { matches(facts, index) } else { written };
        if count < 2 {
            continue;
        }
        let end = transfer.dest.span.end as usize;
        let quoted = facts.file.source.slice(transfer.dest.span).ends_with(['"', '\'']);
        let at = if quoted { end - 1 } else { end };
        sink.report(
            facts.at(transfer.dest.span),
            format!("{count} sources are copied to `{dest}`, which may be a file"),
            "where the directory does not exist yet, builders refuse this or write one file over the other",
        )
        .help(format!("write `{dest}/`"))
        .fix(Fix {
            title: format!("write `{dest}/`"),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: Span::at(at),
                text: "/".into(),
            }],
        });
    }
}

/// How many entries the only source takes by its wildcards.
fn matches(facts: &Facts<'_>, index: usize) -> usize {
    let copy = facts.copies.iter().find(|copy| copy.instruction == index && copy.glob);
    copy.map_or(1, |copy| facts.project.tree.glob(&copy.path).sent.len())
}
