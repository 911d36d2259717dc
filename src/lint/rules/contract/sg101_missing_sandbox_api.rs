//! The final image holds no sandbox-api.

use super::edits;
use crate::{
    lint::{
        diagnostic::{Fix, Safety, Severity},
        facts::{Facts, Root, is_api},
        rule::{Family, Rule, Sink},
    },
    project::{dockerfile::Kind, image::looked_up::Published},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG101",
    name: "missing-sandbox-api",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG101.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(severity), Some(from)) = (severity(facts), facts.final_from()) else { return };
    if let Some((copied, removed)) = removed(facts) {
        sink.report(
            facts.at(facts.instruction(removed).span),
            "this RUN removes `sandbox-api` from the image",
            "nothing answers on port 8080, so every call to the sandbox ends with a 502 and the \
             deploy may time out",
        )
        .severity(severity)
        .help("move the COPY of `sandbox-api` below it, or remove less")
        .related(facts.at(facts.instruction(copied).span), "copies it");
        return;
    }
    let copy = edits::copy_line(facts);
    let start = if facts.start.reaches_api { "" } else { ", and start it in the ENTRYPOINT" };
    let draft = sink
        .report(
            from,
            "the final image has no `sandbox-api`",
            "nothing answers on port 8080, so every call to the sandbox ends with a 502 and the \
             deploy may time out",
        )
        .severity(severity)
        .help(format!("add `{copy}` to the final stage{start}"))
        .maybe_fix(edits::line_before_start(facts, &copy).map(|edit| Fix {
            title: "copy `sandbox-api` into the final stage".to_owned(),
            safety: Safety::Unsafe,
            edits: vec![edit],
        }));
    let others = facts.images.iter().rev().skip(1);
    let lost = others.flat_map(|fs| fs.paths.iter()).find(|(path, placed)| {
        is_api(path, placed)
            && Some(placed.instruction) != facts.stages.of(placed.instruction).map(|s| s.from)
    });
    if let Some((_, placed)) = lost {
        let at = facts.at(facts.instruction(placed.instruction).span);
        draft.related(at, "it is only in this stage, which the final one is not made of");
    }
}

/// The COPY of sandbox-api and the RUN below it that takes it away again with `rm`.
fn removed(facts: &Facts<'_>) -> Option<(usize, usize)> {
    let mut steps = facts.final_instructions();
    let copied = steps.find(|index| match &facts.instruction(*index).kind {
        Kind::Copy(transfer) => {
            transfer.sources.iter().any(|source| source.raw.ends_with("/sandbox-api"))
        }
        _ => false,
    })?;
    let Kind::Copy(transfer) = &facts.instruction(copied).kind else { return None };
    let dest = transfer.dest.raw.as_str();
    let removes = |arg: &str| {
        arg == dest
            || arg.strip_suffix('*').is_some_and(|dir| dir.ends_with('/') && dest.starts_with(dir))
    };
    let removed = steps.find(|index| {
        facts.runs.get(index).is_some_and(|run| {
            run.commands.iter().any(|held| {
                held.command.base_name() == Some("rm")
                    && held.command.words.iter().any(|word| removes(&word.raw))
            })
        })
    })?;
    Some((copied, removed))
}

/// Whether it surely holds none: rules about how sandbox-api is started come after that.
pub(super) fn is_missing(facts: &Facts<'_>) -> bool {
    severity(facts) == Some(Severity::Error)
}

/// How bad it is that the final image holds no sandbox-api; `None` where it does, or may well.
fn severity(facts: &Facts<'_>) -> Option<Severity> {
    if edits::is_cut_off(facts) {
        return None;
    }
    let fs = facts.images.last()?;
    if !fs.api_paths().is_empty() || facts.start.by_base || edits::is_windows(facts) {
        return None;
    }
    // a COPY that would bring it takes nothing: a rule of its own
    if fs.absent.iter().any(|absent| {
        [absent.source.as_str(), absent.target.as_str()]
            .iter()
            .any(|p| p.ends_with("/sandbox-api") || *p == "sandbox-api")
    }) {
        return None;
    }
    // whoever starts it on an image that cannot be looked into knows that it is there
    if fs.may_hold_api() && facts.start.reaches_api {
        return None;
    }
    // its registry says that the base holds it, if not where
    if facts.final_base().is_some_and(|base| facts.told(base).is_some_and(Published::names_api)) {
        return None;
    }
    Some(match &fs.root {
        Root::Other(image) if image.contains('$') => return None,
        Root::Other(_) => Severity::Info,
        _ if fs.may_hold_api() => {
            if facts.file.source.text().contains("sandbox-api") {
                return None;
            }
            Severity::Warning
        }
        _ => Severity::Error,
    })
}
