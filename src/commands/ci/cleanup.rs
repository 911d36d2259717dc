//! Removes the previews of a pull request that is closed.

use super::{Done, build, check, given, rehearsal, scene::Scene, told};
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
    let watch = Watch::new();
    let mut first: Option<Error> = None;
    for target in targets {
        let name = super::preview::name(args, scene)?;
        let asked = cli::PreviewDelete {
            path: target.root.clone(),
            name,
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
            let gone = preview::delete::delete(&asked, shell);
            gone.map(|gone| gone.existed || gone.image.is_some())
        };
        // Of many images a pull request has previews of some.
        if !alone && ended.as_ref().is_ok_and(|there| !there) {
            continue;
        }
        let shown = crate::commands::project::shown(&target.root);
        let file = manifest::read(&target.root).ok().flatten();
        let mut leg = Leg {
            image: check::name(args, file.as_ref(), &target.root),
            path: scene.at(&shown),
            workspace: scene.workspace.clone(),
            did: Did::Cleanup,
            status: Status::Succeeded,
            ..Leg::default()
        };
        if let Err(error) = ended {
            leg.status = Status::Error;
            leg.failure = Some(told::failure(&error));
            if error.exit.is_signal() {
                leg.status = Status::Cancelled;
                done.legs.push(leg);
                return build::ending(Some(error), first, shell).map_or(Ok(Exit::Done), Err);
            }
            if first.is_some() {
                shell.error(&error);
            }
            first.get_or_insert(error);
        }
        done.legs.push(leg);
    }
    first.map_or(Ok(Exit::Done), Err)
}
