//! The gate in front of everything: lint, tell, judge.

use std::time::Instant;

use crate::{
    cli,
    commands::{policy::Settled, project},
    gate,
    lint::{self, Outcome},
    project::Project,
    record::{self, Record},
    report::{self, Format, Report, Section},
    shell::Shell,
};

/// Lints a project and tells what was found. The record says whether it may pass.
pub(super) fn lint(
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
