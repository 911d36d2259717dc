//! A client that knows nothing but HTTP.

use std::{
    io::{Cursor, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use reqwest::{Method, header::HeaderMap};
use sandgate::sim::{Config, Running, Scenario, start};
use serde_json::{Value, json};

/// A Dockerfile that builds from nothing but itself.
pub(crate) const DOCKERFILE: &str = "FROM node:24\nWORKDIR /app\nRUN npm ci\nCMD [\"node\"]\n";

/// A platform of a test's own, and a client for it.
pub(crate) struct Client {
    pub(crate) running: Running,
    http: reqwest::Client,
    pub(crate) workspace: String,
    pub(crate) version: Option<&'static str>,
    pub(crate) key: &'static str,
}

/// What a client does behind its last byte.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It waits for the answer, after which the server closes the connection.
    Wait,
    /// It says that nothing more comes. A server may take that for a client that went away.
    Cut,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null where the body is not JSON.
    pub(crate) json: Value,
}

impl Answer {
    /// The upload URL.
    pub(crate) fn url(&self) -> String {
        let url = self.headers.get("x-blaxel-upload-url");
        url.unwrap_or_else(|| panic!("no upload URL: {self:?}")).to_str().unwrap().to_owned()
    }

    /// Asserts a status and gives the body.
    pub(crate) fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json
    }
}

/// The body of a build from source, as the SDKs send it.
pub(crate) fn sandbox(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"x-blaxel-auto-generated": "true"}},
        "spec": {"runtime": {"memory": 4096}},
    })
}

/// A zip archive.
pub(crate) fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

impl Client {
    /// A fast platform.
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self::with(Config { scenario, time_factor: 0.05, ..Config::default() })
    }

    pub(crate) fn with(config: Config) -> Self {
        // A second installation is refused, and the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let running = start(config).unwrap();
        Self {
            running,
            http,
            workspace: "ws".to_owned(),
            version: Some("2026-04-28"),
            key: "synthetic-key",
        }
    }

    /// Any call with exactly these headers.
    pub(crate) async fn bare(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, json }
    }

    /// A call of the API with more headers.
    pub(crate) async fn call_with(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        more: &[(&str, &str)],
    ) -> Answer {
        let bearer = format!("Bearer {}", self.key);
        let mut headers = vec![
            ("X-Blaxel-Authorization", bearer.as_str()),
            ("X-Blaxel-Workspace", self.workspace.as_str()),
        ];
        headers.extend(self.version.map(|version| ("Blaxel-Version", version)));
        headers.extend_from_slice(more);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.bare(method, &format!("{}{path}", self.running.base_url), &headers, body).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.call_with(method, path, body, &[]).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &Value::Null).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, &Value::Null).await
    }

    /// An upload as clients do it.
    pub(crate) async fn upload(&self, url: &str, body: Vec<u8>) -> Answer {
        self.bare("PUT", url, &[("Content-Type", "application/zip")], body).await
    }

    /// Creates or updates a sandbox and uploads these files; gives the answer of the upload.
    pub(crate) async fn deploy(&self, name: &str, files: &[(&str, &str)]) -> Answer {
        let body = sandbox(name);
        let mut answer = self.call("PUT", &format!("/sandboxes/{name}?upload=true"), &body).await;
        if answer.status == 404 {
            answer = self.call("POST", "/sandboxes?upload=true", &body).await;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        self.upload(&answer.url(), archive(files)).await
    }

    /// Asks until the answer is as wanted; gives it, and every different status on the way.
    pub(crate) async fn until(
        &self,
        path: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> (Value, Vec<Value>) {
        let mut seen = Vec::new();
        for _ in 0..4000 {
            let answer = self.get(path).await;
            let status = match answer.json.get("metadata").and_then(|meta| meta.get("status")) {
                Some(status) => status.clone(),
                None => answer.json["status"].clone(),
            };
            if seen.last() != Some(&status) {
                seen.push(status);
            }
            if answer.status == 200 && wanted(&answer.json) {
                return (answer.json, seen);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never came, only {seen:?}");
    }

    /// Waits for a status of a sandbox.
    pub(crate) async fn until_status(&self, name: &str, status: &str) -> (Value, Vec<Value>) {
        self.until(&format!("/sandboxes/{name}"), |json| json["status"] == status).await
    }

    /// Waits until a message is among the events of a sandbox.
    pub(crate) async fn until_event(&self, name: &str, kind: &str) -> Value {
        let path = format!("/sandboxes/{name}");
        self.until(&path, |json| kinds(json).iter().any(|known| known == kind)).await.0
    }

    /// Sends bytes as they are and gives the status and the answer; 0 where there is none.
    pub(crate) fn raw(&self, request: &str, end: End) -> (u16, String) {
        let mut stream = TcpStream::connect(self.running.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        if end == End::Cut {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        let mut answer = String::new();
        // A connection that is closed without an answer is one too.
        let _ = stream.read_to_string(&mut answer);
        let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        (status, answer)
    }
}

/// The types of a resource's events, shortened.
pub(crate) fn kinds(resource: &Value) -> Vec<String> {
    let events =
        resource["events"].as_array().or_else(|| resource["metadata"]["events"].as_array());
    let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
    events
        .into_iter()
        .flatten()
        .map(|event| kind(event).trim_start_matches("ai.blaxel.controlplane.").to_owned())
        .collect()
}
