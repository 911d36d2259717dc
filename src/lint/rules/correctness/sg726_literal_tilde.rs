//! A path that begins with `~`, where no shell reads it.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Kind, Word},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG726",
    name: "literal-tilde",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG726.md"),
    check,
};

const DIRECTORY: &str = "only a shell reads `~` as the home directory: here it is the name of a directory below the working directory";

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            let instruction = facts.instruction(index);
            match &instruction.kind {
                Kind::Copy(transfer) | Kind::Add(transfer) => {
                    path(facts, index, &transfer.dest, DIRECTORY, sink);
                }
                Kind::Workdir(word) => path(facts, index, word, DIRECTORY, sink),
                Kind::Run(_) => {
                    for value in
                        instruction.flags_named("mount").filter_map(|flag| flag.value.as_ref())
                    {
                        mount(facts, index, value, sink);
                    }
                }
                _ => (),
            }
        }
    }
}

fn is_home(path: &str) -> bool {
    path.strip_prefix('~').is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn path(facts: &Facts<'_>, index: usize, word: &Word, why: &str, sink: &mut Sink<'_>) {
    if is_home(&word.raw) {
        let tilde = Span::new(word.span.start as usize, word.span.start as usize + 1);
        report(facts, index, &word.raw, word.span, tilde, why, sink);
    }
}

/// `type=cache,target=~/.npm`.
fn mount(facts: &Facts<'_>, index: usize, value: &Word, sink: &mut Sink<'_>) {
    let mut at = 0;
    for part in value.raw.split(',') {
        if let Some((key @ ("target" | "dst" | "destination"), path)) = part.split_once('=')
            && is_home(path)
        {
            let why = if value.raw.contains("type=secret") {
                "no shell reads `~` here: the secret is mounted below the working directory, where nothing looks for it"
            } else {
                "no shell reads `~` here: the mount is at a directory of that name below the working directory, and what uses the home directory does not see it"
            };
            let start = value.span.start as usize + at + key.len() + 1;
            report(
                facts,
                index,
                path,
                Span::new(start, start + path.len()),
                Span::new(start, start + 1),
                why,
                sink,
            );
        }
        at += part.len() + 1;
    }
}

fn report(
    facts: &Facts<'_>,
    index: usize,
    path: &str,
    span: Span,
    tilde: Span,
    why: &str,
    sink: &mut Sink<'_>,
) {
    let user = facts.stages.scope_at(index).user.as_deref();
    let as_root = matches!(user, None | Some("root" | "0" | "0:0" | "root:root"));
    let source = &facts.file.source;
    // quotes and continued lines put it elsewhere
    let exact = source.slice(tilde) == "~";
    let home = if as_root { "/root" } else { "/home/…" };
    sink.report(facts.at(span), format!("`{path}` is not below the home directory"), why)
        .help(format!("write the whole path: `{home}{}`", &path[1..]))
        .maybe_fix((as_root && exact).then(|| Fix {
            title: "write `/root`".to_owned(),
            safety: Safety::Unsafe,
            edits: vec![Edit::Replace {
                file: source.path().clone(),
                span: tilde,
                text: "/root".to_owned(),
            }],
        }));
}
