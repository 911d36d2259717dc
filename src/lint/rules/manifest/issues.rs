//! What the rules of the family share: places in `blaxel.toml`, and edits of it.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety, Severity},
        rule::Sink,
    },
    project::{
        manifest::{Issue, Manifest},
        source::Span,
    },
};

/// A place in `blaxel.toml`.
pub(super) fn at(manifest: &Manifest, span: Span) -> Location {
    Location::new(manifest.source.path(), span)
}

/// A fix that replaces one part of `blaxel.toml`.
pub(super) fn replace(
    manifest: &Manifest,
    title: impl Into<String>,
    safety: Safety,
    span: Span,
    text: impl Into<String>,
) -> Fix {
    let edit = Edit::Replace { file: manifest.source.path().clone(), span, text: text.into() };
    Fix { title: title.into(), safety, edits: vec![edit] }
}

/// Reports an issue of the parser, with its repair as a safe fix.
pub(super) fn report(
    manifest: &Manifest,
    issue: &Issue,
    severity: Severity,
    why: &str,
    title: &str,
    sink: &mut Sink<'_>,
) {
    let fix = issue
        .edit
        .as_ref()
        .map(|edit| replace(manifest, title, Safety::Safe, edit.span, edit.text.clone()));
    let draft = sink
        .report(at(manifest, issue.span), issue.message.clone(), why)
        .severity(severity)
        .maybe_fix(fix);
    if let Some(help) = &issue.help {
        draft.help(help.clone());
    }
}
