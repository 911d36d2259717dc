//! What a rule is.

use super::{
    diagnostic::{Finding, Fix, Location, Related, Severity},
    facts::Facts,
};

/// Which part of a project a rule is about; the hundreds of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `SG1xx`: what a sandbox needs to start.
    Contract,
    /// `SG2xx`: credentials.
    Secrets,
    /// `SG3xx`: layers and the build cache.
    Cache,
    /// `SG4xx`: base image and size.
    Base,
    /// `SG5xx`: the build context.
    Context,
    /// `SG6xx`: `blaxel.toml`.
    Manifest,
    /// `SG7xx`: what Docker refuses or misreads.
    Correctness,
    /// `SG8xx`: what weakens the image, or makes the next build another one.
    Security,
    /// `SG9xx`: the lint run itself.
    Lint,
}

/// A rule: its metadata, its page and its check.
#[derive(Debug)]
pub struct Rule {
    /// `SGnnn`; never reused.
    pub code: &'static str,
    /// Kebab-case; reads well after "allow".
    pub name: &'static str,
    /// The family.
    pub family: Family,
    /// Severity of its findings unless the check says otherwise.
    pub severity: Severity,
    /// First release that had it.
    pub since: &'static str,
    /// Whether it runs unless somebody turns it off; the others are turned on by name.
    pub default: bool,
    /// Its page in `rules/`, printed by `explain` and run as its test.
    pub page: &'static str,
    /// The check.
    pub check: fn(&Facts<'_>, &mut Sink<'_>),
}

impl Rule {
    /// Whether it judges by how often files changed, which is read only where it runs.
    pub fn needs_history(&self) -> bool {
        self.code == "SG312"
    }
}

/// Where a check reports; it can only report under its own code.
#[derive(Debug)]
pub struct Sink<'a> {
    rule: &'static Rule,
    out: &'a mut Vec<Finding>,
    given_way: Vec<Location>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(rule: &'static Rule, out: &'a mut Vec<Finding>) -> Self {
        Self { rule, out, given_way: Vec::new() }
    }

    /// Says that the rule is silent at `location` because another one reports the same thing: a
    /// comment that ignores this rule there is of use all the same.
    pub fn give_way(&mut self, location: Location) {
        self.given_way.push(location);
    }

    /// The places of [`Self::give_way`], with the code of the rule.
    pub(crate) fn given_way(self) -> impl Iterator<Item = (&'static str, Location)> {
        let code = self.rule.code;
        self.given_way.into_iter().map(move |location| (code, location))
    }

    /// Reports a finding at `location`: *what* and *why*. The rest is added to what is returned.
    pub fn report(
        &mut self,
        location: Location,
        what: impl Into<String>,
        why: impl Into<String>,
    ) -> Draft<'_> {
        self.out.push(Finding {
            code: self.rule.code,
            name: self.rule.name,
            severity: self.rule.severity,
            location,
            message: what.into(),
            why: why.into(),
            help: None,
            related: Vec::new(),
            fix: None,
        });
        Draft { finding: self.out.last_mut().expect("one was pushed above") }
    }
}

/// A finding that was just reported.
#[derive(Debug)]
pub struct Draft<'a> {
    finding: &'a mut Finding,
}

impl Draft<'_> {
    /// Says what to do.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.finding.help = Some(help.into());
        self
    }

    /// Adds another place.
    pub fn related(self, location: Location, message: impl Into<String>) -> Self {
        self.finding.related.push(Related { location, message: message.into() });
        self
    }

    /// Offers a fix.
    pub fn fix(self, fix: Fix) -> Self {
        self.finding.fix = Some(fix);
        self
    }

    /// Offers a fix, where there is one.
    pub fn maybe_fix(self, fix: Option<Fix>) -> Self {
        self.finding.fix = fix;
        self
    }

    /// Changes the severity of this one finding.
    pub fn severity(self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }
}
