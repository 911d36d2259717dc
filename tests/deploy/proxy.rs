//! Something between a client and the platform that breaks single calls.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// The calls of a deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// The read before anything is changed.
    Baseline,
    /// The update.
    Put,
    /// The creation.
    Post,
    /// The build or the import of an image alone.
    Import,
    /// The archive.
    Upload,
    /// A look at the sandbox after the upload.
    Poll,
    /// The exchange of client credentials for a token.
    Token,
    /// Anything else.
    Other,
    /// Nothing at all: the proxy only listens.
    None,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is closed; the call is not delivered.
    Closed,
    /// The call is delivered, its answer is not.
    Lost,
    /// A gateway answers instead of the platform; the call is not delivered.
    Status(u16),
    /// The same, and it says when to come again.
    Later(u16),
    /// A login page answers 200; the call is not delivered.
    Portal,
}

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<State>,
    address: SocketAddr,
    thread: Option<thread::JoinHandle<()>>,
}

struct State {
    platform: SocketAddr,
    own: SocketAddr,
    call: Call,
    fault: Fault,
    /// Whether every call of the kind is broken, or the first alone.
    always: bool,
    broken: AtomicUsize,
    uploaded: AtomicBool,
    ends: AtomicBool,
    seen: Mutex<Vec<Seen>>,
}

/// A call that came in.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) call: Call,
    /// Names in lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Proxy {
    pub(crate) fn new(platform: SocketAddr, call: Call, fault: Fault, always: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            platform,
            own: address,
            call,
            fault,
            always,
            broken: AtomicUsize::new(0),
            uploaded: AtomicBool::new(false),
            ends: AtomicBool::new(false),
            seen: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.ends.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle is no fault of the proxy.
                thread::spawn(move || stream.and_then(|stream| shared.serve(stream)));
            }
        });
        Self { url: format!("http://{address}/v0"), state, address, thread: Some(thread) }
    }

    /// How many calls were broken.
    pub(crate) fn broken(&self) -> usize {
        self.state.broken.load(Ordering::SeqCst)
    }

    /// The calls of a kind, in order.
    pub(crate) fn seen(&self, call: Call) -> Vec<Seen> {
        let seen = self.state.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.call == call).cloned().collect()
    }

    /// Every call in its order: method and path.
    pub(crate) fn calls(&self) -> Vec<String> {
        let seen = self.state.seen.lock().unwrap();
        let line = |seen: &Seen| {
            let words: Vec<&str> = seen.head.split([' ', '?']).take(2).collect();
            let path = if seen.call == Call::Upload { "(store)" } else { words[1] };
            format!("{} {path}", words[0].to_uppercase())
        };
        seen.iter().map(line).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Reads a head and as much of a body as it announces.
fn message(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16384];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, length)| length.trim().parse().unwrap());
            let mut body = bytes[end + 4..].to_vec();
            while body.len() < length {
                let count = stream.read(&mut chunk)?;
                if count == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                body.extend_from_slice(&chunk[..count]);
            }
            return Ok((head, body));
        }
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// A head with other values for its host and its connection.
fn rewritten(head: &str, host: &str) -> String {
    let mut out = String::new();
    for line in head.lines() {
        match line.split_once(':').map(|(name, _)| name.to_ascii_lowercase()) {
            Some(name) if name == "connection" => {}
            Some(name) if name == "host" => out += &format!("host: {host}\r\n"),
            _ => out += &format!("{line}\r\n"),
        }
    }
    out + "connection: close\r\n\r\n"
}

impl State {
    fn kind(&self, head: &str) -> Call {
        let mut words = head.split([' ', '?']);
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        match (method, path) {
            ("POST", "/v0/oauth/token") => Call::Token,
            ("PUT", path) if path.starts_with("/store/") => Call::Upload,
            ("PUT", _) => Call::Put,
            ("POST", "/v0/sandboxes") => Call::Post,
            ("POST", "/v0/images") => Call::Import,
            ("GET", "/v0/sandboxes/box" | "/v0/images/sandbox/box")
                if self.uploaded.load(Ordering::SeqCst) =>
            {
                Call::Poll
            }
            ("GET", "/v0/sandboxes/box" | "/v0/images/sandbox/box") => Call::Baseline,
            _ => Call::Other,
        }
    }

    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let (head, body) = message(&mut stream)?;
        let kind = self.kind(&head);
        let seen = Seen { call: kind, head: head.to_ascii_lowercase(), body: body.clone() };
        self.seen.lock().unwrap().push(seen);
        let hit = kind == self.call && (self.always || self.broken.load(Ordering::SeqCst) == 0);
        if !hit {
            let answer = self.delivered(kind, &head, &body)?;
            return stream.write_all(&answer);
        }
        self.broken.fetch_add(1, Ordering::SeqCst);
        let answered = |status: u16, more: &str, body: &str| {
            let length = body.len();
            format!(
                "HTTP/1.1 {status} X\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
        };
        let page = "<html><body><h1>Gateway</h1></body></html>";
        let (json, html) = ("content-type: application/json\r\n", "content-type: text/html\r\n");
        let told = r#"{"code":0,"error":"Broken","message":"broken on the way"}"#;
        match self.fault {
            Fault::Closed => {
                stream.shutdown(Shutdown::Both)?;
            }
            Fault::Lost => {
                self.delivered(kind, &head, &body)?;
                stream.shutdown(Shutdown::Both)?;
            }
            Fault::Status(status) => {
                stream.write_all(answered(status, json, told).as_bytes())?;
            }
            Fault::Later(status) => {
                let more = format!("{json}retry-after: 1\r\n");
                stream.write_all(answered(status, &more, told).as_bytes())?;
            }
            Fault::Portal => stream.write_all(answered(200, html, page).as_bytes())?,
        }
        Ok(())
    }

    /// The platform's answer, whose upload URL leads through here.
    fn delivered(&self, kind: Call, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut platform = TcpStream::connect(self.platform)?;
        platform.write_all(rewritten(head, &self.platform.to_string()).as_bytes())?;
        platform.write_all(body)?;
        let (head, body) = message(&mut platform)?;
        let good = head.starts_with("HTTP/1.1 200");
        if good && kind == Call::Upload {
            self.uploaded.store(true, Ordering::SeqCst);
        }
        let head = head.replace(
            &format!("http://{}/store/", self.platform),
            &format!("http://{}/store/", self.own),
        );
        let mut answer = rewritten(&head, "").into_bytes();
        answer.extend(body);
        Ok(answer)
    }
}
