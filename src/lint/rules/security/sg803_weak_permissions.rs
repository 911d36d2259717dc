//! Anybody may write, or a password is set.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{script::Connector, source::Span},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG803",
    name: "weak-permissions",
    family: Family::Security,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG803.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let changes = facts.calls(&["chmod", "chpasswd", "passwd", "useradd", "usermod"]);
    for index in facts.final_instructions() {
        let instruction = facts.instruction(index);
        if let Some(flag) = instruction.flag("chmod")
            && flag.value.as_ref().is_some_and(|mode| is_open(&mode.raw))
        {
            writable(facts, sink, flag.span);
        }
        let Some(run) = facts.runs.get(&index).filter(|_| changes) else { continue };
        for held in &run.commands {
            let name = held.program().unwrap_or_default();
            let mut args = held.command.args();
            match name {
                // Directories for everybody are what these are for.
                "chmod" if held.command.args().any(is_shared) => {}
                "chmod" if args.any(is_open) => writable(facts, sink, held.span),
                "chpasswd" => password(facts, sink, run, held),
                "passwd" if held.command.connector == Connector::Pipe => {
                    password(facts, sink, run, held);
                }
                "usermod" | "useradd" if sets_password(held) => {
                    password(facts, sink, run, held);
                }
                _ => (),
            }
        }
    }
}

/// Whether `-p` gives a hash: what no hash can be locks the user.
fn sets_password(held: &RunCommand) -> bool {
    let args: Vec<&str> = held.command.args().collect();
    args.iter().enumerate().any(|(at, arg)| {
        let value = match arg.strip_prefix("--password=") {
            Some(value) => Some(value),
            None if matches!(*arg, "-p" | "--password") => Some(args.get(at + 1).map_or("", |v| v)),
            None => None,
        };
        value.is_some_and(|value| !matches!(value, "*" | "!" | "!!" | "!*" | "x"))
    })
}

fn is_shared(path: &str) -> bool {
    path.starts_with("/tmp") || path.contains("X11-unix")
}

fn is_open(mode: &str) -> bool {
    let octal = mode.len() <= 4 && mode.len() >= 3 && mode.bytes().all(|b| b.is_ascii_digit());
    octal && mode.ends_with(['2', '3', '6', '7']) && !mode.starts_with('1')
        || matches!(mode, "a+w" | "a+rw" | "a+rwx" | "ugo+w" | "ugo+rwx" | "o+w" | "a=rwx")
}

fn writable(facts: &Facts<'_>, sink: &mut Sink<'_>, span: Span) {
    sink.report(
        facts.at(span),
        "every user of the sandbox may write here",
        "whatever an agent runs as another user can change what root runs next",
    )
    .help("give the files to the user that needs them: `--chown`, and mode 755 or 644");
}

fn password(facts: &Facts<'_>, sink: &mut Sink<'_>, run: &Run, held: &RunCommand) {
    // The value itself was found in what it is given, and that is the worse news.
    let pipeline = || run.commands.iter().filter(|c| c.command.pipeline == held.command.pipeline);
    let told = facts.leaks.iter().any(|leak| {
        leak.instruction == Some(run.instruction)
            && leak.location.span.is_some_and(|span| pipeline().any(|c| c.span.overlaps(span)))
    });
    if told {
        sink.give_way(facts.at(held.span));
        return;
    }
    sink.report(
        facts.at(held.span),
        "a password is set while the image is built",
        "it is the same in every sandbox, and its hash is in the image for everybody who can pull it",
    )
    .help("remove it: a sandbox is entered through its own API");
}
