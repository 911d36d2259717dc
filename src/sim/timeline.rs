//! What follows an upload, and when.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    build::{Outcome, Verdict},
    scenario::Scenario,
    state::{Change, Key, LogLine, World, random_word},
    wire::Event,
};

/// How long things last, in seconds of an unhurried platform.
const ARCHIVE_CHECK: f64 = 0.4;
const BUILD: f64 = 1.6;
const SLOW_BUILD: f64 = 3600.0;
const ROLLOUT: f64 = 0.8;
const STALE: f64 = 3.0;
const LOG_DELAY: f64 = 0.6;
const LATE_LOG_DELAY: f64 = 30.0;
const DELETION: f64 = 1.5;

/// How fast time passes: 1 is real, 0.05 is twenty times faster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace(pub(super) f64);

impl Pace {
    /// The instant so many seconds of the platform later.
    pub(super) fn after(self, start: Timestamp, seconds: f64) -> Timestamp {
        start.checked_add(self.lasting(seconds)).unwrap_or(start)
    }

    /// How long so many seconds of the platform last.
    pub(super) fn lasting(self, seconds: f64) -> SignedDuration {
        SignedDuration::from_secs_f64((seconds * self.0).clamp(0.0, 1.0e9))
    }
}

/// What is built, and for whom.
pub(super) struct Job<'a> {
    pub(super) key: &'a Key,
    /// The build belongs to a sandbox, not to an image alone.
    pub(super) sandbox: bool,
    pub(super) scenario: Scenario,
    /// The tag that the image gets; a random one without.
    pub(super) tag: Option<&'a str>,
}

impl Job<'_> {
    fn new_tag(&self) -> String {
        self.tag.map_or_else(|| random_word(12), str::to_owned)
    }
}

/// Plans everything that follows an upload.
pub(super) fn build(
    world: &mut World,
    pace: Pace,
    job: &Job<'_>,
    verdict: &Verdict,
    now: Timestamp,
) {
    if job.scenario == Scenario::UpdateDropped {
        return;
    }
    let lag = match job.scenario {
        Scenario::StaleDeployed | Scenario::StaleFailed => STALE,
        _ => 0.0,
    };
    let mut plan = Plan { world, pace, job, start: pace.after(now, lag), generation: 0 };
    plan.generation = plan.world.next();
    if let Some(sandbox) = plan.world.sandboxes.get_mut(job.key) {
        sandbox.generation = plan.generation;
    } else if job.sandbox {
        // It was deleted between the call and the upload.
        return;
    }
    if let Some(tag) = plan.reusable(&verdict.digest) {
        plan.reuse(&tag);
        return;
    }
    plan.run(verdict);
}

/// Makes an image exist at once, without a build.
pub(super) fn register(world: &mut World, job: &Job<'_>, verdict: &Verdict, now: Timestamp) {
    let Outcome::Builds { size } = verdict.outcome else { return };
    let generation = world.next();
    for name in [job.new_tag(), "latest".to_owned()] {
        let digest = verdict.digest.clone();
        world.plan(job.key, generation, now, Change::ImageTag { name, size, digest });
    }
    world.plan(job.key, generation, now, Change::ImageStatus(json!("BUILT")));
    world.advance(now);
}

/// Plans a rollout without a build: the image exists.
pub(super) fn rollout(world: &mut World, pace: Pace, key: &Key, image: &str, now: Timestamp) {
    let generation = world.next();
    let Some(sandbox) = world.sandboxes.get_mut(key) else { return };
    sandbox.generation = generation;
    let scenario = sandbox.scenario;
    let job = Job { key, sandbox: true, scenario, tag: None };
    let plan = &mut Plan { world, pace, job: &job, start: now, generation };
    plan.deploy(0.0, image, &random_word(8));
}

/// Plans the end of a sandbox.
pub(super) fn delete(world: &mut World, pace: Pace, key: &Key, now: Timestamp) {
    let generation = world.next();
    let Some(sandbox) = world.sandboxes.get_mut(key) else { return };
    sandbox.generation = generation;
    sandbox.status = json!("DELETING");
    sandbox.updated = now;
    world.plan(key, generation, pace.after(now, DELETION), Change::Gone);
}

struct Plan<'a> {
    world: &'a mut World,
    pace: Pace,
    job: &'a Job<'a>,
    start: Timestamp,
    generation: u64,
}

impl Plan<'_> {
    fn at(&mut self, seconds: f64, change: Change) {
        let at = self.pace.after(self.start, seconds);
        self.world.plan(self.job.key, self.generation, at, change);
    }

    /// A status of the sandbox, as this scenario spells it.
    fn status(&mut self, seconds: f64, status: &str) {
        if !self.job.sandbox {
            return;
        }
        let status = self.spell(status);
        self.at(seconds, Change::Status(status));
    }

    fn image_status(&mut self, seconds: f64, status: &str) {
        let status = self.spell(status);
        self.at(seconds, Change::ImageStatus(status));
    }

    fn spell(&self, status: &str) -> Value {
        match (self.job.scenario, status) {
            (Scenario::NullStatus, "BUILDING" | "DEPLOYING") => Value::Null,
            (Scenario::UnknownStatus, "BUILDING") => json!("SCHEDULING_BUILDER"),
            (Scenario::UnknownStatus, "DEPLOYING") => json!("WARMING_UP"),
            (Scenario::UnknownStatus, "DEPLOYED") => json!("deployed"),
            (Scenario::UnknownStatus, "BUILT") => json!("built"),
            _ => json!(status),
        }
    }

    /// An event of the build: of the image, and of the sandbox where there is one.
    fn build_event(&mut self, seconds: f64, event: Event) {
        if self.job.sandbox {
            self.at(seconds, Change::Event(event.clone()));
        }
        self.at(seconds, Change::ImageEvent(event));
    }

    /// The tag of the identical image.
    fn reusable(&self, digest: &str) -> Option<String> {
        let image = self.world.images.get(self.job.key)?;
        let tag = image.built_from(digest).or_else(|| {
            (self.job.scenario == Scenario::ReusedBuild).then(|| image.newest()).flatten()
        })?;
        Some(tag.name.clone())
    }

    fn reuse(&mut self, tag: &str) {
        let image = format!("sandbox/{}:{tag}", self.job.key.1);
        // The platform applies the revision of the earlier build again.
        let revision = self
            .world
            .sandboxes
            .get(self.job.key)
            .filter(|sandbox| self.job.sandbox && !sandbox.revision.is_empty())
            .map_or_else(|| random_word(8), |sandbox| sandbox.revision.clone());
        let message = format!(
            "Build skipped: an identical image already exists ({image}), identical image reused"
        );
        self.build_event(
            ARCHIVE_CHECK,
            Event::new("buildimage.succeeded", "BUILT", &message, &revision),
        );
        self.image_status(ARCHIVE_CHECK, "BUILT");
        if self.job.sandbox {
            self.deploy(ARCHIVE_CHECK, &image, &revision);
        }
    }

    fn run(&mut self, verdict: &Verdict) {
        let revision = random_word(8);
        let failed = |message: &str| Event::new("buildimage.failed", "FAILED", message, &revision);
        if let Outcome::Refused(message) = &verdict.outcome {
            self.build_event(ARCHIVE_CHECK, failed(message));
            self.image_status(ARCHIVE_CHECK, "FAILED");
            self.status(ARCHIVE_CHECK, "FAILED");
            return;
        }
        let length = if self.job.scenario == Scenario::Slow { SLOW_BUILD } else { BUILD };
        let end = ARCHIVE_CHECK + length;
        let started = Event::new("buildimage.started", "BUILDING", "Build started", &revision);
        self.build_event(ARCHIVE_CHECK, started);
        self.image_status(ARCHIVE_CHECK, "BUILDING");
        self.status(ARCHIVE_CHECK, "BUILDING");
        self.log(verdict, end);
        match &verdict.outcome {
            Outcome::Refused(_) => {}
            Outcome::Fails(message) => {
                self.build_event(end, failed(message));
                self.image_status(end, "FAILED");
                self.status(end, "FAILED");
            }
            Outcome::Builds { size } => {
                let tag = self.job.new_tag();
                for name in [tag.as_str(), "latest"] {
                    let (name, size) = (name.to_owned(), *size);
                    self.at(end, Change::ImageTag { name, size, digest: verdict.digest.clone() });
                }
                let built =
                    Event::new("buildimage.succeeded", "BUILT", "Build succeeded", &revision);
                self.build_event(end, built);
                self.image_status(end, "BUILT");
                if self.job.sandbox {
                    let image = format!("sandbox/{}:{tag}", self.job.key.1);
                    self.deploy(end, &image, &revision);
                }
            }
        }
    }

    fn deploy(&mut self, from: f64, image: &str, revision: &str) {
        let to = from + ROLLOUT;
        self.at(from, Change::Runs { image: image.to_owned(), revision: revision.to_owned() });
        let started = Event::new("deployment.started", "DEPLOYING", "Deployment started", revision);
        self.at(from, Change::Event(started));
        self.status(from, "DEPLOYING");
        if self.job.scenario == Scenario::RolloutFails {
            let message = "Deployment failed: STARTUP TCP probe failed 1 time consecutively for container on port \
                           8080: DEADLINE_EXCEEDED";
            self.at(
                to,
                Change::Event(Event::new("deployment.failed", "FAILED", message, revision)),
            );
            self.status(to, "FAILED");
            return;
        }
        let done = Event::new("deployment.succeeded", "DEPLOYED", "Deployment succeeded", revision);
        self.at(to, Change::Event(done));
        self.status(to, "DEPLOYED");
    }

    /// Spreads the lines of the build over its time.
    fn log(&mut self, verdict: &Verdict, end: f64) {
        // The lines of a slow build come as early as those of any other; then it is silent.
        let end = end.min(ARCHIVE_CHECK + BUILD);
        let delay = match self.job.scenario {
            Scenario::MissingLogs => return,
            Scenario::LateLogs => LATE_LOG_DELAY,
            _ => LOG_DELAY,
        };
        let count = f64::from(u32::try_from(verdict.log.len()).unwrap_or(u32::MAX)).max(1.0);
        let mut share = 0.0;
        let mut last = None;
        let mut lines = Vec::with_capacity(verdict.log.len());
        for line in &verdict.log {
            let mut at =
                self.pace.after(self.start, ARCHIVE_CHECK + (end - ARCHIVE_CHECK) * share / count);
            // No two lines share an instant, however fast time passes.
            if let Some(last) = last
                && at <= last
            {
                at = last.checked_add(SignedDuration::from_nanos(1)).unwrap_or(last);
            }
            last = Some(at);
            share += 1.0;
            lines.push(LogLine {
                at,
                visible: self.pace.after(at, delay),
                message: line.text.clone(),
                severity: if line.error { 17 } else { 9 },
            });
        }
        self.world.logs.entry(self.job.key.clone()).or_default().extend(lines);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Map;

    use super::*;
    use crate::sim::{
        build::Line,
        state::{Sandbox, random_word},
    };

    struct Stage {
        world: World,
        key: Key,
        now: Timestamp,
        scenario: Scenario,
    }

    impl Stage {
        fn new(scenario: Scenario) -> Self {
            let key = ("ws".to_owned(), "box".to_owned());
            let now = Timestamp::from_second(1_795_000_000).unwrap();
            let mut world = World::default();
            world.remember(&key, scenario, now);
            let generation = world.next();
            world.sandboxes.entry(key.clone()).or_insert_with(|| Sandbox {
                labels: BTreeMap::new(),
                extra: Map::new(),
                spec: Map::new(),
                status: json!("UPLOADING"),
                events: Vec::new(),
                revision: String::new(),
                created: now,
                updated: now,
                used: now,
                lifetime: crate::sim::expiry::Lifetime::default(),
                ended: None,
                generation,
                scenario,
            });
            Self { world, key, now, scenario }
        }

        fn upload(&mut self, outcome: Outcome, digest: &str) {
            let line = |text: &str| Line { text: text.to_owned(), error: false };
            let verdict =
                Verdict { digest: digest.to_owned(), log: vec![line("one"), line("two")], outcome };
            let job = Job { key: &self.key, sandbox: true, scenario: self.scenario, tag: None };
            build(&mut self.world, Pace(1.0), &job, &verdict, self.now);
        }

        /// The statuses that a poll every tenth of a second sees until a while after the end.
        fn watch(&mut self) -> Vec<Value> {
            let mut seen = Vec::new();
            for _ in 0..100 {
                self.world.advance(self.now);
                let status = self.world.sandboxes[&self.key].status.clone();
                if seen.last() != Some(&status) {
                    seen.push(status);
                }
                self.now = self.now.checked_add(SignedDuration::from_millis(100)).unwrap();
            }
            seen
        }

        fn events(&self) -> Vec<&str> {
            let events = &self.world.sandboxes[&self.key].events;
            events.iter().map(|e| e.kind.trim_start_matches("ai.blaxel.controlplane.")).collect()
        }
    }

    fn builds() -> Outcome {
        Outcome::Builds { size: 1 }
    }

    #[test]
    fn every_scenario_has_its_course() {
        let fails = || Outcome::Fails("why".to_owned());
        let table: Vec<(Scenario, Outcome, Value)> = vec![
            (Scenario::Happy, builds(), json!(["UPLOADING", "BUILDING", "DEPLOYING", "DEPLOYED"])),
            (Scenario::Happy, fails(), json!(["UPLOADING", "BUILDING", "FAILED"])),
            (Scenario::Happy, Outcome::Refused("no".to_owned()), json!(["UPLOADING", "FAILED"])),
            (
                Scenario::RolloutFails,
                builds(),
                json!(["UPLOADING", "BUILDING", "DEPLOYING", "FAILED"]),
            ),
            (Scenario::Slow, builds(), json!(["UPLOADING", "BUILDING"])),
            (Scenario::UpdateDropped, builds(), json!(["UPLOADING"])),
            (Scenario::NullStatus, builds(), json!(["UPLOADING", null, "DEPLOYED"])),
            (
                Scenario::UnknownStatus,
                builds(),
                json!(["UPLOADING", "SCHEDULING_BUILDER", "WARMING_UP", "deployed"]),
            ),
            (Scenario::ReusedBuild, builds(), json!(["DEPLOYED", "DEPLOYING", "DEPLOYED"])),
            (
                Scenario::StaleDeployed,
                builds(),
                json!(["DEPLOYED", "BUILDING", "DEPLOYING", "DEPLOYED"]),
            ),
            (
                Scenario::StaleFailed,
                builds(),
                json!(["FAILED", "BUILDING", "DEPLOYING", "DEPLOYED"]),
            ),
        ];
        for (scenario, outcome, course) in table {
            let mut stage = Stage::new(scenario);
            stage.upload(outcome, "d");
            assert_eq!(json!(stage.watch()), course, "{}", scenario.name());
        }
    }

    #[test]
    fn an_old_status_stays_for_a_while_with_its_old_revision() {
        let mut stage = Stage::new(Scenario::StaleDeployed);
        let old = stage.world.sandboxes[&stage.key].clone();
        stage.upload(builds(), "d");
        stage.now = stage.now.checked_add(SignedDuration::from_secs(2)).unwrap();
        stage.world.advance(stage.now);
        let still = &stage.world.sandboxes[&stage.key];
        assert_eq!((still.events.len(), &still.revision), (2, &old.revision));
        stage.watch();
        let new = &stage.world.sandboxes[&stage.key];
        assert_ne!(new.revision, old.revision);
        assert_ne!(new.spec["runtime"]["image"], old.spec["runtime"]["image"]);
        assert_eq!(
            stage.events()[2..],
            [
                "buildimage.started",
                "buildimage.succeeded",
                "deployment.started",
                "deployment.succeeded"
            ]
        );
    }

    #[test]
    fn equal_content_is_not_built_twice() {
        let mut stage = Stage::new(Scenario::Happy);
        stage.upload(builds(), "d");
        stage.watch();
        let first = stage.world.sandboxes[&stage.key].clone();
        stage.upload(builds(), "d");
        assert_eq!(json!(stage.watch()), json!(["DEPLOYED", "DEPLOYING", "DEPLOYED"]));
        let second = &stage.world.sandboxes[&stage.key];
        assert_eq!(second.spec["runtime"]["image"], first.spec["runtime"]["image"]);
        assert_eq!(second.revision, first.revision);
        assert_eq!(
            stage.events()[4..],
            ["buildimage.succeeded", "deployment.started", "deployment.succeeded"]
        );
        assert!(second.events[4].message.contains("identical image"));
        assert_eq!(stage.world.images[&stage.key].tags.len(), 2);

        let before = second.spec["runtime"]["image"].clone();
        stage.upload(builds(), "other");
        stage.watch();
        assert_ne!(stage.world.sandboxes[&stage.key].spec["runtime"]["image"], before);
        assert_eq!(stage.world.images[&stage.key].tags.len(), 3);
    }

    #[test]
    fn logs_come_late_and_in_order() {
        let mut stage = Stage::new(Scenario::Happy);
        stage.upload(builds(), &random_word(4));
        let lines = &stage.world.logs[&stage.key];
        assert_eq!(lines.iter().map(|l| l.message.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        assert!(lines[0].at < lines[1].at && lines.iter().all(|line| line.visible > line.at));
        let mut stage = Stage::new(Scenario::MissingLogs);
        stage.upload(builds(), "d");
        assert!(!stage.world.logs.contains_key(&stage.key));
    }

    #[test]
    fn time_that_stands_still_keeps_lines_apart() {
        let mut stage = Stage::new(Scenario::Happy);
        let job = Job { key: &stage.key, sandbox: true, scenario: Scenario::Happy, tag: None };
        let line = |text: &str| Line { text: text.to_owned(), error: false };
        let log = vec![line("one"), line("two"), line("three")];
        let verdict = Verdict { digest: "d".to_owned(), log, outcome: builds() };
        build(&mut stage.world, Pace(0.0), &job, &verdict, stage.now);
        assert!(stage.world.logs[&stage.key].is_sorted_by(|a, b| a.at < b.at));
    }
}
