//! Packages are installed without versions.

use super::run_edits;
use crate::lint::{
    diagnostic::Severity,
    facts::{Facts, Packager},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG417",
    name: "unpinned-packages",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG417.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for call in facts.packages.iter().filter(|call| call.installs()) {
        let Some(run) = facts.runs.get(&call.instruction) else { continue };
        let pinned = |name: &str| {
            // Files, URLs, options' values and local projects have no version of their own.
            name.contains(['/', ':', '$', '?'])
                || name == "."
                || [".deb", ".rpm", ".apk", ".whl", ".txt"].iter().any(|end| name.ends_with(end))
                || match call.packager {
                    Packager::Apt => name.contains('='),
                    Packager::Apk => {
                        name.contains(['=', '<', '>', '~', '@']) || name.starts_with('.')
                    }
                    Packager::Pip => name.contains("==") || name.contains('@'),
                    Packager::Zypper => name.contains(['=', '<', '>']),
                    Packager::Dnf => {
                        name.rsplit('-')
                            .next()
                            .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()))
                            && name.contains('-')
                            || name.starts_with('@')
                    }
                }
        };
        let listed = call.packager == Packager::Pip
            && call.options.iter().any(|option| {
                matches!(
                    option.as_str(),
                    "-r" | "-c" | "-e" | "--requirement" | "--constraint" | "--editable"
                )
            });
        let names: Vec<&str> =
            call.names.iter().map(String::as_str).filter(|name| !pinned(name)).collect();
        if names.is_empty() || listed || call.what == "build-dep" {
            continue;
        }
        let shown: Vec<String> =
            names.iter().take(3).map(|name| ["`", name, "`"].concat()).collect();
        let more = names.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        sink.report(
            facts.at(run_edits::place(call, run)),
            format!("{}{more}: no version is named", shown.join(", ")),
            "a layer that is built anew takes whatever version is current",
        )
        .help(format!("name a version, as in `{}`", example(call.packager, names[0])));
    }
}

fn example(packager: Packager, name: &str) -> String {
    match packager {
        Packager::Apt | Packager::Apk | Packager::Zypper => format!("{name}=1.2.3"),
        Packager::Dnf => format!("{name}-1.2.3"),
        Packager::Pip => format!("{name}==1.2.3"),
    }
}
