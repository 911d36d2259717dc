//! ADD where COPY does the same.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        context::EntryKind,
        dockerfile::{Kind, Word},
        path::ContextPath,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG802",
    name: "add-for-local-files",
    family: Family::Security,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG802.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        let Kind::Add(transfer) = &instruction.kind else { continue };
        let scope = facts.stages.scope_at(index);
        let plain = |source: &Word| {
            let expanded = scope.expand(source, facts.file.escape);
            expanded.known().is_some_and(|text| !is_special(facts, text))
        };
        let flags = ["unpack", "checksum", "keep-git-dir"]
            .iter()
            .any(|name| instruction.flag(name).is_some());
        if flags || transfer.sources.is_empty() || !transfer.sources.iter().all(plain) {
            continue;
        }
        let file = facts.file.source.path().clone();
        let keyword = facts.file.source.slice(instruction.keyword);
        let copy = if keyword == "add" { "copy" } else { "COPY" };
        sink.report(
            facts.at(instruction.keyword),
            "`ADD` copies plain files here",
            "`ADD` unpacks archives and fetches URLs, so another name in the same place may do something else than copy",
        )
        .help("write `COPY`")
        .fix(Fix {
            title: "write `COPY`".into(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace { file, span: instruction.keyword, text: copy.into() }],
        });
    }
}

/// Whether ADD does more than COPY with it: archives, URLs, repositories, and patterns or
/// directories nobody can see through.
fn is_special(facts: &Facts<'_>, text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let archive = [".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".tzst"];
    let remote = lower.contains("://") || lower.starts_with("git@") || lower.ends_with(".git");
    if remote || archive.iter().any(|end| lower.ends_with(end)) {
        return true;
    }
    let path = ContextPath::clean(text);
    if text.contains(['*', '?', '[']) {
        let found = facts.project.tree.glob(&path);
        return found.sent.is_empty()
            || found.sent.iter().any(|entry| archive.iter().any(|end| entry.path.ends_with(end)));
    }
    // An archive is known by its content, whatever it is called.
    match facts.project.tree.get(&path).map(|entry| &entry.kind) {
        Some(EntryKind::Dir) => false,
        Some(EntryKind::File { .. }) => !path.name().contains('.'),
        _ => !path.is_empty(),
    }
}
