//! A WORKDIR or VOLUME on a directory of the system.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG804",
    name: "system-directory",
    family: Family::Security,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG804.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for index in facts.final_instructions() {
        let scope = facts.stages.scope_at(index);
        let (name, words) = match &facts.instruction(index).kind {
            Kind::Workdir(word) => ("WORKDIR", std::slice::from_ref(word)),
            Kind::Volume(words) => ("VOLUME", words.as_slice()),
            _ => continue,
        };
        for word in words {
            let expanded = scope.expand(word, facts.file.escape);
            let Some(path) = expanded.known() else { continue };
            let path = path.trim_end_matches('/');
            if !SYSTEM.contains(&path) || name == "WORKDIR" && USABLE.contains(&path) {
                continue;
            }
            sink.report(
                facts.at(word.span),
                format!("`{path}` belongs to the system"),
                "files of the project and of the system mix, and what a process removes or replaces here may be what the sandbox needs to run",
            )
            .help("use a directory of its own, such as `/app`");
        }
    }
}

const SYSTEM: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/sbin",
    "/var",
    "/var/lib",
    "/var/run",
];

/// Where one may stand for a moment to unpack or configure something.
const USABLE: &[&str] =
    &["/etc", "/usr", "/usr/bin", "/usr/lib", "/var", "/var/lib", "/run", "/var/run"];
