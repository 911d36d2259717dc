//! Runs every rule over a project.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{diagnostic::Finding, facts::Facts, rule::Sink, rules};
use crate::project::{Project, path::ContextPath, source::Span};

/// How to lint.
#[derive(Debug, Clone)]
pub struct Options {
    /// Today, for rules that know dates.
    pub today: Date,
    /// Values that the caller gives for `ARG`s.
    pub build_args: BTreeMap<String, String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Sorted by path, offset, code.
    pub findings: Vec<Finding>,
    /// Spans that hold secrets: no excerpt, diff or suggestion may show them, whatever rule it
    /// belongs to. Sorted, not overlapping.
    pub masks: BTreeMap<ContextPath, Vec<Span>>,
}

/// Lints a project.
pub fn run(project: &Project, options: &Options) -> Outcome {
    let facts = Facts::new(project, options);
    let mut findings = Vec::new();
    for rule in rules::all() {
        (rule.check)(&facts, &mut Sink::new(rule, &mut findings));
    }
    let masks = facts.masks();
    Outcome { findings, masks }
}
