//! The entry script never starts sandbox-api.

use super::edits;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety, Severity},
        facts::{End, Facts},
        rule::{Family, Rule, Sink},
    },
    project::source::{Source, Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG104",
    name: "script-never-starts-sandbox-api",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG104.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if facts.start.overridden.is_some() {
        return;
    }
    if let Some((index, number)) = facts.start.replaced {
        return replaced(facts, sink, index, number);
    }
    let End::Other { what, location, script: true } = &facts.start.end else { return };
    let source = facts.project.files.get(&location.file);
    let at = match source {
        Some(source) if location.span.is_none() => {
            Location::new(&location.file, source.line_span(1))
        }
        _ => location.clone(),
    };
    let path = edits::api_path(facts);
    let script = |source: &&Source| location.span.is_none() && source.text().starts_with("#!");
    let fix = source.filter(script).map(|source| Fix {
        title: "start `sandbox-api` in the background first".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: location.file.clone(),
            span: Span::at(source.full_line_span(1).range().end),
            text: format!("{path} &{}", source.line_end()),
        }],
    });
    let help = if matches!(what.rsplit('.').next(), Some("conf" | "ini")) {
        let text = match location.span {
            Some(span) => facts.file.source.slice(span),
            None => source.map_or("", |source| source.text()),
        };
        if text.contains("sandbox-api") && text.contains("autostart") {
            "take `autostart=false` out of the section that runs `sandbox-api`".to_owned()
        } else {
            format!("add a section `[program:sandbox-api]` with `command={path}`")
        }
    } else if let Some(help) = edits::quote_document(facts) {
        help.to_owned()
    } else {
        format!("start `{path} &` in it and end with `wait` or `exec`")
    };
    let draft = sink
        .report(
            at,
            format!("`{what}` never starts `sandbox-api`"),
            "nothing listens on port 8080: every call to the sandbox ends with a 502 and the \
             deploy may time out",
        )
        .help(help)
        .maybe_fix(fix);
    if let Some(start) = edits::start_of(facts) {
        draft.related(start, "the sandbox starts with it");
    }
}

/// Reports a here-document whose `"$@"` or `$NAME` the build takes away.
fn replaced(facts: &Facts<'_>, sink: &mut Sink<'_>, index: usize, number: usize) {
    let Some(heredoc) = facts.instruction(index).heredocs.get(number) else { return };
    let word = facts.file.source.slice(heredoc.word);
    let quoted = word.replacen(&heredoc.name, &format!("\"{}\"", heredoc.name), 1);
    sink.report(
        facts.at(heredoc.word),
        "the build replaces the variables in this script, which then never starts `sandbox-api`",
        "Docker expands an unquoted here-document of COPY: `\"$@\"` and variables of the script are \
         empty in the image",
    )
    .help(format!("quote the word, so that the text stays as it is: `{quoted}`"))
    .fix(Fix {
        title: format!("write `{quoted}`"),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace {
            file: facts.file.source.path().clone(),
            span: heredoc.word,
            text: quoted,
        }],
    });
}
