//! Mistakes that are known before anything begins: nothing is built that could not come to its end.

use super::{given, preview, scene::Scene};
use crate::{
    cli,
    commands::span,
    error::Error,
    exit::Exit,
    ship::{
        ci::{Command, Job},
        promote::Target,
    },
};

pub(super) fn check(args: &cli::Ci, scene: &Scene) -> Result<(), Error> {
    match scene.decision.job {
        Job::Do(Command::Preview) => preview::name(args, scene).map(drop),
        Job::Do(Command::Promote) => promotion(args, scene),
        _ => Ok(()),
    }
}

fn promotion(args: &cli::Ci, scene: &Scene) -> Result<(), Error> {
    if scene.targets.is_empty() {
        return Err(Error::new(Exit::Usage, "no workspace is named to promote to")
            .help("give the input `promote-to`, or --promote-to"));
    }
    if let Some(text) = given::some(args.wait_approval.as_ref()) {
        span::read("--wait-approval", &text)?;
    }
    let is_own = |target: &&Target| scene.workspace.as_deref() == Some(target.workspace.as_str());
    match scene.targets.iter().find(is_own) {
        Some(own) => Err(Error::new(
            Exit::Usage,
            format!("`{own}` is the workspace that it is built in: there is nothing to promote"),
        )
        .at("--promote-to")
        .help(
            "name another workspace; --workspace and BL_WORKSPACE name the one that it is built in",
        )),
        None => Ok(()),
    }
}
