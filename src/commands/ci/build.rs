//! Builds what passed: an image, with a sandbox or a preview where they are asked for.

use super::{
    Done, beforehand,
    check::{At, Project},
    rehearsal,
    scene::Scene,
    tell, told,
};
use crate::{
    cli,
    commands::{shipping, stop::Watch},
    error::Error,
    exit::Exit,
    record::{
        Status,
        leg::{Did, Leg},
    },
    shell::Shell,
    ship::ci::Command,
};

/// Builds them one after the other; one that fails keeps nothing from the others, a signal ends it: what is not begun by
/// then is told to be cancelled.
pub(super) fn all(
    args: &cli::Ci,
    scene: &Scene,
    command: Command,
    (projects, linted): (Vec<Project>, Exit),
    done: &mut Done,
    shell: &mut Shell,
    watch: &Watch,
) -> Result<Exit, Error> {
    // What lacks something is told at its turn, and never begun.
    let projects = beforehand::projects(args, scene, command, projects);
    let mut begun: Vec<Leg> = projects
        .iter()
        .filter(|(project, lacks)| !project.stopped && lacks.is_none())
        .map(|(project, _)| Leg { did: did(command), ..project.leg.clone() })
        .collect();
    for leg in &mut begun {
        scene.sign(leg);
    }
    let mut signal = tell::begin(args, scene, &begun, &mut done.begun).map(stopped);
    let mut first: Option<Error> = None;
    let mut worst = linted;
    let alone = projects.len() == 1;
    for (project, lacks) in projects {
        let mut leg = Leg { did: did(command), ..project.leg };
        if project.stopped {
            shell.note(&format!("`{}` is not built: see its findings", leg.image));
            done.legs.push(leg);
            continue;
        }
        if let Some(error) = lacks {
            leg.status = Status::Refused;
            told::failed(&mut leg, &error);
            let error = if alone { error } else { told::of_image(&leg, error) };
            done.legs.push(leg);
            keep(error, &mut first, shell);
            continue;
        }
        let begins = signal.is_none();
        if begins {
            let met = tell::start(args, scene, &leg, &mut done.begun);
            signal = met.or_else(|| watch.met()).map(stopped);
        }
        if signal.is_some() {
            leg.status = Status::Cancelled;
            leg.skipped = (!begins).then(|| "not begun".to_owned());
            done.legs.push(leg);
            continue;
        }
        group(shell, &format!("::group::{}", crate::escape::terminal(&leg.image, false)));
        let ended = one(args, scene, command, &project.at, &mut leg, shell)
            .inspect_err(|error| told::failed(&mut leg, error))
            .map_err(|error| if alone { error } else { told::of_image(&leg, error) });
        group(shell, "::endgroup::");
        // It ends now, not with the last of them.
        scene.sign(&mut leg);
        done.legs.push(leg);
        match ended {
            Err(error) if error.exit.is_signal() => signal = Some(error),
            Err(error) => keep(error, &mut first, shell),
            Ok(exit) if worst == Exit::Done => worst = exit,
            Ok(_) => (),
        }
    }
    ending(signal, first, shell).map_or(Ok(worst), Err)
}

/// The first error ends the run; each other is told at once.
pub(super) fn keep(error: Error, first: &mut Option<Error>, shell: &mut Shell) {
    if first.is_some() {
        shell.error(&error);
    } else {
        *first = Some(error);
    }
}

/// The error that ends it. What failed before a signal is told beside that.
pub(super) fn ending(
    signal: Option<Error>,
    first: Option<Error>,
    shell: &mut Shell,
) -> Option<Error> {
    if let (Some(_), Some(first)) = (&signal, &first) {
        shell.error(first);
    }
    signal.or(first)
}

/// What a run says that a signal ended between two images.
pub(super) fn stopped(exit: Exit) -> Error {
    Error::new(exit, if exit == Exit::Interrupted { "interrupted" } else { "terminated" })
}

/// What belongs to one image is folded in GitHub's log.
fn group(shell: &mut Shell, command: &str) {
    if shell.is_github() {
        shell.command(command);
    }
}

fn did(command: Command) -> Did {
    match command {
        Command::Preview => Did::Preview,
        Command::Push => Did::Push,
        _ => Did::Deploy,
    }
}

fn one(
    args: &cli::Ci,
    scene: &Scene,
    command: Command,
    at: &At,
    leg: &mut Leg,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    if command == Command::Preview {
        return super::preview::create(args, scene, at, leg, shell);
    }
    let (record, ended) = if command == Command::Push {
        let push = super::ship::push(args, scene, at);
        shipping::carry_out(&push.ship, &push, shell)
    } else {
        let deploy = super::ship::deploy(args, scene, command, at);
        shipping::carry_out(&deploy.ship, &deploy, shell)
    };
    told::write(leg, &record, ended.as_ref().err());
    if let Some(planned) = &record.dry_run {
        shell.report(planned);
        leg.reference = Some(rehearsal::tag(&leg.image));
        leg.seconds = None;
    }
    ended
}
