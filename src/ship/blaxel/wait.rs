//! The truth about an upload, from what the platform shows of a sandbox.
//!
//! A status counts only if it belongs to this upload: the platform goes on showing the last one for
//! a while, and a build may be over between two looks. So everything is compared with what was
//! there before. No clock and no network in here.

use std::{collections::BTreeSet, time::Duration};

use super::wire::{Event, Sandbox};

/// How often a status that may be the end of what was replaced is seen before it counts.
const PATIENCE: u32 = 15;

/// What was there before the upload.
#[derive(Debug, Default, Clone)]
pub(super) struct Baseline {
    /// Whether the sandbox existed.
    pub(super) existed: bool,
    pub(super) image: Option<String>,
    pub(super) events: BTreeSet<(String, String, String)>,
}

impl Baseline {
    pub(super) fn of(sandbox: &Sandbox) -> Self {
        Self {
            existed: true,
            image: sandbox.image.clone(),
            events: sandbox.events.iter().map(Event::key).collect(),
        }
    }
}

/// What a look at the sandbox means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Go on.
    Wait,
    /// It runs what was uploaded.
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
}

/// Looks at one sandbox from the upload on.
#[derive(Debug, Default)]
pub(super) struct Watch {
    baseline: Baseline,
    /// Something belonged to this upload.
    begun: bool,
    /// Its build was seen to be over.
    built: bool,
    reused: bool,
    odd: u32,
    /// How long the platform has to show that it began.
    begin: Duration,
}

impl Watch {
    pub(super) fn new(baseline: Baseline, begin: Duration) -> Self {
        Self { baseline, begin, ..Self::default() }
    }

    /// The events that are new since the baseline.
    fn new_events<'a>(&'a self, sandbox: &'a Sandbox) -> impl Iterator<Item = &'a Event> {
        sandbox.events.iter().filter(|event| !self.baseline.events.contains(&event.key()))
    }

    /// Takes a look; `since` is the time since the upload.
    pub(super) fn observe(&mut self, sandbox: &Sandbox, since: Duration) -> Step {
        let status = sandbox.status.as_deref().unwrap_or("");
        let fresh: Vec<Event> = self.new_events(sandbox).cloned().collect();
        let image_changed = sandbox.image.is_some() && sandbox.image != self.baseline.image;
        // `UPLOADING` is there from the call on, `BUILT` may be left over; the two others cannot.
        let surely = matches!(status, "BUILDING" | "DEPLOYING")
            || (status == "BUILT" && !self.baseline.existed);
        self.begun |= !fresh.is_empty() || surely || image_changed;
        self.built |=
            fresh.iter().any(|event| event.is("buildimage", "succeeded")) || status == "DEPLOYING";
        self.reused |= fresh.iter().any(|event| {
            event.is("buildimage", "succeeded")
                && event.message.to_ascii_lowercase().contains("identical image")
        });

        match status {
            "DEPLOYED" if self.own_success(&fresh, image_changed) => {
                Step::Done { reused: self.reused }
            }
            "FAILED" => self.failed(&fresh),
            "TERMINATED" | "DELETING" | "DEACTIVATED" | "ARCHIVED" => {
                // What was replaced may show these on its way out.
                self.odd += 1;
                if !self.baseline.existed || self.odd > PATIENCE || status == "DELETING" {
                    let message = format!(
                        "the sandbox is {status}: it was stopped or deleted from elsewhere"
                    );
                    return Step::Failed { phase: "rollout", message };
                }
                Step::Wait
            }
            _ => {
                self.odd = 0;
                if !self.begun && since > self.begin { Step::Dropped } else { Step::Wait }
            }
        }
    }

    fn own_success(&self, fresh: &[Event], image_changed: bool) -> bool {
        if !self.baseline.existed {
            return true;
        }
        let rolled_out = fresh.iter().any(|event| event.is("deployment", "succeeded"));
        // Where events cannot be read, having seen the work is the only sign.
        rolled_out || self.reused || image_changed || (fresh.is_empty() && self.begun)
    }

    fn failed(&mut self, fresh: &[Event]) -> Step {
        let event = fresh.iter().rfind(|event| {
            let kind = event.kind.to_ascii_lowercase();
            kind.ends_with(".failed") || event.status.eq_ignore_ascii_case("failed")
        });
        let stale = self.baseline.existed && event.is_none() && !self.begun;
        if stale {
            return Step::Wait;
        }
        // The event with the reason may come a little later than the status.
        self.odd += 1;
        if event.is_none() && self.odd < 3 {
            return Step::Wait;
        }
        let in_build = event
            .map_or(!self.built, |event| event.kind.to_ascii_lowercase().contains("buildimage"));
        Step::Failed {
            phase: if in_build { "build" } else { "rollout" },
            message: event.map_or_else(String::new, |event| event.message.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, revision: &str, message: &str) -> Event {
        Event {
            kind: format!("ai.blaxel.controlplane.{kind}"),
            revision: revision.into(),
            time: format!("t-{revision}-{kind}"),
            status: String::new(),
            message: message.into(),
        }
    }

    fn seen(status: &str, image: &str, events: &[Event]) -> Sandbox {
        Sandbox {
            status: (!status.is_empty()).then(|| status.to_owned()),
            image: (!image.is_empty()).then(|| image.to_owned()),
            events: events.to_vec(),
            ..Sandbox::default()
        }
    }

    fn before(status: &str) -> Baseline {
        Baseline::of(&seen(
            status,
            "sandbox/x:old",
            &[event("buildimage.succeeded", "1", ""), event("deployment.succeeded", "1", "")],
        ))
    }

    fn play(baseline: Baseline, looks: &[Sandbox]) -> Vec<Step> {
        let mut watch = Watch::new(baseline, BEGIN);
        looks.iter().map(|look| watch.observe(look, Duration::from_secs(1))).collect()
    }

    const BEGIN: Duration = Duration::from_mins(3);
    const FAILED_BUILD: &str = "Dockerfile:3 >>> RUN x";

    #[test]
    fn a_new_sandbox() {
        let steps = play(
            Baseline::default(),
            &[
                seen("UPLOADING", "", &[]),
                seen("", "", &[]),
                seen("SOMETHING_NEW", "", &[]),
                seen("BUILDING", "", &[]),
                seen("DEPLOYING", "i", &[]),
                seen("DEPLOYED", "i", &[]),
            ],
        );
        assert_eq!(steps[..5], vec![Step::Wait; 5]);
        assert_eq!(steps[5], Step::Done { reused: false });
    }

    #[test]
    fn building_between_two_looks_is_no_loss() {
        let old = [event("buildimage.succeeded", "1", ""), event("deployment.succeeded", "1", "")];
        let mut all = old.to_vec();
        all.push(event("deployment.succeeded", "2", ""));
        let steps = play(
            before("DEPLOYED"),
            &[seen("DEPLOYED", "sandbox/x:old", &old), seen("DEPLOYED", "sandbox/x:new", &all)],
        );
        assert_eq!(steps, [Step::Wait, Step::Done { reused: false }]);
    }

    #[test]
    fn what_is_left_over_does_not_count() {
        let old = [event("buildimage.succeeded", "1", ""), event("deployment.succeeded", "1", "")];
        for status in ["DEPLOYED", "FAILED", "BUILT", "UPLOADING"] {
            let steps = play(before(status), &vec![seen(status, "sandbox/x:old", &old); 20]);
            assert_eq!(steps, vec![Step::Wait; 20], "{status}");
        }
    }

    #[test]
    fn a_build_that_is_used_again_is_a_success() {
        let mut all =
            vec![event("buildimage.succeeded", "1", ""), event("deployment.succeeded", "1", "")];
        all.push(event("buildimage.succeeded", "2", "Identical image found, reusing it"));
        let steps = play(before("DEPLOYED"), &[seen("DEPLOYED", "sandbox/x:old", &all)]);
        assert_eq!(steps, [Step::Done { reused: true }]);
    }

    #[test]
    fn failures_name_their_phase() {
        let mut all =
            vec![event("buildimage.succeeded", "1", ""), event("deployment.succeeded", "1", "")];
        all.push(event("buildimage.failed", "2", FAILED_BUILD));
        let steps =
            play(before("DEPLOYED"), &[seen("BUILDING", "", &[]), seen("FAILED", "", &all)]);
        assert_eq!(steps[1], Step::Failed { phase: "build", message: FAILED_BUILD.into() });

        let rollout =
            [event("buildimage.succeeded", "2", ""), event("deployment.failed", "2", "probe")];
        let steps = play(
            Baseline::default(),
            &[seen("DEPLOYING", "i", &rollout[..1]), seen("FAILED", "i", &rollout)],
        );
        assert_eq!(steps[1], Step::Failed { phase: "rollout", message: "probe".into() });
    }

    #[test]
    fn a_failure_without_an_event_is_believed_after_a_while() {
        let looks = vec![
            seen("BUILDING", "", &[]),
            seen("FAILED", "", &[]),
            seen("FAILED", "", &[]),
            seen("FAILED", "", &[]),
        ];
        let steps = play(before("FAILED"), &looks);
        assert_eq!(steps[3], Step::Failed { phase: "build", message: String::new() });
    }

    #[test]
    fn a_sandbox_on_its_way_out() {
        assert!(matches!(
            play(Baseline::default(), &[seen("TERMINATED", "", &[])])[0],
            Step::Failed { .. }
        ));
        assert!(matches!(
            play(before("DEPLOYED"), &[seen("DELETING", "", &[])])[0],
            Step::Failed { .. }
        ));
        let steps =
            play(before("DEPLOYED"), &[seen("DEACTIVATED", "", &[]), seen("BUILDING", "", &[])]);
        assert_eq!(steps, vec![Step::Wait; 2]);
    }

    #[test]
    fn an_upload_that_nobody_takes_is_given_up() {
        let mut watch = Watch::new(Baseline::default(), BEGIN);
        let look = seen("UPLOADING", "", &[]);
        assert_eq!(watch.observe(&look, Duration::from_secs(10)), Step::Wait);
        assert_eq!(watch.observe(&look, BEGIN + Duration::from_secs(1)), Step::Dropped);
        let mut watch = Watch::new(before("DEPLOYED"), BEGIN);
        let old = [event("deployment.succeeded", "1", "")];
        let look = seen("UPLOADING", "sandbox/x:old", &old);
        assert_eq!(watch.observe(&look, Duration::from_secs(10)), Step::Wait);
        assert_eq!(watch.observe(&look, BEGIN + Duration::from_secs(1)), Step::Dropped);
    }
}
