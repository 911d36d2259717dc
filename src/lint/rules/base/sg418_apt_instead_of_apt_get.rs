//! apt is called where apt-get is meant for scripts.

use crate::lint::{
    diagnostic::{Edit, Fix, Safety, Severity},
    facts::{Facts, Packager},
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG418",
    name: "apt-instead-of-apt-get",
    family: Family::Base,
    severity: Severity::Info,
    since: "0.1.0",
    default: false,
    page: include_str!("../../../../rules/SG418.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for call in facts.packages.iter().filter(|call| call.packager == Packager::Apt) {
        let Some(run) = facts.runs.get(&call.instruction) else { continue };
        let word = &run.commands[call.command].command.words[call.program];
        let span = run.place(word);
        if word.literal.as_deref() != Some("apt") {
            continue;
        }
        let draft = sink
            .report(
                facts.at(span),
                "`apt` is made for people at a terminal",
                "its output and options may change from one release to the next, and it warns of that in every build",
            )
            .help("call `apt-get`, or `apt-cache` for searches");
        let same = matches!(
            call.what.as_str(),
            "install" | "update" | "upgrade" | "remove" | "purge" | "autoremove" | "clean"
        );
        if same && facts.file.source.slice(span) == "apt" {
            draft.fix(Fix {
                title: "call `apt-get`".into(),
                safety: Safety::Safe,
                edits: vec![Edit::Replace {
                    file: facts.file.source.path().clone(),
                    span,
                    text: "apt-get".into(),
                }],
            });
        }
    }
}
