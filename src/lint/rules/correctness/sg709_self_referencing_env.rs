//! An ENV that uses a variable of its own line.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{self, Assignment, Kind, Scope},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG709",
    name: "self-referencing-env",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG709.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        let Kind::Env(pairs) = &instruction.kind else { continue };
        let scope = facts.stages.scope_at(index);
        for (at, pair) in pairs.iter().enumerate().skip(1) {
            let Some(value) = &pair.value else { continue };
            let used = scope.expand(value, facts.file.escape).unknown;
            let earlier = &pairs[..at];
            let Some(other) = earlier
                .iter()
                .find(|other| used.contains(&other.name.raw) && !may_be_set(scope, other))
            else {
                continue;
            };
            sink.report(
                facts.at(pair.span),
                format!("`{}` is not set yet when `{}` is", other.name.raw, pair.name.raw),
                "all values of one ENV see the state before it, so the variable is empty here",
            )
            .help(format!("set `{}` in an ENV of its own below", pair.name.raw))
            .related(facts.at(other.span), "set in the same instruction")
            .maybe_fix(split(facts, &pairs[at - 1], pair));
        }
    }
}

/// Whether it may have a value before: it is declared, or takes over what it had.
fn may_be_set(scope: &Scope, pair: &Assignment) -> bool {
    let name = pair.name.raw.as_str();
    let itself = pair.value.as_ref().and_then(|value| dockerfile::alone(&value.raw));
    itself == Some(name) || scope.args.contains_key(name) || comes_from_base(name)
}

/// Whether base images set it, so that it has a value although nothing here gives it one.
fn comes_from_base(name: &str) -> bool {
    matches!(
        name,
        "PATH"
            | "HOME"
            | "LANG"
            | "LD_LIBRARY_PATH"
            | "PYTHONPATH"
            | "NODE_PATH"
            | "JAVA_HOME"
            | "GOPATH"
    )
}

/// Begins another ENV between two pairs.
fn split(facts: &Facts<'_>, before: &Assignment, pair: &Assignment) -> Option<Fix> {
    let source = &facts.file.source;
    let gap = Span::new(before.span.end as usize, pair.span.start as usize);
    let only_blank = |c: char| c.is_whitespace() || c == facts.file.escape;
    source.slice(gap).chars().all(only_blank).then(|| Fix {
        title: format!("set `{}` in an ENV of its own", pair.name.raw),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: source.path().clone(),
            span: gap,
            text: format!("{}ENV ", source.line_end()),
        }],
    })
}
