//! The gate in front of everything: lint, tell, judge.

use std::time::Instant;

use crate::{
    cli,
    commands::{
        policy::{Judge, Settled},
        project,
    },
    error::Error,
    gate,
    lint::{self, Outcome},
    project::Project,
    record::{self, Record},
    report::{self, Format, Report, Section},
    shell::Shell,
};

/// Lints a project and tells what was found. The record says whether it may pass.
fn lint(
    args: &cli::Ship,
    opened: &Project,
    settled: &Settled,
    shell: &mut Shell,
    record: &mut Record,
) -> (Outcome, bool) {
    let clock = Instant::now();
    let outcome = lint::run(opened, &settled.options);
    let verdict = gate::judge(&outcome, settled.fail_on.limit());
    record.timings.push(("lint", clock.elapsed()));
    record.gate = Some(record::Gate {
        errors: verdict.errors,
        warnings: verdict.warnings,
        infos: verdict.infos,
        suppressed: verdict.suppressed,
        passed: verdict.passed,
    });
    if !outcome.findings.is_empty() {
        let section =
            Section { root: project::shown(&args.path), project: opened, outcome: &outcome };
        let report =
            Report { sections: vec![section], imported: Vec::new(), color: shell.err_colors() };
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = report::write(&report, Format::Human, &mut text);
        shell.report(&String::from_utf8_lossy(&text));
    }
    let name = record.name.as_deref().unwrap_or_default();
    shell.status("Linted", &format!("{name}: {}", report::Counts::of([&outcome]).words()));
    if !verdict.passed {
        shell.note("nothing was uploaded: the findings above are at or above --fail-on");
    }
    (outcome, verdict.passed)
}

/// Lints a project and judges it; the record says what stopped it.
pub(super) fn judge(
    args: &cli::Ship,
    judge: &Judge<'_>,
    opened: &Project,
    settled: &mut Settled,
    shell: &mut Shell,
    record: &mut Record,
) -> (Outcome, bool) {
    let said = settled.warnings.len();
    judge.look_up(opened, settled);
    for warning in &settled.warnings[said..] {
        shell.warn(warning);
    }
    for detail in &settled.details {
        shell.detail(detail);
    }
    let (outcome, passed) = lint(args, opened, settled, shell, record);
    if !passed {
        record.failure = Some(record::Failure {
            phase: Some("lint"),
            cause: report::Counts::of([&outcome]).words(),
            ..record::Failure::default()
        });
    }
    (outcome, passed)
}

/// How the project is judged. A gate whose settings cannot be read lets nothing pass.
pub(super) fn settle(
    judge: &Judge<'_>,
    args: &cli::Ship,
    shell: &mut Shell,
) -> Result<Settled, Error> {
    let mut settled = judge.settle(&args.path, args.fail_on);
    judge.recall(&mut settled);
    for warning in &settled.warnings {
        shell.warn(warning);
    }
    let Some(last) = settled.problems.pop() else { return Ok(settled) };
    for problem in &settled.problems {
        shell.error(problem);
    }
    Err(last)
}
