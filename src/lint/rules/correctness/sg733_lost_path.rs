//! An ENV that takes the system's folders out of `PATH`.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::{Facts, Root},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{Expansion, Kind, Scope, Word},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG733",
    name: "lost-path",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG733.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        let Some(root) = facts.images.get(stage).map(|fs| &fs.root) else { continue };
        for index in facts.stages.stages[stage].body.clone() {
            let Kind::Env(pairs) = &facts.instruction(index).kind else { continue };
            // Of several, the last one holds.
            let Some(pair) = pairs.iter().rfind(|pair| pair.name.raw == "PATH") else { continue };
            let Some(value) = &pair.value else { continue };
            let scope = facts.stages.scope_at(index);
            let escape = facts.file.escape;
            let Some(lost) = lost(scope, value, escape).filter(|lost| is_felt(root, *lost)) else {
                continue;
            };
            let (message, help) = match lost {
                Lost::Missing => (
                    "`PATH` loses the folders that it had".to_owned(),
                    match value.raw.trim_matches(['"', '\'']) {
                        "" => "write `$PATH` for the value, or remove the line".to_owned(),
                        _ if value.raw.contains('\'') => {
                            "end the value with `:$PATH`, in double quotes".to_owned()
                        }
                        _ => "end the value with `:$PATH`".to_owned(),
                    },
                ),
                Lost::Quoted => (
                    "`$PATH` stands in single quotes, and nobody replaces it".to_owned(),
                    "write double quotes".to_owned(),
                ),
                Lost::Escaped => (
                    format!("`$PATH` stands behind `{escape}`, and nobody replaces it"),
                    format!("remove the `{escape}`"),
                ),
            };
            sink.report(
                facts.at(pair.span),
                message,
                "`ls`, `cat` and all else that lies in `/usr/bin` and `/bin` is not found by its name any more, neither by a RUN below nor in the sandbox",
            )
            .help(help)
            .maybe_fix(kept(facts, scope, value, lost));
        }
    }
}

/// How the folders are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// The value does not name `PATH`.
    Missing,
    /// It stands in single quotes.
    Quoted,
    /// It stands behind the escape character.
    Escaped,
}

/// Whether programs are looked for by their names there. In an image that nobody knows, all of them
/// may lie in one folder; who writes `$PATH` says that they do not.
fn is_felt(root: &Root, lost: Lost) -> bool {
    match root {
        Root::Official(_) | Root::Hub(_) => true,
        Root::Other(image) => lost != Lost::Missing && !image.contains("distroless"),
        Root::Scratch | Root::Api(_) => false,
    }
}

fn lost(scope: &Scope, value: &Word, escape: char) -> Option<Lost> {
    let expanded = scope.expand(value, escape);
    // An ARG, and what is not known, may hold the folders.
    let is_plain = |name: &String| scope.env.get(name).is_some_and(|value| !value.contains('$'));
    if expanded.error.is_some() || names_path(&expanded) || !expanded.used.iter().all(is_plain) {
        return None;
    }
    let text = expanded.text.as_str();
    let is_usual = |dir: &str| matches!(dir.trim_end_matches('/'), "/bin" | "/usr/bin");
    let of_windows = text.contains([';', '\\']);
    if of_windows || text.split(':').any(is_usual) {
        return None;
    }
    Some(match without_path(text).len() {
        rest if rest == text.len() => Lost::Missing,
        _ if value.raw.contains(&format!("{escape}$")) => Lost::Escaped,
        _ => Lost::Quoted,
    })
}

fn names_path(expanded: &Expansion) -> bool {
    expanded.used.iter().any(|name| name == "PATH")
}

/// A text without `$PATH` and `${PATH}`; `$PATHS` is another variable.
fn without_path(text: &str) -> String {
    let text = text.replace("${PATH}", "");
    let mut parts = text.split("$PATH");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if part.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_') {
            out.push_str("$PATH");
        }
        out.push_str(part);
    }
    out
}

/// The value with what `PATH` held.
fn kept(facts: &Facts<'_>, scope: &Scope, value: &Word, lost: Lost) -> Option<Fix> {
    let (raw, escape) = (value.raw.as_str(), facts.file.escape);
    let has_escape = raw.contains(escape);
    let (title, text) = match lost {
        Lost::Missing => {
            let (start, end) = match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) if !inner.contains('"') => (&raw[..=inner.len()], "\""),
                _ => (raw, ""),
            };
            let is_plain = |dir: &str| dir.starts_with(['/', '$']);
            let dirs = start.trim_start_matches('"');
            if has_escape || dirs.contains(['\'', '"', '%']) || !dirs.split(':').all(is_plain) {
                return None;
            }
            ("keep what `PATH` held", format!("{start}:$PATH{end}"))
        }
        Lost::Quoted => {
            // Nothing else may come to mean something.
            if has_escape || raw.contains('"') || without_path(raw).contains('$') {
                return None;
            }
            ("write double quotes", raw.replace('\'', "\""))
        }
        Lost::Escaped => {
            let bare = |name: &str| (format!("{escape}{name}"), name.to_owned());
            let text = [bare("$PATH"), bare("${PATH}")]
                .iter()
                .fold(raw.to_owned(), |text, (from, to)| text.replace(from, to));
            ("let `$PATH` be replaced", text)
        }
    };
    let source = &facts.file.source;
    let span: Span = value.span;
    let new = Word { span, raw: text };
    let expanded = scope.expand(&new, escape);
    let holds = expanded.error.is_none() && names_path(&expanded) && source.slice(span) == raw;
    holds.then(|| Fix {
        title: title.to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit::Replace { file: source.path().clone(), span, text: new.raw }],
    })
}
