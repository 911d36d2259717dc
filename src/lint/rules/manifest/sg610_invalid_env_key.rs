//! Names of variables that a shell cannot hold.

use super::issues;
use crate::lint::{
    diagnostic::Severity,
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG610",
    name: "invalid-env-key",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG610.md"),
    check,
};

const WHY: &str = "a shell reads letters, digits and underscores only: `sh` drops any other \
                   variable before it starts a program, so the entrypoint's processes never see it";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    for variable in &manifest.env {
        let key = variable.key.value.as_str();
        if is_posix(key) {
            continue;
        }
        let what = if key.is_empty() {
            "a variable without a name".to_owned()
        } else {
            format!("`{key}` is no name of an environment variable")
        };
        let draft = sink.report(issues::at(manifest, variable.key.span), what, WHY);
        let repaired: String =
            key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if is_posix(&repaired) && repaired.contains(|c: char| c.is_ascii_alphanumeric()) {
            draft.help(format!("call it `{repaired}`, also where it is read"));
        }
    }
}

fn is_posix(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
