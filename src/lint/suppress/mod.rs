//! Comments that silence findings.
//!
//! `# sandgate ignore=SG301,SG302 reason` stands on the line of a finding, or on a comment line above
//! it; `# sandgate ignore-file=SG301 reason` stands anywhere in the file. `# hadolint ignore=` and
//! `# check=skip=` are understood for the rules that have an equivalent, and for credentials the
//! marks of secret scanners (`gitleaks:allow`).

mod read;

pub(super) use read::equivalents;

use std::collections::BTreeMap;

use super::{
    diagnostic::{Edit, Finding, Fix, Location, Related, Safety},
    facts::Facts,
    policy::Policy,
    rule::{Family, Sink},
    rules,
};
use crate::project::{Project, path::ContextPath, source::Span};

/// A finding that is silenced.
#[derive(Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// What silences it.
    pub by: Silencer,
}

/// What silences a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silencer {
    /// A comment.
    Comment {
        /// The reason that it gives; empty where it gives none.
        reason: String,
        /// Where it stands.
        at: Location,
    },
    /// The baseline.
    Baseline,
}

impl Silencer {
    /// The reason, in words.
    pub fn reason(&self) -> &str {
        match self {
            Self::Comment { reason, .. } => reason,
            Self::Baseline => "accepted by the baseline",
        }
    }
}

/// The rule about suppressions without an effect; its findings cannot be suppressed.
const UNUSED: &str = "SG901";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sandgate,
    Other,
}

struct Suppression {
    file: ContextPath,
    dialect: Dialect,
    /// From the `#` to the end of the line.
    span: Span,
    /// What the comment lists: our code, where there is such a rule, and the place of the name.
    names: Vec<(Option<&'static str>, Span)>,
    reason: String,
    /// The lines (from 1) that it covers; `None` for the whole file.
    lines: Option<(usize, usize)>,
    used: Vec<&'static str>,
}

impl Suppression {
    fn is_used_by(&mut self, code: &'static str) {
        if !self.used.contains(&code) {
            self.used.push(code);
        }
    }
}

/// The suppressions of one code in one file, for a search that does not visit each.
#[derive(Default)]
struct Index {
    /// The first that covers the whole file.
    whole: Option<usize>,
    /// First covered line, the last line that this one or any before it covers, and which it is;
    /// in file order, so that both lines ascend.
    lines: Vec<(usize, usize, usize)>,
}

impl Index {
    fn build(all: &[Suppression]) -> BTreeMap<(ContextPath, &'static str), Self> {
        let mut out: BTreeMap<_, Self> = BTreeMap::new();
        for (at, suppression) in all.iter().enumerate() {
            for code in suppression.names.iter().filter_map(|(code, _)| *code) {
                let index = out.entry((suppression.file.clone(), code)).or_default();
                match suppression.lines {
                    None => index.whole = index.whole.or(Some(at)),
                    Some((first, last)) => {
                        let before = index.lines.last().map_or(0, |(_, last, _)| *last);
                        index.lines.push((first, last.max(before), at));
                    }
                }
            }
        }
        out
    }

    /// The first one that covers `line`; the narrower ones before those of the whole file.
    fn covering(&self, line: Option<usize>) -> Option<usize> {
        let narrow = line.and_then(|line| {
            let at = self.lines.partition_point(|(_, last, _)| *last < line);
            self.lines.get(at).filter(|(first, ..)| *first <= line).map(|(.., at)| *at)
        });
        narrow.or(self.whole)
    }
}

/// Takes out what comments silence, and adds what is wrong with the comments. `given_way` are the
/// places where a rule is silent because another one reports the same thing.
pub(super) fn apply(
    project: &Project,
    facts: &Facts<'_>,
    policy: &Policy,
    findings: Vec<Finding>,
    given_way: &[(&'static str, Location)],
) -> (Vec<Finding>, Vec<Suppressed>) {
    let mut kept = Vec::new();
    let mut gone = Vec::new();
    let mut extra = Vec::new();
    let mut all: Vec<Suppression> = Vec::new();
    // Of files that are only copied, those that hold a credential.
    let mut copied: Vec<_> =
        facts.leaks.iter().filter_map(|leak| project.copied.get(&leak.location.file)).collect();
    copied.dedup_by_key(|source| source.path().clone());
    for source in project.sources().chain(copied) {
        read::comments(source, facts, &mut all, &mut extra);
    }
    read::skip_directive(facts, &mut all);
    let index = Index::build(&all);
    let covering = |code: &'static str, location: &Location| {
        let line = location
            .span
            .and_then(|span| Some(project.source(&location.file)?.line_of(span.start as usize)));
        index.get(&(location.file.clone(), code)).and_then(|index| index.covering(line))
    };
    for (code, location) in given_way {
        if let Some(at) = covering(code, location) {
            all[at].is_used_by(code);
        }
    }
    for mut finding in findings {
        let by = match covering(finding.code, &finding.location) {
            Some(at) => {
                let suppression = &mut all[at];
                suppression.is_used_by(finding.code);
                let at = Location::new(&suppression.file, suppression.span);
                Some((suppression.reason.clone(), at))
            }
            None => marked(project, facts, &finding),
        };
        match by {
            Some((_, at)) if policy.is_fixed(finding.code) => {
                let message = format!("{} cannot be suppressed here", finding.code);
                finding.related.push(Related { location: at, message });
                kept.push(finding);
            }
            Some((reason, at)) => {
                gone.push(Suppressed { finding, by: Silencer::Comment { reason, at } });
            }
            None => kept.push(finding),
        }
    }
    for suppression in all.iter().filter(|suppression| suppression.dialect == Dialect::Sandgate) {
        unused(project, suppression, policy, &mut extra);
    }
    extra.retain(|finding| rules::find(finding.code).is_some_and(|rule| policy.runs(rule)));
    policy.apply(&mut extra);
    kept.extend(extra);
    (kept, gone)
}

/// The mark for secret scanners (`gitleaks:allow`) that accepts a credential: the mark itself is all
/// the reason that it gives.
fn marked(project: &Project, facts: &Facts<'_>, finding: &Finding) -> Option<(String, Location)> {
    let at = facts.leaks.binary_search_by(|leak| leak.location.cmp(&finding.location)).ok()?;
    let mark = facts.leaks.get(at)?.allowed?;
    if rules::find(finding.code)?.family != Family::Secrets {
        return None;
    }
    let file = &finding.location.file;
    let source = project.source(file)?;
    let line = source.line_span(source.line_of(mark.start as usize));
    let at = Span::new(mark.start as usize, line.end as usize);
    Some((source.slice(mark).to_owned(), Location::new(file, at)))
}

fn unused(project: &Project, suppression: &Suppression, policy: &Policy, out: &mut Vec<Finding>) {
    // A rule that did not run may still need it.
    let ran = |code| rules::find(code).is_some_and(|rule| policy.runs(rule));
    let is_idle = |(code, _): &(Option<&'static str>, Span)| {
        code.is_some_and(|code| !suppression.used.contains(&code) && ran(code))
    };
    let idle: Vec<(&str, Span)> = suppression
        .names
        .iter()
        .filter(|name| is_idle(name))
        .filter_map(|(code, span)| Some(((*code)?, *span)))
        .collect();
    let (Some((_, first)), Some(source)) = (idle.first(), project.source(&suppression.file)) else {
        return;
    };
    let codes: Vec<&str> = idle.iter().map(|(code, _)| *code).collect();
    let kept: Vec<&str> = suppression
        .names
        .iter()
        .filter(|name| !is_idle(name))
        .map(|(_, span)| source.slice(*span))
        .collect();
    let edit = if kept.is_empty() {
        let line = source.line_of(suppression.span.start as usize);
        let full = source.full_line_span(line);
        let before = Span::new(full.start as usize, suppression.span.start as usize);
        let text = source.slice(before);
        if text.trim().is_empty() {
            full
        } else {
            Span::new(full.start as usize + text.trim_end().len(), suppression.span.end as usize)
        }
    } else {
        suppression.names.iter().fold(*first, |list, (_, name)| list.to(*name))
    };
    let Some(rule) = rules::find(UNUSED) else { return };
    Sink::new(rule, out)
        .report(
            Location::new(&suppression.file, *first),
            format!("nothing here needs `ignore={}`", codes.join(",")),
            "a suppression that silences nothing today will hide the next real finding",
        )
        .help("remove it")
        .fix(Fix {
            title: "remove the unused suppression".into(),
            safety: Safety::Safe,
            edits: vec![Edit::Replace {
                file: suppression.file.clone(),
                span: edit,
                text: kept.join(","),
            }],
        });
}
