//! A build argument that is meant to hold a credential.

use super::{
    leaked,
    written::{self, Written, gives, mentions},
};
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Location, Safety, Severity},
        facts::{Facts, Run},
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{self, Assignment, Base, Command, Instruction, Kind},
        source::Span,
    },
    secrets,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG206",
    name: "secret-arg-used",
    family: Family::Secrets,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG206.md"),
    check,
};

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    for stage in &facts.stages.stages {
        for index in stage.body.clone() {
            let Kind::Arg(pairs) = &facts.instruction(index).kind else { continue };
            for Assignment { name, value, .. } in pairs {
                let empty =
                    value.as_ref().is_none_or(|value| matches!(&*value.raw, "" | "\"\"" | "''"));
                if !empty || !secrets::promises_secret(&name.raw) || !leaked::is_variable(&name.raw)
                {
                    continue;
                }
                let Some(usage) =
                    (index + 1..stage.body.end).find_map(|at| used(facts, at, &name.raw))
                else {
                    continue;
                };
                report(facts, sink, index, name, &usage);
            }
        }
    }
}

/// What uses it.
struct Usage {
    place: Location,
    is_env: bool,
}

fn report(
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
    index: usize,
    name: &dockerfile::Word,
    usage: &Usage,
) {
    let why = match (usage.is_env, leaked::stays(facts, index)) {
        (true, true) => {
            "ENV writes the value into the configuration of the image, and every process of the sandbox gets it"
        }
        (false, true) => {
            "the value of a build argument is in the history of the image, beside each RUN that could use it"
        }
        (_, false) => {
            "the value of a build argument is kept in the records and the cache of the build"
        }
    };
    let kept = kept(facts, index, &name.raw);
    let mut draft = sink
        .report(
            facts.at(name.span),
            format!("`ARG {}` is no place for a credential", name.raw),
            why,
        )
        .help(match &kept {
            Some(written) => format!(
                "`{}` would keep a mounted value as well: mount the file itself where it is needed, as `RUN {}`",
                written.file,
                written.mount()
            ),
            None => format!(
                "use it as `RUN {}`{}",
                leaked::mount(&name.raw),
                if usage.is_env { "; the sandbox gets it in `envs` when it is created" } else { "" }
            ),
        })
        .related(usage.place.clone(), "uses it");
    if kept.is_some() {
        return;
    }
    // A mount in the one that names it alone would take it away from these.
    if let Some(at) = unnamed(facts, index, &name.raw).filter(|_| !usage.is_env) {
        let place = facts.at(facts.instruction(at).keyword);
        draft = draft.related(place, "may read it unnamed, and would need the same mount");
    }
    draft.maybe_fix(mounted(facts, index, &name.raw));
}

/// The first RUN behind the ARG that may read the variable without a word of it in the Dockerfile.
fn unnamed(facts: &Facts<'_>, index: usize, name: &str) -> Option<usize> {
    let stage = facts.stages.of(index)?;
    (index + 1..stage.body.end).find(|at| {
        used(facts, *at, name).is_none() && !is_given(facts, *at, name) && may_read(facts, *at)
    })
}

/// The file that a RUN writes the value into, where one does.
fn kept<'a>(facts: &'a Facts<'_>, index: usize, name: &str) -> Option<Written<'a>> {
    let stage = facts.stages.of(index)?;
    facts.runs_in(index + 1..stage.body.end.max(index + 1)).find_map(|(at, run)| {
        used(facts, at, name)?;
        written::first(facts, at, run, |text| gives(text, name), |_| false)
    })
}

/// Mounts the secret in every RUN that uses it or may read it, and takes the ARG away, with an ENV that does
/// nothing but hand it on: where RUNs of its stage alone use it. Whoever starts the build has to give it the
/// secret.
fn mounted(facts: &Facts<'_>, index: usize, name: &str) -> Option<Fix> {
    let Kind::Arg(pairs) = &facts.instruction(index).kind else { return None };
    let stage = facts.stages.of(index)?;
    let handed_on = facts.stages.stages.iter().any(|other| other.base == Base::Stage(stage.index));
    if pairs.len() != 1 || handed_on {
        return None;
    }
    let source = &facts.file.source;
    let file = source.path().clone();
    let lines = facts.lines(index);
    let mut edits = vec![Edit::Replace { file: file.clone(), span: lines, text: String::new() }];
    for at in index + 1..stage.body.end {
        let instruction = facts.instruction(at);
        let shell = matches!(instruction.kind, Kind::Run(Command::Shell { .. }));
        let is_run = matches!(instruction.kind, Kind::Run(_));
        let uses = used(facts, at, name).is_some()
            || is_run && !is_given(facts, at, name) && may_read(facts, at);
        if uses && is_run && !shell {
            return None;
        }
        if is_handed_on(instruction, name) {
            edits.push(Edit::Replace {
                file: file.clone(),
                span: facts.lines(at),
                text: String::new(),
            });
        } else if uses && shell {
            edits.push(Edit::Replace {
                file: file.clone(),
                span: Span::at(instruction.keyword.end as usize),
                text: format!(" {}", leaked::mount(name)),
            });
        } else if !is_run && mentions(&instruction.args.text, name) {
            return None;
        }
    }
    Some(Fix {
        title: format!("mount `{name}` as a secret of the build"),
        safety: Safety::Unsafe,
        edits,
    })
}

/// Whether this is `ENV NAME=$NAME` and nothing else.
fn is_handed_on(instruction: &Instruction, name: &str) -> bool {
    let Kind::Env(pairs) = &instruction.kind else { return false };
    let [Assignment { name: own, value: Some(value), .. }] = &pairs[..] else { return false };
    let value = value.raw.trim_matches('"');
    own.raw == name && [format!("${name}"), format!("${{{name}}}")].iter().any(|it| it == value)
}

/// Whether the instruction uses the variable.
fn used(facts: &Facts<'_>, at: usize, name: &str) -> Option<Usage> {
    let instruction = facts.instruction(at);
    match &instruction.kind {
        Kind::Env(pairs) => pairs.iter().find_map(|pair| {
            let value = pair.value.as_ref()?;
            let expanded = dockerfile::expand(value, facts.file.escape, &|_| None);
            expanded
                .used
                .iter()
                .chain(&expanded.unknown)
                .any(|used| used == name)
                .then(|| Usage { place: facts.at(pair.span), is_env: true })
        }),
        Kind::Run(_) => {
            let run = facts.runs.get(&at)?;
            if is_given(facts, at, name) {
                return None;
            }
            (mentions(&run.text.text, name) || read_by_npm(facts, run, name))
                .then(|| Usage { place: facts.at(instruction.keyword), is_env: false })
        }
        Kind::Add(_) => (instruction.args.text.contains("://")
            && mentions(&instruction.args.text, name))
        .then(|| Usage { place: facts.at(instruction.keyword), is_env: false }),
        _ => None,
    }
}

/// Whether a RUN gets the variable from elsewhere: from a mount, or from a value of its own.
fn is_given(facts: &Facts<'_>, at: usize, name: &str) -> bool {
    let mounted = facts.instruction(at).flags_named("mount").any(|flag| {
        flag.value.as_ref().is_some_and(|value| {
            value.raw.split(',').any(|part| part.strip_prefix("env=") == Some(name))
        })
    });
    let own = || {
        let commands = facts.runs.get(&at).into_iter().flat_map(|run| &run.commands);
        let mut assigned = commands.flat_map(|run| &run.command.assignments);
        // `TOKEN=$TOKEN` hands the argument on.
        assigned.any(|(assigned, value)| assigned == name && !mentions(&value.raw, name))
    };
    mounted || own()
}

/// Whether a RUN installs packages with a configuration that takes the variable in.
fn read_by_npm(facts: &Facts<'_>, run: &Run, name: &str) -> bool {
    let installs = run.commands.iter().any(|held| {
        held.call().is_some_and(|(program, args)| {
            let first = args.iter().find(|arg| !arg.starts_with('-')).copied();
            match program {
                "npm" | "pnpm" | "bun" => matches!(first, Some("ci" | "i" | "install" | "add")),
                "yarn" => matches!(first, None | Some("install" | "add")),
                _ => false,
            }
        })
    });
    installs
        && facts.project.files.iter().any(|(path, source)| {
            matches!(path.as_str(), ".npmrc" | ".yarnrc.yml")
                && leaked::is_sent(facts, path)
                && mentions(source.text(), name)
        })
}

/// Whether a RUN starts a program that is not known to look at no variable.
fn may_read(facts: &Facts<'_>, at: usize) -> bool {
    let commands = facts.runs.get(&at).into_iter().flat_map(|run| &run.commands);
    commands.into_iter().any(|held| {
        !held.command.words.is_empty()
            && !held.program().is_some_and(|program| {
                // The others of corepack fetch a package manager, with a token where there is one.
                let enables = || held.command.args().any(|arg| arg == "enable");
                program == "corepack" && enables()
                    || matches!(
                        program,
                        ":" | "["
                            | "addgroup"
                            | "adduser"
                            | "apk"
                            | "apt-get"
                            | "cat"
                            | "cd"
                            | "chmod"
                            | "chown"
                            | "cp"
                            | "curl"
                            | "echo"
                            | "groupadd"
                            | "ln"
                            | "ls"
                            | "mkdir"
                            | "mv"
                            | "printf"
                            | "rm"
                            | "sed"
                            | "set"
                            | "tar"
                            | "test"
                            | "touch"
                            | "true"
                            | "useradd"
                            | "wget"
                    )
            })
    })
}
