//! A RUN that is written for bash, and read by a smaller shell.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    lint::{
        diagnostic::Severity,
        facts::{Facts, Root, Run, RunCommand},
        rule::{Family, Rule, Sink},
    },
    project::{
        script::{BashOnly, Connector, Effect, Sh, ShellCommand, ShellWord},
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
        for (&index, run) in facts.runs.range(facts.stages.stages[stage].body.clone()) {
            if run.script.has_errors {
                continue;
            }
            let Some(sh) = facts.sh(index) else { continue };
            let image = match facts.images.get(stage).map(|fs| &fs.root) {
                Some(Root::Official(image)) => image.as_str(),
                _ => "the base",
            };
            if let Some((only, weight)) = first(run, sh)
                && !(only.effect == Effect::Refused && may_be_newer(image))
            {
                report(facts, image, (run, &only, weight), sh, sink);
            }
        }
    }
}

/// Whether the dash of an image may be newer than 0.5.12, which Debian 13 and Ubuntu 24.04 have: the next one knows `set -o
/// pipefail`.
fn may_be_newer(image: &str) -> bool {
    let newer =
        ["sid", "unstable", "testing", "forky", "devel", "rolling", "resolute", "ubuntu:26"];
    newer.iter().any(|part| image.contains(part))
        || image.ends_with("ubuntu")
        || image.ends_with("ubuntu:latest")
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
        return Some((BashOnly { range, what, effect: Effect::Syntax, instead }, Weight::Ends));
    }
    let mut first = None;
    let mut around = None;
    for (index, held) in run.commands.iter().enumerate() {
        if held.command.place.other_shell {
            continue;
        }
        let Some(only) = held.command.bash_only(sh) else { continue };
        let around = around.get_or_insert_with(|| Around::new(run));
        match around.weight(index, &held.command, &only) {
            Some(Weight::Ends) => return Some((only, Weight::Ends)),
            Some(Weight::GoesOn) => {
                first.get_or_insert((only, Weight::GoesOn));
            }
            None => {}
        }
    }
    first
}

/// What stands around the commands of a RUN, gathered once.
struct Around<'a> {
    run: &'a Run,
    /// The names of its functions.
    functions: BTreeSet<&'a str>,
    /// The statements with `|` in them.
    with_pipe: BTreeSet<usize>,
    /// Where the last command of each pipeline begins that is piped into.
    ends: BTreeMap<(usize, usize), usize>,
}

impl<'a> Around<'a> {
    fn new(run: &'a Run) -> Self {
        let mut around = Self {
            run,
            functions: BTreeSet::new(),
            with_pipe: BTreeSet::new(),
            ends: BTreeMap::new(),
        };
        for RunCommand { command, .. } in &run.commands {
            if command.place.other_shell {
                continue;
            }
            around.functions.extend(command.place.function.as_deref());
            if command.connector == Connector::Pipe {
                around.with_pipe.insert(command.statement);
                let end = around.ends.entry((command.statement, command.pipeline)).or_default();
                *end = command.range.start.max(*end);
            }
        }
        around
    }

    /// What comes of what stands in a command; `None` where its failure is meant or provided for.
    fn weight(&self, index: usize, command: &ShellCommand, only: &BashOnly) -> Option<Weight> {
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
            Effect::Refused => return self.refused(index, command),
            Effect::NotFound | Effect::TestFails => (),
        }
        // A function of the script has the name.
        let name = command.words.first();
        if name.is_some_and(|name| self.functions.contains(name.raw.as_str())) {
            return None;
        }
        let in_test = command.place.condition || name.is_some_and(is_test);
        if self.run.has_fallback(command) {
            return in_test.then_some(Weight::GoesOn);
        }
        let last = self.run.last.and_then(|last| self.run.commands.get(last));
        let is_last = last.is_some_and(|last| {
            last.command.statement == command.statement
                && (last.command.pipeline == command.pipeline
                    || !self.with_pipe.contains(&command.statement))
        });
        let end = self.ends.get(&(command.statement, command.pipeline));
        let piped = end.is_some_and(|end| *end > command.range.start);
        let ends = is_last && !piped && self.run.is_unguarded(index) && !command.place.subshell;
        Some(if ends { Weight::Ends } else { Weight::GoesOn })
    }

    /// What comes of an option that the shell ends by; `None` where it may not come there, or where another shell of its
    /// own tries it before.
    fn refused(&self, index: usize, command: &ShellCommand) -> Option<Weight> {
        let place = &command.place;
        let sure = !(place.conditional || place.subshell || place.in_loop || place.case)
            && place.function.is_none()
            && !command.background
            && command.connector != Connector::Pipe;
        let is_first =
            index == 0 || self.run.commands[index - 1].command.statement != command.statement;
        let tries = |held: &RunCommand| {
            held.command.place.subshell
                && held.command.words.iter().any(|word| word.raw == "pipefail")
        };
        let reached = sure && (is_first || !self.run.has_fallback(command));
        (reached && !self.run.commands.iter().any(tries)).then_some(Weight::Ends)
    }
}

fn is_test(word: &ShellWord) -> bool {
    matches!(word.raw.as_str(), "[[" | "[" | "test")
}

fn report(
    facts: &Facts<'_>,
    base: &str,
    (run, only, weight): (&Run, &BashOnly, Weight),
    sh: Sh,
    sink: &mut Sink<'_>,
) {
    let shell = if sh == Sh::Dash { "dash" } else { "BusyBox" };
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
        (Effect::Refused, _) => {
            "the shell ends here with \"Illegal option -o pipefail\", and the build with it"
                .to_owned()
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
    let help = if sh == Sh::Dash {
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
