//! A RUN that is written for bash, and read by a smaller shell.

use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, Root, Run},
        rule::{Family, Rule, Sink},
    },
    project::{
        script::{BashOnly, Connector, Effect, Sh, ShellWord},
        source::Span,
    },
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG734",
    name: "bash-in-sh",
    family: Family::Correctness,
    severity: Severity::Error,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG734.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            let Some(run) = facts.runs.get(&index).filter(|run| !run.script.has_errors) else {
                continue;
            };
            // Most hold nothing of the kind: what is asked last costs most.
            let found = [Sh::Dash, Sh::Busybox].map(|sh| first(run, sh));
            if found.iter().all(Option::is_none) {
                continue;
            }
            let [in_dash, in_busybox] = found;
            let (found, shell) = match facts.sh(index) {
                Some(Sh::Dash) => (in_dash, "dash"),
                Some(Sh::Busybox) => (in_busybox, "BusyBox"),
                None => continue,
            };
            if let Some((only, weight)) = found {
                report(facts, stage, (run, &only, weight), shell, sink);
            }
        }
    }
}

/// What comes of it for the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It ends.
    Ends,
    /// It goes on.
    GoesOn,
}

/// The first thing that ends the build, or else the first one.
fn first(run: &Run, sh: Sh) -> Option<(BashOnly, Weight)> {
    let mut found: Vec<(BashOnly, Weight)> = Vec::new();
    for (range, what) in &run.script.for_bash {
        if sh == Sh::Busybox && *what != "for ((…))" {
            continue;
        }
        let instead = match *what {
            "function" => "write `NAME() { …; }`",
            "|&" => "write `2>&1 |`",
            _ => "count with `while` or `seq`",
        };
        let range = range.start..range.end.min(range.start + what.len());
        found.push((BashOnly { range, what, effect: Effect::Syntax, instead }, Weight::Ends));
    }
    for (index, held) in run.commands.iter().enumerate() {
        if held.command.place.other_shell {
            continue;
        }
        if let Some(only) = held.command.bash_only(sh)
            && let Some(weight) = weight(run, index, &only)
        {
            found.push((only, weight));
        }
    }
    let ends = found.iter().position(|(_, weight)| *weight == Weight::Ends);
    found.into_iter().nth(ends.unwrap_or(0))
}

/// What comes of what stands in the command with this index; `None` where its failure is meant or
/// provided for.
fn weight(run: &Run, index: usize, only: &BashOnly) -> Option<Weight> {
    let command = &run.commands.get(index)?.command;
    match only.effect {
        Effect::Differs(_) => return Some(Weight::GoesOn),
        Effect::Syntax => {
            // `${X^^}` is refused as it is reached; the rest as it is read.
            let maybe = only.what.starts_with("${")
                && (command.place.conditional
                    || command.place.function.is_some()
                    || command.place.subshell);
            return Some(if maybe { Weight::GoesOn } else { Weight::Ends });
        }
        Effect::NotFound | Effect::TestFails => (),
    }
    let of_statement = || {
        run.commands.iter().filter(|other| {
            other.command.statement == command.statement && !other.command.place.other_shell
        })
    };
    // A function of the script has the name.
    if run.commands.iter().any(|other| other.command.place.function.is_some()) {
        return None;
    }
    let in_test = command.place.condition || command.words.first().is_some_and(is_test);
    if of_statement().any(|other| other.command.connector == Connector::Or) {
        return in_test.then_some(Weight::GoesOn);
    }
    let is_last = run.last.and_then(|last| run.commands.get(last)).is_some_and(|last| {
        last.command.statement == command.statement
            && (last.command.pipeline == command.pipeline
                || of_statement().all(|other| other.command.connector != Connector::Pipe))
    });
    let piped = of_statement().any(|other| {
        other.command.pipeline == command.pipeline
            && other.command.range.start > command.range.start
            && other.command.connector == Connector::Pipe
    });
    let ends = is_last && !piped && run.is_unguarded(index) && !command.place.subshell;
    Some(if ends { Weight::Ends } else { Weight::GoesOn })
}

fn is_test(word: &ShellWord) -> bool {
    matches!(word.raw.as_str(), "[[" | "[" | "test")
}

fn report(
    facts: &Facts<'_>,
    stage: usize,
    (run, only, weight): (&Run, &BashOnly, Weight),
    shell: &str,
    sink: &mut Sink<'_>,
) {
    let base = match facts.images.get(stage).map(|fs| &fs.root) {
        Some(Root::Official(image)) => image.as_str(),
        _ => "the base",
    };
    let span: Span = run.text.span(only.range.clone());
    let what = only.what;
    let why = match (only.effect, weight) {
        (Effect::Syntax, Weight::Ends) if what.starts_with("${") => {
            "the shell ends here with \"Bad substitution\", and the build with it".to_owned()
        }
        (Effect::Syntax, Weight::Ends) => {
            "the shell ends here with a syntax error, and the build with it".to_owned()
        }
        (Effect::Syntax, Weight::GoesOn) => {
            "where the shell comes here, it ends with \"Bad substitution\"".to_owned()
        }
        (Effect::NotFound, Weight::Ends) => {
            format!("the build ends here with \"{what}: not found\"")
        }
        (Effect::NotFound, Weight::GoesOn) => {
            format!("the shell says \"{what}: not found\" and goes on as after any failure")
        }
        (Effect::TestFails, Weight::Ends) => {
            "the test fails with \"unexpected operator\", and the build with it".to_owned()
        }
        (Effect::TestFails, Weight::GoesOn) => {
            "the test fails with \"unexpected operator\" whatever it compares".to_owned()
        }
        (Effect::Differs(why), _) => why.to_owned(),
    };
    let instead = only.instead;
    let help = if shell == "dash" {
        format!("{instead}, or write `SHELL [\"/bin/bash\", \"-c\"]` above")
    } else {
        format!("{instead}, or install bash and write `SHELL [\"/bin/bash\", \"-c\"]` above")
    };
    let draft = sink
        .report(
            facts.at(span),
            format!("`{what}` is of bash, and `sh` in `{base}` is {shell}"),
            why,
        )
        .help(help);
    if weight == Weight::GoesOn {
        draft.severity(Severity::Warning);
    }
}
