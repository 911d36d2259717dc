//! A name that the platform refuses.

use super::issues;
use crate::{
    lint::{
        diagnostic::{Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::manifest::{MAX_NAME, is_interpolated, is_name, slug},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG604",
    name: "invalid-name",
    family: Family::Manifest,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG604.md"),
    check,
};

const WHY: &str = "a sandbox name is lower-case letters, digits and inner hyphens, at most 49 \
                   characters; clients that rewrite it deploy a sandbox of another name";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(manifest) = &facts.project.manifest else { return };
    let Some(name) = &manifest.name else { return };
    if is_name(&name.value) || is_interpolated(&name.value) {
        return;
    }
    let what = if name.value.is_empty() {
        "the sandbox name is empty".to_owned()
    } else if name.value.chars().count() > MAX_NAME {
        format!("the sandbox name has {} characters", name.value.chars().count())
    } else {
        format!("`{}` is no sandbox name", name.value)
    };
    let slug = slug(&name.value);
    let draft = sink.report(issues::at(manifest, name.span), what, WHY);
    if slug.is_empty() {
        draft.help("give it a name such as `my-agent`");
    } else {
        let title = format!("rename it to `{slug}`");
        draft.help(format!("use `{slug}`")).fix(issues::replace(
            manifest,
            title,
            Safety::Safe,
            name.span,
            format!("\"{slug}\""),
        ));
    }
}
