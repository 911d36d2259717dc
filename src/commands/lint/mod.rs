//! `sandgate lint`.

mod imported;
mod one;
mod stdin;

use std::io::{self, Write as _};

use self::one::{Job, Linted};
use super::policy::Judge;
use crate::{
    cli,
    error::Error,
    exit::Exit,
    lint::{
        FailOn,
        fix::{self, Choice},
    },
    report::{self, Format, Report, Section},
    shell::{Shell, Verbosity},
};

pub(super) fn run(args: &cli::Lint, shell: &mut Shell) -> Result<Exit, Error> {
    let judge = Judge::new(&args.source, &args.rules)?;
    let jobs = jobs(args, &judge, shell)?;
    let mut done: Vec<Linted> = Vec::new();
    let mut failed = false;
    for result in one::all(args, &jobs, &judge) {
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
    let sections: Vec<Section<'_>> = done.iter().map(Linted::section).collect();
    if shell.verbosity() == Verbosity::Verbose {
        for section in &sections {
            for line in report::start::lines(section, sections.len() > 1) {
                shell.detail(&line);
            }
        }
    }
    let color = shell.colors() && args.output.is_none();
    let report = Report { sections, imported, color };
    let choice = Choice { unsafe_too: args.unsafe_fixes, only: None };
    let written = match &args.output {
        Some(path) => {
            super::save(path, |out| write(args, &report, choice, out)).map(|()| Exit::Done)?
        }
        None => super::written(write(args, &report, choice, shell.out()))?,
    };
    // What another scanner found belongs to no project: the strictest decides.
    let fail_on = done.iter().map(|linted| linted.settled.fail_on).min();
    let fail_on = fail_on.unwrap_or(FailOn::Error);
    let stopped = done.iter().any(Linted::stops)
        || report.imported.iter().any(|one| fail_on.stops(one.severity));
    Ok(match () {
        () if failed => Exit::Usage,
        () if stopped => Exit::Findings,
        () => written,
    })
}

fn jobs(args: &cli::Lint, judge: &Judge<'_>, shell: &mut Shell) -> Result<Vec<Job>, Error> {
    if args.stdin {
        return stdin::job(&args.stdin_filename, &judge.near).map(|job| vec![job]);
    }
    if args.source.dockerfile.is_some() {
        // It names the Dockerfile of the folders that are typed.
        return Ok(args.paths.iter().map(|path| Job::folder(path)).collect());
    }
    Ok(super::search(&args.paths, judge, shell).into_iter().map(Job::from).collect())
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
        if linted.outcome.stale > 0 {
            shell.note(&format!(
                "{} of the baseline's entries for {} match nothing any more; `sandgate baseline` writes it anew",
                linted.outcome.stale, linted.named
            ));
        }
    }
    !told.is_empty()
}

fn write(
    args: &cli::Lint,
    report: &Report<'_>,
    choice: Choice<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    // Formats write piece by piece, and each piece would be a call of the system.
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    if args.diff {
        for section in &report.sections {
            let changes = fix::plan(section.project, &section.outcome.findings, choice);
            report::diff::write(section, &changes, &mut out)?;
        }
    } else {
        report::write(report, format(args.format), &mut out)?;
    }
    out.flush()
}

fn format(typed: cli::Format) -> Format {
    match typed {
        cli::Format::Human => Format::Human,
        cli::Format::Short => Format::Short,
        cli::Format::Json => Format::Json,
        cli::Format::Github => Format::Github,
        cli::Format::Sarif => Format::Sarif,
        cli::Format::Gitlab => Format::Gitlab,
        cli::Format::Checkstyle => Format::Checkstyle,
        cli::Format::Junit => Format::Junit,
        cli::Format::Markdown => Format::Markdown,
    }
}
