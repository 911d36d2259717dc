//! A directory is copied, and nothing says what stays out.

use crate::lint::{
    diagnostic::Severity,
    facts::Facts,
    rule::{Family, Rule, Sink},
};

use super::{asked_for, ignore_lines};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG507",
    name: "no-ignore-file",
    family: Family::Context,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG507.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if facts.project.docker_ignore.is_some() {
        return;
    }
    let Some(copy) =
        facts.copies.iter().find(|copy| copy.needed && copy.path.is_empty() && !copy.glob)
    else {
        return;
    };
    let tree = &facts.project.tree;
    let mut lines: Vec<String> =
        [".git", ".env", ".env.*", "!.env.example", "*.log"].map(str::to_owned).into();
    for (sign, more) in [
        ("package.json", &["**/node_modules"][..]),
        ("next.config.js", &[".next"]),
        ("next.config.mjs", &[".next"]),
        ("next.config.ts", &[".next"]),
        ("requirements.txt", &["**/__pycache__", ".venv", "venv"]),
        ("pyproject.toml", &["**/__pycache__", ".venv", "venv"]),
        ("Cargo.toml", &["target"]),
    ] {
        if tree.get(sign).is_some() {
            lines.extend(
                more.iter()
                    .filter(|line| !lines.contains(&(**line).to_owned()))
                    .map(|line| (*line).to_owned())
                    .collect::<Vec<_>>(),
            );
        }
    }
    if asked_for::history(facts) {
        lines.retain(|line| line != ".git");
    }
    let lines = ignore_lines::without_named(&asked_for::Asked::of(facts), &lines);
    sink.report(
        facts.at(copy.span),
        "the whole project is copied, and no `.dockerignore` says what stays out",
        "history, caches and local settings get into the image the day they appear in the folder",
    )
    .help("write a `.dockerignore`")
    .maybe_fix(
        (!lines.is_empty())
            .then(|| ignore_lines::add(facts, &lines, "write a `.dockerignore`".into())),
    );
}
