//! The findings of a project, as a leg tells them.

use crate::{
    lint::diagnostic::{Safety, Severity},
    record::leg::{Finding, Lint},
    report::{Counts, Section},
};

/// The most that a leg tells.
const MOST: usize = 100;

/// What was found, the worst in front; `added` are the suppressions that the change adds.
pub fn lint(section: &Section<'_>, added: &[String]) -> Lint {
    let counts = Counts::of([section.outcome]);
    let mut findings: Vec<&crate::lint::diagnostic::Finding> =
        section.outcome.findings.iter().collect();
    let rank = |severity: Severity| match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    };
    findings.sort_by_key(|finding| rank(finding.severity));
    let one = |finding: &crate::lint::diagnostic::Finding| Finding {
        severity: finding.severity.name().to_owned(),
        code: finding.code.to_owned(),
        path: section.path(&finding.location.file),
        line: section.place(&finding.location).map(|place| place.start.line),
        message: finding.message.clone(),
        help: finding.help.clone(),
        fixable: finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe),
    };
    Lint {
        errors: counts.errors,
        warnings: counts.warnings,
        infos: counts.infos,
        findings: findings.into_iter().take(MOST).map(one).collect(),
        added: added.to_vec(),
    }
}
