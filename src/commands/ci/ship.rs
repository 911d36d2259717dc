//! What is shipped, and how.

use super::{check, check::At, given, scene::Scene};
use crate::{cli, ship::ci::Command};

/// How an image is built.
pub(super) fn push(args: &cli::Ci, scene: &Scene, at: &At) -> cli::Push {
    let ship = of(args, scene, Command::Push, at);
    cli::Push { ship, region: None, memory: None, volume: None }
}

/// How an image and its sandbox are built.
pub(super) fn deploy(args: &cli::Ci, scene: &Scene, command: Command, at: &At) -> cli::Deploy {
    cli::Deploy {
        ship: of(args, scene, command, at),
        region: None,
        memory: None,
        ports: Vec::new(),
        envs: given::lines(&args.envs),
        recreate: false,
        labels: Vec::new(),
        volumes: Vec::new(),
    }
}

/// How a project is built: its name, its settings, and the workspaces that it keeps away from.
fn of(args: &cli::Ci, scene: &Scene, command: Command, at: &At) -> cli::Ship {
    let targets = scene.targets.iter().map(|target| target.workspace.to_string());
    let targets: Vec<String> = targets.collect();
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
