//! Edits of RUN instructions, and what several rules about packages ask of them.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety},
        facts::{Facts, PackageCall, Packager, Run, RunCommand},
    },
    project::{
        dockerfile::{Command, Kind},
        script::{Connector, ShellCommand},
        source::Span,
    },
};

/// Calls that make the final image, with the RUN they belong to.
pub(super) fn final_calls<'a>(
    facts: &'a Facts<'_>,
    packager: Packager,
) -> impl Iterator<Item = (&'a PackageCall, &'a Run)> {
    let calls = || facts.packages.iter().filter(move |call| call.packager == packager);
    // Most files call one package manager.
    let mut stages = match facts.stages.last() {
        Some(last) if calls().next().is_some() => facts.stages.lineage(last.index),
        _ => Vec::new(),
    };
    stages.reverse();
    let makes = move |call: &&PackageCall| {
        let stage = facts.stages.of(call.instruction);
        stage.is_some_and(|stage| stages.binary_search(&stage.index).is_ok())
    };
    calls()
        .filter(makes)
        .filter_map(|call| Some((call, facts.runs.get(&call.instruction)?)))
        .filter(|(call, _)| matches!(facts.instruction(call.instruction).kind, Kind::Run(_)))
}

/// Whether a mount covers the directory, so that nothing of it stays in the image.
pub(in crate::lint::rules) fn is_mounted(facts: &Facts<'_>, instruction: usize, dir: &str) -> bool {
    facts.instruction(instruction).flags_named("mount").filter_map(|flag| flag.value.as_ref()).any(
        |value| {
            value.raw.split(',').any(|part| {
                let (key, path) = part.split_once('=').unwrap_or((part, ""));
                let path = path.trim_end_matches('/');
                let covers = dir
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                matches!(key, "target" | "dst" | "destination") && !path.is_empty() && covers
            })
        },
    )
}

/// The place of the words from the program to the verb.
pub(super) fn place(call: &PackageCall, run: &Run) -> Span {
    let words = &run.commands[call.command].command.words;
    run.place(&words[call.program]).to(run.place(&words[call.verb]))
}

/// A fix that writes an option behind the verb.
pub(super) fn option(
    facts: &Facts<'_>,
    call: &PackageCall,
    run: &Run,
    option: &str,
    safety: Safety,
) -> Option<Fix> {
    if !matches!(facts.instruction(call.instruction).kind, Kind::Run(Command::Shell { .. })) {
        return None;
    }
    let verb = &run.commands[call.command].command.words[call.verb];
    let span = run.place(verb);
    // A word that holds a variable or stands in a nested script may not lie where it seems to.
    (facts.file.source.slice(span) == call.what).then(|| Fix {
        title: format!("add `{option}`"),
        safety,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span: Span::at(span.end as usize),
            text: format!(" {option}"),
        }],
    })
}

/// A fix that runs another command at the end of the RUN, in the style of its lines.
pub(in crate::lint::rules) fn append(
    facts: &Facts<'_>,
    instruction: usize,
    run: &Run,
    command: &str,
) -> Option<Fix> {
    let held = facts.instruction(instruction);
    let last = &run.commands.get(run.last?)?.command;
    // Behind a comment, a list in braces or a here-document, a command has no place of its own.
    let simple = held.heredocs.is_empty()
        && matches!(held.kind, Kind::Run(Command::Shell { .. }))
        && !run.script.has_errors
        && last.range.end == run.text.text.trim_end().len()
        && !last.background
        && !matches!(last.connector, Connector::Or)
        && is_unconditional(last)
        && !last.place.subshell
        && !run.commands.iter().any(|held| ends(&held.command));
    if !simple {
        return None;
    }
    let source = &facts.file.source;
    let at = run.text.span(last.range.end - 1..last.range.end).end as usize;
    let line = source.line_of(at);
    let text = if source.line_of(held.span.start as usize) == line {
        format!(" && {command}")
    } else {
        let own = source.slice(source.line_span(line));
        let indent = &own[..own.len() - own.trim_start().len()];
        let above =
            source.slice(source.line_span(line - 1)).trim_end().trim_end_matches(facts.file.escape);
        let (end, escape) = (source.line_end(), facts.file.escape);
        if above.trim_end().ends_with("&&") {
            format!(" && {escape}{end}{indent}{command}")
        } else {
            // The first line begins with the keyword; what goes on is indented by four.
            let indent = if indent.is_empty() { "    " } else { indent };
            format!(
                " {escape}{end}{}&& {command}",
                if own.trim_start().starts_with("&&") { indent } else { shallower(indent) }
            )
        }
    };
    Some(Fix {
        title: format!("add `{command}`"),
        safety: Safety::Safe,
        edits: vec![Edit::Replace { file: source.path().clone(), span: Span::at(at), text }],
    })
}

/// Whether a command runs where the ones before it do.
pub(super) fn is_unconditional(command: &ShellCommand) -> bool {
    let place = &command.place;
    !place.conditional && !place.in_loop && !command.background && place.function.is_none()
}

/// Whether what stands behind a command may not run although the RUN succeeds: `exit 0`, `exec sh`.
fn ends(command: &ShellCommand) -> bool {
    let status = command.words.get(1).map(|word| word.literal.as_deref().unwrap_or("0"));
    match command.name() {
        Some("exec") => status.is_some(),
        Some("exit" | "return") => match status {
            // The status of what failed in front of it.
            None => command.connector != Connector::Or,
            Some(status) => status == "0",
        },
        _ => false,
    }
}

/// The command as it has to be called by whoever makes the call: behind `sudo`, where that one is.
/// `None` where nobody knows who it is.
pub(super) fn by_caller(
    facts: &Facts<'_>,
    call: &PackageCall,
    run: &Run,
    command: &str,
) -> Option<String> {
    let held = &run.commands[call.command].command;
    let is_sudo = |command: &ShellCommand| command.base_name() == Some("sudo");
    if held.words[..call.program].iter().any(|word| word.literal.as_deref() == Some("sudo")) {
        return Some(format!("sudo {command}"));
    }
    // `sudo sh -c '…'`
    let nested = held.place.subshell && run.commands.iter().any(|held| is_sudo(&held.command));
    let user = facts.stages.scope_at(call.instruction).user.as_deref();
    let is_root = user.is_none_or(|user| matches!(user.split(':').next(), Some("root" | "0")));
    (is_root && !nested).then(|| command.to_owned())
}

/// Whether a call surely ran where the end of its RUN is reached.
pub(super) fn is_certain(call: &PackageCall, run: &Run) -> bool {
    let held = &run.commands[call.command].command;
    let chained = |held: &RunCommand| {
        matches!(held.command.connector, Connector::And | Connector::Pipe)
            || held.command.place.subshell
    };
    is_unconditional(held)
        && !held.place.subshell
        && held.connector != Connector::Or
        && (held.connector == Connector::Sequence
            || run.commands[call.command + 1..].iter().all(chained))
}

/// The indentation of commands, where the line above listed one argument a line.
fn shallower(indent: &str) -> &str {
    if indent.len() >= 8 { &indent[..indent.len() / 2] } else { indent }
}
