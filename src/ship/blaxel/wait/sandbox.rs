//! A sandbox from the upload on.

use std::time::Duration;

use super::{Event, Known, Step, failure, is_reuse, works};
use crate::ship::blaxel::wire::Sandbox;

/// How often a status that may be the end of what was replaced is seen before it counts.
const PATIENCE: u32 = 15;

/// What was there before the upload.
#[derive(Debug, Default, Clone)]
pub(in super::super) struct Baseline {
    existed: bool,
    /// It was at work already: for somebody else.
    worked: bool,
    image: Option<String>,
    events: Known,
}

impl Baseline {
    pub(in super::super) fn of(sandbox: &Sandbox) -> Self {
        Self {
            existed: true,
            worked: sandbox.status.as_deref().is_some_and(works),
            image: sandbox.image.clone(),
            events: Known::of(sandbox.status.as_deref(), &sandbox.events, |event| {
                event.is("deployment", "succeeded")
                    || event.is("deployment", "failed")
                    || event.is("buildimage", "failed")
            }),
        }
    }

    /// Whether something happens that did not before. `UPLOADING` is there from the call on, and says nothing.
    pub(in super::super) fn begun(&self, sandbox: &Sandbox) -> bool {
        let works = sandbox.status.as_deref().is_some_and(works) && !self.worked;
        let image_changed = sandbox.image.is_some() && sandbox.image != self.image;
        works || image_changed || !self.events.fresh(&sandbox.events).is_empty()
    }

    /// The same where the call itself names the image, so that seeing it tells nothing.
    #[must_use]
    pub(in super::super) fn told(self, image: &str) -> Self {
        Self { image: Some(image.to_owned()), ..self }
    }
}

/// Looks at one sandbox from the upload on.
#[derive(Debug, Default)]
pub(in super::super) struct Watch {
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
    pub(in super::super) fn new(baseline: Baseline, begin: Duration) -> Self {
        Self { baseline, begin, ..Self::default() }
    }

    /// Takes a look; `since` is the time since the upload.
    pub(in super::super) fn observe(&mut self, sandbox: &Sandbox, since: Duration) -> Step {
        let status = sandbox.status.as_deref().unwrap_or("");
        let fresh = self.baseline.events.fresh(&sandbox.events);
        let image_changed = sandbox.image.is_some() && sandbox.image != self.baseline.image;
        // `BUILT` may be left over.
        let built = status == "BUILT" && !self.baseline.existed;
        self.begun |= self.baseline.begun(sandbox) || built;
        self.built |=
            fresh.iter().any(|event| event.is("buildimage", "succeeded")) || status == "DEPLOYING";
        self.reused |= fresh.iter().any(is_reuse);

        match status {
            "DEPLOYED" if self.own_success(&fresh, image_changed) => {
                Step::Done { reused: self.reused }
            }
            "FAILED" if self.begun || !self.baseline.existed => self.failed(&fresh),
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
                if status != "DEPLOYED" {
                    self.odd = 0;
                }
                if !self.begun && since > self.begin { Step::Dropped } else { Step::Wait }
            }
        }
    }

    fn own_success(&mut self, fresh: &[Event], image_changed: bool) -> bool {
        if !self.baseline.existed || self.reused {
            return true;
        }
        if fresh.is_empty() {
            // Where events cannot be read, having seen the work is the only sign.
            return self.begun;
        }
        if fresh.iter().any(|event| event.is("deployment", "succeeded")) {
            return true;
        }
        // The image is named before the old DEPLOYED goes; the event is worth a while.
        self.odd += u32::from(image_changed);
        self.odd > PATIENCE
    }

    fn failed(&mut self, fresh: &[Event]) -> Step {
        let event = failure(fresh);
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
    fn an_image_that_is_named_too_early_is_no_end() {
        let old = [event("buildimage.succeeded", "1", ""), event("deployment.succeeded", "1", "")];
        let mut all = old.to_vec();
        all.push(event("buildimage.succeeded", "2", ""));
        let early = seen("DEPLOYED", "sandbox/x:new", &all);
        all.push(event("deployment.succeeded", "2", ""));
        let steps =
            play(before("DEPLOYED"), &[early.clone(), seen("DEPLOYED", "sandbox/x:new", &all)]);
        assert_eq!(steps, [Step::Wait, Step::Done { reused: false }]);
        // A platform that never tells of rollouts is believed after a while.
        let steps = play(before("DEPLOYED"), &vec![early; 16]);
        assert_eq!(steps[14..], [Step::Wait, Step::Done { reused: false }]);
    }

    #[test]
    fn the_end_of_somebody_elses_work_is_not_ours() {
        let mut all = vec![event("buildimage.started", "1", "")];
        let baseline = Baseline::of(&seen("BUILDING", "sandbox/x:old", &all));
        let mut looks = vec![seen("BUILDING", "sandbox/x:old", &all)];
        all.push(event("buildimage.failed", "1", "theirs"));
        looks.push(seen("FAILED", "sandbox/x:old", &all));
        all.push(event("buildimage.started", "2", ""));
        looks.push(seen("BUILDING", "sandbox/x:old", &all));
        all.push(event("deployment.succeeded", "2", ""));
        looks.push(seen("DEPLOYED", "sandbox/x:new", &all));
        let steps = play(baseline, &looks);
        assert_eq!(steps[..3], vec![Step::Wait; 3]);
        assert_eq!(steps[3], Step::Done { reused: false });
    }

    #[test]
    fn an_image_that_the_call_names_has_to_be_rolled_out() {
        let old = [event("deployment.succeeded", "1", "")];
        let baseline = Baseline::of(&seen("DEPLOYED", "a", &old)).told("b");
        let mut all = old.to_vec();
        all.push(event("deployment.succeeded", "2", ""));
        let steps = play(baseline, &[seen("DEPLOYED", "b", &old), seen("DEPLOYED", "b", &all)]);
        assert_eq!(steps, [Step::Wait, Step::Done { reused: false }]);
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
        for status in ["UPLOADING", "DEPLOYED", "FAILED"] {
            let look = seen(status, "sandbox/x:old", &old);
            assert_eq!(watch.observe(&look, Duration::from_secs(10)), Step::Wait);
            assert_eq!(watch.observe(&look, BEGIN + Duration::from_secs(1)), Step::Dropped);
        }
    }
}
