//! What is asked of findings: where which rule holds, how much it matters, what may silence it.

use globset::GlobSet;

use super::{
    diagnostic::{Finding, Severity},
    rule::Rule,
    rules,
    select::{Selection, Selector},
};
use crate::project::path::ContextPath;

/// From which severity on a run fails; the strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOn {
    /// Every finding.
    Info,
    /// Errors and warnings.
    Warning,
    /// Errors.
    Error,
    /// Nothing.
    Never,
}

impl FailOn {
    /// The least severity that fails; `None` where nothing does.
    pub fn limit(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }

    /// Whether a finding of this severity fails the run.
    pub fn stops(self, severity: Severity) -> bool {
        self.limit().is_some_and(|limit| severity >= limit)
    }
}

/// What is asked of findings.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Which rules run.
    pub selection: Selection,
    /// Severities instead of the rules' own; what names a rule beats what names a family.
    pub severity: Vec<(Selector, Severity)>,
    /// Rules that no comment and no baseline silences.
    pub no_suppress: Vec<Selector>,
    /// Other settings for some files; later ones win.
    pub overrides: Vec<Override>,
    /// The project, relative to the folder that the paths of the overrides are relative to: `/`
    /// between the names, "" for that folder itself.
    pub base: String,
}

/// Other settings for some files.
#[derive(Debug, Clone)]
pub struct Override {
    /// Which files.
    pub paths: GlobSet,
    /// Rules that run there too.
    pub extend: Vec<Selector>,
    /// Rules that do not run there.
    pub ignore: Vec<Selector>,
    /// Severities there.
    pub severity: Vec<(Selector, Severity)>,
}

impl Policy {
    /// Whether the rule runs, on whatever file.
    pub fn runs(&self, rule: &Rule) -> bool {
        self.selection.runs(rule)
            || self.overrides.iter().any(|one| heaviest(&one.extend, rule).is_some())
    }

    /// Whether nothing may silence the rule.
    pub fn is_fixed(&self, code: &str) -> bool {
        rules::find(code).is_some_and(|rule| heaviest(&self.no_suppress, rule).is_some())
    }

    /// Drops what does not hold where it was found, and says how much the rest matters.
    pub(super) fn apply(&self, findings: &mut Vec<Finding>) {
        if self.severity.is_empty() && self.overrides.is_empty() {
            return;
        }
        findings.retain_mut(|finding| {
            let Some(rule) = rules::find(finding.code) else { return true };
            let here: Vec<&Override> = match self.overrides.as_slice() {
                [] => Vec::new(),
                all => {
                    let path = self.path(&finding.location.file);
                    all.iter().filter(|one| one.paths.is_match(&path)).collect()
                }
            };
            let mut wanted = self.selection.runs(rule);
            for one in &here {
                let (more, less) = (heaviest(&one.extend, rule), heaviest(&one.ignore, rule));
                wanted = match (more, less) {
                    (None, None) => wanted,
                    (more, less) => more > less,
                };
            }
            let lists = std::iter::once(&self.severity).chain(here.iter().map(|one| &one.severity));
            for list in lists {
                let strongest = list
                    .iter()
                    .filter(|(selector, _)| selector.matches(rule))
                    .max_by_key(|(selector, _)| selector.weight());
                if let Some((_, severity)) = strongest {
                    finding.severity = *severity;
                }
            }
            wanted
        });
    }

    fn path(&self, file: &ContextPath) -> String {
        match (self.base.as_str(), file.as_str()) {
            ("", file) => file.to_owned(),
            (base, file) => format!("{base}/{file}"),
        }
    }
}

fn heaviest(list: &[Selector], rule: &Rule) -> Option<usize> {
    list.iter().filter(|selector| selector.matches(rule)).map(Selector::weight).max()
}
