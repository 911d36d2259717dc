//! A RUN whose effect ends with it.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind},
        script::Sh,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG728",
    name: "lost-after-run",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG728.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            let Kind::Run(Command::Shell { .. }) = &facts.instruction(index).kind else { continue };
            let Some(run) = facts.runs.get(&index).filter(|run| !run.script.has_errors) else {
                continue;
            };
            if let Some(last) = run.last.and_then(|last| run.commands.get(last))
                && let Some(service) = service(last)
            {
                sink.report(
                    facts.at(last.span),
                    format!("`{service}` runs until this RUN ends, and not in the sandbox"),
                    "an image holds files and no processes: what a RUN starts is gone when it ends",
                )
                .help("start it in the entry script, before `sandbox-api` is waited for");
            } else {
                shell_state(facts, index, run, sink);
            }
        }
    }
}

/// The service that a command starts.
fn service(held: &RunCommand) -> Option<&str> {
    let is_of_init = || held.command.name().is_some_and(|name| name.starts_with("/etc/init.d/"));
    if !matches!(held.program(), Some("service" | "rc-service" | "systemctl")) && !is_of_init() {
        return None;
    }
    let (name, args) = held.call()?;
    let (service, verb) = match (name, &args[..]) {
        ("service" | "rc-service", [service, verb, ..]) => (*service, *verb),
        ("systemctl", [verb, service, ..]) => (*service, *verb),
        (name, [verb, ..]) if is_of_init() => (name, *verb),
        _ => return None,
    };
    let known = service != "?" && !service.starts_with('-');
    (known && matches!(verb, "start" | "restart")).then_some(service)
}

/// A RUN of nothing but `cd`, `export` and their like.
fn shell_state(facts: &Facts<'_>, index: usize, run: &Run, sink: &mut Sink<'_>) {
    let mut first = None;
    for held in run.commands.iter().filter(|held| !held.command.place.substitution) {
        let command = &held.command;
        if !command.redirects.is_empty() || command.background {
            return;
        }
        let what = match command.name() {
            Some("cd" | "export" | "alias") => true,
            // The shell does not find it, which another rule tells.
            Some("source") if facts.sh(index) == Some(Sh::Dash) => return,
            Some("source" | ".") => match command.words.get(1) {
                Some(file) if is_settings(&file.raw) => true,
                _ => return,
            },
            Some("set" | "umask" | "ulimit" | "unset") => false,
            None if command.words.is_empty() => !command.assignments.is_empty(),
            _ => return,
        };
        if what && first.is_none() {
            first = Some(held);
        }
    }
    let Some(held) = first else { return };
    let name = held.command.name().unwrap_or("NAME=value");
    let (lost, help) = match name {
        "cd" => ("the directory", "set it with `WORKDIR`"),
        "alias" => {
            ("the alias", "write it into `/root/.bashrc`, or a script into `/usr/local/bin`")
        }
        "source" | "." => (
            "what the file sets",
            "write the variables as `ENV`, or read the file in the RUN that needs them",
        ),
        _ => ("the variable", "set it with `ENV`"),
    };
    sink.report(
        facts.at(held.span),
        format!("`{name}` has no effect: {lost} is forgotten when this RUN ends"),
        "every RUN starts a shell of its own, and so does the sandbox",
    )
    .help(help)
    .maybe_fix(instruction(facts, index, run));
}

/// `.env`, `~/.bashrc`, `venv/bin/activate`: files that set variables, and do nothing else.
fn is_settings(file: &str) -> bool {
    let file = file.trim_matches(['"', '\'']);
    let name = file.rsplit('/').next().unwrap_or(file);
    matches!(
        name,
        ".env"
            | "env"
            | ".bashrc"
            | "bash.bashrc"
            | ".zshrc"
            | ".profile"
            | ".bash_profile"
            | "profile"
            | "activate"
            | "nvm.sh"
    )
}

/// The instruction that lasts, for a single command with a plain argument.
fn instruction(facts: &Facts<'_>, index: usize, run: &Run) -> Option<Fix> {
    let [held] = run.commands.as_slice() else { return None };
    let [name, argument] = held.command.words.as_slice() else { return None };
    let plain = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:=@,+".contains(&byte))
    };
    let held = facts.instruction(index);
    if !plain(&argument.raw) || !held.flags.is_empty() || !held.heredocs.is_empty() {
        return None;
    }
    let keyword = match name.raw.as_str() {
        "cd" if !argument.raw.starts_with('-') => "WORKDIR",
        "export" if argument.raw.contains('=') => "ENV",
        _ => return None,
    };
    Some(Fix {
        title: format!("write `{keyword} {}`", argument.raw),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span: held.span,
            text: format!("{keyword} {}", argument.raw),
        }],
    })
}
