//! A program for another processor is downloaded.

use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{Facts, Run},
        rule::{Family, Rule, Sink},
    },
    project::dockerfile::Kind,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG116",
    name: "foreign-binary",
    family: Family::Contract,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG116.md"),
    check,
};

/// Parts of a name that say for which processor a program is built.
const FOREIGN: &[&str] =
    &["arm64", "aarch64", "armv7", "armv7l", "armhf", "armv6", "ppc64le", "s390x", "riscv64"];

/// Parts of an operating system's name that say that it is not Linux.
const SYSTEMS: &[&str] = &["darwin", "macos", "windows", "win32", "win64"];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for (_, run, held) in facts.final_commands() {
        if !matches!(held.program(), Some("curl" | "wget")) {
            continue;
        }
        // One of several branches: which one is taken, nobody knows here.
        if held.command.place.conditional || held.command.place.case || asks(run) {
            continue;
        }
        let Some((_, args)) = held.call() else { continue };
        for arg in args {
            if let Some(part) = foreign(arg) {
                report(facts.at(held.span), arg, part, sink);
            }
        }
    }
    for index in facts.final_instructions() {
        let Kind::Add(transfer) = &facts.instruction(index).kind else { continue };
        for source in &transfer.sources {
            if let Some(part) = foreign(&source.raw) {
                report(facts.at(source.span), &source.raw, part, sink);
            }
        }
    }
}

/// Whether the RUN asks for the processor: then it has more than one answer.
fn asks(run: &Run) -> bool {
    let text = &run.text.text;
    [
        "uname",
        "TARGETARCH",
        "TARGETPLATFORM",
        "BUILDARCH",
        "dpkg --print-architecture",
        "arch)",
        "apk --print-arch",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// The part of a URL's file name that names another processor or system.
fn foreign(url: &str) -> Option<&str> {
    if !url.starts_with("http") {
        return None;
    }
    let file = url.split(['?', '#']).next()?.rsplit('/').next()?;
    let parts = || file.split(['-', '_', '.', '+']);
    // A name that lists several is for all of them.
    if parts().any(|part| matches!(part, "amd64" | "x86" | "x64" | "universal" | "noarch" | "all"))
    {
        return None;
    }
    parts().find(|part| {
        FOREIGN.contains(&part.to_ascii_lowercase().as_str())
            || SYSTEMS.contains(&part.to_ascii_lowercase().as_str())
    })
}

fn report(at: Location, url: &str, part: &str, sink: &mut Sink<'_>) {
    let file = url.split(['?', '#']).next().and_then(|url| url.rsplit('/').next()).unwrap_or(url);
    sink.report(
        at,
        format!("`{file}` is built for `{part}`, and sandboxes run `linux/amd64`"),
        "the program cannot be executed there: \"exec format error\" on its first call",
    )
    .help("download the file for `linux` and `amd64` (`x86_64`)");
}
