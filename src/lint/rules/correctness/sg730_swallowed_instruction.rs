//! An instruction that a line end behind `\` makes a part of the command above, and a RUN that ends too early.

use std::collections::BTreeMap;

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind, Text, looks_like_instruction},
        script::ShellCommand,
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG730",
    name: "swallowed-instruction",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG730.md"),
    check,
};

/// Commands whose arguments may be any text.
const OF_TEXT: &[&str] = &[
    ":", "[", "[[", "awk", "echo", "export", "grep", "mysql", "printf", "psql", "sed", "sqlite3",
    "test", "time", "xargs",
];

/// What joins a command to the next one. The longer ones first.
const JOINTS: &[&str] = &["&&", "||", "|&", "|"];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (index, instruction) in facts.file.instructions.iter().enumerate() {
        let (Kind::Run(Command::Shell { script, .. })
        | Kind::Cmd(Command::Shell { script, .. })
        | Kind::Entrypoint(Command::Shell { script, .. })) = &instruction.kind
        else {
            continue;
        };
        if matches!(instruction.kind, Kind::Run(_)) && instruction.heredocs.is_empty() {
            ends_open(facts, index, script, sink);
        }
        let args = &instruction.args;
        let mut arguments = None;
        for number in 1..args.map.len() {
            let place =
                |number: usize| args.map.get(number).map(|(at, file)| (*at as usize, *file));
            let (Some((_, above)), Some((at, start))) = (place(number - 1), place(number)) else {
                continue;
            };
            let end = place(number + 1).map_or(args.text.len(), |(end, _)| end);
            let line = &args.text[at..end];
            if !may_be_instruction(line) {
                continue;
            }
            let written = line.trim();
            if !looks_like_instruction(written) {
                continue;
            }
            let start = start as usize + args.text[at..end].find(written).unwrap_or(0);
            let span = Span::new(start, start + written.len());
            let arguments = arguments.get_or_insert_with(|| begin(facts, index, script));
            if let Some(ends) = arguments.get(&span.start) {
                report(facts, index, (above as usize, *ends), span, written, sink);
            }
        }
    }
}

/// Whether a line begins with a capital, or with what nobody looks at here: most lines end here.
fn may_be_instruction(line: &str) -> bool {
    let first = line.bytes().find(|byte| !matches!(byte, b'\t'..=b'\r' | b' '));
    first.is_some_and(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
}

/// Where in the file the arguments begin of commands that take names and options, and whether a
/// line may end the instruction there.
fn begin(facts: &Facts<'_>, index: usize, script: &Text) -> BTreeMap<u32, bool> {
    let of_run = facts.runs.get(&index).into_iter().flat_map(|run| &run.commands);
    let of_start = facts.written.get(&index).into_iter().flat_map(|script| &script.commands);
    let commands = of_run
        .map(|held| (&held.command, held.program()))
        .chain(of_start.map(|command| (command, command.base_name())));
    let has_documents = !facts.instruction(index).heredocs.is_empty();
    commands
        // What stands in quotes for another shell is a text here, and a bracket that is closed
        // behind it says that the line was meant to go on.
        .filter(|(command, _)| !command.place.other_shell && !command.place.subshell)
        .filter(|(_, name)| name.is_none_or(|name| !OF_TEXT.contains(&name)))
        .flat_map(|(command, _)| {
            let ends = !has_documents && !is_open(command);
            command.words.iter().skip(1).map(move |word| (word, ends))
        })
        .map(|(word, ends)| (script.span(word.range.clone()).start, ends))
        .collect()
}

/// A RUN whose last word joins it to a command that is not there.
fn ends_open(facts: &Facts<'_>, index: usize, script: &Text, sink: &mut Sink<'_>) {
    if !facts.runs.get(&index).is_some_and(|run| run.script.has_errors) {
        return;
    }
    let source = &facts.file.source;
    let escape = facts.file.escape;
    let text = script.text.trim_end_matches(|c: char| c.is_whitespace() || c == escape);
    let Some((joint, head)) =
        JOINTS.iter().find_map(|joint| Some((joint, text.strip_suffix(joint)?)))
    else {
        return;
    };
    // The end of a comment, or a word.
    if head.ends_with('\\') || text.rsplit('\n').next().is_some_and(|line| line.contains('#')) {
        return;
    }
    let span = script.span(head.len()..text.len());
    let number = source.line_of(span.start as usize);
    let line = source.line_span(number);
    let next = facts.file.instructions.get(index + 1).filter(|next| {
        matches!(next.kind, Kind::Invalid) && source.line_of(next.span.start as usize) == number + 1
    });
    let before = source.slice(Span::new(line.start as usize, span.start as usize));
    let behind = source.slice(Span::new(span.end as usize, line.end as usize));
    let (title, cut, text) = if next.is_some() {
        let title = format!("end line {number} with `{escape}`");
        (title, Span::at(span.end as usize), format!(" {escape}"))
    } else {
        let start = line.start as usize + before.trim_end().len();
        (format!("remove `{joint}`"), Span::new(start, span.end as usize), String::new())
    };
    // Alone on its line, it would leave an empty one.
    let simple = behind.trim().is_empty() && !before.trim().is_empty();
    sink.report(
        facts.at(span),
        format!("nothing stands behind this `{joint}`"),
        "the shell stops with a syntax error, and the build with it",
    )
    .severity(Severity::Error)
    .help(if next.is_some() {
        format!("end line {number} with `{escape}`, so that the next one belongs to the RUN")
    } else {
        "take it away, or write the command that has to follow".to_owned()
    })
    .maybe_fix(simple.then(|| Fix {
        title,
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace { file: source.path().clone(), span: cut, text }],
    }));
}

/// Whether a command may stand in something that is closed behind it: `{ … }`, `if … fi`.
fn is_open(command: &ShellCommand) -> bool {
    let place = &command.place;
    place.grouped
        || place.condition
        || place.conditional
        || place.in_loop
        || place.case
        || place.function.is_some()
}

fn report(
    facts: &Facts<'_>,
    index: usize,
    (above, ends): (usize, bool),
    span: Span,
    written: &str,
    sink: &mut Sink<'_>,
) {
    let source = &facts.file.source;
    let keyword = written.split_whitespace().next().unwrap_or_default();
    let holder = source.slice(facts.instruction(index).keyword).to_ascii_uppercase();
    let number = source.line_of(above);
    let line = source.line_span(number);
    let text = source.slice(line).trim_end_matches(['\r', '\n']);
    let kept = text.trim_end().strip_suffix(facts.file.escape).map(str::trim_end);
    // An empty line would not end the instruction.
    let cut = kept.filter(|kept| ends && !kept.trim_start().is_empty()).map(|kept| {
        let start = line.start as usize;
        Span::new(start + kept.len(), start + text.len())
    });
    sink.report(
        facts.at(span),
        format!("this {keyword} belongs to the {holder} above"),
        format!(
            "line {number} ends with `{}`, so the builder takes this for arguments of its command, and no {keyword} is carried out",
            facts.file.escape
        ),
    )
    .help(format!("take the `{}` at the end of line {number} away", facts.file.escape))
    .maybe_fix(cut.map(|span| Fix {
        title: format!("end the {holder} on line {number}"),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: source.path().clone(),
            span,
            text: String::new(),
        }],
    }));
}
