//! The entry script, or the program in front of it, is not in the image.

use super::{super::brought, sg111_broken_exec_form::whole_command};
use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{ContextCopy, End, Facts, INSTALLED, Takes},
        rule::{Family, Rule, Sink},
    },
    project::context::{EntryKind, Exclusion},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG105",
    name: "missing-entry-script",
    family: Family::Contract,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG105.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let End::Missing { path, location } = &facts.start.end else { return };
    if facts.start.overridden.is_some() {
        return;
    }
    // there is no file of that name before its words are taken apart
    if path.contains(' ') && whole_command(facts).is_some() {
        return;
    }
    let Some(fs) = facts.images.last() else { return };
    let name = path.rsplit('/').next().unwrap_or(path);
    if INSTALLED.contains(&name) && program(facts, sink, path, name, location) {
        return;
    }
    let absent = facts.absent_script();
    let other_case = |copy: &ContextCopy| matches!(copy.takes, Takes::OtherCase(_));
    if absent.is_some_and(|absent| {
        facts.copies.iter().any(|copy| copy.span == absent.span && other_case(copy))
    }) {
        // Where the COPY spells it in another case, that is the fault, and has a rule.
        return;
    }
    let draft = sink.report(
        location.clone(),
        format!("`{path}` is started, but not in the image"),
        "the container stops at once with \"no such file or directory\"",
    );
    if let Some(absent) = absent {
        let copy = facts.at(absent.span);
        match &absent.excluded {
            Some(excluded) => {
                let (why, line) = reason(facts, excluded);
                let draft = draft
                    .help(format!(
                        "`{}` is in the project, but {why}: let it through",
                        absent.source
                    ))
                    .related(copy, "would copy it");
                if let Some(line) = line {
                    draft.related(line, "excludes it");
                }
            }
            None => {
                draft
                    .help(format!("there is no `{}` in the project: add it", absent.source))
                    .related(copy, "would copy it");
            }
        }
        return;
    }
    if let Some((other, placed)) =
        fs.paths.iter().find(|(other, _)| other.rsplit('/').next() == Some(name))
    {
        draft.help(format!("start `{other}`, where it lies")).related(
            facts.at(facts.instruction(placed.instruction).span),
            format!("puts it at `{other}`"),
        );
        return;
    }
    let entries = &facts.project.tree.entries;
    // a folder is no program, even where it has the name of one
    let mut files = entries.iter().filter(|entry| entry.kind != EntryKind::Dir);
    let near = files.clone().find(|entry| entry.path.name() == name).or_else(|| {
        files.find(|entry| {
            entry.path.ends_with(".sh") && strsim::jaro_winkler(entry.path.name(), name) > 0.85
        })
    });
    match near {
        Some(entry) => draft.help(format!("add `COPY --chmod=755 {} {path}`", entry.path)),
        None if entries.iter().any(|entry| entry.path.as_str() == name) => {
            draft.help(format!("add what copies a program to `{path}`"))
        }
        None => draft.help(format!("write the script and add `COPY --chmod=755 {name} {path}`")),
    };
}

/// Reports a program that a package brings; whether it is one.
fn program(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    path: &str,
    name: &str,
    location: &Location,
) -> bool {
    let Some((image, known)) = brought::known(facts) else { return false };
    let manager = known.package_manager();
    let package = match (name, manager) {
        ("supervisord", _) => Some("supervisor"),
        ("gosu", "apk") | ("su-exec", "apt") => None,
        _ => Some(name),
    };
    let help = match package.and_then(|package| brought::install(manager, package)) {
        Some(line) => format!("add `{line}`"),
        None => "install it, or start `sandbox-api` without it".to_owned(),
    };
    let why = if location.file == *facts.file.source.path() {
        "the container stops at once with \"no such file or directory\""
    } else {
        "the script finds no such command, and no `sandbox-api` runs"
    };
    let draft = sink
        .report(location.clone(), format!("`{path}` is started, but not in the image"), why)
        .help(help);
    if let Some(from) = facts.final_from() {
        draft.related(from, format!("`{image}` does not bring it"));
    }
    true
}

/// Why a file is not sent, and the line that says so.
fn reason(facts: &Facts<'_>, excluded: &Exclusion) -> (String, Option<Location>) {
    let (file, line, pattern) = match excluded {
        Exclusion::Docker { line, pattern } => (&facts.project.docker_ignore, *line, pattern),
        Exclusion::Blaxel { line, pattern } => (&facts.project.blaxel_ignore, *line, pattern),
        Exclusion::Always(why) => return ((*why).to_owned(), None),
    };
    match file {
        Some(file) => {
            let at = Location::new(file.source.path(), file.source.line_span(line));
            (format!("`{pattern}` in {}:{line} excludes it", file.source.path()), Some(at))
        }
        None => (format!("`{pattern}` excludes it"), None),
    }
}
