//! Images that were planned, and of which no record tells: a job that never began, or that was lost, leaves none.

use super::{given, records, scene::Scene};
use crate::{
    cli,
    error::Error,
    exit::Exit,
    record::{
        Status,
        leg::{Did, Failure, Leg, UNRECORDED},
    },
    report::comment::{self, Standing},
};

/// What each wave builds: the names of images, with their paths.
type Waves = Vec<Vec<(String, String)>>;

/// What was planned, where that is given, with paths as the repository has them.
pub(super) fn planned(args: &cli::Ci, scene: &Scene) -> Result<Option<Waves>, Error> {
    let Some(text) = given::some(args.plan.as_ref()) else { return Ok(None) };
    let mut waves: Waves = serde_json::from_str(&text).map_err(|err| {
        Error::new(Exit::Usage, "what was planned cannot be read")
            .at("--plan")
            .because(err.to_string())
            .help("give the output `planned` of the job that planned: it is a list of waves")
    })?;
    for (_, path) in waves.iter_mut().flatten() {
        *path = scene.within.at(path);
    }
    Ok(Some(waves))
}

/// Adds what no record tells of. Gives back the images whose jobs should have left one: those of a wave that was left out,
/// since one before it failed, never had a job.
pub(super) fn add(legs: &mut Vec<Leg>, waves: &Waves) -> Vec<String> {
    let planned: Vec<&str> = waves.iter().flatten().map(|(image, _)| image.as_str()).collect();
    let of = |leg: &Leg, image: &str, path: &str| {
        // A job may have been given another name for its image.
        let renamed = || {
            leg.path == path
                && !planned.contains(&leg.image.as_str())
                && !records::is_unreadable(leg)
        };
        leg.image == image || renamed()
    };
    // What the others did is what it was to do.
    let like = legs.iter().find(|leg| !matches!(leg.did, Did::Promote | Did::Cleanup)).cloned();
    let like = like.unwrap_or_default();
    let (mut added, mut lost) = (Vec::new(), Vec::new());
    let mut failed = false;
    for wave in waves {
        let told: Vec<&Leg> = legs
            .iter()
            .filter(|leg| wave.iter().any(|(image, path)| of(leg, image, path)))
            .collect();
        let left_out = failed && told.is_empty();
        failed |= told.iter().any(|leg| comment::verdict(leg).1 == Standing::Bad);
        for (image, path) in wave {
            if told.iter().any(|leg| of(leg, image, path)) {
                continue;
            }
            failed = true;
            let leg = Leg {
                image: image.clone(),
                path: path.clone(),
                did: like.did,
                workspace: like.workspace.clone(),
                ..Leg::default()
            };
            if left_out {
                let why = "an image of a wave before it failed".to_owned();
                added.push(Leg { status: Status::Failed, skipped: Some(why), ..leg });
            } else {
                lost.push(image.clone());
                added.push(Leg { status: Status::Error, failure: Some(failure()), ..leg });
            }
        }
    }
    // The record that cannot be read is most likely that of the image that none tells of: the log has both.
    if legs.iter().filter(|leg| records::is_unreadable(leg)).count() <= lost.len() {
        legs.retain(|leg| !records::is_unreadable(leg));
    }
    legs.extend(added);
    lost
}

/// What ends a report in which something is missing.
pub(super) fn error(lost: &[String]) -> Error {
    let what = match lost {
        [one] => format!("`{one}` ended without a record"),
        all => format!("{} images ended without a record", all.len()),
    };
    let Failure { cause, help, .. } = failure();
    Error::new(Exit::Failed, what).because(cause).help(help.unwrap_or_default())
}

fn failure() -> Failure {
    Failure {
        phase: Some(UNRECORDED.to_owned()),
        cause: "it was planned, and no record tells of it: its job was cancelled before it began, was lost with its runner, or failed before sandgate ran or after it".to_owned(),
        help: Some("see the job of this image in the run, and run it again".to_owned()),
        ..Failure::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(image: &str, path: &str, status: Status) -> Leg {
        let workspace = Some("dev".to_owned());
        let (image, path) = (image.to_owned(), path.to_owned());
        Leg { image, path, status, did: Did::Deploy, workspace, ..Leg::default() }
    }

    fn waves() -> Waves {
        let one = |name: &str| (name.to_owned(), format!("images/{name}"));
        vec![vec![one("base"), one("other")], vec![one("api")]]
    }

    #[test]
    fn what_is_missing_is_told_and_a_wave_that_was_left_out_is_not_lost() {
        let fine = |name: &str| leg(name, &format!("images/{name}"), Status::Succeeded);
        for (told, lost, verdicts) in [
            (vec![fine("base"), fine("other"), fine("api")], vec![], vec![]),
            // Another name was given to the job.
            (
                vec![fine("base"), fine("other"), leg("x", "images/api", Status::Succeeded)],
                vec![],
                vec![],
            ),
            (vec![fine("base"), fine("other")], vec!["api"], vec!["Ended without a record"]),
            (vec![fine("other"), fine("api")], vec!["base"], vec!["Ended without a record"]),
            (
                vec![fine("base")],
                vec!["other"],
                vec!["Ended without a record", "Not built: an image of a wave before it failed"],
            ),
            (
                vec![leg("base", "images/base", Status::Failed), fine("other")],
                vec![],
                vec!["Not built: an image of a wave before it failed"],
            ),
        ] {
            let mut legs = told.clone();
            assert_eq!(add(&mut legs, &waves()), lost);
            let added = &legs[told.len()..];
            let texts: Vec<String> = added.iter().map(|leg| comment::verdict(leg).0).collect();
            assert_eq!(texts, verdicts);
            assert!(added.iter().all(|leg| comment::verdict(leg).1 == Standing::Bad));
            assert!(added.iter().all(|leg| leg.did == Did::Deploy && leg.workspace.is_some()));
        }
        let mut none = Vec::new();
        assert_eq!(add(&mut none, &waves()), ["base", "other"]);
        assert_eq!(none.len(), 3);
    }
}
