//! The lint of one project.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::linted::Linted;
use crate::{
    cli,
    commands::{
        policy::{Judge, Settled},
        project::{named, shown, unreadable},
    },
    error::Error,
    exit::Exit,
    lint::{
        Outcome,
        fix::{self, Changes, Choice, FixError},
    },
    project::{self, Project, Replacement},
    repo::Target,
};

/// One project to lint.
pub(super) struct Job {
    root: PathBuf,
    real: Option<PathBuf>,
    /// The Dockerfile, where a path names it.
    pub(super) dockerfile: Option<String>,
    pub(super) replace: Option<Replacement>,
}

impl Job {
    pub(super) fn folder(path: &Path) -> Self {
        let real = fs::canonicalize(path).ok();
        Self { root: path.to_owned(), real, dockerfile: None, replace: None }
    }
}

impl From<Target> for Job {
    fn from(target: Target) -> Self {
        let Target { root, real, dockerfile } = target;
        Self { root, real, dockerfile, replace: None }
    }
}

/// A project that is about to be linted.
pub(super) struct Opened<'a> {
    job: &'a Job,
    pub(super) settled: Settled,
    pub(super) project: Project,
}

/// How a project is read and judged.
pub(super) fn settle(args: &cli::Lint, job: &Job, judge: &Judge<'_>) -> Settled {
    let mut settled = judge.settle_in(&job.root, job.real.clone(), args.fail_on);
    if let Some(dockerfile) = &job.dockerfile {
        settled.open.dockerfile = Some(dockerfile.clone());
    }
    settled.open.replace.extend(job.replace.clone());
    judge.recall(&mut settled);
    settled
}

pub(super) fn open<'a>(
    job: &'a Job,
    judge: &Judge<'_>,
    mut settled: Settled,
) -> Result<Opened<'a>, Error> {
    let path = job.root.as_path();
    let project = project::open(path, &settled.open).map_err(|err| unreadable(path, err))?;
    judge.look_up(&project, &mut settled);
    Ok(Opened { job, settled, project })
}

/// Fixes a project, and lints what comes of it.
pub(super) fn mended(args: &cli::Lint, job: &Job, judge: &Judge<'_>) -> Result<Linted, Error> {
    let path = job.root.as_path();
    let mut settled = settle(args, job, judge);
    if asks(args) {
        settled = open(job, judge, settled)?.settled;
    }
    let fixed =
        fix::run(path, &settled.open, &settled.options, choice(args)).map_err(|err| match err {
            FixError::Open(err) => unreadable(path, err),
            other => Error::new(Exit::Usage, other.to_string()).at(shown(path)).help(
                "nothing else was changed; make the file writable, or run again when nobody edits it",
            ),
        })?;
    linted(args, Opened { job, settled, project: fixed.project }, fixed.outcome, fixed.fixed)
}

/// What came of a project, of which nothing but texts is kept.
pub(super) fn linted(
    args: &cli::Lint,
    opened: Opened<'_>,
    outcome: Outcome,
    fixed: usize,
) -> Result<Linted, Error> {
    let Opened { job, settled, mut project } = opened;
    let path = job.root.as_path();
    let added = settled.added(&project, &outcome);
    let changes = if args.diff {
        fix::plan_all(&project, &outcome, &settled.open, &settled.options, choice(args))
            .map_err(|err| unreadable(path, err))?
    } else {
        Changes::default()
    };
    project.keep_texts(|path| outcome.masks.contains_key(path));
    Ok(Linted {
        named: named(path),
        root: shown(path),
        folder: path.to_owned(),
        dockerfile: job.dockerfile.clone(),
        settled,
        outcome,
        fixed,
        changes,
        added,
        project,
    })
}

fn choice(args: &cli::Lint) -> Choice<'static> {
    Choice { unsafe_too: args.unsafe_fixes, only: None }
}

/// Whether registries are asked.
fn asks(args: &cli::Lint) -> bool {
    #[cfg(feature = "remote")]
    return args.rules.online;
    #[cfg(not(feature = "remote"))]
    return {
        let _ = args;
        false
    };
}
