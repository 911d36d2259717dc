//! Records of earlier jobs, told as one: `sandgate report`, and `sandgate ci` where it is asked to report.

use std::time::Duration;

use super::{Done, records, scene::Scene, tell, unrecorded};
use crate::{
    cli,
    commands::{world::not_set_up, written},
    error::Error,
    exit::Exit,
    project::manifest,
    record::{
        Status,
        leg::{Did, Leg},
    },
    report::comment::{self, Links, Page},
    shell::Shell,
    ship::{ci::Event, forge::github::Fault},
};

/// How long is waited for GitHub.
const PATIENCE: Duration = Duration::from_mins(1);

/// `sandgate report`.
pub(in crate::commands) fn run(args: &cli::Report, shell: &mut Shell) -> Result<Exit, Error> {
    let legs = records::gather(&args.paths, shell)?;
    let links = Links { own: true, ..Links::default() };
    let text = comment::summary(&Page { links, ..Page::default() }, &legs);
    match &args.output {
        Some(path) => {
            crate::commands::save(path, |out| out.write_all(text.as_bytes())).map(|()| Exit::Done)
        }
        None => {
            let text = shell.guarded(&text).into_owned();
            written(shell.out().write_all(text.as_bytes()))
        }
    }
}

/// Reads the records of the jobs before this one.
pub(super) fn read(
    args: &cli::Ci,
    scene: &Scene,
    done: &mut Done,
    shell: &mut Shell,
) -> Result<Exit, Error> {
    let Some(dir) = args.records.clone().filter(|dir| !dir.as_os_str().is_empty()) else {
        return Err(Error::new(Exit::Usage, "nothing says where the records of the jobs are")
            .help("give --records, the folder with what earlier jobs wrote by --report-file; for the Action it is the input `records`"));
    };
    // Another run's plan is not this one's: the records of a stranger stand alone.
    let planned = match scene.here.event {
        Event::WorkflowRun(_) => None,
        _ => unrecorded::planned(args, scene)?,
    };
    let legs = match (records::gather(&[dir], shell), &planned) {
        (Ok(legs), _) => legs,
        (Err(error), planned) => {
            shell.error(&error);
            // To tell of other jobs is feedback, which fails none. Each that was planned is told of.
            if planned.is_none() {
                return Ok(Exit::Done);
            }
            Vec::new()
        }
    };
    if args.dry_run && matches!(scene.here.event, Event::WorkflowRun(_)) {
        shell.status("Would", "ask GitHub for the pull request of that run, and comment there");
    }
    done.legs = match &scene.here.event {
        Event::WorkflowRun(run) => {
            let found = if args.dry_run { Ok(Some(0)) } else { pull_of(scene, run, shell) };
            match found {
                Ok(Some(number)) => done.stranger = Some(number),
                Ok(None) => {
                    shell.note("the commit of that run is no open pull request's newest any more: nothing is told");
                    return Ok(Exit::Done);
                }
                Err(error) => {
                    shell.error(&error);
                    return Ok(Exit::Done);
                }
            }
            legs.into_iter().filter_map(|leg| of_stranger(leg, scene)).collect()
        }
        _ => legs,
    };
    let lost = planned.map(|planned| unrecorded::add(&mut done.legs, &planned));
    match lost {
        Some(lost) if !lost.is_empty() => Err(unrecorded::error(&lost)),
        _ => Ok(Exit::Done),
    }
}

/// The pull request of another workflow's run, asked from GitHub: what an artifact says of it is a stranger's.
fn pull_of(
    scene: &Scene,
    run: &crate::ship::ci::WorkflowRun,
    shell: &mut Shell,
) -> Result<Option<u64>, Error> {
    let runtime = tell::runtime().map_err(|err| not_set_up(&err))?;
    runtime.block_on(async {
        let Some(client) = tell::client(scene, PATIENCE) else {
            shell.note("there is no token for GitHub: nothing is told");
            return Ok(None);
        };
        let found = match client {
            Ok(client) => tell::of_run(&client, run).await,
            Err(fault) => Err(fault),
        };
        found.map(|pull| pull.map(|pull| pull.number)).map_err(Fault::into_error)
    })
}

/// What may be shown of a record that anybody can have written: that it was checked, and what was found. No link of it,
/// nothing that says that something was built or shared.
fn of_stranger(leg: Leg, scene: &Scene) -> Option<Leg> {
    let lint = leg.lint;
    manifest::is_name(&leg.image).then(|| Leg {
        image: leg.image,
        path: leg.path,
        commit: scene.commit.clone(),
        did: Did::Lint,
        status: match leg.status {
            _ if lint.errors > 0 => Status::Refused,
            // Nobody knows what was found.
            Status::Error => Status::Error,
            _ => Status::Succeeded,
        },
        skipped: Some("the commit of a fork".to_owned()),
        lint,
        ..Leg::default()
    })
}
