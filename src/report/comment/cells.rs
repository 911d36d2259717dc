//! What the table says of one image, and the one line of text that it can be read from again.

use super::{Row, Standing, promotion};
use crate::{
    record::{
        Status,
        leg::{Did, Failure, Leg},
    },
    report::Counts,
};

/// Between the cells of a row.
pub(super) const BETWEEN: &str = " · ";
/// In front of what is gone.
pub(super) const REMOVED: &str = "🧹";
/// What was looked at alone.
pub(super) const CHECKED: &str = "Checked";
/// What a signal ended.
pub(super) const CANCELLED: &str = "Cancelled";
/// GitHub's limit for the description of a status, in characters.
pub(super) const LONGEST: usize = 140;

/// What the table says of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) standing: Standing,
    pub(super) icon: &'static str,
    /// What became of it; names in backquotes.
    pub(super) status: String,
    /// `sandbox/NAME:TAG`, or nothing.
    pub(super) reference: String,
    /// What the check found.
    pub(super) lint: String,
    /// How long it took.
    pub(super) took: String,
}

impl Cells {
    pub(super) fn of(leg: &Leg) -> Self {
        let (icon, standing, status) = status(leg);
        let lint = &leg.lint;
        let (errors, warnings, infos) = (lint.errors, lint.warnings, lint.infos);
        let counts = Counts { errors, warnings, infos, ..Counts::default() };
        // What was not checked has no findings, and not "no findings".
        let unchecked = matches!(leg.did, Did::Cleanup | Did::Promote)
            || leg.is_unrecorded()
            || leg.skipped.is_some() && leg.status == Status::Failed;
        Self {
            standing,
            icon,
            status: said(&status),
            reference: said(leg.reference.as_deref().unwrap_or_default()),
            lint: if unchecked { String::new() } else { counts.words() },
            took: leg.seconds.map(took).unwrap_or_default(),
        }
    }

    /// As one line; less of it where it would be too long.
    pub(super) fn text(&self) -> String {
        let mut cells: Vec<&str> = [&self.status, &self.reference, &self.lint, &self.took]
            .into_iter()
            .map(String::as_str)
            .filter(|cell| !cell.is_empty())
            .collect();
        while cells.len() > 1 {
            let text = cells.join(BETWEEN);
            if text.chars().count() <= LONGEST {
                return text;
            }
            cells.pop();
        }
        cut(&self.status, LONGEST)
    }

    /// Reads what [`Self::text`] wrote, or what somebody else did.
    pub(super) fn read(row: &Row) -> Self {
        let mut parts = row.text.split(BETWEEN);
        let status = parts.next().unwrap_or_default().to_owned();
        let (mut reference, mut lint, mut took) = (String::new(), String::new(), String::new());
        // A cell with nothing in it is left out: the others are known by their form.
        for part in parts {
            let cell = if is_span(part) {
                &mut took
            } else if reference.is_empty() && lint.is_empty() && !part.contains(' ') {
                &mut reference
            } else {
                &mut lint
            };
            if cell.is_empty() {
                part.clone_into(cell);
            }
        }
        let icon = match row.standing {
            Standing::Good => "✅",
            Standing::Bad if status.starts_with(CANCELLED) => "🚫",
            Standing::Bad => "❌",
            Standing::Open => "⏳",
        };
        Self { standing: row.standing, icon, status, reference, lint, took }
    }
}

/// A text that stands between others in a row.
pub(super) fn said(text: &str) -> String {
    text.replace(BETWEEN.trim(), "-")
}

/// At most so many characters of a text.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// What became of it.
fn status(leg: &Leg) -> (&'static str, Standing, String) {
    let workspace = leg.workspace.as_deref().unwrap_or("?");
    match (&leg.skipped, leg.status) {
        (Some(why), Status::Succeeded) => {
            return ("🔒", Standing::Good, format!("Not built: {why}"));
        }
        (Some(why), Status::Refused) => {
            return ("❌", Standing::Bad, format!("Not built: {why}, with findings that stop it"));
        }
        (Some(why), Status::Failed) => {
            return ("❌", Standing::Bad, format!("Not built: {why}"));
        }
        (Some(why), Status::Cancelled) => {
            return ("🚫", Standing::Bad, format!("{CANCELLED}: {why}"));
        }
        _ => (),
    }
    let built = match leg.did {
        Did::Lint => CHECKED.to_owned(),
        Did::Cleanup => "Removed".to_owned(),
        // An earlier build that is used again need not be the one before: what runs may be another than it was.
        Did::Preview if leg.reused => format!("Preview in `{workspace}`, built before"),
        Did::Preview => format!("Preview in `{workspace}`"),
        Did::Push if leg.reused => format!("Built before in `{workspace}`"),
        Did::Push => format!("Built in `{workspace}`"),
        Did::Deploy if leg.reused => format!("Deployed to `{workspace}`, built before"),
        Did::Deploy => format!("Deployed to `{workspace}`"),
        Did::Promote => {
            let names: Vec<String> =
                leg.promoted.iter().map(|target| format!("`{}`", target.workspace)).collect();
            format!("Promoted to {}", names.join(", "))
        }
    };
    if matches!(leg.status, Status::Error | Status::Failed | Status::Refused)
        && let Some(told) = promotion::partly(leg)
    {
        return ("❌", Standing::Bad, told);
    }
    match leg.status {
        Status::Succeeded if leg.simulated => {
            ("✅", Standing::Good, format!("{built} (simulated)"))
        }
        Status::Succeeded if leg.did == Did::Cleanup => (REMOVED, Standing::Good, built),
        Status::Succeeded => ("✅", Standing::Good, built),
        Status::Accepted => ("⏳", Standing::Open, format!("Sent to `{workspace}`")),
        Status::Waiting => ("⏳", Standing::Open, "Waits for approval".to_owned()),
        Status::Refused if is_stopped(leg) => {
            ("❌", Standing::Bad, "Stopped by findings".to_owned())
        }
        Status::Refused => ("❌", Standing::Bad, "Refused".to_owned()),
        Status::Failed => ("❌", Standing::Bad, failed(leg)),
        Status::TimedOut => ("❌", Standing::Bad, "Timed out".to_owned()),
        Status::Cancelled => ("🚫", Standing::Bad, CANCELLED.to_owned()),
        Status::Error if leg.is_unrecorded() => {
            ("❌", Standing::Bad, "Ended without a record".to_owned())
        }
        Status::Error => ("❌", Standing::Bad, "Did not come to an end".to_owned()),
    }
}

/// Whether findings are what it was refused for.
fn is_stopped(leg: &Leg) -> bool {
    let phase = |failure: &Failure| failure.phase.as_deref() == Some("lint");
    leg.lint.errors + leg.lint.warnings > 0 && leg.failure.as_ref().is_none_or(phase)
}

fn failed(leg: &Leg) -> String {
    let failure = leg.failure.as_ref();
    let phase = match failure.and_then(|failure| failure.phase.as_deref()) {
        Some("rollout") => "Rollout",
        Some("upload") => "Upload",
        Some("pack") => "Packing",
        _ => "Build",
    };
    match failure.and_then(|failure| failure.line) {
        Some(line) => format!("{phase} failed in line {line}"),
        None => format!("{phase} failed"),
    }
}

/// Whether a text is one that [`took`] makes.
fn is_span(text: &str) -> bool {
    text.ends_with('s') && text.chars().all(|c| c.is_ascii_digit() || matches!(c, 'm' | 's' | ' '))
}

fn took(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m {seconds:02}s"),
    }
}
