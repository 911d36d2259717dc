//! Mistakes that are known before anything begins: nothing is built that could not come to its end.

use super::{
    check::{At, Project},
    given, preview,
    scene::Scene,
    ship,
};
use crate::{
    cli,
    commands::{remote, shipping, span},
    error::Error,
    exit::Exit,
    ship::{
        ci::{Command, Job},
        promote::Target,
    },
};

/// Whether something is built, and not an image taken that is named.
pub(super) fn builds(args: &cli::Ci, scene: &Scene) -> bool {
    match scene.decision.job {
        Job::Do(Command::Preview | Command::Push | Command::Deploy) => true,
        Job::Do(Command::Promote) => given::some(args.image.as_ref()).is_none(),
        _ => false,
    }
}

pub(super) fn check(args: &cli::Ci, scene: &Scene) -> Result<(), Error> {
    if builds(args, scene) {
        // A preview could be called after any, and what is built after the merge could not.
        if let Some(name) = given::some(args.name.as_ref()) {
            remote::new_name(&name).map_err(|error| error.at("--name"))?;
        }
        span::timeout(&args.timeout)?;
    }
    match scene.decision.job {
        Job::Do(Command::Preview) => {
            span::life("--ttl", &args.preview_ttl)?;
            preview::name(args, scene).map(drop)
        }
        Job::Do(Command::Promote) => promotion(args, scene),
        _ => Ok(()),
    }
}

/// The projects, each with what it lacks to be built.
pub(super) fn projects(
    args: &cli::Ci,
    scene: &Scene,
    command: Command,
    projects: Vec<Project>,
) -> Vec<(Project, Option<Error>)> {
    let with = |project: Project| {
        let lacks =
            if project.stopped { None } else { one(args, scene, command, &project.at).err() };
        (project, lacks)
    };
    projects.into_iter().map(with).collect()
}

fn one(args: &cli::Ci, scene: &Scene, command: Command, at: &At) -> Result<(), Error> {
    match command {
        Command::Preview => preview::check(args, scene, at),
        Command::Push => {
            let push = ship::push(args, scene, at);
            shipping::check(&push.ship, &push)
        }
        _ => {
            let deploy = ship::deploy(args, scene, command, at);
            shipping::check(&deploy.ship, &deploy)
        }
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
