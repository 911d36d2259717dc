//! What npm or Yarn has downloaded stays in the layer.

use super::{super::cache::is_modern, run_edits};
use crate::{
    lint::{
        diagnostic::{Fix, Severity},
        facts::{Facts, Install, Manager, Run},
        rule::{Family, Rule, Sink},
    },
    project::{path::ContextPath, script::Connector},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG420",
    name: "node-cache-kept",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG420.md"),
    check,
};

/// What empties the cache, moves it, or says where it is.
const HANDLED: &[&str] = &["cache", "/.npm", "~/.npm", "/tmp", "--prefer-offline", "--offline"];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for index in facts.final_instructions() {
        let from = facts.installs.partition_point(|install| install.instruction < index);
        let Some((install, clean)) = facts.installs[from..]
            .iter()
            .take_while(|install| install.instruction == index)
            .find_map(|install| Some((install, clean(facts, install)?)))
        else {
            continue;
        };
        let Some(run) = facts.runs.get(&index) else { continue };
        let text = &run.text.text;
        let is_mounted = facts.instruction(index).flags_named("mount").any(|flag| {
            let value = flag.value.as_ref().map_or("", |value| value.raw.as_str());
            value.contains("type=cache") || value.contains("type=tmpfs")
        });
        let scope = facts.stages.scope_at(index);
        let is_moved = scope.env.keys().any(|name| name.to_ascii_lowercase().contains("cache"));
        if is_mounted || is_moved || HANDLED.iter().any(|word| text.contains(word)) {
            continue;
        }
        let program = clean.split(' ').next().unwrap_or_default();
        sink.report(
            facts.at(install.span),
            format!("what {program} downloads is kept in this layer"),
            "the cache holds every package a second time, and no sandbox installs them again",
        )
        .help(format!(
            "end the same RUN with `{clean}`, or mount a cache: `RUN --mount=type=cache,target=…`"
        ))
        .maybe_fix(fix(facts, install, run, clean));
    }
}

/// The command that empties the cache. A later Yarn may run from it.
fn clean(facts: &Facts<'_>, install: &Install) -> Option<&'static str> {
    match install.manager {
        Manager::Npm => Some("npm cache clean --force"),
        Manager::Yarn if !is_modern(facts, &ContextPath::new("")) => Some("yarn cache clean"),
        _ => None,
    }
}

/// Empties it at the end of the RUN, where that is only reached behind the installation.
fn fix(facts: &Facts<'_>, install: &Install, run: &Run, clean: &str) -> Option<Fix> {
    let at = run.commands.iter().position(|held| held.span == install.span)?;
    let is_certain = run_edits::is_unconditional(&run.commands[at].command)
        && run.commands[at..].iter().skip(1).all(|held| held.command.connector == Connector::And);
    is_certain.then(|| run_edits::append(facts, install.instruction, run, clean)).flatten()
}
