//! Builds what passed: an image, with a sandbox or a preview where they are asked for.

use super::{
    Done, check,
    check::{At, Project},
    given,
    scene::Scene,
    told,
};
use crate::{
    cli,
    commands::shipping,
    error::Error,
    exit::Exit,
    record::leg::{Did, Leg},
    shell::Shell,
    ship::ci::Command,
};

/// Builds them one after the other; one that fails keeps nothing from the others, a signal ends it.
pub(super) fn all(
    args: &cli::Ci,
    scene: &Scene,
    command: Command,
    projects: Vec<Project>,
    linted: Exit,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let mut begun: Vec<Leg> = projects
        .iter()
        .filter(|project| !project.stopped)
        .map(|project| Leg { did: did(command), ..project.leg.clone() })
        .collect();
    for leg in &mut begun {
        scene.sign(leg);
    }
    super::tell::begin(args, scene, &begun);
    let mut first: Option<Error> = None;
    let mut worst = linted;
    for project in projects {
        let mut leg = project.leg;
        if project.stopped {
            shell.note(&format!("`{}` is not built: see its findings", leg.image));
            leg.did = did(command);
            done.legs.push(leg);
            continue;
        }
        group(shell, &format!("::group::{}", crate::escape::terminal(&leg.image, false)));
        let ended = one(args, scene, command, &project.at, &mut leg, shell);
        group(shell, "::endgroup::");
        done.legs.push(leg);
        match ended {
            Err(error) if matches!(error.exit, Exit::Interrupted | Exit::Terminated) => {
                return Err(error);
            }
            Err(error) if first.is_some() => shell.error(&error),
            Err(error) => first = Some(error),
            Ok(exit) if worst == Exit::Done => worst = exit,
            Ok(_) => (),
        }
    }
    first.map_or(Ok(worst), Err)
}

/// What belongs to one image is folded in GitHub's log.
fn group(shell: &mut Shell, command: &str) {
    if shell.is_guarded() {
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
    leg.did = did(command);
    if command == Command::Preview {
        return super::preview::create(args, scene, at, leg, shell);
    }
    let ship = ship(args, scene, command, at);
    let (record, ended) = if command == Command::Push {
        let push = cli::Push { ship, region: None, memory: None, volume: None };
        shipping::carry_out(&push.ship, &push, shell)
    } else {
        let deploy = cli::Deploy {
            ship,
            region: None,
            memory: None,
            ports: Vec::new(),
            envs: given::lines(&args.envs),
            recreate: false,
            labels: Vec::new(),
            volumes: Vec::new(),
        };
        shipping::carry_out(&deploy.ship, &deploy, shell)
    };
    told::write(leg, &record, ended.as_ref().err());
    if let Some(planned) = &record.dry_run {
        shell.report(planned);
    }
    ended
}

/// What is shipped, and how.
pub(super) fn ship(args: &cli::Ci, scene: &Scene, command: Command, at: &At) -> cli::Ship {
    let name = |target: String| target.rsplit('/').next().unwrap_or_default().to_owned();
    let targets: Vec<String> = given::list(&args.promote_to).into_iter().map(name).collect();
    let mut protected = given::list(&args.protected);
    // A build is meant for the workspaces that it is promoted to; every other keeps away from them.
    let promotes = command == Command::Promote;
    if !promotes {
        protected.extend(targets.iter().cloned());
    }
    cli::Ship {
        path: at.folder.clone(),
        name: given::some(args.name.as_ref()),
        platform: args.platform.clone(),
        timeout: args.timeout.clone(),
        image: None,
        skip_build: false,
        logins: cli::Logins::default(),
        build_env_file: None,
        generation: None,
        vars: given::lines(&args.vars),
        dry_run: args.dry_run,
        no_wait: false,
        record: None,
        format: cli::ResultFormat::Human,
        protected,
        expected: if promotes { targets } else { Vec::new() },
        allow_propagation: args.allow_propagation,
        fail_on: args.fail_on,
        rules: check::rules(scene),
        source: cli::Source { dockerfile: at.dockerfile.clone(), ..check::source(args, scene) },
    }
}
