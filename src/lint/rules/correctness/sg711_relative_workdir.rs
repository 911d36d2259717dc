//! A WORKDIR that depends on the base image.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::{Kind, Word},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG711",
    name: "relative-workdir",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG711.md"),
    check,
};

/// The path as it is written below the root.
fn below_root(path: &str) -> &str {
    path.trim_start_matches("./")
}

/// Writes the path below the root, where it stands as it is.
fn fix(facts: &Facts<'_>, word: &Word, path: &str) -> Option<Fix> {
    let whole = format!("/{}", below_root(path));
    let is_plain = facts.file.source.slice(word.span) == path
        && !path.contains("..")
        && !path.contains(char::is_whitespace)
        && whole.len() > 1;
    is_plain.then(|| Fix {
        title: format!("write `{whole}`"),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span: word.span,
            text: whole,
        }],
    })
}

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            let Kind::Workdir(word) = &facts.instruction(index).kind else { continue };
            let scope = facts.stages.scope_at(index);
            let expanded = scope.expand(word, facts.file.escape);
            let Some(path) = expanded.known() else { continue };
            let windows = path.get(1..2) == Some(":");
            // An image with a directory of its own means to be built upon.
            if scope.workdir.is_some() || path.starts_with('/') || path.is_empty() || windows {
                continue;
            }
            sink.report(
                facts.at(word.span),
                format!("`{path}` counts from the directory that the base image ends in"),
                "another base image puts the project somewhere else, where the entrypoint does not find it",
            )
            .help(format!("write the whole path, such as `/{}`", below_root(path)))
            .maybe_fix(fix(facts, word, path));
            // What follows in the stage counts from here.
            break;
        }
    }
}
