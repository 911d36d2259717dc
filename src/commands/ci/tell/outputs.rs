//! The outputs of the step.

use std::path::Path;

use super::{super::Done, forge::Told};
use crate::{
    error::Error,
    escape,
    exit::Exit,
    record::{
        leg::{self, Did, Leg},
        promotion::State,
    },
};

/// The longest that one output may be, in bytes: all of a job share 1 MB.
const LONGEST: usize = 200 << 10;

/// The longest value of a variable, and the most of the file, in bytes: GitLab takes 5 KB in all.
const VALUE: usize = 600;
const VARIABLES: usize = 5_000;

/// What every run has, each by its name. Of several images, the one that is alone tells its own; the others are in `images`.
pub(super) fn own(
    done: &Done,
    ended: &Result<Exit, Error>,
    file: Option<&Path>,
    told: &Told,
) -> Vec<(&'static str, String)> {
    let builds: Vec<&Leg> =
        done.legs.iter().filter(|leg| !matches!(leg.did, Did::Promote | Did::Cleanup)).collect();
    let promotions: Vec<&Leg> = done.legs.iter().filter(|leg| leg.did == Did::Promote).collect();
    let one = match (builds.as_slice(), promotions.as_slice()) {
        ([one], _) | ([], [one]) => Some(*one),
        _ => None,
    };
    let of = |read: fn(&Leg) -> &Option<String>| {
        one.and_then(|leg| read(leg).clone()).unwrap_or_default()
    };
    let reference = of(|leg| &leg.reference);
    let tag = reference.rsplit_once(':').map(|(_, tag)| tag.to_owned()).unwrap_or_default();
    let count = |read: fn(&Leg) -> usize| builds.iter().map(|leg| read(leg)).sum::<usize>();
    let (errors, warnings, infos) =
        (count(|leg| leg.lint.errors), count(|leg| leg.lint.warnings), count(|leg| leg.lint.infos));
    let json = leg::to_json(&done.legs);
    let json = if json.len() > LONGEST { String::new() } else { json };
    let images: Vec<serde_json::Value> = builds
        .iter()
        .map(|leg| {
            serde_json::json!({
                "image": leg.image, "path": leg.path, "status": leg.status.name(), "id": leg.reference,
                "url": leg.url, "preview_url": leg.preview_url, "digest": leg.digest,
            })
        })
        .collect();
    let images = escape::json(&serde_json::Value::from(images).to_string()).into_owned();
    // Of several workspaces each has its own end: the others are in the record.
    let targets = || promotions.iter().flat_map(|leg| &leg.promoted);
    let promoted = targets().any(|target| {
        matches!(target.state, State::Shared | State::Already) && target.verified != Some(false)
    });
    let waits = targets().any(|target| target.state == State::Waiting);
    let deployment = told.deployment.filter(|_| one.is_some());
    vec![
        ("status", overall(done, ended).to_owned()),
        ("image-id", reference),
        ("image-tag", tag),
        ("images", if images.len() > LONGEST { String::new() } else { images }),
        ("digest", of(|leg| &leg.digest)),
        ("sandbox-url", of(|leg| &leg.url)),
        ("preview-url", of(|leg| &leg.preview_url)),
        ("findings", (errors + warnings + infos).to_string()),
        ("lint-errors", errors.to_string()),
        ("lint-warnings", warnings.to_string()),
        ("json", json),
        ("report-path", file.map(shown).unwrap_or_default()),
        ("sarif-path", done.sarif.as_deref().map(shown).unwrap_or_default()),
        ("promoted", promoted.to_string()),
        ("pending-approval", waits.to_string()),
        ("comment-url", told.comment.clone().unwrap_or_default()),
        ("deployment-id", deployment.map(|id| id.to_string()).unwrap_or_default()),
    ]
}

/// Every output: what every run has, and what a matrix is made of.
pub(super) fn all(own: &[(&str, String)], done: &Done) -> Vec<(String, String)> {
    let own = own.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    own.chain(done.plan.iter().flat_map(|plan| plan.outputs.clone())).collect()
}

/// As the file that the runner reads: behind a word that nobody can guess, so that no value ends its own output.
pub(super) fn file(all: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in all {
        let word = format!("sandgate-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        out.push_str(&format!("{name}<<{word}\n{value}\n{word}\n"));
    }
    out
}

/// As a file of variables: what is longer than GitLab takes is left out, and what would be more than a value to whoever reads
/// it: another line, or a variable or a command that is filled in.
pub(super) fn dotenv(own: &[(&str, String)]) -> String {
    let active = |c: char| escape::is_harmful(c) || matches!(c, '$' | '`');
    let plain = |value: &str| !value.is_empty() && value.len() <= VALUE && !value.contains(active);
    let mut out = String::new();
    for (name, value) in own.iter().filter(|(_, value)| plain(value)) {
        // Jobs behind this one see them, where SANDGATE_STATUS is an option.
        let name = if *name == "status" { "result" } else { name };
        let name = name.to_ascii_uppercase().replace('-', "_");
        let line = format!("SANDGATE_{name}={value}\n");
        if out.len() + line.len() > VARIABLES {
            break;
        }
        out.push_str(&line);
    }
    out
}

/// Whoever reads it may be in another folder.
fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// How the run ended, in a word.
pub(super) fn overall(done: &Done, ended: &Result<Exit, Error>) -> &'static str {
    match ended {
        Ok(Exit::Done) if done.legs.is_empty() && done.audit.is_none() && done.plan.is_none() => {
            "nothing"
        }
        Ok(Exit::Done) => "succeeded",
        Ok(Exit::Findings) => "refused",
        Ok(Exit::Pending) => "waiting",
        Ok(_) => "error",
        Err(error) => match error.exit {
            Exit::Failed => "failed",
            Exit::TimedOut => "timed-out",
            Exit::Refused => "refused",
            Exit::Interrupted | Exit::Terminated => "cancelled",
            _ => "error",
        },
    }
}
