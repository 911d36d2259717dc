//! An entry of the context that cannot be sent: a FIFO, a broken link, a link that leads out.

use super::sg506_useless_content_sent;
use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        context::{Entry, EntryKind, Unusable},
        dockerfile::{self, Kind},
        path::ContextPath,
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG508",
    name: "unusable-entry",
    family: Family::Context,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG508.md"),
    check,
};

/// A folder of broken links is one fault, not hundreds.
const MOST: usize = 10;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let mut whole = 0;
    for entry in facts.project.tree.sent() {
        let EntryKind::Unusable(unusable) = &entry.kind else { continue };
        // That of a description which cannot be read is SG601's to tell.
        if facts.project.unread.is_some() && entry.path.as_str() == "blaxel.toml" {
            continue;
        }
        let copied = copied_at(facts, &entry.path);
        if copied.is_none() {
            if sg506_useless_content_sent::covers(facts, &entry.path) {
                continue;
            }
            whole += 1;
            if whole > MOST {
                continue;
            }
        }
        report(facts, sink, entry, unusable, copied);
    }
}

fn report(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    entry: &Entry,
    unusable: &Unusable,
    copied: Option<Span>,
) {
    let what = format!("`{}` {}", entry.path, at_the_end(facts, entry, unusable));
    let location = copied.map_or_else(|| Location::whole(&entry.path), |span| facts.at(span));
    let draft = if copied.is_some() {
        let why =
            "it is not sent with the context, so this instruction fails and the image is not built";
        sink.report(location, what, why).severity(Severity::Error)
    } else if matches!(unusable, Unusable::Unreadable(_)) {
        let why =
            "the whole context is read when it is packed, so a deploy by this user stops there";
        sink.report(location, what, why)
    } else {
        let why = "it is not sent with the context, so the image lacks what the project has here";
        sink.report(location, what, why)
    };
    draft.help(help(unusable));
}

/// What a link leads to in the end, through other links of the project.
fn at_the_end(facts: &Facts<'_>, entry: &Entry, unusable: &Unusable) -> Unusable {
    let (mut path, mut end) = (entry.path.clone(), unusable.clone());
    for _ in 0..MOST {
        let Unusable::LinkOutside { target } = &end else { break };
        let dir = path.parent().unwrap_or_else(|| ContextPath::new(""));
        let next = ContextPath::clean(&format!("{dir}/{target}"));
        match facts.project.tree.get(&next).map(|entry| &entry.kind) {
            Some(EntryKind::Unusable(further @ Unusable::LinkOutside { .. }))
                if !target.starts_with('/') && next != path =>
            {
                (path, end) = (next, further.clone());
            }
            _ => break,
        }
    }
    end
}

fn help(unusable: &Unusable) -> &'static str {
    match unusable {
        Unusable::Fifo | Unusable::Socket | Unusable::Device => {
            "remove it, or list it in .dockerignore: a program creates it when it starts"
        }
        Unusable::Name => "rename it, or list it in .dockerignore",
        Unusable::Unreadable(_) => "make it readable, or list it in .dockerignore",
        Unusable::BrokenLink { .. } => "create its target, or remove the link",
        Unusable::LinkOutside { .. } => "copy what it leads to into the project",
        Unusable::LinkLoop { .. } => "remove the link, or list it in .dockerignore",
    }
}

/// Where a COPY or ADD names exactly this path.
fn copied_at(facts: &Facts<'_>, path: &ContextPath) -> Option<Span> {
    facts.file.instructions.iter().enumerate().find_map(|(at, instruction)| {
        let (Kind::Copy(transfer) | Kind::Add(transfer)) = &instruction.kind else { return None };
        if instruction.flag("from").is_some() {
            return None;
        }
        let scope = facts.stages.scope_at(at);
        let source = transfer.sources.iter().find(|source| {
            let lookup = |name: &str| scope.lookup(name);
            let expansion = dockerfile::expand(source, facts.file.escape, &lookup);
            expansion.known().is_some_and(|text| ContextPath::clean(text) == *path)
        })?;
        Some(source.span)
    })
}
