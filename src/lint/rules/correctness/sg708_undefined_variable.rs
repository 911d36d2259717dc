//! A variable that has no value where it is used.

use std::collections::BTreeSet;

use super::super::secrets::leaked;
use crate::{
    lint::{
        diagnostic::{Edit, Fix, Safety, Severity},
        facts::Facts,
        rule::{Family, Rule, Sink},
    },
    project::{
        dockerfile::{self, Assignment, Base, Command, Kind, expanded_words, platform_arg},
        source::Span,
    },
    secrets,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG708",
    name: "undefined-variable",
    family: Family::Correctness,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG708.md"),
    check,
};

/// Each search compares a name with all that are known; a file with more unknown names takes them
/// from its base image.
const SEARCHES: usize = 50;

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let globals = facts.global_args().map(|pair| pair.name.raw.as_str()).collect();
    // One finding for each name in each stage: the first use.
    let mut seen: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut searched = 0;
    for stage in facts.stages.needed() {
        for index in facts.stages.stages[stage].body.clone() {
            for (name, span) in unknown(facts, index, &globals) {
                if !seen.insert((stage, name.clone())) {
                    continue;
                }
                if globals.contains(name.as_str()) {
                    if !base_sets(facts, stage, &name) {
                        undeclared(facts, sink, index, &name, span);
                    }
                } else if searched < SEARCHES {
                    searched += 1;
                    if let Some(near) = nearest(facts, index, &globals, &name) {
                        misspelled(facts, sink, &name, &near, span);
                    } else if !may_be_set(facts, stage, index, &name) {
                        unset(facts, sink, index, &name, span);
                    }
                }
            }
        }
    }
}

/// The variables without a value in an instruction. The environment of a base image is known only
/// where its registry told it, so that a name alone says nothing; of a RUN, only the ARGs of the
/// file count.
fn unknown(facts: &Facts<'_>, index: usize, globals: &BTreeSet<&str>) -> Vec<(String, Span)> {
    let instruction = facts.instruction(index);
    let scope = facts.stages.scope_at(index);
    let is_set = |name: &str| scope.env.contains_key(name) || scope.args.contains_key(name);
    let text = facts.file.source.slice(instruction.span);
    if memchr::memchr(b'$', text.as_bytes()).is_none() {
        return Vec::new();
    }
    if let Some(run) = facts.runs.get(&index) {
        if globals.is_empty() {
            return Vec::new();
        }
        let text = &run.text.text;
        let used = |name: &&&str| {
            let written = [format!("${name}"), format!("${{{name}}}")];
            written.iter().any(|written| {
                text.match_indices(written.as_str()).any(|(at, _)| {
                    !text[at + written.len()..]
                        .starts_with(|c: char| c.is_alphanumeric() || c == '_')
                        && !text[..at].ends_with(['\\', '$'])
                })
            }) && !text.contains(&format!("{name}="))
                && !run.script.loop_names.iter().any(|set| set == **name)
        };
        let shell = matches!(&instruction.kind, Kind::Run(Command::Shell { .. }));
        let names = globals.iter().filter(|name| shell && !is_set(name)).filter(used);
        return names.map(|name| ((*name).to_owned(), instruction.span)).collect();
    }
    let mut out = Vec::new();
    for word in expanded_words(&instruction.kind).into_iter().filter(|word| word.raw.contains('$'))
    {
        let expanded = scope.expand(word, facts.file.escape);
        out.extend(
            expanded.unknown.into_iter().filter(|name| !is_set(name)).map(|name| (name, word.span)),
        );
    }
    out
}

/// What the environment of official images consists of beside `PATH`, by the start of its names.
const ENVIRONMENTS: &[(&str, &[&str])] = &[
    ("alpine", &[]),
    ("buildpack-deps", &[]),
    ("busybox", &[]),
    ("debian", &[]),
    ("ubuntu", &[]),
    ("golang", &["GO"]),
    ("node", &["NODE", "NPM", "YARN"]),
    ("python", &["GPG", "LANG", "LC_", "PIP", "PYTHON"]),
    ("rust", &["CARGO", "RUST"]),
];

/// What official images are known to set beside names that begin like their own, by the start of
/// these names. No list is whole.
const ALSO_SET: &[(&str, &[&str])] = &[
    ("eclipse-temurin", &["JAVA"]),
    ("elixir", &["OTP"]),
    ("erlang", &["OTP", "REBAR"]),
    ("gradle", &["JAVA"]),
    ("haskell", &["CABAL", "GHC", "STACK"]),
    ("maven", &["JAVA"]),
    ("nginx", &["NJS", "PKG"]),
    ("node", &["YARN_VERSION"]),
    ("openjdk", &["JAVA"]),
    ("postgres", &["PG"]),
    ("rust", &["CARGO_HOME", "RUSTUP_HOME"]),
    ("tomcat", &["CATALINA", "JAVA"]),
];

/// How the names end that tell of an image's release.
const OF_RELEASE: &[&str] = &["DISTRO", "HOME", "MAJOR", "RELEASE", "VERSION"];

/// Whether the base image probably sets a name that is declared above the first FROM:
/// `ROS_DISTRO` of `ros:$ROS_DISTRO`.
fn base_sets(facts: &Facts<'_>, stage: usize, name: &str) -> bool {
    let root = facts.stages.lineage(stage).last().copied().unwrap_or(stage);
    let Some(image) = facts.references[root].as_ref() else { return false };
    if let Base::Image(reference) = &facts.stages.stages[root].base
        && let Some(told) = facts.told(reference)
    {
        return told.env.contains_key(name);
    }
    let listed = || {
        let entry = ALSO_SET.iter().find(|(known, _)| Some(*known) == image.official());
        entry.is_some_and(|(_, starts)| starts.iter().any(|start| name.starts_with(start)))
    };
    let begins = |word: &str| {
        word.len() > 1
            && name.len() > word.len()
            && name.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
            && name.as_bytes()[word.len()] == b'_'
    };
    // `NODE_ENV` begins like its image, too, and is what a build is told.
    let of_release = OF_RELEASE.iter().any(|end| name.ends_with(end));
    of_release && (listed() || image.repository.split(['/', '-']).any(begins))
}

/// Whether a name may have a value that the file does not show: of the base image, or of the
/// instruction itself.
fn may_be_set(facts: &Facts<'_>, stage: usize, index: usize, name: &str) -> bool {
    // `PATHS=/a:$PATHS` goes on from nothing, too; `BRAND=$BRAND` asks for a value from outside.
    let goes_on = |pair: &Assignment| {
        let value = pair.value.as_ref().map_or("", |value| value.raw.as_str());
        pair.name.raw == name && value.contains('$') && dockerfile::alone(value) != Some(name)
    };
    let own = match &facts.instruction(index).kind {
        Kind::Env(pairs) => pairs.iter().any(goes_on),
        // `ARG X=$X` is what a build is told.
        Kind::Arg(pairs) => pairs.iter().any(|pair| pair.name.raw == name),
        _ => false,
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    // The builder brings a PATH, and proxies where it is told of them.
    if own || !is_name || name == "PATH" || name.to_ascii_lowercase().ends_with("_proxy") {
        return true;
    }
    let root = facts.stages.lineage(stage).last().copied().unwrap_or(stage);
    let stage = &facts.stages.stages[root];
    let reference = match &stage.base {
        Base::Scratch => return false,
        Base::Image(reference) => reference,
        Base::Stage(_) | Base::Unknown(_) => return true,
    };
    // An image that an argument chooses may be another one tomorrow.
    if let Kind::From { image, .. } = &facts.instruction(stage.from).kind
        && image.raw.split(':').next().is_none_or(|written| written.contains('$'))
    {
        return true;
    }
    if let Some(told) = facts.told(reference) {
        return told.env.is_empty() || told.env.contains_key(name);
    }
    let official = facts.references[root].as_ref().and_then(|image| image.official());
    let known = ENVIRONMENTS.iter().find(|(image, _)| Some(*image) == official);
    known.is_none_or(|(_, starts)| starts.iter().any(|start| name.starts_with(start)))
}

fn undeclared(facts: &Facts<'_>, sink: &mut Sink<'_>, index: usize, name: &str, span: Span) {
    let source = &facts.file.source;
    let start = facts.instruction(index).span.range().start;
    let kind = &facts.instruction(index).kind;
    let is_env = matches!(kind, Kind::Env(_));
    // Declared, its value would be written into the image.
    let is_secret = secrets::promises_secret(name);
    let help = match kind {
        Kind::Env(_) if is_secret => {
            "take it out: the sandbox gets a credential in `envs` when it is created".to_owned()
        }
        Kind::Run(_) if is_secret => format!("use it as `RUN {}`", leaked::mount(name)),
        _ if is_secret => "take it out: a credential does not belong into an image".to_owned(),
        _ => format!("declare it again in this stage: `ARG {name}`"),
    };
    let fix = (!is_secret).then(|| Fix {
        title: format!("add `ARG {name}`"),
        // The sandbox gets another value.
        safety: if is_env { Safety::Unsafe } else { Safety::Safe },
        edits: vec![Edit::Replace {
            file: source.path().clone(),
            span: Span::at(start),
            text: format!("ARG {name}{}", source.line_end()),
        }],
    });
    sink.report(
        facts.at(span),
        format!("`{name}` has no value in this stage"),
        "an ARG before the first FROM is known in FROM lines alone, so this is built with an empty text",
    )
    .help(help)
    .maybe_fix(fix);
}

fn unset(facts: &Facts<'_>, sink: &mut Sink<'_>, index: usize, name: &str, span: Span) {
    let kind = &facts.instruction(index).kind;
    let help = match name {
        _ if platform_arg(name).is_some() => format!("declare it in this stage: `ARG {name}`"),
        "HOME" => "write the path: `HOME` is set when the sandbox runs, not for the builder".into(),
        _ if secrets::promises_secret(name) => {
            "take it out: the sandbox gets a credential in `envs` when it is created".into()
        }
        _ => match kind {
            Kind::Copy(_) | Kind::Add(_) if span_names_file(facts, span, name) => {
                format!("write `\\${name}` for a file with this name")
            }
            _ => format!("give it a value above: `ARG {name}=…` or `ENV {name}=…`"),
        },
    };
    sink.report(
        facts.at(span),
        format!("`{name}` has no value here"),
        "neither this file nor the base image sets it, and an unknown variable is an empty text, without a word in the build",
    )
    .help(help);
}

/// Whether a source is a file of the context as it is written: `routes/$id.tsx`.
fn span_names_file(facts: &Facts<'_>, span: Span, name: &str) -> bool {
    let text = facts.file.source.slice(span).trim_start_matches("./");
    text.contains(&format!("${name}")) && facts.project.tree.get(text).is_some()
}

fn misspelled(facts: &Facts<'_>, sink: &mut Sink<'_>, name: &str, near: &str, span: Span) {
    let source = &facts.file.source;
    let text = source.slice(span);
    let places: Vec<usize> = text.match_indices(name).map(|(at, _)| at).collect();
    let edit = match places[..] {
        [at] if text[..at].ends_with(['$', '{']) => {
            let start = span.start as usize + at;
            Some(Edit::Replace {
                file: source.path().clone(),
                span: Span::new(start, start + name.len()),
                text: near.to_owned(),
            })
        }
        _ => None,
    };
    sink.report(
        facts.at(span),
        format!("`{name}` has no value here"),
        "an unknown variable is an empty text, without a word in the build",
    )
    .help(format!("did you mean `{near}`?"))
    .maybe_fix(edit.map(|edit| Fix {
        title: format!("use `{near}`"),
        safety: Safety::Unsafe,
        edits: vec![edit],
    }));
}

/// A declared name that is one or two letters away.
fn nearest(
    facts: &Facts<'_>,
    index: usize,
    globals: &BTreeSet<&str>,
    name: &str,
) -> Option<String> {
    let scope = facts.stages.scope_at(index);
    let most = match name.len() {
        0..4 => return None,
        4..8 => 1,
        _ => 2,
    };
    let known = scope.env.keys().chain(scope.args.keys()).map(String::as_str);
    known
        .chain(globals.iter().copied())
        // `DIR1` beside `DIR2` is no slip.
        .filter(|known| without_digits(known) != without_digits(name))
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known.to_owned())
}

fn without_digits(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_digit()).collect()
}
