//! The truth about an upload, from what the platform shows of it.
//!
//! A status counts only if it belongs to this upload: the platform goes on showing the last one for
//! a while, and a build may be over between two looks. So everything is compared with what was
//! there before. Two machines, one for a sandbox and one for an image; no clock and no network in
//! either. The loop around them is in `until.rs`.

mod image;
mod sandbox;

use std::collections::BTreeSet;

pub(super) use self::{
    image::{ImageBaseline, ImageWatch, fixed},
    sandbox::{Baseline, Watch},
};
use super::wire::Event;

/// What a look means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Go on.
    Wait,
    /// It is what was uploaded.
    Done {
        /// The platform used an earlier, identical build.
        reused: bool,
    },
    /// It ended otherwise.
    Failed {
        /// `build` or `rollout`.
        phase: &'static str,
        /// What the platform said of it.
        message: String,
    },
    /// The platform shows no sign of having taken the upload.
    Dropped,
    /// Somebody else built the same image meanwhile, and nothing says which of it is ours.
    Rivals {
        /// The tags that are new.
        tags: Vec<String>,
    },
}

/// What was known of events before the upload.
#[derive(Debug, Default, Clone)]
struct Known {
    keys: BTreeSet<(String, String, String)>,
    /// Revisions whose work somebody else had begun, and that had not ended. What follows of them is not ours.
    unfinished: BTreeSet<String>,
}

impl Known {
    /// `ends` tells the events after which nothing more follows of their revision.
    fn of(status: Option<&str>, events: &[Event], ends: impl Fn(&Event) -> bool) -> Self {
        let keys = events.iter().map(Event::key).collect();
        let mut unfinished = BTreeSet::new();
        if status.is_some_and(works) {
            let named = events.iter().filter(|event| !event.revision.is_empty());
            unfinished.extend(named.map(|event| event.revision.clone()));
            for event in events.iter().filter(|event| ends(event)) {
                unfinished.remove(&event.revision);
            }
        }
        Self { keys, unfinished }
    }

    /// The events that are new and may belong to this upload.
    fn fresh(&self, events: &[Event]) -> Vec<Event> {
        let own = |event: &&Event| {
            !self.keys.contains(&event.key()) && !self.unfinished.contains(&event.revision)
        };
        events.iter().filter(own).cloned().collect()
    }
}

/// Whether a status tells of work that goes on.
pub(super) fn works(status: &str) -> bool {
    matches!(status, "BUILDING" | "DEPLOYING")
}

/// The newest event that tells of a failure.
fn failure(events: &[Event]) -> Option<&Event> {
    events.iter().rfind(|event| {
        let kind = event.kind.to_ascii_lowercase();
        kind.ends_with(".failed") || event.status.eq_ignore_ascii_case("failed")
    })
}

/// Whether an event says that an earlier, identical build is used.
fn is_reuse(event: &Event) -> bool {
    event.is("buildimage", "succeeded")
        && event.message.to_ascii_lowercase().contains("identical image")
}
