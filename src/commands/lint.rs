//! `sandgate lint`.

use std::{io, path::Path};

use super::{
    options,
    project::{open_options, shown, unreadable},
};
use crate::{
    cli::{self, FailOn},
    error::Error,
    exit::Exit,
    lint::{
        self, Options, Outcome,
        diagnostic::Severity,
        fix::{self, Choice, FixError},
    },
    project::{self, Project},
    report::{self, Format, Report, Section},
    shell::Shell,
};

pub(super) fn run(args: &cli::Lint, shell: &mut Shell) -> Result<Exit, Error> {
    let options = options::read(&args.source, &args.rules)?;
    let mut done: Vec<(String, Project, Outcome)> = Vec::new();
    let mut failed = false;
    for path in &args.paths {
        match one(args, path, &options, shell) {
            Ok((project, outcome)) => done.push((shown(path), project, outcome)),
            Err(error) if args.paths.len() == 1 => return Err(error),
            Err(error) => {
                // One broken project hides no other.
                shell.error(&error);
                failed = true;
            }
        }
    }
    let sections = done
        .iter()
        .map(|(root, project, outcome)| Section { root: root.clone(), project, outcome })
        .collect::<Vec<_>>();
    for section in &sections {
        for line in report::start::lines(section, sections.len() > 1) {
            shell.detail(&line);
        }
    }
    let color = shell.colors() && args.output.is_none();
    let report = Report { sections, color };
    let choice = Choice { unsafe_too: args.unsafe_fixes, only: None };
    let written = match &args.output {
        Some(path) => {
            super::save(path, |out| write(args, &report, choice, out)).map(|()| Exit::Done)?
        }
        None => super::written(write(args, &report, choice, shell.out()))?,
    };
    let worst = done
        .iter()
        .flat_map(|(_, _, outcome)| &outcome.findings)
        .map(|finding| finding.severity)
        .max();
    if failed {
        return Ok(Exit::Usage);
    }
    if worst.is_some_and(|worst| fails(worst, args.fail_on)) {
        return Ok(Exit::Findings);
    }
    Ok(written)
}

fn one(
    args: &cli::Lint,
    path: &Path,
    options: &Options,
    shell: &mut Shell,
) -> Result<(Project, Outcome), Error> {
    let open = open_options(&args.source);
    if !args.fix {
        let project = project::open(path, &open).map_err(|err| unreadable(path, err))?;
        let outcome = lint::run(&project, options);
        return Ok((project, outcome));
    }
    let choice = Choice { unsafe_too: args.unsafe_fixes, only: None };
    let fixed = fix::run(path, &open, options, choice).map_err(|err| match err {
        FixError::Open(err) => unreadable(path, err),
        other => Error::new(Exit::Usage, other.to_string()).at(shown(path)).help(
            "nothing else was changed; make the file writable, or run again when nobody edits it",
        ),
    })?;
    if fixed.fixed > 0 {
        shell
            .status("Fixed", &format!("{} in {}", count(fixed.fixed), super::project::named(path)));
    }
    Ok((fixed.project, fixed.outcome))
}

fn count(fixed: usize) -> String {
    if fixed == 1 { "1 finding".into() } else { format!("{fixed} findings") }
}

fn write(
    args: &cli::Lint,
    report: &Report<'_>,
    choice: Choice<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if args.diff {
        for section in &report.sections {
            let changes = fix::plan(section.project, &section.outcome.findings, choice);
            report::diff::write(section, &changes, out)?;
        }
    } else {
        let format = match args.format {
            cli::Format::Human => Format::Human,
            cli::Format::Short => Format::Short,
            cli::Format::Json => Format::Json,
            cli::Format::Github => Format::Github,
            cli::Format::Sarif => Format::Sarif,
            cli::Format::Gitlab => Format::Gitlab,
            cli::Format::Checkstyle => Format::Checkstyle,
            cli::Format::Junit => Format::Junit,
            cli::Format::Markdown => Format::Markdown,
        };
        report::write(report, format, out)?;
    }
    out.flush()
}

/// Whether a finding of this severity fails the run.
pub(super) fn fails(severity: Severity, fail_on: FailOn) -> bool {
    match fail_on {
        FailOn::Error => severity >= Severity::Error,
        FailOn::Warning => severity >= Severity::Warning,
        FailOn::Info => true,
        FailOn::Never => false,
    }
}
