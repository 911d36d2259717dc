//! The world: what exists, and what is going to happen to it.
//!
//! Nothing runs in the background. A change is written down with the instant at which it is due, and every call first
//! makes the changes that have become due, each with its own time. So what a client sees depends on when it asks alone.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher as _, Hasher as _, RandomState},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    expiry::Lifetime,
    oauth::Tokens,
    previews::Previews,
    scenario::Scenario,
    shares::Shares,
    store::Ticket,
    wire::{Event, instant},
};

/// Workspace and name.
pub(super) type Key = (String, String);

/// A sandbox.
#[derive(Clone, Debug)]
pub(super) struct Sandbox {
    /// Replaced as a whole by every update.
    pub(super) labels: BTreeMap<String, String>,
    /// `metadata` keys that are kept as sent: `displayName`, `externalId`.
    pub(super) extra: Map<String, Value>,
    pub(super) spec: Map<String, Value>,
    /// A string or null.
    pub(super) status: Value,
    pub(super) events: Vec<Event>,
    pub(super) revision: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// When it was last visited.
    pub(super) used: Timestamp,
    pub(super) lifetime: Lifetime,
    /// When its life ended; only its record is left.
    pub(super) ended: Option<Timestamp>,
    /// Changes of an older generation no longer happen.
    pub(super) generation: u64,
    pub(super) scenario: Scenario,
}

impl Sandbox {
    /// When it ends, unless it is visited or changed.
    pub(super) fn end(&self) -> Option<Timestamp> {
        self.lifetime.end(self.created, self.used.max(self.updated))
    }
}

/// A tag of an image.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) created: Timestamp,
    /// What it was built from.
    pub(super) digest: String,
}

/// An image.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) status: Value,
    pub(super) events: Vec<Event>,
    /// Oldest first; `latest` is among them.
    pub(super) tags: Vec<Tag>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) generation: u64,
}

impl Image {
    /// The newest tag that is not `latest`.
    pub(super) fn newest(&self) -> Option<&Tag> {
        self.tags.iter().rev().find(|tag| tag.name != "latest")
    }

    /// The tag that was built from this.
    pub(super) fn built_from(&self, digest: &str) -> Option<&Tag> {
        self.tags.iter().rev().find(|tag| tag.digest == digest && tag.name != "latest")
    }
}

/// A line of a log.
#[derive(Clone, Debug)]
pub(super) struct LogLine {
    pub(super) at: Timestamp,
    /// From when on it can be read.
    pub(super) visible: Timestamp,
    pub(super) message: String,
    /// As OpenTelemetry counts: 9 information, 17 error.
    pub(super) severity: u8,
}

/// Something that is going to happen.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// The sandbox has this status.
    Status(Value),
    /// An event of the sandbox.
    Event(Event),
    /// The sandbox runs this image, from this revision on.
    Runs { image: String, revision: String },
    /// The sandbox is gone.
    Gone,
    /// The image has this status; it is registered if it was not.
    ImageStatus(Value),
    /// An event of the image.
    ImageEvent(Event),
    /// The image has a new tag.
    ImageTag { name: String, size: u64, digest: String },
}

impl Change {
    fn concerns_image(&self) -> bool {
        matches!(self, Self::ImageStatus(_) | Self::ImageEvent(_) | Self::ImageTag { .. })
    }
}

struct Due {
    key: Key,
    generation: u64,
    change: Change,
}

/// Numbers that nobody can guess well: enough for tags, keys and tokens of a simulation.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A random word of lower-case letters and digits.
pub(super) fn random_word(length: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    (0..length)
        .map(|_| char::from(LETTERS[usize::try_from(random() % 32).unwrap_or_default()]))
        .collect()
}

/// What exists.
#[derive(Default)]
pub(super) struct World {
    pub(super) sandboxes: BTreeMap<Key, Sandbox>,
    /// Images of sandboxes. A target is called as its sandbox.
    pub(super) images: BTreeMap<Key, Image>,
    pub(super) logs: BTreeMap<Key, Vec<LogLine>>,
    /// Upload URLs that were given out, by store key.
    pub(super) tickets: BTreeMap<String, Ticket>,
    pub(super) shares: Shares,
    pub(super) previews: Previews,
    pub(super) tokens: Tokens,
    /// Workspaces that were asked for.
    pub(super) workspaces: BTreeSet<String>,
    /// How often a fault was met.
    met: BTreeMap<(Key, &'static str), u32>,
    agenda: BTreeMap<(Timestamp, u64), Due>,
    counter: u64,
    /// Up to when everything has happened.
    now: Timestamp,
}

impl World {
    /// A number that was not given out before.
    pub(super) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// How often this was asked before, for this key.
    pub(super) fn meet(&mut self, key: &Key, fault: &'static str) -> u32 {
        let met = self.met.entry((key.clone(), fault)).or_default();
        *met += 1;
        *met - 1
    }

    /// The image that a workspace sees under a name: its own, else a shared one with the tags that have come through. With
    /// the key of its owner.
    pub(super) fn visible_image<'a>(&'a self, key: &'a Key) -> Option<(&'a Key, Cow<'a, Image>)> {
        if let Some(image) = self.images.get(key) {
            return Some((key, Cow::Borrowed(image)));
        }
        let owner = self.shares.seen(key)?;
        let mut image = self.images.get(owner)?.clone();
        let any = !image.tags.is_empty();
        image.tags.retain(|tag| self.shares.visible(owner, &key.0, tag.created) <= self.now);
        // Before its first tag has come through, there is no image.
        (!any || !image.tags.is_empty()).then_some((owner, Cow::Owned(image)))
    }

    /// Writes down what is going to happen.
    pub(super) fn plan(&mut self, key: &Key, generation: u64, at: Timestamp, change: Change) {
        let order = self.next();
        self.agenda.insert((at, order), Due { key: key.clone(), generation, change });
    }

    /// Makes the changes that are due.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.now = now;
        while let Some(entry) = self.agenda.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let ((at, _), due) = entry.remove_entry();
            self.apply(at, due);
        }
        self.expire(now);
    }

    /// Ends what has had its time.
    fn expire(&mut self, now: Timestamp) {
        let mut gone = Vec::new();
        for (key, sandbox) in &mut self.sandboxes {
            if sandbox.ended.is_none()
                && let Some(end) = sandbox.end().filter(|end| *end <= now)
            {
                self.counter += 1;
                sandbox.generation = self.counter;
                sandbox.status = json!("TERMINATED");
                sandbox.updated = end;
                sandbox.ended = Some(end);
            }
            if sandbox.ended.is_some_and(|ended| sandbox.lifetime.kept(ended) <= now) {
                gone.push(key.clone());
            }
        }
        for key in gone {
            self.forget(&key);
        }
        self.previews.expire(now);
    }

    /// Removes a sandbox and what belongs to it.
    pub(super) fn forget(&mut self, key: &Key) {
        self.sandboxes.remove(key);
        self.logs.remove(key);
        self.previews.forget(key);
    }

    fn apply(&mut self, at: Timestamp, due: Due) {
        let Due { key, generation, change } = due;
        if change.concerns_image() {
            let image = self.images.entry(key).or_insert_with(|| Image {
                status: Value::Null,
                events: Vec::new(),
                tags: Vec::new(),
                created: at,
                updated: at,
                generation,
            });
            // An older build that is overtaken still leaves its tag, and no longer its status.
            let overtaken = image.generation > generation;
            if overtaken && !matches!(change, Change::ImageTag { .. }) {
                return;
            }
            image.generation = image.generation.max(generation);
            image.updated = at;
            match change {
                Change::ImageStatus(status) => image.status = status,
                Change::ImageEvent(event) => {
                    image.events.push(Event { time: instant(at), ..event });
                }
                Change::ImageTag { name, size, digest } => {
                    image.tags.retain(|tag| tag.name != name);
                    image.tags.push(Tag { name, size, created: at, digest });
                }
                _ => {}
            }
            return;
        }
        if self.sandboxes.get(&key).is_none_or(|sandbox| sandbox.generation != generation) {
            return;
        }
        if matches!(change, Change::Gone) {
            self.forget(&key);
            return;
        }
        let Some(sandbox) = self.sandboxes.get_mut(&key) else { return };
        sandbox.updated = at;
        match change {
            Change::Status(status) => sandbox.status = status,
            Change::Event(event) => sandbox.events.push(Event { time: instant(at), ..event }),
            Change::Runs { image, revision } => {
                sandbox.revision = revision;
                let runtime = sandbox.spec.entry("runtime").or_insert_with(|| json!({}));
                if let Some(runtime) = runtime.as_object_mut() {
                    runtime.insert("image".to_owned(), Value::String(image));
                }
            }
            _ => {}
        }
    }

    /// Makes the sandbox of an earlier deployment exist, where the scenario has one.
    pub(super) fn remember(&mut self, key: &Key, scenario: Scenario, now: Timestamp) {
        if !scenario.has_past() || self.meet(key, "past") > 0 || self.sandboxes.contains_key(key) {
            return;
        }
        let before =
            |seconds: i64| now.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
        let (created, built, deployed) = (before(90_000), before(86_420), before(86_400));
        let tag = random_word(12);
        let revision = random_word(8);
        let failed = scenario == Scenario::StaleFailed;
        let at = |time: Timestamp, event: Event| Event { time: instant(time), ..event };
        let end = if failed {
            Event::new(
                "buildimage.failed",
                "FAILED",
                "Dockerfile:1\n--------------------\n>>> RUN false\n--------------------\nerror: failed to solve: \
                 process \"/bin/sh -c false\" did not complete successfully: exit code: 1",
                &revision,
            )
        } else {
            Event::new("deployment.succeeded", "DEPLOYED", "Deployment succeeded", &revision)
        };
        let start =
            at(built, Event::new("buildimage.started", "BUILDING", "Build started", &revision));
        let end = at(deployed, end);
        let generation = self.next();
        self.images.insert(
            key.clone(),
            Image {
                status: json!(if failed { "FAILED" } else { "BUILT" }),
                events: vec![start.clone(), end.clone()],
                tags: [tag.as_str(), "latest"]
                    .map(|name| Tag {
                        name: name.to_owned(),
                        size: 67_108_864,
                        created: built,
                        digest: String::new(),
                    })
                    .to_vec(),
                created,
                updated: deployed,
                generation,
            },
        );
        let Value::Object(spec) = json!({
            "enabled": true,
            "runtime": {"image": format!("sandbox/{}:{tag}", key.1), "memory": 4096},
        }) else {
            return;
        };
        self.sandboxes.insert(
            key.clone(),
            Sandbox {
                labels: BTreeMap::from([("x-blaxel-auto-generated".to_owned(), "true".to_owned())]),
                extra: Map::new(),
                spec,
                status: json!(if failed { "FAILED" } else { "DEPLOYED" }),
                events: vec![start, end],
                revision,
                created,
                updated: deployed,
                used: deployed,
                lifetime: Lifetime::default(),
                ended: None,
                generation,
                scenario,
            },
        );
    }
}
