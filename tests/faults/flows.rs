//! The flows, each with the calls that it makes, and what must be true after it.

use std::{io::Write as _, time::Duration};

use sandgate::{
    ship::{
        Reporter,
        blaxel::{
            self, Archive, Client, Credentials, Fault as Ended, Host, Pace, Request, Secret,
            images, sandboxes,
        },
        promote,
    },
    sim::{Config, Fault, Kind, Running, start},
};
use serde_json::json;
use tokio::time::Instant;
use zip::{ZipWriter, write::SimpleFileOptions};

/// Nothing is told.
struct Quiet;

impl Reporter for Quiet {
    fn status(&mut self, _: &str) {}
    fn log(&mut self, _: &str) {}
    fn note(&mut self, _: &str) {}
    fn uploaded(&mut self, _: u64) {}
}

/// Something that makes several calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Of a sandbox that is new.
    Deploy,
    /// Of a sandbox that is there.
    Redeploy,
    /// Of an image.
    Push,
    /// Of an image that is there, to another workspace.
    Promote,
}

impl Flow {
    pub(crate) const ALL: [Self; 4] = [Self::Deploy, Self::Redeploy, Self::Push, Self::Promote];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Redeploy => "deploy again",
            Self::Push => "push",
            Self::Promote => "promote",
        }
    }

    /// Its calls, and which of those of the same kind is meant.
    pub(crate) fn calls(self) -> &'static [(&'static str, u32)] {
        match self {
            Self::Deploy => &[
                ("GET /sandboxes/box", 1),
                ("POST /sandboxes", 1),
                ("PUT /store/*", 1),
                ("GET /sandboxes/box", 2),
                ("GET /observability/logs", 1),
            ],
            Self::Redeploy => &[
                ("GET /sandboxes/box", 1),
                ("PUT /sandboxes/box", 1),
                ("PUT /store/*", 1),
                ("GET /sandboxes/box", 2),
            ],
            Self::Push => &[
                ("GET /images/sandbox/box", 1),
                ("POST /images", 1),
                ("PUT /store/*", 1),
                ("GET /images/sandbox/box", 2),
            ],
            Self::Promote => &[
                ("GET /images/sandbox/box", 1),
                ("GET /images/sandbox/box/share", 1),
                ("POST /images/sandbox/box/share", 1),
                ("GET /images/sandbox/box", 2),
            ],
        }
    }

    /// Plays it against a platform with one fault. `Err` is what it ended with; a truth that is not kept panics.
    pub(crate) async fn play(self, fault: &str, deadline: Duration) -> Result<(), Ended> {
        let fault: Fault = fault.parse().unwrap();
        // Where the machine is busy, a build may be over before it is looked at, so that nobody asks for its log.
        for factor in [0.02, 0.1, 0.5] {
            let (ended, met) = self.played(&fault, deadline, factor).await;
            if met {
                return ended;
            }
        }
        panic!("{fault:?}: the flow makes no such call")
    }

    /// The same at a pace of the platform's, and whether the fault was met.
    async fn played(
        self,
        fault: &Fault,
        deadline: Duration,
        time_factor: f64,
    ) -> (Result<(), Ended>, bool) {
        let faults = vec![fault.clone()];
        let world = start(Config { time_factor, faults, ..Config::default() }).unwrap();
        if matches!(self, Self::Redeploy | Self::Promote) {
            prepare(&world, self).await;
        }
        let answer = if stalls(fault.kind) { STALLED } else { PATIENT };
        let client = client(&world, deadline, answer);
        let work = async {
            match self {
                Self::Deploy | Self::Redeploy => self.deploy(&world, &client).await,
                Self::Push => push(&world, &client).await,
                Self::Promote => promoted(&world, &client).await,
            }
        };
        // Far more than it may take, and far less than for ever.
        let ended = tokio::time::timeout(deadline + Duration::from_mins(1), work).await;
        let met = world.calls().iter().any(|call| call.fault.is_some());
        (ended.unwrap_or_else(|_| panic!("{fault:?}: it went on after its deadline")), met)
    }

    async fn deploy(self, world: &Running, client: &Client) -> Result<(), Ended> {
        let ended = blaxel::deploy(client, &request(), Some(&archive()), &mut Quiet).await;
        let after = client_of(world, "ws");
        let count = tags(&after).await.len();
        let before = usize::from(self == Self::Redeploy);
        assert!(count <= before + 1, "{count} builds");
        let done = ended?;
        assert_eq!(count, before + 1);
        let all = sandboxes::list(&after).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((&all[0].image, all[0].status.as_deref()), (&done.image, Some("DEPLOYED")));
        Ok(())
    }
}

async fn push(world: &Running, client: &Client) -> Result<(), Ended> {
    let ended = blaxel::push(client, &request(), Some(&archive()), &mut Quiet).await;
    let tags = tags(&client_of(world, "ws")).await;
    assert!(tags.len() <= 1, "{tags:?}");
    let image = ended?.image.unwrap();
    assert!(tags.contains(&image), "{image} is none of {tags:?}");
    Ok(())
}

async fn promoted(world: &Running, client: &Client) -> Result<(), Ended> {
    let image = "sandbox/box".parse().unwrap();
    let target: promote::Target = "prod".parse().unwrap();
    let there = client.elsewhere(&target.workspace, None);
    let ended = async {
        let (_, tag) = promote::pinned(client, &image, None).await?;
        let spans = (Duration::ZERO, Duration::from_secs(5));
        promote::promote(client, &there, (&image, &tag), &target, spans, &mut Quiet).await
    };
    let ended = ended.await;
    let seen = images::list(&client_of(world, "prod")).await.unwrap();
    assert!(seen.len() <= 1, "{seen:?}");
    let done = ended?;
    assert_eq!(seen[0].source.as_deref(), Some("ws"));
    // Credentials that are refused there leave it open.
    assert!(
        matches!(done.verified, Some(promote::Verified::Yes | promote::Verified::Unknown { .. })),
        "{done:?}"
    );
    Ok(())
}

/// The builds that the platform has now, by a call that no fault is for.
async fn tags(client: &Client) -> Vec<String> {
    let all = images::list(client).await.unwrap();
    all.iter()
        .flat_map(|image| image.tags.iter().flatten())
        .filter(|tag| tag.is_fixed())
        .map(|tag| format!("sandbox/box:{}", tag.name))
        .collect()
}

/// Makes what the flow finds, by calls that no fault is for.
async fn prepare(world: &Running, flow: Flow) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = async |path: &str, body: serde_json::Value| {
        let answer = http
            .post(format!("{}{path}", world.base_url))
            .header("X-Blaxel-Authorization", "Bearer synthetic-key")
            .header("X-Blaxel-Workspace", "ws")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    };
    let image = json!({"name": "box", "resourceType": "sandbox", "tag": "t1", "image": "registry.example.com/box:1"});
    call("/images?skip-build=true", image).await;
    if flow == Flow::Redeploy {
        let spec = json!({"runtime": {"image": "sandbox/box:t1"}});
        call("/sandboxes", json!({"metadata": {"name": "box"}, "spec": spec})).await;
        // What is still at work would be waited for, by looks that the flow does not make otherwise.
        let client = client_of(world, "ws");
        while sandboxes::list(&client).await.unwrap()[0].status.as_deref() != Some("DEPLOYED") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn request() -> Request {
    Request { name: "box".into(), ..Request::default() }
}

/// How long an answer is waited for that does not come, or in drops that take four seconds.
const STALLED: Duration = Duration::from_secs(2);
/// The same where an answer comes or the connection ends: a machine that is busy is no fault.
const PATIENT: Duration = Duration::from_secs(30);

/// Whether a fault only ends because the client has waited enough.
pub(crate) fn stalls(kind: Kind) -> bool {
    matches!(kind, Kind::StallBefore | Kind::StallAfter | Kind::Slow)
}

/// A client that looks often.
fn client(world: &Running, deadline: Duration, answer: Duration) -> Client {
    let pace = Pace {
        look: Duration::from_millis(20),
        retry: Duration::from_millis(20),
        answer,
        begin: Duration::from_secs(20),
    };
    let host = Host::new(Some(&world.base_url), None).unwrap();
    let key = Credentials::Key(Secret::new("synthetic-key"));
    Client::new(host, key, "ws", Instant::now() + deadline).unwrap().paced(pace)
}

/// A client that looks at what is there afterwards.
fn client_of(world: &Running, workspace: &str) -> Client {
    client(world, Duration::from_mins(2), PATIENT).elsewhere(&workspace.parse().unwrap(), None)
}

fn archive() -> Archive {
    let mut zip = ZipWriter::new(tempfile::tempfile().unwrap());
    zip.start_file("Dockerfile", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"FROM node:24\nCMD [\"node\"]\n").unwrap();
    let file = zip.finish().unwrap();
    let bytes = file.metadata().unwrap().len();
    Archive { file, bytes }
}
