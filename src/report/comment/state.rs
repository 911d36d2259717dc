//! What a comment remembers of the jobs that wrote it, in a part of it that is not shown. It is only to show: anybody
//! who can run a workflow could have written it.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Standing,
    brief::{Brief, LAST},
    cells::Cells,
};
use crate::record::{
    Status,
    leg::{Did, Failure, Leg, Run},
    row::Name,
};

const OPEN: &str = "<!-- state:";
const CLOSE: &str = " -->";
/// The most earlier commits that are told of.
const PAST: usize = 10;
/// The most jobs that are remembered.
const LEGS: usize = 600;
/// The most bytes of it, as JSON: hundreds of legs say much the same, and anybody may have written what is read.
const MOST: usize = 2 << 20;

/// What a comment remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Of each row the newest build or its removal, and the newest promotion.
    pub(super) legs: Vec<Leg>,
    /// What came of earlier commits, the newest first.
    pub(super) past: Vec<Past>,
    /// How short it is told.
    pub(super) level: usize,
    /// The run that found nothing to build, where it is newer than every build.
    pub(super) idle: Option<Idle>,
}

/// A run that found no image to build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Idle {
    /// Which.
    pub run: Run,
    /// The commit that it looked at.
    pub commit: Option<String>,
    /// When it ended, RFC 3339.
    pub finished: String,
}

impl Idle {
    fn age(&self) -> (u64, u64) {
        (self.run.id, self.run.attempt)
    }
}

/// What came of an earlier commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Past {
    pub(super) commit: String,
    pub(super) bad: usize,
    pub(super) all: usize,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(default)]
    legs: Vec<Value>,
    #[serde(default)]
    past: Vec<Past>,
    #[serde(default)]
    level: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    idle: Option<Idle>,
}

/// Reads what was deflated.
fn inflated(bytes: &[u8]) -> Option<Wire> {
    let mut text = Vec::new();
    let most = u64::try_from(MOST).unwrap_or_default();
    DeflateDecoder::new(bytes).take(most).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Whether a leg is the build of an image, the check of it, or the removal of what was built.
pub(super) fn is_build(leg: &Leg) -> bool {
    leg.did != Did::Promote
}

/// What a leg takes the place of: a removal that of what it removed.
fn names(leg: &Leg) -> Vec<Name> {
    Name::all(leg).into_iter().map(Name::built).collect()
}

/// Its run, which grows.
pub(super) fn age(leg: &Leg) -> (u64, u64) {
    (leg.run.id, leg.run.attempt)
}

/// The commit of the newest build, or of the removal that ended it. What a merge builds while its pull request is closed stays.
fn newest<'a>(legs: impl Iterator<Item = &'a Leg>) -> Option<&'a String> {
    let (removals, builds): (Vec<&Leg>, Vec<&Leg>) =
        legs.filter(|leg| is_build(leg)).partition(|leg| leg.did == Did::Cleanup);
    let last = |legs: Vec<&'a Leg>| legs.into_iter().max_by_key(|leg| age(leg));
    let newest = match (last(builds), last(removals)) {
        (Some(build), Some(removal))
            if matches!(build.did, Did::Preview | Did::Lint) && age(build) < age(removal) =>
        {
            removal
        }
        (build, removal) => build.or(removal)?,
    };
    newest.commit.as_ref()
}

impl State {
    /// Reads it; what cannot be read is forgotten.
    pub(super) fn read(body: &str) -> Self {
        let Some(rest) = body.lines().take(4).find_map(|line| line.strip_prefix(OPEN)) else {
            return Self::default();
        };
        let text = rest.strip_suffix(CLOSE).unwrap_or_default();
        let bytes = STANDARD.decode(text).unwrap_or_default();
        let Some(wire) = inflated(&bytes) else { return Self::default() };
        let legs = wire.legs.iter().take(LEGS).filter_map(|leg| Leg::read(&leg.to_string()).ok());
        let mut past = wire.past;
        past.truncate(PAST);
        past.retain(|one| one.commit.bytes().all(|b| b.is_ascii_hexdigit()));
        let level = wire.level.min(LAST);
        Self { legs: legs.collect(), past, level, idle: wire.idle }
    }

    /// As a line that is not shown; `None` where it is more than is read again.
    pub(super) fn write(&self) -> Option<String> {
        let value = |leg: &Leg| serde_json::from_str(&leg.to_json()).ok();
        let wire = Wire {
            legs: self.legs.iter().filter_map(value).collect(),
            past: self.past.clone(),
            level: self.level,
            idle: self.idle.clone(),
        };
        // Plain data with text keys always serialises.
        let text = serde_json::to_vec(&wire).unwrap_or_default();
        if text.len() > MOST {
            return None;
        }
        let mut out = DeflateEncoder::new(Vec::new(), Compression::fast());
        let bytes = out.write_all(&text).and_then(|()| out.finish()).ok()?;
        Some(format!("{OPEN}{}{CLOSE}", STANDARD.encode(bytes)))
    }

    /// Adds what jobs did. What an older run did takes the place of nothing newer.
    pub(super) fn add(&mut self, own: &[Leg], idle: Option<&Idle>) {
        let all = || self.legs.iter().chain(own);
        let built = all().filter(|leg| is_build(leg)).map(age).max();
        let idle = self.idle.iter().chain(idle).max_by_key(|idle| idle.age());
        let idle = idle.filter(|idle| built.is_none_or(|built| built < idle.age())).cloned();
        // What others did with the commit that has nothing to build still holds.
        let current = match &idle {
            Some(idle) => idle.commit.clone(),
            None => newest(all()).cloned(),
        };
        let is_current = |leg: &Leg| {
            !is_build(leg) || leg.commit == current || current.is_none() && idle.is_none()
        };
        let (kept, old): (Vec<Leg>, Vec<Leg>) =
            std::mem::take(&mut self.legs).into_iter().partition(is_current);
        self.legs = kept;
        if !old.is_empty() {
            self.level = 0;
        }
        self.forget(&old);
        self.past.retain(|past| current.as_ref() != Some(&past.commit));
        self.idle.clone_from(&idle);
        for leg in own.iter().filter(|leg| is_current(leg)) {
            // Where a record tells of it at last, it did not end without one, whatever its row was called.
            // The check of another workflow is no such record.
            let is_it = leg.did != Did::Lint;
            self.legs.retain(|known| {
                let is_told = is_it || known.run.id == leg.run.id;
                !(known.is_unrecorded()
                    && known.image == leg.image
                    && is_told
                    && age(known) <= age(leg))
            });
            let own = names(leg);
            let same = |known: &&mut Leg| known.image == leg.image && names(known) == own;
            match self.legs.iter_mut().find(same) {
                Some(known) if age(known) <= age(leg) => {
                    // The same once more is no news.
                    let finished = known.finished.clone();
                    if *known != (Leg { finished, ..leg.clone() }) {
                        *known = leg.clone();
                    }
                }
                Some(_) => (),
                None => self.legs.push(leg.clone()),
            }
        }
        self.order();
    }

    /// The commit that the table is of.
    pub(super) fn commit(&self) -> Option<&str> {
        match &self.idle {
            Some(idle) => idle.commit.as_deref(),
            None => newest(self.legs.iter()).map(String::as_str),
        }
    }

    /// Keeps of earlier commits only how many of their images were bad. That what a commit had was removed, or that a later
    /// commit ended its job, says nothing of it.
    fn forget(&mut self, old: &[Leg]) {
        let is_told = |leg: &Leg| leg.did != Did::Cleanup && leg.status != Status::Cancelled;
        // An image that was checked and built is one.
        let mut images: BTreeMap<(&String, &str), bool> = BTreeMap::new();
        for leg in old.iter().filter(|leg| is_told(leg)) {
            let Some(commit) = &leg.commit else { continue };
            let bad = Cells::of(leg).standing == Standing::Bad;
            *images.entry((commit, &leg.image)).or_default() |= bad;
        }
        for ((commit, _), bad) in images {
            let bad = usize::from(bad);
            match self.past.iter_mut().find(|past| past.commit == *commit) {
                Some(past) => {
                    past.bad += bad;
                    past.all += 1;
                }
                None => self.past.insert(0, Past { commit: commit.clone(), bad, all: 1 }),
            }
        }
        self.past.truncate(PAST);
    }

    /// Remembers as much as is told at a level. Whoever comes with the whole of a leg once more gets the same.
    pub(super) fn shorten(&mut self, level: usize) {
        self.level = level;
        let brief = Brief::of(level);
        let mut legs: Vec<&mut Leg> = self.legs.iter_mut().collect();
        // What failed is kept before the rest, by name.
        legs.sort_by_cached_key(|leg| Cells::of(leg).standing != Standing::Bad);
        let (mut findings, mut added, mut failures) =
            (brief.findings, brief.findings, brief.failures);
        for leg in legs {
            leg.lint.findings.truncate(findings);
            findings -= leg.lint.findings.len();
            leg.lint.added.truncate(added);
            added -= leg.lint.added.len();
            let Some(failure) = leg.failure.as_mut().filter(|failure| failure.is_told()) else {
                continue;
            };
            if failures == 0 {
                let (phase, line) = (failure.phase.take(), failure.line);
                *failure = Failure { phase, line, ..Failure::default() };
            } else {
                failures -= 1;
                let first = failure.log_tail.len().saturating_sub(brief.log);
                failure.log_tail.drain(..first);
            }
        }
        if !brief.past {
            self.past.clear();
        }
        // Where there is no room for more lines, others have room in their rows alone.
        if level == LAST && self.legs.len() > brief.images {
            self.legs.sort_by_cached_key(|leg| Cells::of(leg).standing != Standing::Bad);
            self.legs.truncate(brief.images);
            self.order();
        }
    }

    fn order(&mut self) {
        self.legs.sort_by_cached_key(|leg| (leg.image.clone(), !is_build(leg), names(leg)));
    }
}
