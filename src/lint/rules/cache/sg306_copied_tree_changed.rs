//! The owner or mode of copied files is changed in another layer.

use super::NOTABLE;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, Run, join},
        rule::{Family, Rule, Sink},
    },
    project::{dockerfile::Kind, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG306",
    name: "copied-tree-changed",
    family: Family::Cache,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG306.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if !facts.calls(&["chmod", "chown"]) {
        return;
    }
    for (index, run, held) in facts.final_commands() {
        if !matches!(held.program(), Some("chown" | "chmod")) {
            continue;
        }
        let Some((name, args)) = held.call() else { continue };
        let recursive = args.iter().any(|arg| {
            *arg == "--recursive"
                || arg.starts_with('-') && !arg.starts_with("--") && arg.contains('R')
        });
        let words: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
        let [what, paths @ ..] = words.as_slice() else { continue };
        if !recursive || held.command.place.conditional {
            continue;
        }
        let dir = facts.stages.scope_at(index).workdir.clone().unwrap_or_default();
        for path in paths.iter().filter(|path| **path != "?") {
            let path = join(&dir, path);
            let Some(copy) = copied(facts, index, &path) else { continue };
            let flag = format!("--{name}={what}");
            let late = name == "chown" && is_made_between(facts, copy, index, what);
            let help = if late {
                format!("create the user above the COPY, and write `COPY {flag} …` instead")
            } else {
                format!("write `COPY {flag} …` instead")
            };
            let size = size(facts, copy)
                .map_or_else(String::new, |size| format!(", {} MB,", size / 1_000_000));
            sink.report(
                facts.at(held.span),
                format!("this `{name}` stores everything below `{path}` a second time"),
                format!("a layer holds whole files: each one{size} is in the image twice, once as it was copied and once as it is changed"),
            )
            .help(help)
            .related(facts.at(facts.instruction(copy).span), "copied here")
            .maybe_fix(if late { None } else { fix(facts, index, run, copy, name, what) });
            break;
        }
    }
}

/// Whether the owner is created behind the COPY, which does not know that name yet.
fn is_made_between(facts: &Facts<'_>, copy: usize, index: usize, owner: &str) -> bool {
    facts.final_commands().filter(|(at, ..)| (copy..=index).contains(at)).any(|(_, _, held)| {
        matches!(held.program(), Some("useradd" | "adduser" | "groupadd" | "addgroup"))
            && held.command.args().any(|arg| owner.split(':').any(|name| name == arg))
    })
}

/// The COPY or ADD above that fills `path`, where it is large enough or nobody knows.
fn copied(facts: &Facts<'_>, index: usize, path: &str) -> Option<usize> {
    facts
        .final_instructions()
        .take_while(|at| *at < index)
        .filter(|at| {
            let instruction = facts.instruction(*at);
            let (Kind::Copy(transfer) | Kind::Add(transfer)) = &instruction.kind else {
                return false;
            };
            let scope = facts.stages.scope_at(*at);
            let Some(dest) =
                scope.expand(&transfer.dest, facts.file.escape).known().map(str::to_owned)
            else {
                return false;
            };
            let dest = join(&scope.workdir.clone().unwrap_or_default(), &dest);
            let inside =
                dest == path || dest.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
            inside && size(facts, *at).is_none_or(|size| size >= NOTABLE) && is_tree(facts, *at)
        })
        .last()
}

/// Whether more than single small files are copied: directories, or files of another stage.
fn is_tree(facts: &Facts<'_>, index: usize) -> bool {
    facts.instruction(index).flag("from").is_none()
        || matches!(&facts.instruction(index).kind, Kind::Copy(transfer) if transfer
            .sources
            .iter()
            // A name with an extension, or a program, is a file.
            .all(|source| !source.raw.contains("bin/") && !source.raw.rsplit('/').next().unwrap_or("").contains(['.', '-'])))
}

/// How many bytes of the context it takes; `None` where it takes them from an image or stage.
fn size(facts: &Facts<'_>, index: usize) -> Option<u64> {
    if facts.instruction(index).flag("from").is_some() {
        return None;
    }
    let own = facts.copies.iter().filter(|copy| copy.instruction == index);
    Some(own.map(|copy| facts.bytes_taken(copy)).sum())
}

/// Says it in the COPY, where the RUN does nothing else. The folder itself may get another owner.
fn fix(
    facts: &Facts<'_>,
    index: usize,
    run: &Run,
    copy: usize,
    name: &str,
    what: &str,
) -> Option<Fix> {
    let source = &facts.file.source;
    let (own, above) = (facts.instruction(index), facts.instruction(copy));
    let octal = what.len() <= 4 && what.bytes().all(|byte| byte.is_ascii_digit());
    let simple = run.commands.len() == 1
        && own.flags.is_empty()
        && own.heredocs.is_empty()
        && above.flag(name).is_none()
        && (name == "chown" || octal)
        && !what.contains('?');
    if !simple {
        return None;
    }
    let lines = facts.lines(index);
    let file = source.path().clone();
    Some(Fix {
        title: format!("write `COPY --{name}={what}`"),
        safety: Safety::Unsafe,
        edits: vec![
            Edit::Replace {
                file: file.clone(),
                span: Span::at(above.keyword.end as usize),
                text: format!(" --{name}={what}"),
            },
            Edit::Replace { file, span: lines, text: String::new() },
        ],
    })
}
