//! An image from the upload on.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Event, Known, Step, failure, is_reuse, works};
use crate::ship::blaxel::wire::{Image, Tag};

/// How many looks the tag of a build that is over may come late, and the event of a failure.
const GRACE: u32 = 3;
/// How many looks are waited for the end of a build that somebody else began meanwhile.
const PATIENCE: u32 = 15;

/// What was there before the upload.
#[derive(Debug, Default, Clone)]
pub(in super::super) struct ImageBaseline {
    existed: bool,
    /// It was at work already: for somebody else.
    worked: bool,
    events: Known,
    tags: BTreeSet<String>,
}

impl ImageBaseline {
    pub(in super::super) fn of(image: &Image) -> Self {
        Self {
            existed: true,
            worked: image.status.as_deref().is_some_and(works),
            events: Known::of(image.status.as_deref(), &image.events, ends),
            tags: fixed(image).map(str::to_owned).collect(),
        }
    }

    /// The tags that are new, in the order of their names.
    pub(in super::super) fn new_tags(&self, image: &Image) -> Vec<String> {
        let mut new: Vec<String> =
            fixed(image).filter(|tag| !self.tags.contains(*tag)).map(str::to_owned).collect();
        new.sort();
        new
    }

    /// Whether a new event tells that the build behind this tag was used again.
    pub(in super::super) fn says_reused(&self, image: &Image, tag: &str) -> bool {
        let names = |event: &Event| {
            event.message.match_indices(tag).any(|(at, _)| event.message[..at].ends_with(':'))
        };
        self.events.fresh(&image.events).iter().any(|event| is_reuse(event) && names(event))
    }

    /// Whether something is built that was not before.
    pub(in super::super) fn begun(&self, image: &Image) -> bool {
        let works = image.status.as_deref().is_some_and(works) && !self.worked;
        works || !self.events.fresh(&image.events).is_empty() || !self.new_tags(image).is_empty()
    }

    /// Whether it is there now, or something has begun since.
    pub(in super::super) fn differs(&self, image: &Image) -> bool {
        !self.existed || self.begun(image)
    }
}

/// The tags that each name one build.
pub(in super::super) fn fixed(image: &Image) -> impl Iterator<Item = &str> {
    image.tags.iter().flatten().filter(|tag| tag.is_fixed()).map(|tag: &Tag| tag.name.as_str())
}

/// Looks at one image from the upload on.
#[derive(Debug, Default)]
pub(in super::super) struct ImageWatch {
    pub(in super::super) baseline: ImageBaseline,
    /// Something belonged to this upload.
    begun: bool,
    /// The end was seen so often without what comes with it.
    late: u32,
    /// How long the platform has to show that it began.
    begin: Duration,
}

impl ImageWatch {
    /// `begun`: the platform said that it took it.
    pub(in super::super) fn new(baseline: ImageBaseline, begin: Duration, begun: bool) -> Self {
        Self { baseline, begin, begun, late: 0 }
    }

    /// Takes a look; `since` is the time since the upload.
    pub(in super::super) fn observe(&mut self, image: &Image, since: Duration) -> Step {
        let status = image.status.as_deref().unwrap_or("");
        let fresh = self.baseline.events.fresh(&image.events);
        let tags = self.baseline.new_tags(image);
        let builds = self.builds(&image.events);
        let ended = matches!(status, "BUILT" | "DEPLOYED" | "FAILED");
        // `UPLOADING` may be there from the call on; an end, and work, may be somebody else's.
        self.begun |= !fresh.is_empty()
            || !self.baseline.worked && (works(status) || !tags.is_empty())
            || ended && !self.baseline.existed;
        match status {
            _ if ended && !self.begun => self.stale(since),
            // One of them is ours, and it may be the one that still runs.
            _ if ended && builds.running > 0 && builds.all > 1 && self.late < PATIENCE => {
                self.late += 1;
                Step::Wait
            }
            _ if ended && (builds.all > 1 || tags.len() > 1) => Step::Rivals { tags },
            "FAILED" => self.failed(&fresh),
            "BUILT" | "DEPLOYED" => {
                let reused = fresh.iter().any(is_reuse);
                if tags.is_empty() && !reused && self.late < GRACE {
                    self.late += 1;
                    return Step::Wait;
                }
                Step::Done { reused: tags.is_empty() }
            }
            "DELETING" | "TERMINATED" | "ARCHIVED" if self.begun => {
                let message = format!("the image is {status}: it was deleted from elsewhere");
                Step::Failed { phase: "build", message }
            }
            _ if self.begun => Step::Wait,
            _ => self.stale(since),
        }
    }

    fn stale(&self, since: Duration) -> Step {
        if since > self.begin { Step::Dropped } else { Step::Wait }
    }

    /// The builds that new events tell of, whosever they are.
    fn builds(&self, events: &[Event]) -> Builds {
        let known = &self.baseline.events;
        let mut ended: BTreeMap<&str, bool> =
            known.unfinished.iter().map(|revision| (revision.as_str(), false)).collect();
        let new = events.iter().filter(|event| !known.keys.contains(&event.key()));
        for event in new.filter(|event| !event.revision.is_empty()) {
            if event.kind.to_ascii_lowercase().contains("buildimage") {
                *ended.entry(&event.revision).or_default() |= ends(event);
            }
        }
        Builds { all: ended.len(), running: ended.values().filter(|ended| !**ended).count() }
    }

    fn failed(&mut self, fresh: &[Event]) -> Step {
        let event = failure(fresh);
        self.late += 1;
        if event.is_none() && self.late < GRACE {
            return Step::Wait;
        }
        let message = event.map_or_else(String::new, |event| event.message.clone());
        Step::Failed { phase: "build", message }
    }
}

/// Whether a build is over.
fn ends(event: &Event) -> bool {
    event.is("buildimage", "succeeded") || event.is("buildimage", "failed")
}

/// The builds that may be ours, or run beside ours.
struct Builds {
    all: usize,
    running: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Duration = Duration::from_mins(3);

    fn event(kind: &str, revision: &str, message: &str) -> Event {
        Event {
            kind: format!("ai.blaxel.controlplane.buildimage.{kind}"),
            revision: revision.into(),
            time: format!("t-{revision}-{kind}"),
            message: message.into(),
            ..Event::default()
        }
    }

    fn seen(status: &str, tags: &[&str], events: &[Event]) -> Image {
        let tag = |name: &&str| Tag { name: (*name).to_owned(), ..Tag::default() };
        Image {
            status: (!status.is_empty()).then(|| status.to_owned()),
            tags: Some(tags.iter().map(tag).collect()),
            events: events.to_vec(),
            ..Image::default()
        }
    }

    fn old() -> Vec<Event> {
        vec![event("started", "1", ""), event("succeeded", "1", "")]
    }

    fn before(status: &str) -> ImageBaseline {
        ImageBaseline::of(&seen(status, &["old", "latest"], &old()))
    }

    fn play(baseline: ImageBaseline, looks: &[Image]) -> Vec<Step> {
        let mut watch = ImageWatch::new(baseline, BEGIN, false);
        looks.iter().map(|look| watch.observe(look, Duration::from_secs(1))).collect()
    }

    fn with(events: &[Event]) -> Vec<Event> {
        old().into_iter().chain(events.iter().cloned()).collect()
    }

    #[test]
    fn a_first_image() {
        let steps = play(
            ImageBaseline::default(),
            &[
                seen("", &[], &[]),
                seen("UPLOADING", &[], &[]),
                seen("SOMETHING_NEW", &[], &[]),
                seen("BUILDING", &[], &[]),
                seen("BUILT", &["a", "latest"], &[]),
            ],
        );
        assert_eq!(steps[..4], vec![Step::Wait; 4]);
        assert_eq!(steps[4], Step::Done { reused: false });
    }

    #[test]
    fn what_is_left_over_does_not_count() {
        for status in ["BUILT", "FAILED", "UPLOADING", ""] {
            let look = seen(status, &["old", "latest"], &old());
            assert_eq!(play(before(status), &vec![look.clone(); 20]), vec![Step::Wait; 20]);
            let mut watch = ImageWatch::new(before(status), BEGIN, false);
            assert_eq!(watch.observe(&look, BEGIN + Duration::from_secs(1)), Step::Dropped);
        }
    }

    #[test]
    fn a_build_that_is_over_between_two_looks_is_not_missed() {
        // By its tag alone, by its event alone, by both.
        let built = with(&[event("started", "2", ""), event("succeeded", "2", "")]);
        for (tags, events) in
            [(&["old", "new", "latest"][..], old()), (&["old", "new", "latest"], built.clone())]
        {
            let steps = play(before("BUILT"), &[seen("BUILT", tags, &events)]);
            assert_eq!(steps, [Step::Done { reused: false }]);
        }
        // The tag comes a look later.
        let steps = play(
            before("BUILT"),
            &[seen("BUILT", &["old"], &built), seen("BUILT", &["old", "new"], &built)],
        );
        assert_eq!(steps, [Step::Wait, Step::Done { reused: false }]);
    }

    #[test]
    fn a_build_that_is_used_again_has_no_new_tag() {
        let said = with(&[event("succeeded", "2", "Identical image found")]);
        let steps = play(before("BUILT"), &[seen("BUILT", &["old"], &said)]);
        assert_eq!(steps, [Step::Done { reused: true }]);
        // Unsaid, it is believed after a few looks.
        let unsaid = with(&[event("succeeded", "2", "")]);
        let steps = play(before("BUILT"), &vec![seen("BUILT", &["old"], &unsaid); 4]);
        assert_eq!(steps[..3], vec![Step::Wait; 3]);
        assert_eq!(steps[3], Step::Done { reused: true });
    }

    #[test]
    fn a_failure_has_its_reason_or_is_believed_after_a_while() {
        let told = with(&[event("failed", "2", "Dockerfile:3")]);
        let steps = play(before("BUILT"), &[seen("FAILED", &["old"], &told)]);
        assert_eq!(steps, [Step::Failed { phase: "build", message: "Dockerfile:3".into() }]);
        let mut looks = vec![seen("BUILDING", &["old"], &[])];
        looks.extend(vec![seen("FAILED", &["old"], &[]); 3]);
        let steps = play(before("FAILED"), &looks);
        assert_eq!(steps[1..3], vec![Step::Wait; 2]);
        assert_eq!(steps[3], Step::Failed { phase: "build", message: String::new() });
    }

    #[test]
    fn somebody_elses_build_is_not_taken_for_ours() {
        let rivals = |tags: &[&str]| Step::Rivals {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        // Two tags, whatever else is known.
        let steps = play(before("BUILT"), &[seen("BUILT", &["old", "b", "a"], &old())]);
        assert_eq!(steps, [rivals(&["a", "b"])]);
        // One tag, while the other build, which may be ours, still runs; then both.
        let one = with(&[
            event("started", "2", ""),
            event("started", "3", ""),
            event("succeeded", "2", ""),
        ]);
        let mut both = one.clone();
        both.push(event("succeeded", "3", ""));
        let steps = play(
            before("BUILT"),
            &[seen("BUILT", &["old", "a"], &one), seen("BUILT", &["old", "a", "b"], &both)],
        );
        assert_eq!(steps, [Step::Wait, rivals(&["a", "b"])]);
        // One failed, and nothing says whose it was.
        let mut mixed = one.clone();
        mixed.push(event("failed", "3", "x"));
        let steps = play(before("BUILT"), &[seen("FAILED", &["old", "a"], &mixed)]);
        assert_eq!(steps, [rivals(&["a"])]);
        // The other one never ends.
        let steps = play(before("BUILT"), &vec![seen("BUILT", &["old", "a"], &one); 16]);
        assert_eq!(steps[14..], [Step::Wait, rivals(&["a"])]);
    }

    #[test]
    fn a_build_that_ran_before_the_upload_is_not_ours() {
        let mut all = vec![event("started", "1", "")];
        let baseline = ImageBaseline::of(&seen("BUILDING", &["old"], &all));
        let mut looks = vec![seen("BUILDING", &["old"], &all)];
        all.push(event("succeeded", "1", ""));
        looks.push(seen("BUILT", &["old", "theirs"], &all));
        all.push(event("started", "2", ""));
        looks.push(seen("BUILDING", &["old", "theirs"], &all));
        all.push(event("succeeded", "2", ""));
        looks.push(seen("BUILT", &["old", "theirs", "ours"], &all));
        let steps = play(baseline, &looks);
        assert_eq!(steps[..3], vec![Step::Wait; 3]);
        assert_eq!(steps[3], Step::Rivals { tags: vec!["ours".into(), "theirs".into()] });
    }

    #[test]
    fn an_import_that_was_registered_at_once_needs_no_event() {
        let mut watch = ImageWatch::new(before("BUILT"), BEGIN, true);
        let look = seen("BUILT", &["old", "new"], &old());
        assert_eq!(watch.observe(&look, Duration::ZERO), Step::Done { reused: false });
        let mut watch = ImageWatch::new(before("BUILT"), BEGIN, true);
        let look = seen("BUILT", &["old"], &old());
        let steps: Vec<Step> = (0..4).map(|_| watch.observe(&look, Duration::ZERO)).collect();
        assert_eq!(steps[2..], [Step::Wait, Step::Done { reused: true }]);
    }
}
