//! Shares what was built with production.

use super::{Done, build, given, history, rehearsal, scene::Scene, tell, told, unpromoted};
use crate::{
    cli,
    commands::{
        promote::{self, plan},
        stop::Watch,
    },
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
    watch: &Watch,
) -> Result<Exit, Error> {
    let (mut signal, mut first) = (None, None);
    let exit = built.unwrap_or_else(|error| {
        let exit = error.exit;
        *(if exit.is_signal() { &mut signal } else { &mut first }) = Some(error);
        exit
    });
    let mut waits = false;
    let legs: Vec<Leg> =
        done.legs.iter().filter(|leg| leg.status == Status::Succeeded).cloned().collect();
    for build in legs {
        signal = signal.or_else(|| watch.met().map(build::stopped));
        if signal.is_some() {
            done.legs.push(unpromoted::not_begun(scene, &build));
            continue;
        }
        let Some(reference) = build.reference.clone() else {
            let error = Error::new(
                Exit::Failed,
                format!("nobody knows which tag of `{}` this is", build.image),
            )
            .because("the platform used an earlier build again, and does not say which")
            .help("name the tag that is meant with the input `image`, or change the project");
            done.legs.push(unpromoted::broken(scene, &build, &error));
            first.get_or_insert(error);
            continue;
        };
        match one(args, scene, (&build, &reference), done, shell, watch) {
            Ok(Exit::Pending) => waits = true,
            Ok(_) => (),
            Err(error) if error.exit.is_signal() => signal = Some(error),
            Err(error) => build::keep(error, &mut first, shell),
        }
    }
    match build::ending(signal, first, shell) {
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
    let unnamed = |what: &str| {
        Error::new(Exit::Usage, format!("`{reference}` names {what}"))
            .at("--image")
            .help("give the output `image-id` of the job that built it: sandbox/NAME:TAG")
    };
    let (image, _) = reference.rsplit_once(':').ok_or_else(|| unnamed("no tag"))?;
    if image.contains(':') {
        return Err(unnamed("more than a tag"));
    }
    let name = image.rsplit('/').next().unwrap_or_default().to_owned();
    let build = Leg { image: name, workspace: scene.workspace.clone(), ..Leg::default() };
    shell.note("the image is promoted as it is named: an earlier job built and checked it, and not this one");
    one(args, scene, (&build, &reference), done, shell, &Watch::new())
}

fn one(
    args: &cli::Ci,
    scene: &Scene,
    (build, reference): (&Leg, &str),
    done: &mut Done,
    shell: &mut Shell,
    watch: &Watch,
) -> Result<Exit, Error> {
    let (image, tag) = reference.rsplit_once(':').unwrap_or((reference, ""));
    let asked = cli::Promote {
        image: Some(image.to_owned()),
        from: None,
        to: scene.targets.iter().map(ToString::to_string).collect(),
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
    if args.dry_run {
        let base = unpromoted::base(build);
        let leg = rehearsal::promotion(args, scene, base, reference, shell)?;
        let waits = leg.status == Status::Waiting;
        done.legs.push(leg);
        return Ok(if waits { Exit::Pending } else { Exit::Done });
    }
    let started = std::time::Instant::now();
    let plan = plan::read(&asked)
        .inspect_err(|error| done.legs.push(unpromoted::broken(scene, build, error)))?;
    let mut leg = Leg {
        did: Did::Promote,
        reference: Some(reference.to_owned()),
        promoted: unpromoted::unreached(scene, "it did not come to an end"),
        previous: history::before(args, scene, (&build.image, tag), shell),
        ..unpromoted::base(build)
    };
    let met = tell::start(args, scene, &leg, &mut done.begun);
    if let Some(exit) = met.or_else(|| watch.met()) {
        leg.status = Status::Cancelled;
        done.legs.push(leg);
        return Err(build::stopped(exit));
    }
    let (promotion, ended) = promote::carry_out(&asked, &plan, shell);
    leg.status = promotion.status;
    leg.simulated = promotion.simulated;
    leg.promoted = promotion.targets;
    leg.seconds = Some(started.elapsed().as_secs());
    if let Err(error) = &ended {
        leg.failure = Some(told::failure(error));
        unpromoted::missing(scene, &mut leg, &error.what);
    }
    scene.sign(&mut leg);
    done.legs.push(leg);
    ended
}
