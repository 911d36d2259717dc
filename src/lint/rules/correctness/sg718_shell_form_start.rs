//! A CMD or ENTRYPOINT in shell form.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind},
        script::Script,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG718",
    name: "shell-form-start",
    family: Family::Correctness,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG718.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(last) = facts.stages.last() else { return };
    let scope = facts.stages.scope_after(last.index);
    // Who sets SHELL has chosen a shell.
    if scope.shell.is_some() {
        return;
    }
    for index in [scope.entrypoint, scope.cmd].into_iter().flatten() {
        let instruction = facts.instruction(index);
        let (name, command) = match &instruction.kind {
            Kind::Entrypoint(command) => ("ENTRYPOINT", command),
            Kind::Cmd(command) => ("CMD", command),
            _ => continue,
        };
        if !matches!(command, Command::Shell { broken_json: false, .. }) {
            continue;
        }
        // `exec` and what needs a shell are written this way on purpose.
        let Some(words) = facts.written.get(&index).and_then(plain_words) else { continue };
        let list = serde_json::to_string(&words).unwrap_or_default().replace("\",\"", "\", \"");
        let args = &instruction.args;
        // How long text is broken into lines is its author's.
        let one_line = !facts.file.source.slice(args.span(0..args.text.len())).contains('\n');
        sink.report(
            facts.at(instruction.span),
            format!("the `{name}` is run by a shell"),
            "where the shell stays the first process of the sandbox, it passes no signals on, so a stop waits until it is killed",
        )
        .help(format!("write `{name} {list}`"))
        .maybe_fix(one_line.then(|| Fix {
            title: "write the JSON form".into(),
            safety: Safety::Unsafe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: args.span(0..args.text.len()),
                text: list,
            }],
        }));
    }
}

/// The words of a command that needs no shell.
fn plain_words(script: &Script) -> Option<Vec<String>> {
    let [command] = script.commands.as_slice() else { return None };
    let plain = !command.background
        && !command.negated
        && command.assignments.is_empty()
        && command.redirects.is_empty()
        && !command.place.subshell
        && !command.place.in_loop
        && !command.place.conditional
        && !matches!(
            command.name(),
            Some("exec" | "cd" | "." | "source" | "eval" | "export") | None
        );
    let words: Option<Vec<String>> =
        command.words.iter().map(|word| Some(word.literal.as_deref()?.to_owned())).collect();
    words.filter(|_| plain && !script.has_errors)
}
