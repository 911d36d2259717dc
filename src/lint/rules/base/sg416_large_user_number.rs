//! A user with a large number makes a large log file.

use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::source::Span,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG416",
    name: "large-user-number",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG416.md"),
    check,
};

/// From here on the log is hundreds of megabytes; below, a few.
const LARGE: u64 = 100_000;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    if !facts.calls(&["useradd"]) {
        return;
    }
    for (_, run, held) in facts.final_commands() {
        if held.program() != Some("useradd") {
            continue;
        }
        let Some((_, args)) = held.call() else { continue };
        if args.iter().any(|arg| is_no_log(arg)) {
            continue;
        }
        let number = args.iter().enumerate().find_map(|(at, arg)| match *arg {
            "-u" | "--uid" => args.get(at + 1)?.parse::<u64>().ok(),
            _ => arg.strip_prefix("--uid=")?.parse().ok(),
        });
        let Some(number) = number.filter(|number| *number >= LARGE) else { continue };
        let word =
            held.command.words.iter().find(|word| word.literal.as_deref() == Some("useradd"));
        let span = word.map_or(held.span, |word| run.place(word));
        let fix = (facts.file.source.slice(span) == "useradd").then(|| Fix {
            title: "add `-l`".into(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: facts.file.source.path().clone(),
                span: Span::at(span.end as usize),
                text: " -l".into(),
            }],
        });
        sink.report(
            facts.at(held.span),
            format!("user {number} makes a sparse log file"),
            "`useradd` writes the last logins by number, and the layer stores the hole in front of a large one as zeros",
        )
        .help("add `-l` (`--no-log-init`)")
        .maybe_fix(fix);
    }
}

fn is_no_log(arg: &str) -> bool {
    arg == "--no-log-init" || arg.starts_with('-') && !arg.starts_with("--") && arg.contains('l')
}
