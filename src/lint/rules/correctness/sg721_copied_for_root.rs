//! Files are copied for root, and another user has to write to them.

use super::writes::{self, Write, Writes, user};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, join},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Base, Instruction, Kind, Transfer},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG721",
    name: "copied-for-root",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG721.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(last) = facts.stages.last() else { return };
    for stage in facts.stages.lineage(last.index) {
        let body = facts.stages.stages[stage].body.clone();
        let any = |index: usize| user(facts, index).is_some();
        if !any(body.start)
            && !body.clone().any(|i| matches!(facts.instruction(i).kind, Kind::User(_)))
        {
            continue;
        }
        let mut writes = Writes::new();
        if stage == last.index {
            writes::by_start(facts, &mut writes);
        }
        for index in body.rev() {
            let instruction = facts.instruction(index);
            match &instruction.kind {
                Kind::Run(_) => {
                    let Some(run) = facts.runs.get(&index) else { break };
                    // What was copied above may get another owner here.
                    if run.commands.iter().any(|held| {
                        matches!(held.call(), Some(("chown" | "chmod" | "setfacl" | "chgrp", _)))
                    }) {
                        break;
                    }
                    writes::by_run(facts, index, run, &mut writes);
                }
                Kind::Copy(transfer) | Kind::Add(transfer) if !writes.is_empty() => {
                    one(facts, sink, index, instruction, transfer, &writes);
                }
                _ => (),
            }
        }
    }
}

fn one(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    index: usize,
    instruction: &Instruction,
    transfer: &Transfer,
    writes: &Writes,
) {
    let Some(user) = user(facts, index) else { return };
    let mode = instruction.flag("chmod").map(|flag| flag.value.as_ref().map(|word| &*word.raw));
    if instruction.flag("chown").is_some() || mode.is_some_and(|mode| mode.is_none_or(opens)) {
        return;
    }
    let scope = facts.stages.scope_at(index);
    let (dest, workdir) = (scope.expand(&transfer.dest, facts.file.escape), &scope.workdir);
    let (Some(dest), Some(workdir)) = (dest.known(), workdir) else { return };
    let target = join(workdir, dest);
    if workdir == "/" || !is_within(&target, workdir) {
        return;
    }
    let found = if takes_directory(facts, index, instruction, transfer) {
        below(writes, user, &target)
    } else {
        let into = dest.ends_with('/') || target == *workdir || transfer.sources.len() > 1;
        transfer.sources.iter().find_map(|source| {
            let file = source.raw.rsplit('/').next()?;
            let path = if into { join(&target, file) } else { target.clone() };
            writes.get(&(user.to_owned(), path)).filter(|write| write.exact)
        })
    };
    let Some(write) = found else { return };
    let written = written(facts, index);
    let flag = format!("--chown={written}");
    let file = facts.file.source.path().clone();
    sink.report(
        facts.at(instruction.keyword),
        format!("what is copied to `{target}` belongs to root, not to `{user}`"),
        format!(
            "`{}` writes there as `{user}`, and whoever works in the sandbox as that user cannot change these files",
            write.what
        ),
    )
    .help(format!("add `{flag}`"))
    .related(write.location.clone(), format!("written as `{user}`"))
    .fix(Fix {
        title: format!("add `{flag}`"),
        safety: Safety::Safe,
        edits: vec![Edit::Replace {
            file,
            span: Span::at(instruction.keyword.range().end),
            text: format!(" {flag}"),
        }],
    });
}

/// Whether a mode lets everybody write, or cannot be read.
fn opens(mode: &str) -> bool {
    let octal = mode.bytes().all(|b| (b'0'..b'8').contains(&b));
    mode.bytes().last().is_none_or(|last| !octal || (last - b'0') & 2 != 0)
}

/// Whether a directory is copied, as far as that is known.
fn takes_directory(
    facts: &Facts<'_>,
    index: usize,
    instruction: &Instruction,
    transfer: &Transfer,
) -> bool {
    if let Some(from) = instruction.flag("from").and_then(|flag| flag.value.as_ref()) {
        let Some(stage) = facts.stages.of(index) else { return false };
        let Base::Stage(from) = facts.stages.source_of(stage.index, &from.raw) else {
            return false;
        };
        let workdir = facts.stages.scope_after(from).workdir.as_deref();
        return transfer
            .sources
            .iter()
            .any(|source| source.raw.ends_with('/') || workdir == Some(source.raw.as_str()));
    }
    let first = facts.copies.partition_point(|copy| copy.instruction < index);
    let copies = facts.copies[first..].iter().take_while(|copy| copy.instruction == index);
    copies.into_iter().any(|copy| copy.is_directory(facts.project))
}

/// Something that `user` writes below the directory.
fn below<'a>(writes: &'a Writes, user: &str, dir: &str) -> Option<&'a Write> {
    let key = |path: String| (user.to_owned(), path);
    if let Some(write) = writes.get(&key(dir.to_owned())).filter(|write| !write.exact) {
        return Some(write);
    }
    let start = format!("{dir}/");
    let ((found, path), write) = writes.range(key(start.clone())..).next()?;
    (found == user && path.starts_with(&start)).then_some(write)
}

fn is_within(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The user as the USER in effect names it.
fn written(facts: &Facts<'_>, index: usize) -> String {
    let user = facts.stages.scope_at(index).user.clone().unwrap_or_default();
    let word = facts.stages.of(index).and_then(|stage| {
        let above = facts.file.instructions[stage.from..index].iter().rev();
        above.into_iter().find_map(|instruction| match &instruction.kind {
            Kind::User(word) => Some(&word.raw),
            _ => None,
        })
    });
    word.filter(|word| !word.contains(['"', '\'', ' '])).cloned().unwrap_or(user)
}
