//! Removes the previews of a pull request that is closed.

use super::{Done, build, check, given, orphans, rehearsal, scene::Scene, told};
use crate::{
    cli,
    commands::{manifest, policy::Judge, preview, stop::Watch},
    error::Error,
    exit::Exit,
    record::{
        Status,
        leg::{Did, Leg},
    },
    shell::Shell,
};

pub(super) fn run(
    args: &cli::Ci,
    scene: &Scene,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let source = cli::Source { no_config: true, ..cli::Source::default() };
    let rules = cli::Rules::default();
    let judge = Judge::new(&source, &rules)?;
    let targets = crate::commands::search(&given::paths(&args.paths), &judge, shell);
    let alone = targets.len() == 1;
    let purpose = super::preview::name(args, scene)?;
    let watch = Watch::new();
    let mut first: Option<Error> = None;
    let (mut known, mut nothing) = (Vec::new(), Vec::new());
    for target in targets {
        let asked = cli::PreviewDelete {
            path: target.root.clone(),
            name: purpose.clone(),
            vars: given::lines(&args.vars),
            built: true,
            call: super::call(args),
        };
        let ended = if let Some(exit) = watch.met() {
            Err(build::stopped(exit))
        } else if args.dry_run {
            preview::delete::named(&asked).and_then(|name| {
                shell.status("Would", &format!("delete the preview `{name}`, if it is there"));
                rehearsal::removal(args, &name, shell).map(|()| true)
            })
        } else {
            preview::delete::delete(&asked, shell).map(|gone| gone.is_something())
        };
        let shown = crate::commands::project::shown(&target.root);
        let file = manifest::read(&target.root).ok().flatten();
        let leg = Leg {
            path: scene.within.at(&shown),
            ..leg(scene, check::name(args, file.as_ref(), &target.root))
        };
        known.push(leg.image.clone());
        // Of many images a pull request has previews of some.
        if ended.as_ref().is_ok_and(|there| !there) {
            nothing.push(leg);
            continue;
        }
        end(leg, ended, done, &mut first, shell)?;
    }
    let told = orphans::find(args, scene, &known, shell);
    // One that was there is gone, also where it ended by itself; where nobody can tell, that of the only project may have been.
    let was_there = |leg: &Leg| match &told.images {
        Some(images) => images.contains(&leg.image),
        None => alone,
    };
    done.legs.extend(nothing.into_iter().filter(was_there));
    for orphan in told.orphans {
        let ended = match watch.met() {
            Some(exit) => Err(build::stopped(exit)),
            // That its image was built for it has to be written on it.
            None => preview::delete::delete_named(
                orphan.preview,
                scene.origin.as_deref(),
                false,
                &super::call(args),
                shell,
            )
            .map(|gone| gone.is_something()),
        };
        // One that is another repository's by now is nobody's orphan.
        let is_none = match &ended {
            Ok(there) => !there,
            Err(error) => error.exit == Exit::Refused,
        };
        if !is_none {
            end(leg(scene, orphan.image), ended, done, &mut first, shell)?;
        }
    }
    first.map_or(Ok(Exit::Done), Err)
}

fn leg(scene: &Scene, image: String) -> Leg {
    Leg {
        image,
        workspace: scene.workspace.clone(),
        did: Did::Cleanup,
        status: Status::Succeeded,
        ..Leg::default()
    }
}

/// Writes down how it ended. A signal ends the rest, too.
fn end(
    mut leg: Leg,
    ended: Result<bool, Error>,
    done: &mut Done,
    first: &mut Option<Error>,
    shell: &mut Shell,
) -> Result<(), Error> {
    let Err(error) = ended else {
        done.legs.push(leg);
        return Ok(());
    };
    leg.failure = Some(told::failure(&error));
    leg.status = if error.exit.is_signal() { Status::Cancelled } else { Status::Error };
    done.legs.push(leg);
    if error.exit.is_signal() {
        return build::ending(Some(error), first.take(), shell).map_or(Ok(()), Err);
    }
    build::keep(error, first, shell);
    Ok(())
}
