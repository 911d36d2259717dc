//! The lint of several projects.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    linted::Linted,
    one::{self, Job, Opened},
};
use crate::{cli, commands::policy::Judge, error::Error, lint, project::Trees};

/// So many projects at most are looked at together.
const TOGETHER: usize = 8;

/// Lints them, in parallel where nothing is written; in the order of the jobs.
pub(super) fn all(args: &cli::Lint, jobs: &[Job], judge: &Judge<'_>) -> Vec<Result<Linted, Error>> {
    if args.fix {
        return jobs.iter().map(|job| one::mended(args, job, judge)).collect();
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

fn several(
    args: &cli::Lint,
    jobs: &[Job],
    judge: &Judge<'_>,
    trees: Option<&Arc<Trees>>,
) -> Vec<Result<Linted, Error>> {
    let open = |job| {
        let mut settled = one::settle(args, job, judge);
        // Only Dockerfiles that a path names share a folder.
        settled.open.trees = trees.filter(|_| job.dockerfile.is_some()).cloned();
        one::open(job, judge, settled)
    };
    let opened: Vec<Result<Opened<'_>, Error>> = jobs.iter().map(open).collect();
    let projects: Vec<_> =
        opened.iter().flatten().map(|one| (&one.project, &one.settled.options)).collect();
    let mut outcomes = lint::run_all(&projects).into_iter();
    let done = opened.into_iter().map(|opened| {
        let opened = opened?;
        let outcome = outcomes.next().expect("there is one for each that was opened");
        one::linted(args, opened, outcome, 0)
    });
    done.collect()
}
