//! What the rules about credentials in text files share.

use std::collections::BTreeMap;

use crate::{
    lint::{
        diagnostic::{Location, Severity},
        facts::{Facts, Leak, LeakPlace},
        rule::{Draft, Sink},
    },
    project::{dockerfile::Kind, path::ContextPath, script, source::Span},
    secrets::{self, Confidence},
};

/// What to do about a COPY that names a file with credentials.
pub(in super::super) const DELETE_COPY: &str = "delete it here: a RUN gets a file with `--mount=type=secret`, the sandbox its variables with `envs` when it is created";

/// The leaks at one of `places`, those that a mark for secret scanners accepts included.
pub(super) fn at<'a>(
    facts: &'a Facts<'_>,
    places: &'a [LeakPlace],
) -> impl Iterator<Item = &'a Leak> {
    facts
        .leaks
        .iter()
        .filter(|leak| places.contains(&leak.place) && leak.confidence > Confidence::Half)
}

/// Reports one: where it stands in words, why that is bad, and what to do. The value stays unsaid.
pub(super) fn report<'a>(
    facts: &Facts<'_>,
    sink: &'a mut Sink<'_>,
    leak: &Leak,
    place: &str,
    why: &str,
    help: String,
) -> Draft<'a> {
    let test = leak.confidence == Confidence::Test;
    let soft = test || leak.place == LeakPlace::Comment;
    let draft = sink
        .report(
            leak.location.clone(),
            format!("a credential stands in {place}: {}, {}", leak.what, length(facts, leak)),
            if test {
                format!("it is one of a test environment, but {why}")
            } else {
                why.to_owned()
            },
        )
        .help(help);
    if soft { draft.severity(Severity::Warning) } else { draft }
}

/// Each `rm` of the image that is deployed, by the last part of what it deletes.
pub(super) struct Removals<'a>(BTreeMap<&'a str, Vec<(usize, Span)>>);

impl<'a> Removals<'a> {
    /// Finds them.
    pub(super) fn of(facts: &'a Facts<'_>) -> Self {
        let mut out: BTreeMap<&str, Vec<(usize, Span)>> = BTreeMap::new();
        for (index, _, held) in facts.final_commands() {
            if held.program() == Some("rm") {
                for name in held.command.args().map(script::base).filter(|name| !name.is_empty()) {
                    out.entry(name).or_default().push((index, held.span));
                }
            }
        }
        Self(out)
    }

    /// The one below a COPY that deletes the file too late: under its own name, or under the one that the COPY gives
    /// it.
    pub(super) fn of_file(
        &self,
        facts: &Facts<'_>,
        copy: usize,
        file: &ContextPath,
    ) -> Option<Location> {
        let first = |name: &str| {
            let places = self.0.get(name)?;
            places.get(places.partition_point(|(index, _)| *index <= copy)).copied()
        };
        let renamed = new_name(facts, copy, file);
        let names = [Some(file.name()), renamed.as_deref()];
        let (_, span) = names
            .into_iter()
            .flatten()
            .filter_map(first)
            .min_by_key(|(index, span)| (*index, span.start))?;
        Some(facts.at(span))
    }
}

/// The last part of the destination of a COPY that takes this one file, but where it is written as a
/// directory.
fn new_name(facts: &Facts<'_>, copy: usize, file: &ContextPath) -> Option<String> {
    let (Kind::Copy(transfer) | Kind::Add(transfer)) = &facts.instruction(copy).kind else {
        return None;
    };
    let first = facts.copies.partition_point(|taken| taken.instruction < copy);
    let taken = facts.copies.get(first).filter(|taken| taken.instruction == copy)?;
    if transfer.sources.len() != 1 || taken.path != *file {
        return None;
    }
    let dest = facts.stages.scope_at(copy).expand(&transfer.dest, facts.file.escape);
    let dest = dest.known()?;
    Some(script::base(dest).to_owned()).filter(|name| !matches!(name.as_str(), "" | "." | ".."))
}

/// What is said of it.
pub(super) const REMOVED: &str = "removed here, but the layer of the COPY keeps it";

fn length(facts: &Facts<'_>, leak: &Leak) -> String {
    let text = leak.location.span.and_then(|span| {
        Some(facts.project.source(&leak.location.file)?.slice(span).chars().count())
    });
    format!("{} characters", text.unwrap_or(0))
}

/// The flag of a RUN that gives it the secret `name` for as long as it runs.
pub(in crate::lint::rules) fn mount(name: &str) -> String {
    let id = name.to_ascii_lowercase();
    format!("--mount=type=secret,id={id},env={name}")
}

/// Whether `name` can be a variable.
pub(super) fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether what the instruction leaves is in the image that is built.
pub(super) fn stays(facts: &Facts<'_>, instruction: usize) -> bool {
    let (Some(last), Some(stage)) = (facts.stages.last(), facts.stages.of(instruction)) else {
        return false;
    };
    facts.stages.lineage(last.index).contains(&stage.index)
}

/// Whether an environment file holds nothing but what is published anyhow. `.env.build` is for the
/// platform, whatever it holds.
pub(super) fn is_public(facts: &Facts<'_>, path: &str) -> bool {
    let path = ContextPath::new(path);
    let name = path.name();
    name.starts_with(".env")
        && name != ".env.build"
        && facts.project.source(&path).is_some_and(|source| secrets::is_public_env(source.text()))
}

/// Whether the builder gets the file.
pub(super) fn is_sent(facts: &Facts<'_>, file: &ContextPath) -> bool {
    facts.project.tree.get(file).is_some_and(|entry| entry.excluded.is_none())
}
