//! An embedded platform with something on it, and clients of its workspaces.

use std::time::Duration;

use sandgate::{
    ship::{
        Reporter,
        blaxel::{Client, Credentials, Fault, Host, ImageName, Pace, Rule, Secret},
    },
    sim::{Config, Running, Scenario, start},
};
use serde_json::{Value, json};
use tokio::time::Instant;

/// A client that waits fifty times less than on the platform.
const FAST: Pace = Pace {
    look: Duration::from_millis(20),
    retry: Duration::from_millis(20),
    answer: Duration::from_secs(20),
    begin: Duration::from_secs(5),
};

/// The platform of one test.
pub(crate) struct World {
    pub(crate) running: Running,
    /// What the commands call.
    pub(crate) api: String,
    http: reqwest::Client,
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let workspaces = ["ws", "prod", "third", "other", "full"]
            .map(|name| (name.to_owned(), "own".to_owned()));
        let far = ("far".to_owned(), "other".to_owned());
        let workspaces = workspaces.into_iter().chain([far]).collect();
        Self::with(Config { scenario, workspaces, ..Config::default() })
    }

    /// A platform of its own settings, fifty times as fast.
    pub(crate) fn with(config: Config) -> Self {
        let config = Config { time_factor: 0.02, ..config };
        // A second installation is refused, and the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let running = start(config).unwrap();
        Self { api: running.base_url.clone(), running, http }
    }

    /// A client of a workspace.
    pub(crate) fn client(&self, workspace: &str) -> Client {
        client(&self.running.base_url, workspace)
    }

    /// A call past the client. Null where the answer has no body.
    pub(crate) async fn raw(
        &self,
        workspace: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Value {
        let url = format!("{}{path}", self.running.base_url);
        let request = self
            .http
            .request(method.parse().unwrap(), url)
            .header("X-Blaxel-Authorization", "Bearer synthetic-key")
            .header("X-Blaxel-Workspace", workspace)
            .header("X-Sandgate-Scenario", "happy")
            .body(if body.is_null() { String::new() } else { body.to_string() });
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Registers one tag of an image, as an import does.
    pub(crate) async fn image(&self, workspace: &str, name: &str, tag: &str) {
        let body = json!({
            "name": name, "resourceType": "sandbox", "tag": tag,
            "image": "registry.example.com/box:1",
        });
        self.raw(workspace, "POST", "/images?skip-build=true", body).await;
    }

    /// Creates a sandbox from an image.
    pub(crate) async fn sandbox(&self, workspace: &str, name: &str, image: &str) {
        let body = json!({"metadata": {"name": name}, "spec": {"runtime": {"image": image}}});
        self.raw(workspace, "POST", "/sandboxes", body).await;
    }
}

/// A client of what listens at a URL.
pub(crate) fn client(url: &str, workspace: &str) -> Client {
    client_with(url, workspace, "synthetic-key")
}

/// The same under another key.
pub(crate) fn client_with(url: &str, workspace: &str, key: &str) -> Client {
    let host = Host::new(Some(url), None).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let key = Credentials::Key(Secret::new(key));
    Client::new(host, key, workspace, deadline).unwrap().paced(FAST)
}

/// An image of a sandbox.
pub(crate) fn app() -> ImageName {
    "sandbox/app".parse().unwrap()
}

/// The rule that a call broke, and what is told of it.
pub(crate) fn broken<T: std::fmt::Debug>(result: Result<T, Fault>) -> (Rule, String, String) {
    match result {
        Err(Fault::Rule(broken)) => (broken.rule, broken.what.clone(), broken.help.clone()),
        other => panic!("no rule: {other:?}"),
    }
}

/// What was told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) statuses: Vec<String>,
    pub(crate) lines: Vec<String>,
    pub(crate) notes: Vec<String>,
}

impl Reporter for Told {
    fn status(&mut self, status: &str) {
        self.statuses.push(status.to_owned());
    }

    fn log(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }

    fn uploaded(&mut self, _bytes: u64) {}
}
