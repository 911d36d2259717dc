//! Shares what was built with production.

use super::{Done, given, history, scene::Scene, told};
use crate::{
    cli,
    commands::promote::{self, plan},
    error::Error,
    exit::Exit,
    record::{
        Status,
        leg::{Did, Leg},
    },
    shell::Shell,
};

/// Promotes every image that this run built. Where one was not, none of the others is kept back: each is its own product.
pub(super) fn built(
    args: &cli::Ci,
    scene: &Scene,
    built: Result<Exit, Error>,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let (exit, mut first) = match built {
        Ok(exit) => (exit, None),
        Err(error) if matches!(error.exit, Exit::Interrupted | Exit::Terminated) => {
            return Err(error);
        }
        Err(error) => (error.exit, Some(error)),
    };
    let mut waits = false;
    let legs: Vec<Leg> =
        done.legs.iter().filter(|leg| leg.status == Status::Succeeded).cloned().collect();
    for build in legs {
        let Some(reference) = build.reference.clone() else {
            if !args.dry_run {
                let error = Error::new(
                    Exit::Failed,
                    format!("nobody knows which tag of `{}` this is", build.image),
                )
                .because("the platform used an earlier build again, and does not say which")
                .help("name the tag that is meant with the input `image`, or change the project");
                done.legs.push(broken(&build, &error));
                first.get_or_insert(error);
            }
            continue;
        };
        match one(args, scene, &build, &reference, done, shell) {
            Ok(Exit::Pending) => waits = true,
            Ok(_) => (),
            Err(error) if matches!(error.exit, Exit::Interrupted | Exit::Terminated) => {
                return Err(error);
            }
            Err(error) if first.is_some() => shell.error(&error),
            Err(error) => first = Some(error),
        }
    }
    match first {
        Some(error) => Err(error),
        None if exit != Exit::Done => Ok(exit),
        None if waits => Ok(Exit::Pending),
        None => Ok(Exit::Done),
    }
}

/// Promotes the image that is named: an earlier job built it.
pub(super) fn named(
    args: &cli::Ci,
    scene: &Scene,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let reference = given::some(args.image.as_ref()).unwrap_or_default();
    let Some((image, _)) = reference.rsplit_once(':') else {
        return Err(Error::new(Exit::Usage, format!("`{reference}` names no tag"))
            .at("--image")
            .help("give the output `image-id` of the job that built it: sandbox/NAME:TAG"));
    };
    let name = image.rsplit('/').next().unwrap_or_default().to_owned();
    let build = Leg { image: name, workspace: args.platform.workspace.clone(), ..Leg::default() };
    shell.note("the image is promoted as it is named: an earlier job built and checked it, and not this one");
    one(args, scene, &build, &reference, done, shell)
}

fn one(
    args: &cli::Ci,
    scene: &Scene,
    build: &Leg,
    reference: &str,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let (image, tag) = reference.rsplit_once(':').unwrap_or((reference, ""));
    let asked = cli::Promote {
        image: Some(image.to_owned()),
        from: None,
        to: given::list(&args.promote_to),
        account: None,
        tag: Some(tag.to_owned()),
        wait_approval: given::some(args.wait_approval.as_ref()),
        preview: false,
        rollback: false,
        undo: false,
        force: false,
        last: None,
        record: None,
        call: super::call(args),
    };
    if asked.to.is_empty() {
        return Err(Error::new(Exit::Usage, "no workspace is named to promote to")
            .help("give the input `promote-to`, or --promote-to"));
    }
    if args.dry_run {
        shell.status("Would", &format!("promote {reference} to {}", asked.to.join(", ")));
        return Ok(Exit::Done);
    }
    let started = std::time::Instant::now();
    let previous = history::before(args, scene, &asked.to, (&build.image, tag));
    let (promotion, ended) =
        plan::read(&asked).map(|plan| promote::carry_out(&asked, &plan, shell))?;
    let mut leg = Leg {
        did: Did::Promote,
        status: promotion.status,
        reference: Some(reference.to_owned()),
        simulated: promotion.simulated,
        workspace: Some(promotion.workspace),
        promoted: promotion.targets,
        previous,
        seconds: Some(started.elapsed().as_secs()),
        ..base(build)
    };
    if let Err(error) = &ended {
        leg.failure = Some(told::failure(error));
    }
    scene.sign(&mut leg);
    done.legs.push(leg);
    ended
}

fn base(build: &Leg) -> Leg {
    Leg { image: build.image.clone(), path: build.path.clone(), ..Leg::default() }
}

fn broken(build: &Leg, error: &Error) -> Leg {
    let failure = Some(told::failure(error));
    Leg { did: Did::Promote, status: Status::Error, failure, ..base(build) }
}
