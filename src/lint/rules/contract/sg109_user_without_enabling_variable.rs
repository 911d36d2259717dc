//! USER is set, but sandbox-api is not told to heed it.

use super::{edits, sg101_missing_sandbox_api::is_missing};
use crate::{
    lint::{
        diagnostic::{Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::{Base, Kind},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG109",
    name: "user-without-enabling-variable",
    family: Family::Contract,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG109.md"),
    check,
};

const VARIABLE: &str = "BL_SANDBOX_USER_ENABLED";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(api), Some(stage)) = (facts.start.api(), facts.stages.last()) else { return };
    let scope = facts.stages.scope_after(stage.index);
    let Some(user) = &scope.user else { return };
    let name = user.split(':').next().unwrap_or(user);
    if name.contains('$')
        || matches!(name, "root" | "0" | "")
        || api.user
        || scope.env.contains_key(VARIABLE)
        || is_missing(facts)
    {
        return;
    }
    // only the stages that the final one is made of
    let lineage = facts.stages.lineage(stage.index);
    let index = (0..facts.file.instructions.len()).rev().find(|index| {
        matches!(facts.instruction(*index).kind, Kind::User(_))
            && facts.stages.of(*index).is_some_and(|stage| lineage.contains(&stage.index))
    });
    let (at, before, what) = match index {
        Some(index) => (facts.instruction(index).span, index, format!("`USER {user}`")),
        // A base that starts it by itself was made for that.
        None if facts.start.by_base || stage.body.is_empty() => return,
        None => {
            let Some(base) = lineage.last().map(|index| &facts.stages.stages[*index]) else {
                return;
            };
            let Base::Image(image) = &base.base else { return };
            let what = format!("the base `{image}` runs as `{user}`,");
            (facts.instruction(base.from).span, stage.body.start, what)
        }
    };
    let back = if index.is_some() { "drop the USER" } else { "write `USER root`" };
    let line = format!("ENV {VARIABLE}=true");
    sink.report(
        facts.at(at),
        format!("{what} without `{VARIABLE}`"),
        "sandbox-api runs as process 1 and needs root unless it is told which user to work as, so the \
         user is ignored or calls fail",
    )
    .help(format!("set `{VARIABLE}=true`, start sandbox-api with `--user {name}`, or {back}"))
    .fix(Fix {
        title: format!("set `{VARIABLE}`"),
        safety: Safety::Unsafe,
        edits: vec![edits::line_before(facts, before, &line)],
    });
}
