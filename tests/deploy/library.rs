//! One deploy through the library, and what was told meanwhile.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use sandgate::{
    ship::{
        Reporter,
        blaxel::{
            Archive, Client, Credentials, Deployed, Fault, Host, Pace, Pushed, Request, Secret,
            deploy, push,
        },
    },
    sim::{Config, Running, Scenario, start},
};
use serde_json::{Value, json};
use tokio::time::Instant;

/// A Dockerfile that builds from nothing but itself.
pub(crate) const DOCKERFILE: &str = "FROM node:24\nWORKDIR /app\nRUN npm ci\nCMD [\"node\"]\n";

/// A client that waits fifty times less than on the platform.
pub(crate) const FAST: Pace = Pace {
    look: Duration::from_millis(20),
    retry: Duration::from_millis(20),
    answer: Duration::from_secs(20),
    begin: Duration::from_secs(1),
};

/// A platform that is twenty times faster.
pub(crate) fn platform(scenario: Scenario) -> Running {
    start(Config { scenario, time_factor: 0.05, ..Config::default() }).unwrap()
}

/// What was told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) statuses: Vec<String>,
    pub(crate) log: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) uploaded: u64,
}

impl Reporter for Told {
    fn status(&mut self, status: &str) {
        self.statuses.push(status.to_owned());
    }

    fn log(&mut self, line: &str) {
        self.log.push(line.to_owned());
    }

    fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }

    fn uploaded(&mut self, bytes: u64) {
        self.uploaded = bytes;
    }
}

/// An archive without a name, as the packer makes it.
pub(crate) fn archive(files: &[(&str, &str)]) -> Archive {
    let mut writer = zip::ZipWriter::new(tempfile::tempfile().unwrap());
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    let file: File = writer.finish().unwrap();
    let bytes = file.metadata().unwrap().len();
    Archive { file, bytes }
}

/// What is deployed unless a test says more.
pub(crate) fn request() -> Request {
    let runtime = json!({"memory": 4096}).as_object().unwrap().clone();
    Request { name: "box".to_owned(), runtime, ..Request::default() }
}

/// How one deploy is made.
pub(crate) struct Deploy<'a> {
    pub(crate) url: &'a str,
    pub(crate) credentials: Credentials,
    pub(crate) request: Request,
    pub(crate) timeout: Duration,
    pub(crate) pace: Pace,
    pub(crate) files: &'a [(&'a str, &'a str)],
}

impl<'a> Deploy<'a> {
    pub(crate) fn to(url: &'a str) -> Self {
        Self {
            url,
            credentials: Credentials::Key(Secret::new("synthetic-key")),
            request: request(),
            timeout: Duration::from_secs(20),
            pace: FAST,
            files: &[("Dockerfile", DOCKERFILE)],
        }
    }

    /// Runs it on a runtime of its own.
    pub(crate) fn run(self) -> (Result<Deployed, Fault>, Told) {
        self.with(async |client, request, archive, told| {
            deploy(client, request, archive, told).await
        })
    }

    /// Makes a push of it.
    pub(crate) fn push(self) -> (Result<Pushed, Fault>, Told) {
        self.with(async |client, request, archive, told| push(client, request, archive, told).await)
    }

    fn with<T>(
        self,
        work: impl AsyncFnOnce(&Client, &Request, Option<&Archive>, &mut Told) -> Result<T, Fault>,
    ) -> (Result<T, Fault>, Told) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut told = Told::default();
        let result = runtime.block_on(async {
            let host = Host::new(Some(self.url), None)?;
            let deadline = Instant::now() + self.timeout;
            let client = Client::new(host, self.credentials, "ws", deadline)?.paced(self.pace);
            let archive = self.request.image.is_none().then(|| archive(self.files));
            work(&client, &self.request, archive.as_ref(), &mut told).await
        });
        (result, told)
    }
}

/// The image of a deploy that was waited for.
pub(crate) fn image(deployed: &Deployed) -> &str {
    deployed.image.as_deref().expect("it was waited for")
}

/// `GET` of a path of the API, past the client.
pub(crate) fn get(address: SocketAddr, path: &str) -> Value {
    get_as(address, path, "happy")
}

/// [`get`] as the first call in a scenario of its own.
pub(crate) fn get_as(address: SocketAddr, path: &str, scenario: &str) -> Value {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /v0{path} HTTP/1.1\r\nHost: {address}\r\nX-Blaxel-Authorization: Bearer synthetic-key\r\n\
         X-Blaxel-Workspace: ws\r\nX-Sandgate-Scenario: {scenario}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let body = text.split_once("\r\n\r\n").unwrap().1;
    serde_json::from_str(body).unwrap_or_else(|err| panic!("{err}: {text}"))
}
