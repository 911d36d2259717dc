//! The lint of one project, and of many at once.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rayon::prelude::*;

use crate::{
    cli,
    commands::{
        policy::{Judge, Settled},
        project::{named, shown, unreadable},
    },
    error::Error,
    exit::Exit,
    lint::{
        self, Outcome,
        fix::{self, Changes, Choice, FixError},
    },
    project::{self, Project, Replacement, Trees},
    repo::Target,
    report::Section,
};

/// One project to lint.
pub(super) struct Job {
    root: PathBuf,
    real: Option<PathBuf>,
    dockerfile: Option<String>,
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

/// What came of one.
pub(in crate::commands) struct Linted {
    pub(super) named: String,
    pub(in crate::commands) settled: Settled,
    pub(in crate::commands) outcome: Outcome,
    pub(super) fixed: usize,
    /// What fixes would change, where that is asked.
    pub(super) changes: Changes,
    /// Suppressions that the change adds.
    pub(in crate::commands) added: Vec<String>,
    /// As it is shown in front of paths.
    pub(in crate::commands) root: String,
    /// As it is opened.
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "what builds reads it"))]
    pub(in crate::commands) folder: PathBuf,
    /// The Dockerfile, where a path names it.
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "what builds reads it"))]
    pub(in crate::commands) dockerfile: Option<String>,
    pub(in crate::commands) project: Project,
}

impl Linted {
    pub(in crate::commands) fn section(&self) -> Section<'_> {
        Section { root: self.root.clone(), project: &self.project, outcome: &self.outcome }
    }

    pub(in crate::commands) fn stops(&self) -> bool {
        let mut findings = self.outcome.findings.iter();
        findings.any(|finding| self.settled.fail_on.stops(finding.severity))
    }
}

/// So many projects at most are looked at together.
const TOGETHER: usize = 8;

/// Lints them, in parallel where nothing is written; in the order of the jobs.
pub(super) fn all(args: &cli::Lint, jobs: &[Job], judge: &Judge<'_>) -> Vec<Result<Linted, Error>> {
    if args.fix {
        return jobs.iter().map(|job| mended(args, job, judge)).collect();
    }
    if jobs.len() < 2 {
        return several(args, jobs, judge, None);
    }
    let trees = Arc::new(Trees::default());
    // No thread is left without work for the sake of another.
    let together = jobs.len() / (4 * rayon::current_num_threads());
    jobs.par_chunks(together.clamp(1, TOGETHER))
        .flat_map_iter(|jobs| several(args, jobs, judge, Some(&trees)))
        .collect()
}

/// A project that is about to be linted.
struct Opened<'a> {
    job: &'a Job,
    settled: Settled,
    project: Project,
}

fn several(
    args: &cli::Lint,
    jobs: &[Job],
    judge: &Judge<'_>,
    trees: Option<&Arc<Trees>>,
) -> Vec<Result<Linted, Error>> {
    let open = |job| {
        let mut settled = settle(args, job, judge);
        // Only Dockerfiles that a path names share a folder.
        settled.open.trees = trees.filter(|_| job.dockerfile.is_some()).cloned();
        open(job, judge, settled)
    };
    let opened: Vec<Result<Opened<'_>, Error>> = jobs.iter().map(open).collect();
    let projects: Vec<_> =
        opened.iter().flatten().map(|one| (&one.project, &one.settled.options)).collect();
    let mut outcomes = lint::run_all(&projects).into_iter();
    let done = opened.into_iter().map(|opened| {
        let opened = opened?;
        let outcome = outcomes.next().unwrap_or_default();
        linted(args, opened, outcome, 0)
    });
    done.collect()
}

/// How a project is read and judged.
fn settle(args: &cli::Lint, job: &Job, judge: &Judge<'_>) -> Settled {
    let mut settled = judge.settle_in(&job.root, job.real.clone(), args.fail_on);
    if let Some(dockerfile) = &job.dockerfile {
        settled.open.dockerfile = Some(dockerfile.clone());
    }
    settled.open.replace.extend(job.replace.clone());
    judge.recall(&mut settled);
    settled
}

fn open<'a>(job: &'a Job, judge: &Judge<'_>, mut settled: Settled) -> Result<Opened<'a>, Error> {
    let path = job.root.as_path();
    let project = project::open(path, &settled.open).map_err(|err| unreadable(path, err))?;
    judge.look_up(&project, &mut settled);
    Ok(Opened { job, settled, project })
}

/// Fixes a project, and lints what comes of it.
fn mended(args: &cli::Lint, job: &Job, judge: &Judge<'_>) -> Result<Linted, Error> {
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

fn linted(
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
