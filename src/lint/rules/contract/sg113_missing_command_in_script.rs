//! The entry script uses a command that the image does not have.

use super::edits;
use crate::{
    lint::{
        diagnostic::{Fix, Safety, Severity},
        facts::{Facts, ImageFs, Root, StartCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        image::{ImageRef, commands},
        script::Connector,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG113",
    name: "missing-command-in-script",
    family: Family::Contract,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG113.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(fs), Some(stage)) = (facts.images.last(), facts.stages.last()) else { return };
    let Root::Official(image) = &fs.root else { return };
    let Some(known) = ImageRef::parse(image).and_then(|image| commands::commands(&image)) else {
        return;
    };
    let list = &facts.start.commands;
    let errexit = list.iter().any(|item| {
        item.command.name() == Some("set")
            && item.command.args().any(|arg| {
                arg == "errexit"
                    || arg
                        .strip_prefix('-')
                        .is_some_and(|flags| flags.contains('e') && !flags.starts_with('-'))
            })
    });
    let mut seen = Vec::new();
    for (number, item) in list.iter().enumerate() {
        let Some(used) = item.command.name().filter(|name| !name.contains('/')) else { continue };
        let command = if matches!(used, "netcat" | "ncat") { "nc" } else { used };
        if known.has(command) != Some(false)
            || seen.contains(&command)
            || is_brought(fs, command)
            || is_asked_for(list, used)
            || list.get(number + 1).is_some_and(|next| next.command.connector == Connector::Or)
            || list.iter().any(|other| other.place.function.as_deref() == Some(used))
        {
            continue;
        }
        seen.push(command);
        let leaves = list.iter().any(|other| {
            other.place.in_loop && matches!(other.command.name(), Some("break" | "exit" | "return"))
        });
        let endless = item.place.awaited && !leaves;
        let stops =
            errexit && !item.place.condition && !item.place.conditional && !item.command.background;
        let why = if endless {
            "the loop waits for a command that never succeeds, so what stands behind it never runs in the sandbox"
        } else if stops {
            "with `set -e` the script stops there, and the container with it"
        } else {
            "the command fails with \"not found\" at every start of the sandbox"
        };
        let Some(line) = install(known.package_manager(), command) else { continue };
        let draft = sink
            .report(item.location.clone(), format!("`{used}` is not in the image"), why)
            .severity(if endless || stops { Severity::Error } else { Severity::Warning })
            .help(format!("add `{line}`"))
            .maybe_fix((!stage.body.is_empty()).then(|| Fix {
                title: format!("install `{}`", package(known.package_manager(), command)),
                safety: Safety::Unsafe,
                edits: vec![edits::line_before(facts, stage.body.start, &line)],
            }));
        if let Some(from) = facts.final_from() {
            draft.related(from, format!("`{image}` does not bring it"));
        }
    }
}

/// Whether a RUN or a COPY may have brought it.
fn is_brought(fs: &ImageFs, command: &str) -> bool {
    let package = |name: &String| {
        let name = name.as_str();
        name == "*"
            || match command {
                "nc" => {
                    ["netcat", "ncat", "nmap", "busybox"].iter().any(|part| name.contains(part))
                }
                "python3" => name.starts_with("python"),
                other => {
                    name == other
                        || name.starts_with(&format!("{other}="))
                        || name.starts_with(&format!("{other}-"))
                }
            }
    };
    let bin = |path: &String| path.contains("/bin/") && path.ends_with(&format!("/{command}"));
    let filled = |dir: &String| dir == "/" || dir.starts_with("/usr") || dir.starts_with("/bin");
    fs.opaque
        || fs.packages.iter().any(package)
        || fs.paths.keys().any(bin)
        || fs.filled.iter().any(filled)
}

/// Whether the script asks for it first: `command -v nc`.
fn is_asked_for(list: &[StartCommand], command: &str) -> bool {
    list.iter().any(|item| {
        matches!(item.command.name(), Some("command" | "which" | "type" | "hash"))
            && item.command.has_arg(command)
    })
}

fn package(manager: &str, command: &str) -> String {
    match (manager, command) {
        ("microdnf", "nc") => "nmap-ncat".to_owned(),
        (_, "nc") => "netcat-openbsd".to_owned(),
        (_, other) => other.to_owned(),
    }
}

fn install(manager: &str, command: &str) -> Option<String> {
    let package = package(manager, command);
    match manager {
        "apt" => Some(format!(
            "RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"
        )),
        "apk" => Some(format!("RUN apk add --no-cache {package}")),
        "microdnf" => Some(format!("RUN microdnf install -y {package} && microdnf clean all")),
        _ => None,
    }
}
