//! The lint of all projects, and what is said beside the findings.

use super::{all::all, imported, linted::Linted, one::Job, stdin};
use crate::{
    cli,
    commands::policy::Judge,
    error::Error,
    exit::Exit,
    lint::{FailOn, import::Imported},
    project::path::ContextPath,
    report::Section,
    shell::Shell,
};

/// What was found in every project.
pub(in crate::commands) struct Looked {
    pub(in crate::commands) done: Vec<Linted>,
    pub(super) imported: Vec<Imported>,
    failed: bool,
}

impl Looked {
    pub(in crate::commands) fn sections(&self) -> Vec<Section<'_>> {
        self.done.iter().map(Linted::section).collect()
    }

    /// How the run ends.
    pub(in crate::commands) fn exit(&self) -> Exit {
        // What another scanner found belongs to no project: the strictest decides.
        let fail_on = self.done.iter().map(|linted| linted.settled.fail_on).min();
        let fail_on = fail_on.unwrap_or(FailOn::Error);
        let stopped = self.done.iter().any(Linted::stops)
            || self.imported.iter().any(|one| fail_on.stops(one.severity));
        match () {
            () if self.failed => Exit::Usage,
            () if stopped => Exit::Findings,
            () => Exit::Done,
        }
    }
}

/// Lints every project, and tells what is to be said beside the findings.
pub(in crate::commands) fn look(args: &cli::Lint, shell: &mut Shell) -> Result<Looked, Error> {
    let judge = Judge::new(&args.source, &args.rules)?;
    let jobs = jobs(args, &judge, shell)?;
    let mut done: Vec<Linted> = Vec::with_capacity(jobs.len());
    let mut failed = false;
    for result in all(args, &jobs, &judge) {
        match result {
            Ok(linted) => done.push(linted),
            Err(error) if jobs.len() == 1 => return Err(error),
            Err(error) => {
                // One broken project hides no other.
                shell.error(&error);
                failed = true;
            }
        }
    }
    failed |= tell(&done, shell);
    let (imported, broken) = imported::read(&args.import_sarif, shell);
    failed |= broken;
    Ok(Looked { done, imported, failed })
}

fn jobs(args: &cli::Lint, judge: &Judge<'_>, shell: &mut Shell) -> Result<Vec<Job>, Error> {
    if args.stdin {
        return stdin::job(&args.stdin_filename, &judge.near).map(|job| vec![job]);
    }
    if args.source.dockerfile.is_some() {
        // It names the Dockerfile of the folders that are typed.
        return Ok(args.paths.iter().map(|path| Job::folder(path)).collect());
    }
    Ok(crate::commands::search(&args.paths, judge, shell).into_iter().map(Job::from).collect())
}

/// What is to be said beside the findings; each once, though many projects share a file. Returns
/// whether it fails the run.
fn tell(done: &[Linted], shell: &mut Shell) -> bool {
    let mut told: Vec<(&str, Option<&str>)> = Vec::new();
    let mut warned: Vec<&str> = Vec::new();
    for linted in done {
        for problem in &linted.settled.problems {
            let key = (problem.what.as_str(), problem.place.as_deref());
            if !told.contains(&key) {
                told.push(key);
                shell.error(problem);
            }
        }
        for warning in linted.settled.warnings.iter().map(String::as_str) {
            if !warned.contains(&warning) {
                warned.push(warning);
                shell.warn(warning);
            }
        }
        for detail in &linted.settled.details {
            shell.detail(detail);
        }
        if linted.fixed > 0 {
            let count = linted.fixed;
            let what = if count == 1 { "1 finding".into() } else { format!("{count} findings") };
            shell.status("Fixed", &format!("{what} in {}", linted.named));
        }
        for added in &linted.added {
            shell.warn(&format!("new in this change: {added}"));
        }
        let stale = stale(linted, done);
        if stale > 0 {
            shell.note(&format!(
                "{stale} of the baseline's entries for {} match nothing any more; `sandgate baseline` writes it anew",
                linted.named
            ));
        }
    }
    !told.is_empty()
}

/// How many entries of the baseline match nothing any more, those of projects below this one left out.
fn stale(linted: &Linted, done: &[Linted]) -> usize {
    fn base(one: &Linted) -> Option<&str> {
        Some(&one.settled.options.accepted.as_ref()?.base)
    }

    if linted.outcome.stale.is_empty() {
        return 0;
    }
    let Some(own) = base(linted) else { return 0 };
    let below: Vec<&str> =
        done.iter().filter_map(base).filter(|other| other.len() > own.len()).collect();
    let is_own = |path: &&ContextPath| !below.iter().any(|other| path.is_within(other));
    linted.outcome.stale.iter().filter(is_own).count()
}
