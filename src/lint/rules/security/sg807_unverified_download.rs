//! Something is downloaded and used unchecked.

use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{Facts, Run, RunCommand},
        rule::{Draft, Family, Rule, Sink},
    },
    project::dockerfile::Kind,
    secrets::{name_of_url, without_query},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG807",
    name: "unverified-download",
    family: Family::Security,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG807.md"),
    check,
};

/// Commands that compare a file with a checksum or a signature.
const CHECKS: &[&str] = &[
    "sha256sum",
    "sha512sum",
    "sha1sum",
    "shasum",
    "md5sum",
    "gpg",
    "gpgv",
    "cosign",
    "minisign",
    "openssl",
    "signify",
];

/// Ends of files that are unpacked or run.
const ENDS: &[&str] = &[
    ".tar.gz",
    ".tgz",
    ".tar.xz",
    ".tar.bz2",
    ".tar.zst",
    ".zip",
    ".deb",
    ".rpm",
    ".apk",
    ".AppImage",
    ".jar",
    ".whl",
    ".gz",
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let downloads = facts.calls(&["curl", "wget"]);
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            if downloads && let Some(run) = facts.runs.get(&index) {
                commands(facts, run, sink);
            }
            added(facts, index, sink);
        }
    }
}

fn commands(facts: &Facts<'_>, run: &Run, sink: &mut Sink<'_>) {
    let checks =
        || run.commands.iter().filter_map(RunCommand::program).any(|name| CHECKS.contains(&name));
    let mut checked = None;
    for held in &run.commands {
        if !matches!(held.program(), Some("curl" | "wget")) || *checked.get_or_insert_with(checks) {
            continue;
        }
        let Some((name, args)) = held.call() else { continue };
        // A value that is given in the build, or found by the shell, is not known here.
        let mut words = held.command.words.iter().skip(1).map(|word| {
            let raw = word.raw.trim_matches(['"', '\'']);
            (word.literal.as_deref().unwrap_or(raw), raw)
        });
        let Some((url, raw)) = words.find(|(url, _)| url.starts_with("http")) else { continue };
        let file = without_query(url);
        let target = output(name, &args);
        let runs = target.is_some_and(|target| {
            run.commands.iter().any(|other| {
                other.program() == Some("chmod")
                    && other
                        .command
                        .args()
                        .any(|arg| target.ends_with(arg) || arg.ends_with(target))
            }) || target.starts_with("/usr/local/bin/")
                || target.starts_with("/usr/bin/")
        });
        if runs || ENDS.iter().any(|end| file.ends_with(end)) {
            report(facts.at(held.span), if raw.contains('$') { raw } else { file }, sink)
                .help("compare it in the same RUN: `echo \"<sum>  <file>\" | sha256sum -c -`");
        }
    }
}

/// Where the file is written.
fn output<'a>(name: &str, args: &[&'a str]) -> Option<&'a str> {
    let flags: &[&str] =
        if name == "curl" { &["-o", "--output"] } else { &["-O", "--output-document"] };
    let at = args.iter().position(|arg| {
        flags.contains(arg)
            || name == "curl"
                && arg.starts_with('-')
                && !arg.starts_with("--")
                && arg.ends_with('o')
    })?;
    args.get(at + 1).copied()
}

/// `ADD https://…` without `--checksum`.
fn added(facts: &Facts<'_>, index: usize, sink: &mut Sink<'_>) {
    let instruction = facts.instruction(index);
    let Kind::Add(transfer) = &instruction.kind else { return };
    if instruction.flag("checksum").is_some() {
        return;
    }
    for source in &transfer.sources {
        let raw = source.raw.as_str();
        let is_repository = raw.contains(".git#") || raw.ends_with(".git");
        if raw.starts_with("http") && !is_repository {
            report(facts.at(source.span), raw, sink).help("add `--checksum=sha256:…` to the ADD");
        }
    }
}

fn report<'s>(at: Location, url: &str, sink: &'s mut Sink<'_>) -> Draft<'s> {
    let name = Some(name_of_url(url)).filter(|name| !name.is_empty()).unwrap_or("it");
    sink.report(
        at,
        format!("`{name}` is downloaded and not checked"),
        "whoever can change the file on its server decides what every sandbox runs from the next build on",
    )
}
