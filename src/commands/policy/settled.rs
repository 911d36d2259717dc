//! How one project is judged, once everything is read.

use std::collections::BTreeMap;

use super::accepted::Accepted;
use crate::{
    error::Error,
    lint::{FailOn, Options, Outcome, Silencer},
    project::{OpenOptions, Project},
    repo::Files,
};

/// How one project is read and judged.
pub(in crate::commands) struct Settled {
    /// How it is read.
    pub(in crate::commands) open: OpenOptions,
    /// How it is linted.
    pub(in crate::commands) options: Options,
    /// Where the image is promoted to, as the settings say it.
    #[cfg(feature = "remote")]
    pub(in crate::commands) promote_to: Vec<String>,
    /// Workspaces that no new build may reach by itself, as the settings say it.
    #[cfg(feature = "remote")]
    pub(in crate::commands) protected: Vec<String>,
    /// What fails the run.
    pub(in crate::commands) fail_on: FailOn,
    /// What is wrong with the configuration. The project is judged all the same, by the rest of it,
    /// and the run fails.
    pub(in crate::commands) problems: Vec<Error>,
    /// Worth a word, and no more.
    pub(in crate::commands) warnings: Vec<String>,
    /// Worth a word when everything is told.
    pub(in crate::commands) details: Vec<String>,
    /// Where the policy comes from, where that is another commit.
    pub(super) files: Files,
}

impl Settled {
    /// Suppressions that silence something here and that the policy's commit does not have.
    pub(in crate::commands) fn added(&self, project: &Project, outcome: &Outcome) -> Vec<String> {
        if !matches!(self.files, Files::Commit { .. }) {
            return Vec::new();
        }
        let mut out = Vec::new();
        let mut files: BTreeMap<_, Accepted<'_>> = BTreeMap::new();
        for one in &outcome.suppressed {
            let Silencer::Comment { reason, at } = &one.by else { continue };
            let (Some(span), Some(source)) = (at.span, project.source(&at.file)) else { continue };
            let disk = project.root.join(at.file.as_str());
            let file = files
                .entry(&at.file)
                .or_insert_with(|| Accepted::read(project, source, &self.files, &disk));
            if !file.had(span, one.finding.location.span) {
                let line = source.line_of(span.start as usize);
                let why = if reason.is_empty() { "no reason is given" } else { reason };
                out.push(format!(
                    "{}:{line} suppresses {}: {why}",
                    disk.display(),
                    one.finding.code
                ));
            }
        }
        out.dedup();
        out
    }
}
