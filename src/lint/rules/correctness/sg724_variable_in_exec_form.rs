//! A variable in a list, which no shell reads.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, Root},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind, Word},
        script::base,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG724",
    name: "variable-in-exec-form",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG724.md"),
    check,
};

/// Programs that take their arguments as they are. Others may replace variables themselves, as
/// Spring and npm do.
const LITERAL: [&str; 31] = [
    "apk",
    "apt-get",
    "celery",
    "chmod",
    "cp",
    "curl",
    "daphne",
    "dotnet",
    "echo",
    "fastapi",
    "flask",
    "gunicorn",
    "hypercorn",
    "ln",
    "mkdir",
    "mv",
    "nginx",
    "node",
    "php",
    "pip",
    "pip3",
    "poetry",
    "python",
    "python3",
    "rm",
    "ruby",
    "serve",
    "streamlit",
    "uv",
    "uvicorn",
    "wget",
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            if let Kind::Run(Command::Exec(words)) = &facts.instruction(index).kind {
                judge(facts, &words.iter().collect::<Vec<_>>(), sink);
            }
        }
    }
    let Some(last) = facts.stages.last() else { return };
    let mut checks = last.body.clone().rev().filter_map(|index| {
        let Kind::Healthcheck(command) = &facts.instruction(index).kind else { return None };
        Some(command)
    });
    if let Some(Some(Command::Exec(words))) = checks.next() {
        judge(facts, &words.iter().collect::<Vec<_>>(), sink);
    }
    let scope = facts.stages.scope_after(last.index);
    let list = |index: Option<usize>| match &facts.instruction(index?).kind {
        Kind::Entrypoint(Command::Exec(words)) | Kind::Cmd(Command::Exec(words)) => Some(words),
        _ => None,
    };
    let (entrypoint, cmd) = (list(scope.entrypoint), list(scope.cmd));
    // the ENTRYPOINT of another image may give its CMD to a shell
    let own = match scope.entrypoint {
        Some(_) => entrypoint.is_some(),
        None => facts
            .images
            .last()
            .is_some_and(|fs| matches!(fs.root, Root::Official(_) | Root::Scratch | Root::Api(_))),
    };
    if own {
        let words: Vec<_> = entrypoint.into_iter().chain(cmd).flatten().collect();
        judge(facts, &words, sink);
    }
}

/// Reports the first variable of a list that is run as it stands.
fn judge(facts: &Facts<'_>, list: &[&Word], sink: &mut Sink<'_>) {
    let is_init = |word: &&&Word| {
        matches!(base(&word.raw), "tini" | "dumb-init" | "catatonit") || word.raw.starts_with('-')
    };
    let at = list.iter().take_while(is_init).count();
    let Some((program, rest)) = list.get(at..).and_then(<[_]>::split_first) else { return };
    if let Some(variable) = variable(&program.raw) {
        sink.report(
            facts.at(program.span),
            format!("`{variable}` is not replaced in a list, so `{}` is no program", program.raw),
            "a list is run without a shell, so this ends with \"no such file or directory\"",
        )
        .severity(Severity::Error)
        .help("write the path itself, or let a shell replace it: `[\"sh\", \"-c\", \"exec …\"]`");
        return;
    }
    let name = base(&program.raw);
    let is_shell = |word: &&Word| {
        matches!(base(&word.raw), "sh" | "bash" | "dash" | "ash" | "zsh" | "pwsh" | "eval")
    };
    if !LITERAL.contains(&name) || rest.iter().any(is_shell) {
        return;
    }
    let found = rest.iter().find_map(|word| Some((word, variable(&word.raw)?)));
    let Some((word, variable)) = found else { return };
    sink.report(
        facts.at(word.span),
        format!("`{variable}` is not replaced in a list"),
        format!("a list is run without a shell, so `{name}` gets `{}` as it is written", word.raw),
    )
    .help(format!("let a shell replace it: `[\"sh\", \"-c\", \"exec {name} … {}\"]`", word.raw));
}

/// The variable in a word that is nothing but names, paths, numbers and variables.
fn variable(word: &str) -> Option<&str> {
    let start = word.find('$')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@,+*{}$".contains(c);
    if !word.chars().all(plain) {
        return None;
    }
    let rest = &word[start + 1..];
    let braced = rest.strip_prefix('{');
    let name = braced.unwrap_or(rest);
    let end = name.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_');
    let end = end.unwrap_or(name.len());
    let whole = match braced {
        Some(_) => 2 + name.find('}')? + 1,
        None => 1 + end,
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    // `$camelCase` is a name of another language
    let ends = braced.is_some() || !name[end..].starts_with(|c: char| c.is_ascii_lowercase());
    (is_name && ends).then(|| &word[start..start + whole])
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn variables_of_the_environment_are_told_from_other_text() {
        for (word, want) in [
            ("$PORT", Some("$PORT")),
            ("0.0.0.0:${PORT}", Some("${PORT}")),
            ("--port=${PORT:-8000}", Some("${PORT:-8000}")),
            ("$HOME/bin/app", Some("$HOME")),
            ("8000", None),
            ("$", None),
            ("^a$", None),
            ("$NF", Some("$NF")),
            ("{print $NF}", None),
            ("$1", None),
            ("$value", None),
            ("$Value", None),
            ("${PORT", None),
            ("echo $PORT", None),
        ] {
            assert_eq!(variable(word), want, "{word}");
        }
    }
}
