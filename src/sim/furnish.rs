//! A small world to begin with, so that there is something to look at, to promote and to delete.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    PARTNER, Platform,
    expiry::Lifetime,
    scenario::Scenario,
    state::{Image, Key, LogLine, Sandbox, Tag, World},
    wire::{Event, instant},
};

/// Bytes of every image of it.
const SIZE: u64 = 96 << 20;
/// The workspace of the same account that an image is shared with, where none is listed.
const STAGING: &str = "staging";

/// What is told of it.
pub const FURNISHED: &str = "the images `app` (tags t1, t2, t3) and `worker`, the sandbox `live` of app:t2, a share of `app`, and one that waits on each side";

impl Platform {
    /// Puts the small world into a workspace.
    pub(super) fn furnish(&self, workspace: &str) {
        let (mut world, now) = self.world();
        let ago = |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
        let own = |name: &str| (workspace.to_owned(), name.to_owned());
        image(&mut world, own("app"), &[("t1", ago(72)), ("t2", ago(24)), ("t3", ago(2))]);
        image(&mut world, own("worker"), &[("t1", ago(48))]);
        sandbox(&mut world, own("live"), ago(23));
        if let Some(near) = self.neighbour(workspace, true) {
            world.shares.begin(own("app"), near, ago(70), SignedDuration::ZERO);
        }
        let Some(far) = self.neighbour(workspace, false) else { return };
        let theirs = |name: &str| (far.to_owned(), name.to_owned());
        image(&mut world, theirs("base"), &[("t1", ago(96))]);
        image(&mut world, theirs("tools"), &[("t1", ago(12))]);
        world.shares.begin(theirs("base"), workspace, ago(95), SignedDuration::ZERO);
        self.ask(&mut world, theirs("tools"), workspace, ago(11));
        self.ask(&mut world, own("app"), far, ago(1));
    }

    /// Another workspace of the same account, or of another one; `None` where the list has none.
    fn neighbour(&self, workspace: &str, same: bool) -> Option<&str> {
        let listed = &self.config.workspaces;
        if listed.is_empty() {
            let name = if same { STAGING } else { PARTNER };
            return (name != workspace).then_some(name);
        }
        let account = self.account(workspace);
        let mut others = listed.iter().filter(|(name, _)| name != workspace);
        others.find(|(_, known)| (known == account) == same).map(|(name, _)| name.as_str())
    }
}

fn image(world: &mut World, key: Key, tags: &[(&str, Timestamp)]) {
    let (Some((_, first)), Some((newest, last))) = (tags.first(), tags.last()) else { return };
    let built = Event::new("buildimage.succeeded", "BUILT", "Build succeeded", newest);
    let tag = |name: &str, created: Timestamp| Tag {
        name: name.to_owned(),
        size: SIZE,
        created,
        digest: String::new(),
    };
    let mut all: Vec<Tag> = tags.iter().map(|(name, created)| tag(name, *created)).collect();
    all.push(tag("latest", *last));
    let generation = world.next();
    let image = Image {
        status: json!("BUILT"),
        events: vec![Event { time: instant(*last), ..built }],
        tags: all,
        created: *first,
        updated: *last,
        generation,
    };
    world.images.insert(key, image);
}

fn sandbox(world: &mut World, key: Key, created: Timestamp) {
    let mut spec = Map::new();
    spec.insert("enabled".to_owned(), json!(true));
    spec.insert(
        "runtime".to_owned(),
        json!({
            "image": "sandbox/app:t2",
            "memory": 2048,
            "ports": [{"name": "web", "target": 3000, "protocol": "HTTP"}],
        }),
    );
    let up = Event::new("deployment.succeeded", "DEPLOYED", "Deployment succeeded", "live");
    let line = |(second, message): (i64, &str)| {
        let at = created.checked_add(SignedDuration::from_secs(second)).unwrap_or(created);
        LogLine { at, visible: at, message: message.to_owned(), severity: 9 }
    };
    let log = [(1, "sandbox-api listening on :8080"), (2, "app listening on :3000")];
    let log = log.map(line).to_vec();
    let generation = world.next();
    let sandbox = Sandbox {
        labels: BTreeMap::new(),
        extra: Map::new(),
        spec,
        status: Value::from("DEPLOYED"),
        events: vec![Event { time: instant(created), ..up }],
        revision: "live".to_owned(),
        created,
        updated: created,
        used: created,
        lifetime: Lifetime::default(),
        ended: None,
        generation,
        scenario: Scenario::Happy,
    };
    world.logs.insert(key.clone(), log);
    world.sandboxes.insert(key, sandbox);
}
