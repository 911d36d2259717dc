//! The kernel cannot run the entry script.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety, Severity},
        facts::{Facts, ScriptUse},
        rule::{Family, Rule, Sink},
    },
    project::source::{Source, Span},
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
    for script in &facts.start.scripts {
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
