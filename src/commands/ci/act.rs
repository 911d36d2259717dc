//! Does what was decided.

use super::{
    Done, audit, beforehand, build, check, checkout, cleanup, inputs, merging, names, overtaken,
    plan, promote, rehearsal, report, scene::Scene, tell,
};
use crate::{
    cli,
    commands::{platform, stop::Watch, world},
    error::Error,
    exit::Exit,
    shell::Shell,
    ship::ci::{Command, Event, Job},
};

pub(super) fn run(
    args: &cli::Ci,
    scene: &Scene,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    if let Job::Do(command) = scene.decision.job {
        some_credentials(args, scene, command, shell)?;
    }
    beforehand::check(args, scene)?;
    if beforehand::builds(args, scene)
        && !args.dry_run
        && let Some(scenario) = platform::target(&args.platform)?.scenario
    {
        world::share(scenario)?;
    }
    match scene.decision.job {
        Job::Nothing => Ok(Exit::Done),
        Job::Refused => {
            let error = Error::new(Exit::Refused, scene.decision.why.clone());
            Err(match scene.decision.help {
                Some(help) => error.help(help),
                None => error,
            })
        }
        Job::Do(Command::Lint) => {
            checkout::check(args, scene, shell)?;
            let (projects, exit) = check::run(args, scene, done, shell)?;
            done.legs = projects.into_iter().map(|project| project.leg).collect();
            if scene.decision.fork {
                for leg in &mut done.legs {
                    leg.skipped = Some("the commit of a fork".to_owned());
                }
            }
            Ok(exit)
        }
        Job::Do(Command::Plan) => {
            if matches!(scene.here.event, Event::PullRequest(_)) {
                checkout::check(args, scene, shell)?;
            }
            plan::run(args, scene, done, shell)
        }
        Job::Do(command @ (Command::Preview | Command::Push | Command::Deploy)) => {
            let is_preview = command == Command::Preview;
            if let Some(why) = is_preview.then(|| overtaken::why(args, scene, shell)).flatten() {
                tell::notice(shell, &format!("nothing is done: {why}"));
                done.nothing = Some(why);
                return Ok(Exit::Done);
            }
            checkout::check(args, scene, shell)?;
            let (projects, exit) = check::run(args, scene, done, shell)?;
            names::named(&projects)?;
            let kept = merging::kept(args, scene, &projects);
            let (watch, what) = (Watch::new(), (projects, exit));
            let exit = build::all(args, scene, command, what, done, shell, &watch)?;
            if args.dry_run {
                rehearsal::merging(args, scene, &mut done.legs, shell)?;
            } else {
                merging::look(args, scene, &kept, &mut done.legs, shell);
            }
            Ok(exit)
        }
        Job::Do(Command::Promote) if !beforehand::builds(args, scene) => {
            checkout::on_production(args, scene, shell)?;
            promote::named(args, scene, done, shell)
        }
        Job::Do(Command::Promote) => {
            checkout::check(args, scene, shell)?;
            checkout::on_production(args, scene, shell)?;
            let (projects, exit) = check::run(args, scene, done, shell)?;
            names::named(&projects)?;
            let (watch, what) = (Watch::new(), (projects, exit));
            let built = build::all(args, scene, Command::Promote, what, done, shell, &watch);
            promote::built(args, scene, built, done, shell, &watch)
        }
        Job::Do(Command::Cleanup) => cleanup::run(args, scene, done, shell),
        Job::Do(Command::Audit) => audit::run(args, done, shell),
        Job::Do(Command::Report) => report::read(args, scene, done, shell),
    }
}

/// Says in a rehearsal, which calls nobody, that the run itself would be nobody.
fn some_credentials(
    args: &cli::Ci,
    scene: &Scene,
    command: Command,
    shell: &mut Shell,
) -> Result<(), Error> {
    if !args.dry_run || matches!(command, Command::Lint | Command::Plan | Command::Report) {
        return Ok(());
    }
    match platform::target(&args.platform) {
        Err(mut error) if error.exit == Exit::Auth => {
            inputs::name(scene.host, &mut error);
            checkout::refuse(args, scene, error, shell)
        }
        _ => Ok(()),
    }
}
