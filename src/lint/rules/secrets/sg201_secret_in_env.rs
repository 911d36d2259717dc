//! A credential as the value of ENV, ARG or LABEL.

use super::leaked;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, LeakPlace},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG201",
    name: "secret-in-env",
    family: Family::Secrets,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG201.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for leak in leaked::at(facts, &[LeakPlace::Env, LeakPlace::Arg, LeakPlace::Label]) {
        let (keyword, why) = match leak.place {
            LeakPlace::Label => {
                ("LABEL", "labels are metadata that everybody who gets the image can read")
            }
            LeakPlace::Arg => (
                "ARG",
                "the default of a build argument stays in the Dockerfile and in the history of the build",
            ),
            _ if leak.instruction.is_some_and(|index| leaked::stays(facts, index)) => (
                "ENV",
                "it is in the configuration of the image, and every process of the sandbox gets it",
            ),
            _ => ("ENV", "it stays in the Dockerfile and in the cache of the builder"),
        };
        let name = leak.name.as_deref().unwrap_or("");
        let place =
            if name.is_empty() { format!("`{keyword}`") } else { format!("`{keyword} {name}`") };
        let variable = if leaked::is_variable(name) { name } else { "TOKEN" };
        let help = if leak.place == LeakPlace::Label {
            "delete it here, and revoke it".to_owned()
        } else {
            format!(
                "delete it here, and revoke it; a build step gets it with `RUN {}`, the sandbox with `envs` when it is created",
                leaked::mount(variable)
            )
        };
        leaked::report(facts, sink, leak, &place, why, help);
    }
}
