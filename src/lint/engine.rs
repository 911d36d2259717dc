//! Runs every rule over a project.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    baseline::Accepted,
    diagnostic::{Edit, Finding, Fix, Location},
    facts::{Explanation, Facts, UsedImage},
    policy::Policy,
    rule::{Rule, Sink},
    rules,
    suppress::{self, Silencer, Suppressed},
};
use crate::{
    project::{
        Project, history::History, image::looked_up::LookedUp, path::ContextPath, source::Span,
    },
    secrets,
};

/// How to lint.
#[derive(Debug, Clone)]
pub struct Options {
    /// Today, for rules that know dates.
    pub today: Date,
    /// Values that the caller gives for `ARG`s.
    pub build_args: BTreeMap<String, String>,
    /// What is asked of findings.
    pub policy: Policy,
    /// What is accepted for now.
    pub accepted: Option<Accepted>,
    /// What registries told of the images; empty where none was asked.
    pub images: LookedUp,
    /// How often the files changed; `None` where nobody asked, or nobody knows.
    pub history: Option<History>,
}

impl Options {
    /// The default rules on a day.
    pub fn at(today: Date) -> Self {
        Self {
            today,
            build_args: BTreeMap::new(),
            policy: Policy::default(),
            accepted: None,
            images: LookedUp::new(),
            history: None,
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Sorted by path, offset, code.
    pub findings: Vec<Finding>,
    /// What a comment or the baseline silences, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// The files of the baseline's entries that nothing matches any more, relative to its folder; those of other
    /// projects below this one's folder are among them.
    pub stale: Vec<ContextPath>,
    /// Spans that hold secrets: no excerpt, diff or suggestion may show them, whatever rule it
    /// belongs to. Sorted, not overlapping.
    pub masks: BTreeMap<ContextPath, Vec<Span>>,
    /// How the image starts, hop by hop, for people.
    pub start: Explanation,
    /// The images that the final one is made of.
    pub images: Vec<UsedImage>,
}

/// Lints a project.
pub fn run(project: &Project, options: &Options) -> Outcome {
    run_all(&[(project, options)]).pop().expect("there is one for each project")
}

/// Lints projects, and gives what came of each in their order.
///
/// A rule looks at all of them before the next one does: its code, and what the processor has learnt of
/// its branches, are at hand then. Facts of all are held meanwhile, so that it is not for thousands.
pub fn run_all(projects: &[(&Project, &Options)]) -> Vec<Outcome> {
    let mut looks: Vec<Look<'_>> =
        projects.iter().map(|(project, options)| Look::new(project, options)).collect();
    for rule in rules::all() {
        for look in looks.iter_mut().filter(|look| look.options.policy.runs(rule)) {
            look.check(rule);
        }
    }
    looks.into_iter().map(Look::outcome).collect()
}

/// The look at one project.
struct Look<'a> {
    project: &'a Project,
    options: &'a Options,
    facts: Facts<'a>,
    findings: Vec<Finding>,
    given_way: Vec<(&'static str, Location)>,
}

impl<'a> Look<'a> {
    fn new(project: &'a Project, options: &'a Options) -> Self {
        let facts = Facts::new(project, options);
        Self { project, options, facts, findings: Vec::new(), given_way: Vec::new() }
    }

    fn check(&mut self, rule: &'static Rule) {
        let mut sink = Sink::new(rule, &mut self.findings);
        (rule.check)(&self.facts, &mut sink);
        self.given_way.extend(sink.given_way());
    }

    fn outcome(self) -> Outcome {
        let Self { project, options, facts, mut findings, given_way } = self;
        let policy = &options.policy;
        for finding in &mut findings {
            finding.fix = finding.fix.take().filter(|fix| changes(project, fix));
        }
        policy.apply(&mut findings);
        let masks = facts.masks();
        let (mut findings, mut suppressed) =
            suppress::apply(project, &facts, policy, findings, &given_way);
        sort(&mut findings);
        let stale = accept(project, options, &masks, &mut findings, &mut suppressed);
        suppressed.sort_by(|a, b| order(&a.finding).cmp(&order(&b.finding)));
        let values = masked_values(project, &masks);
        for finding in &mut findings {
            hide(finding, &values);
        }
        for one in &mut suppressed {
            hide(&mut one.finding, &values);
            if let Silencer::Comment { reason, .. } = &mut one.by {
                hide_in(reason, &values);
            }
        }
        let mut start = facts.start.explain();
        for hop in &mut start.hops {
            hide_in(&mut hop.what, &values);
        }
        hide_in(&mut start.verdict, &values);
        let mut images = facts.used_images();
        for image in &mut images {
            hide_in(&mut image.reference, &values);
        }
        Outcome { findings, suppressed, stale, masks, start, images }
    }
}

/// Whether a fix changes anything. One that writes what is there already would be applied for ever.
fn changes(project: &Project, fix: &Fix) -> bool {
    fix.edits.iter().any(|edit| match edit {
        Edit::Replace { file, span, text } => {
            project.source(file).is_none_or(|source| source.slice(*span) != text)
        }
        Edit::Create { .. } | Edit::MakeExecutable { .. } => true,
    })
}

/// Takes out what the baseline accepts. Returns the files of its entries that match nothing.
fn accept(
    project: &Project,
    options: &Options,
    masks: &BTreeMap<ContextPath, Vec<Span>>,
    findings: &mut Vec<Finding>,
    suppressed: &mut Vec<Suppressed>,
) -> Vec<ContextPath> {
    let Some(accepted) = &options.accepted else { return Vec::new() };
    let matched = accepted.matches(project, findings, masks);
    let mut known = matched.accepted.into_iter();
    findings.retain(|finding| {
        let silent = known.next().unwrap_or(false) && !options.policy.is_fixed(finding.code);
        if silent {
            suppressed.push(Suppressed { finding: finding.clone(), by: Silencer::Baseline });
        }
        !silent
    });
    matched.stale
}

fn order(finding: &Finding) -> (&ContextPath, Option<u32>, &str, Option<u32>, &str) {
    let span = finding.location.span;
    (
        &finding.location.file,
        span.map(|span| span.start),
        finding.code,
        span.map(|span| span.end),
        &finding.message,
    )
}

fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    findings.dedup();
}

/// The texts behind the masks, longest first. Short ones would blank half of every message.
pub fn masked_values<'a>(
    project: &'a Project,
    masks: &BTreeMap<ContextPath, Vec<Span>>,
) -> Vec<&'a str> {
    let mut values: Vec<&str> = masks
        .iter()
        .filter_map(|(path, spans)| Some((project.source(path)?, spans)))
        .flat_map(|(source, spans)| spans.iter().flat_map(|span| source.slice(*span).lines()))
        .map(str::trim)
        .filter(|value| value.len() >= 6)
        .collect();
    values.sort_by_key(|value| (std::cmp::Reverse(value.len()), *value));
    values.dedup();
    values
}

/// What stands where a secret stood.
pub const MASK: &str = "****";

/// `text` without any of the values.
pub fn without(text: &str, values: &[&str]) -> Option<String> {
    let mut out: Option<String> = None;
    for value in values {
        if out.as_deref().unwrap_or(text).contains(value) {
            out = Some(out.as_deref().unwrap_or(text).replace(value, MASK));
        }
    }
    out
}

/// No rule puts a secret into its words; this makes sure of it.
fn hide(finding: &mut Finding, values: &[&str]) {
    let texts = [&mut finding.message, &mut finding.why]
        .into_iter()
        .chain(finding.help.as_mut())
        .chain(finding.related.iter_mut().map(|related| &mut related.message))
        .chain(finding.fix.as_mut().map(|fix| &mut fix.title));
    for text in texts {
        hide_in(text, values);
    }
}

/// A password may be too short to be looked for, or one that every example has: in a URL it is known by its place.
fn hide_in(text: &mut String, values: &[&str]) {
    if let Some(hidden) = without(text, values) {
        *text = hidden;
    }
    if let Some(hidden) = secrets::without_user_info(text, MASK) {
        *text = hidden;
    }
}
