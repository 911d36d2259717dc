//! May it pass: findings against what the caller allows.

mod taken;

pub use taken::{BUILD_ARGS, LOGINS, taken};

use crate::lint::{Outcome, diagnostic::Severity};

/// What the gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Errors found.
    pub errors: usize,
    /// Warnings found.
    pub warnings: usize,
    /// Advice given.
    pub infos: usize,
    /// Findings that a comment silences.
    pub suppressed: usize,
    /// Whether it may pass.
    pub passed: bool,
}

/// Judges what was found; `fail_on` is the least severity that stops it, `None` lets all pass.
pub fn judge(outcome: &Outcome, fail_on: Option<Severity>) -> Verdict {
    let count =
        |severity| outcome.findings.iter().filter(|finding| finding.severity == severity).count();
    let worst = outcome.findings.iter().map(|finding| finding.severity).max();
    Verdict {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        infos: count(Severity::Info),
        suppressed: outcome.suppressed.len(),
        passed: match (worst, fail_on) {
            (Some(worst), Some(limit)) => worst < limit,
            _ => true,
        },
    }
}
