//! A stage that nothing needs.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::{Base, Kind, Stage},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG704",
    name: "unused-stage",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG704.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let stages = &facts.stages;
    let unused: Vec<&Stage> =
        stages.stages.iter().filter(|stage| !stages.is_needed(stage.index)).collect();
    if unused.is_empty() {
        return;
    }
    let choices = choices(facts);
    let chosen = |stage: &&&Stage| {
        stage.name.as_deref().is_some_and(|name| {
            choices.iter().any(|(before, behind)| {
                name.strip_prefix(before.as_str())
                    .is_some_and(|rest| rest.ends_with(behind.as_str()))
            })
        })
    };
    let others = unused.iter().filter(chosen).map(|stage| stage.index).collect();
    let others = stages.made_with(facts.file, others);
    for stage in unused.into_iter().filter(|stage| !others[stage.index]) {
        // Somebody may build it by name.
        let known = stage
            .name
            .as_deref()
            .is_some_and(|name| TARGETS.iter().any(|part| name.contains(part)));
        if known {
            continue;
        }
        let name = stage.name.clone().unwrap_or_else(|| stage.index.to_string());
        sink.report(
            facts.at(facts.instruction(stage.from).span),
            format!("nothing uses stage `{name}`"),
            "the image is built from the last stage and what that needs, so nothing here gets into a sandbox",
        )
        .help("remove it, or copy from it what is missing in the last stage");
    }
}

/// What stands before and behind the variables of the words that name stages: with other values,
/// the build takes other stages.
fn choices(facts: &Facts<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        if let Kind::From { image, .. } = &instruction.kind
            && let Some(around) = around(&image.raw)
        {
            let own = facts.stages.of(index).map(|own| &own.base);
            // An image that is given as a whole is no choice among stages.
            if around != Default::default() || !matches!(own, Some(Base::Image(_))) {
                out.push(around);
            }
        }
        let froms = instruction.flags_named("from").filter_map(|flag| flag.value.as_ref());
        let mounts = instruction.flags_named("mount").filter_map(|flag| flag.value.as_ref());
        let mounts = mounts.filter_map(|value| {
            value.raw.split(',').find_map(|part| part.trim().strip_prefix("from="))
        });
        out.extend(froms.map(|value| value.raw.as_str()).chain(mounts).filter_map(around));
    }
    out
}

/// The text around the variables of a word, as names of stages are compared.
fn around(word: &str) -> Option<(String, String)> {
    let (before, _) = word.split_once('$')?;
    let (_, last) = word.rsplit_once('$')?;
    let behind = match last.rsplit_once('}') {
        Some((_, behind)) => behind,
        None => last.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
    };
    let plain = |text: &str| text.replace(['"', '\''], "").to_ascii_lowercase();
    Some((plain(before), plain(behind)))
}

/// Parts of names of stages that are built for themselves.
const TARGETS: &[&str] = &["test", "lint", "dev", "debug", "ci", "check", "docs", "bench"];
