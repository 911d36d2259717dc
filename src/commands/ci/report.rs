//! Records of earlier jobs, told as one: `sandgate report`, and `sandgate ci` where it is asked to report.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Done, scene::Scene, tell};
use crate::{
    cli,
    commands::written,
    error::Error,
    exit::Exit,
    project::manifest,
    record::leg::{self, Did, Leg},
    repo,
    report::comment::{self, Links, Page},
    shell::Shell,
    ship::{ci::Event, forge::github::Fault},
};

/// How long is waited for GitHub.
const PATIENCE: Duration = Duration::from_mins(1);
/// Records that are larger are none, in bytes; and the most of them.
const LARGEST: u64 = 8 << 20;
const MOST: usize = 1000;
/// The most jobs that are told of, and the most bytes that are read for them.
const LEGS: usize = 600;
const BYTES: usize = 32 << 20;

/// `sandgate report`.
pub(in crate::commands) fn run(args: &cli::Report, shell: &mut Shell) -> Result<Exit, Error> {
    let legs = gather(&args.paths, shell)?;
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
            .help("give the input `records`, the folder that actions/download-artifact wrote to"));
    };
    let legs = match gather(&[dir], shell) {
        Ok(legs) => legs,
        // To tell of other jobs is feedback, which fails none.
        Err(error) => {
            shell.error(&error);
            return Ok(Exit::Done);
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
    Ok(Exit::Done)
}

/// The pull request of another workflow's run, asked from GitHub: what an artifact says of it is a stranger's.
fn pull_of(
    scene: &Scene,
    run: &crate::ship::ci::WorkflowRun,
    shell: &mut Shell,
) -> Result<Option<u64>, Error> {
    let system = |err: std::io::Error| {
        Error::new(Exit::Platform, "the run cannot be set up").because(err.to_string())
    };
    let runtime = tell::runtime().map_err(system)?;
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
        status: if lint.errors > 0 {
            crate::record::Status::Refused
        } else {
            crate::record::Status::Succeeded
        },
        skipped: Some("the commit of a fork".to_owned()),
        lint,
        ..Leg::default()
    })
}

/// Every record of files and folders, in the order of their names. One that cannot be read is told, and hides no other.
fn gather(paths: &[PathBuf], shell: &mut Shell) -> Result<Vec<Leg>, Error> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files, 0);
    }
    files.sort();
    let mut legs = Vec::new();
    let mut bytes = 0;
    for file in files.iter().take(MOST) {
        let read = repo::read_up_to(file, LARGEST)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|err| err.to_string()))
            .and_then(|text| {
                bytes += text.len();
                leg::read_all(&text)
            });
        if legs.len() >= LEGS || bytes > BYTES {
            shell.warn(&format!("only the first {LEGS} records are told of"));
            break;
        }
        match read {
            Ok(read) => legs.extend(read),
            Err(why) => shell.warn(&format!("{}: {why}", file.display())),
        }
    }
    legs.truncate(LEGS);
    if legs.is_empty() {
        return Err(Error::new(Exit::Usage, "there is no record of a job")
            .at(paths.first().map(|path| path.display().to_string()).unwrap_or_default())
            .help(
                "give files that `sandgate ci` wrote (output `report-path`), or a folder with them",
            ));
    }
    Ok(legs)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>, depth: usize) {
    // No link is followed: what an artifact holds stays inside it.
    let Ok(meta) = fs::symlink_metadata(path) else { return files.push(path.to_owned()) };
    if meta.is_file() && (depth == 0 || path.extension().is_some_and(|ext| ext == "json")) {
        files.push(path.to_owned());
    } else if meta.is_dir() && depth < 4 {
        let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
        for entry in entries.take(MOST) {
            collect(&entry.path(), files, depth + 1);
        }
    }
}
