//! The kernel cannot run the entry script.

use super::{super::brought, edits};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety, Severity},
        facts::{Facts, ScriptUse},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Command, Kind},
        source::{Source, Span},
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG106",
    name: "unrunnable-script",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG106.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    shell_of_the_start(facts, sink);
    for script in &facts.start.scripts {
        interpreter(facts, script, sink);
        // a RUN that edits it may well repair it
        let Some(source) = script.file.as_ref().and_then(|file| facts.project.files.get(file))
        else {
            continue;
        };
        if !script.placed.edited {
            one(script, source, sink);
        }
    }
}

/// `ENTRYPOINT ["bash", …]` on an image without bash.
fn shell_of_the_start(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(index) = facts.start.instruction else { return };
    let instruction = facts.instruction(index);
    let (Kind::Entrypoint(Command::Exec(words)) | Kind::Cmd(Command::Exec(words))) =
        &instruction.kind
    else {
        return;
    };
    let Some(first) = words.first() else { return };
    if matches!(first.raw.as_str(), "bash" | "/bin/bash" | "/usr/bin/bash") && lacks(facts, "bash")
    {
        missing(facts, facts.at(first.span), &format!("`{}` is started", first.raw), "bash", sink);
    }
}

/// A `#!` line that names a program that the image does not have.
fn interpreter(facts: &Facts<'_>, script: &ScriptUse, sink: &mut Sink<'_>) {
    let Some(text) = script.text.as_deref().filter(|_| script.direct && !script.nested) else {
        return;
    };
    let line = text.lines().next().unwrap_or("");
    let Some(words) = line.strip_prefix("#!") else { return };
    let mut words = words.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let name = match words.next() {
        Some("env") => words.find(|word| !word.starts_with('-')),
        name => name,
    };
    let Some(name) = name.filter(|name| lacks(facts, name)) else { return };
    let source = script.file.as_ref().and_then(|file| facts.project.files.get(file));
    let at = match source {
        Some(source) => Location::new(source.path(), source.line_span(1)),
        None => facts.at(facts.instruction(script.placed.instruction).span),
    };
    missing(facts, at, &format!("`{}` asks for `{name}`", script.path), name, sink);
}

fn missing(facts: &Facts<'_>, at: Location, what: &str, name: &str, sink: &mut Sink<'_>) {
    let (Some((image, known)), Some(stage)) = (brought::known(facts), facts.stages.last()) else {
        return;
    };
    let manager = known.package_manager();
    let Some(line) = brought::install(manager, name) else { return };
    let draft = sink
        .report(
            at,
            format!("{what}, which the image does not have"),
            "the start fails with \"no such file or directory\", although the script is there",
        )
        .help(if name == "bash" {
            format!("add `{line}`, or use `sh` where nothing needs bash")
        } else {
            format!("add `{line}`")
        })
        .maybe_fix((!stage.body.is_empty()).then(|| Fix {
            title: format!("install `{}`", brought::package(manager, name)),
            safety: Safety::Unsafe,
            edits: vec![edits::line_before(facts, stage.body.start, &line)],
        }));
    if let Some(from) = facts.final_from() {
        draft.related(from, format!("`{image}` does not bring it"));
    }
}

fn one(script: &ScriptUse, source: &Source, sink: &mut Sink<'_>) {
    let text = source.text();
    let file = source.path();
    let first = Location::new(file, source.line_span(1));
    let fix = |title: &str, edits: Vec<(Span, String)>| Fix {
        title: title.to_owned(),
        safety: Safety::Safe,
        edits: edits
            .into_iter()
            .map(|(span, text)| Edit::Replace { file: file.clone(), span, text })
            .collect(),
    };
    let bom = text.starts_with('\u{feff}');
    if bom && script.direct {
        sink.report(
            first.clone(),
            format!("`{file}` starts with a byte order mark, so that its `#!` is not seen"),
            "the kernel cannot tell which program runs it and the start fails with \"exec format error\"",
        )
        .help("save the file as UTF-8 without a byte order mark")
        .fix(fix("remove the byte order mark", vec![(Span::new(0, 3), String::new())]))
        .related(script.by.clone(), "starts it");
    }
    if text.contains("\r\n") {
        let edits = memchr::memmem::find_iter(text.as_bytes(), b"\r\n")
            .map(|at| (Span::new(at, at + 1), String::new()))
            .collect();
        sink.report(
            first.clone(),
            format!("`{file}` has Windows line ends"),
            "the carriage return becomes a part of the interpreter's name and of every command, so \
             the start fails with \"no such file or directory\"",
        )
        .help("save the file with LF line ends and keep them with `*.sh text eol=lf` in `.gitattributes`")
        .fix(fix("write LF line ends", edits))
        .related(script.by.clone(), "starts it");
    }
    let bare = text.trim_start_matches('\u{feff}');
    // a shell runs a file without `#!` by itself; the kernel does not
    if script.direct && !script.nested && !bare.starts_with("#!") {
        let shell = if bare.contains("[[ ") { "#!/bin/bash\n" } else { "#!/bin/sh\n" };
        sink.report(
            first,
            format!("`{file}` has no `#!` line"),
            "exec form asks the kernel to run it, and the start fails with \"exec format error\"",
        )
        .help("start the file with `#!/bin/sh`")
        .fix(fix("add `#!`", vec![(Span::at(if bom { 3 } else { 0 }), shell.to_owned())]))
        .related(script.by.clone(), "starts it");
    }
}

fn lacks(facts: &Facts<'_>, command: &str) -> bool {
    brought::known(facts).is_some_and(|(_, known)| brought::lacks(facts, &known, command))
}
