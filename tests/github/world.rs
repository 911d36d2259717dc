//! An embedded forge with something on it, and clients of it.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use sandgate::{
    ship::{
        blaxel::Secret,
        forge::{
            Row,
            github::{Client, Pace, Settings, statuses::State},
        },
    },
    sim::{Call, Config, Running, start},
};
use serde_json::{Value, json};
use tokio::time::Instant;

/// The commit of the pull request.
pub(crate) const HEAD: &str = "1111111111111111111111111111111111111111";
/// The commit of its merge.
pub(crate) const MERGE: &str = "2222222222222222222222222222222222222222";
/// Who a job writes as.
pub(crate) const BOT: &str = "github-actions[bot]";
/// How much faster than at GitHub everything is.
const FASTER: f64 = 0.02;

/// A client that waits fifty times less than at GitHub.
pub(crate) fn fast() -> Pace {
    let pace = Pace::default();
    Pace {
        retry: pace.retry.mul_f64(FASTER),
        settle: pace.settle.mul_f64(FASTER),
        apart: pace.apart.mul_f64(FASTER),
        second: FASTER,
        ..pace
    }
}

/// The forge of one test: `o/r` with the pull request 7.
pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) api: String,
    http: reqwest::Client,
}

impl World {
    pub(crate) async fn new(faults: &[&str]) -> Self {
        // A second installation is refused, and the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let config = Config { faults, time_factor: FASTER, ..Config::default() };
        let running = start(config).unwrap();
        let api = format!("http://{}/api/v3", running.address);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let world = Self { running, api, http };
        world.seed("repositories", json!({"name": "o/r"})).await;
        world
            .seed(
                "pulls",
                json!({"repository": "o/r", "number": 7, "title": "Bump", "head": {"ref": "bump", "sha": HEAD}}),
            )
            .await;
        world
    }

    /// Makes something there.
    pub(crate) async fn seed(&self, what: &str, body: Value) -> Value {
        let url = format!("http://{}/_sim/github/{what}", self.running.address);
        let answer = self.http.post(url).body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{what} {body}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// The same while something else waits: from within a closure that is no future.
    pub(crate) fn seed_now(&self, path: &str, body: &Value) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(self.running.address).unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ghs_other\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    }

    /// Everything that is in `o/r`.
    pub(crate) async fn there(&self) -> Value {
        let url = format!("http://{}/_sim/github", self.running.address);
        let answer = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let all: Value = serde_json::from_str(&answer).unwrap();
        let all = all["repositories"].as_array().unwrap();
        all.iter().find(|one| one["name"] == "o/r").unwrap().clone()
    }

    /// The comments of the pull request: author and text.
    pub(crate) async fn comments(&self) -> Vec<(String, String)> {
        let there = self.there().await;
        let comments = there["comments"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        comments.map(|one| (text(&one["author"]), text(&one["body"]))).collect()
    }

    /// The client of a job.
    pub(crate) fn client(&self) -> Client {
        client(&self.api, "ghs_job")
    }

    /// The calls of a method whose path ends so.
    pub(crate) fn calls(&self, method: &str, end: &str) -> Vec<Call> {
        let calls = self.running.calls().into_iter();
        calls.filter(|call| call.method == method && call.path.ends_with(end)).collect()
    }
}

/// A client of what listens at a URL.
pub(crate) fn client(api: &str, token: &str) -> Client {
    client_until(api, token, Duration::from_mins(1), fast())
}

pub(crate) fn client_until(api: &str, token: &str, within: Duration, pace: Pace) -> Client {
    let deadline = Instant::now() + within;
    let settings = Settings::new(api, "o/r", Secret::new(token), deadline).unwrap();
    Client::new(settings.paced(pace)).unwrap()
}

/// The row of an image.
pub(crate) fn row(image: &str, description: &str) -> Row {
    Row {
        image: image.to_owned(),
        sha: HEAD.to_owned(),
        state: State::Success,
        description: description.to_owned(),
        target_url: None,
    }
}

/// A table of the rows, as a comment may be.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = "| image | |\n| --- | --- |\n".to_owned();
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by_key(|row| &row.image);
    for row in rows {
        text.push_str(&format!("| {} | {} |\n", row.image, row.description));
    }
    text
}

/// A server that answers as it is told. Every request is kept, as it came.
pub(crate) struct Fake {
    pub(crate) api: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// `answers` is given the number of a request, from 0, and its text.
    pub(crate) fn new(answers: impl Fn(usize, &str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}/api/v3", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let mut bytes = Vec::new();
                let mut chunk = [0; 4096];
                let request = loop {
                    let Ok(read) = stream.read(&mut chunk) else { break String::new() };
                    bytes.extend_from_slice(&chunk[..read]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else {
                        if read == 0 {
                            break text;
                        }
                        continue;
                    };
                    let head = head.to_ascii_lowercase();
                    let length =
                        head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
                    if body.len() >= length || read == 0 {
                        break text;
                    }
                };
                kept.lock().unwrap().push(request.clone());
                // Whoever has read enough hangs up.
                let _ = stream.write_all(&answers(number, &request));
            }
        });
        Self { api, requests }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// An answer of JSON, with more headers where there are some.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}
