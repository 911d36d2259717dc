//! What came of the lint of one project.

use std::path::PathBuf;

use crate::{
    commands::policy::Settled,
    lint::{Outcome, fix::Changes},
    project::Project,
    report::Section,
};

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
