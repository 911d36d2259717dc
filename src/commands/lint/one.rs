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

/// Lints them, in parallel where nothing is written; in the order of the jobs.
pub(super) fn all(args: &cli::Lint, jobs: &[Job], judge: &Judge<'_>) -> Vec<Result<Linted, Error>> {
    if args.fix || jobs.len() < 2 {
        return jobs.iter().map(|job| one(args, job, judge, None)).collect();
    }
    let trees = Arc::new(Trees::default());
    // Only Dockerfiles that a path names share a folder.
    let shared = |job: &Job| job.dockerfile.is_some().then(|| Arc::clone(&trees));
    jobs.par_iter().map(|job| one(args, job, judge, shared(job))).collect()
}

fn one(
    args: &cli::Lint,
    job: &Job,
    judge: &Judge<'_>,
    trees: Option<Arc<Trees>>,
) -> Result<Linted, Error> {
    let path = job.root.as_path();
    let mut settled = judge.settle_in(path, job.real.clone(), args.fail_on);
    if let Some(dockerfile) = &job.dockerfile {
        settled.open.dockerfile = Some(dockerfile.clone());
    }
    settled.open.replace.extend(job.replace.clone());
    settled.open.trees = trees;
    judge.recall(&mut settled);
    let mut opened = None;
    if !args.fix || asks(args) {
        let project = project::open(path, &settled.open).map_err(|err| unreadable(path, err))?;
        judge.look_up(&project, &mut settled);
        opened = Some(project);
    }
    let choice = Choice { unsafe_too: args.unsafe_fixes, only: None };
    let (mut project, outcome, fixed) = if let Some(project) = opened.filter(|_| !args.fix) {
        let outcome = lint::run(&project, &settled.options);
        (project, outcome, 0)
    } else {
        let fixed = fix::run(path, &settled.open, &settled.options, choice).map_err(|err| {
            match err {
                FixError::Open(err) => unreadable(path, err),
                other => Error::new(Exit::Usage, other.to_string()).at(shown(path)).help(
                    "nothing else was changed; make the file writable, or run again when nobody edits it",
                ),
            }
        })?;
        (fixed.project, fixed.outcome, fixed.fixed)
    };
    let added = settled.added(&project, &outcome);
    let changes = if args.diff {
        fix::plan_all(&project, &outcome, &settled.open, &settled.options, choice)
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
