//! Every call passes here first: it is counted, it meets its fault, and it is written down.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    future::{Future as _, pending},
    io::{self, Write as _},
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Query, Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use tokio::time::Sleep;

use super::{
    Platform, Sim,
    access::text,
    fault::Kind,
    front::Line,
    github, gitlab,
    scenario::Scenario,
    wire::{Reply, instant, json_answer, raw},
};

/// How many calls are remembered.
const REMEMBERED: usize = 10_000;
/// How much of a body arrives before the connection is reset in it, in bytes.
const BEFORE_RESET: usize = 1024 * 1024;
/// How long the port is closed, in seconds.
const DOWN: f64 = 2.0;
/// How many drops a slow answer is, and how far they are apart, in seconds.
const DROPS: usize = 16;
const GAP: f64 = 0.25;
/// The largest answer that a fault can change, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;
/// Parameters whose values are no secrets.
const SHOWN: &[&str] = &[
    "base",
    "check_name",
    "createIfNotExist",
    "cursor",
    "direction",
    "environment",
    "filter",
    "force",
    "head",
    "limit",
    "offset",
    "page",
    "per_page",
    "q",
    "resourceType",
    "sha",
    "showTerminated",
    "skip-build",
    "sort",
    "state",
    "status",
    "upload",
    "workloadIds",
];

/// A call that was made. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// When it came, RFC 3339, by this machine's clock.
    pub at: String,
    /// `GET`, …
    pub method: String,
    /// With `/v0`, `/api/v3` or `/api/v4`; of the query only what is harmless, names and values as sent.
    pub path: String,
    /// The host that the client believed to call.
    pub host: String,
    /// The workspace that the call named.
    pub workspace: String,
    /// The version of the API that it named.
    pub version: String,
    /// The answer's status; nothing where there was no whole answer.
    pub status: Option<u16>,
    /// The fault that it met.
    pub fault: Option<String>,
}

impl Call {
    /// What is written down before the answer.
    fn of(request: &Request) -> Self {
        let header = |name: &str| text(request.headers(), name).unwrap_or_default().to_owned();
        Self {
            at: instant(Timestamp::now()),
            method: request.method().to_string(),
            path: shown(request.uri()),
            host: header("host"),
            workspace: header("x-blaxel-workspace"),
            version: header("blaxel-version"),
            status: None,
            fault: None,
        }
    }
}

/// What was called, and how often each fault could have been met.
#[derive(Default)]
pub(super) struct Journal {
    calls: VecDeque<Call>,
    counts: BTreeMap<String, u32>,
    log: Option<File>,
}

impl Journal {
    /// Writes every call to a file as well: one JSON object a line.
    pub(super) fn to(log: Option<File>) -> Self {
        Self { log, ..Self::default() }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }

    fn count(&mut self, of: &str) -> u32 {
        let count = self.counts.entry(of.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn write(&mut self, call: Call) {
        if let Some(log) = &mut self.log {
            let mut line = json!(call);
            line["version"] = json!(1);
            // A log that cannot be written ends no platform; the calls can still be asked for.
            let _ = writeln!(log, "{line}");
        }
        if self.calls.len() == REMEMBERED {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }
}

/// `GET /_sim/calls`: the calls that were made, oldest first.
pub(super) async fn list(State(sim): State<Sim>) -> Reply {
    Ok(json_answer(200, &json!({"version": 1, "calls": sim.journal().calls()})))
}

/// `DELETE /_sim/calls`: forgets them. Faults are counted on.
pub(super) async fn clear(State(sim): State<Sim>) -> Reply {
    sim.journal().calls.clear();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The path without what could be a secret.
fn shown(uri: &Uri) -> String {
    let path = if uri.path().starts_with("/device/") { "/device/…" } else { uri.path() };
    format!("{path}{}", harmless(uri))
}

/// What of a query is harmless, with its `?`.
pub(super) fn harmless(uri: &Uri) -> String {
    let query = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let mut out = String::new();
    for (name, value) in query.map(|Query(pairs)| pairs).unwrap_or_default() {
        if SHOWN.contains(&name.as_str()) {
            out.push(if out.is_empty() { '?' } else { '&' });
            out.push_str(&name);
            out.push('=');
            out.push_str(&value);
        }
    }
    out
}

/// Reads a body to its end: a client reads an answer only once it has sent everything.
pub(super) async fn finish(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

impl Platform {
    /// The fault of a call.
    fn fault(&self, request: &Request) -> Option<Kind> {
        let method = request.method().as_str();
        let path = request.uri().path();
        let path = path.strip_prefix("/v0").unwrap_or(path);
        let mut journal = self.journal();
        let mut met = None;
        for (index, fault) in self.config.faults.iter().enumerate() {
            if fault.concerns(method, path) {
                let count = journal.count(&format!("fault {index}"));
                if (fault.first..=fault.last).contains(&count) {
                    met = met.or(Some(fault.kind));
                }
            }
        }
        if met.is_some() {
            return met;
        }
        let asked = text(request.headers(), "x-sandgate-scenario");
        let scenario =
            asked.and_then(|name| Scenario::parse(name).ok()).unwrap_or(self.config.scenario);
        let kind = scenario.fault()?;
        let changes = matches!(method, "POST" | "PUT")
            && (path.starts_with("/sandboxes") || path.starts_with("/images"));
        // The first call of a resource alone: whoever tries again gets through.
        let first = changes && journal.count(&format!("{method} {path}")) == 1;
        first.then_some(kind)
    }
}

/// Takes a call in, and gives its answer, or what a fault makes of it.
pub(super) async fn pass(State(sim): State<Sim>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/_sim/") {
        return next.run(request).await;
    }
    let mut call = Call::of(&request);
    let Some(kind) = sim.fault(&request) else {
        let response = next.run(request).await;
        call.status = Some(response.status().as_u16());
        sim.journal().write(call);
        return response;
    };
    call.fault = Some(kind.to_string());
    let line = request.extensions().get::<ConnectInfo<Line>>().map(|info| info.0.clone());
    let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let answer = if kind.takes_effect() {
        Some(next.run(request).await)
    } else {
        if kind == Kind::ResetInRequest {
            swallow(request.into_body()).await;
        } else if !matches!(kind, Kind::ResetBefore | Kind::Down | Kind::StallBefore) {
            finish(request.into_body()).await;
        }
        None
    };
    let answer = answer.unwrap_or_default();
    let lost = matches!(
        kind,
        Kind::ResetBefore
            | Kind::ResetInRequest
            | Kind::ResetAfter
            | Kind::Down
            | Kind::Cut
            | Kind::StallBefore
            | Kind::StallAfter
    );
    let response = spoiled(&sim, kind, answer, &target).await;
    call.status = (!lost).then(|| response.status().as_u16());
    sim.journal().write(call);
    match kind {
        Kind::StallBefore | Kind::StallAfter => pending().await,
        Kind::Down => sim.gate.close(sim.pace.lasting(DOWN).unsigned_abs()),
        _ => {}
    }
    if matches!(kind, Kind::ResetBefore | Kind::ResetInRequest | Kind::ResetAfter | Kind::Down)
        && let Some(line) = line
    {
        line.reset();
    }
    response
}

/// Reads the beginning of a body.
async fn swallow(mut body: Body) {
    let mut read = 0;
    while read < BEFORE_RESET
        && let Some(Ok(frame)) = body.frame().await
    {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// What a fault makes of an answer.
async fn spoiled(sim: &Platform, kind: Kind, answer: Response, target: &str) -> Response {
    const PAGE: &str = "<html>\n<head><title>Sign in</title></head>\n<body>Sign in to use this network.</body>\n</html>\n";
    match kind {
        Kind::Portal => raw(200, "text/html", PAGE.to_owned()),
        Kind::Redirect => {
            // The same port under another name: a client that follows is seen to.
            let to = format!("http://localhost:{}{target}", sim.address.port());
            let mut response = raw(307, "text/plain", String::new());
            if let Ok(to) = HeaderValue::from_str(&to) {
                response.headers_mut().insert(header::LOCATION, to);
            }
            response
        }
        Kind::Status { status, html, retry, .. } => {
            let name = StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
            let name = name.unwrap_or("Error");
            let mut response = if html {
                let page = format!("<html><head><title>{status} {name}</title></head></html>\n");
                raw(status, "text/html", page)
            } else if status == 429 && target.starts_with(gitlab::ROOT) {
                gitlab::limited()
            } else {
                let told = if matches!(status, 403 | 429) && target.starts_with(github::ROOT) {
                    github::limited()
                } else {
                    json!({"code": status, "error": name, "message": "a fault on the way"})
                };
                json_answer(status, &told)
            };
            if retry {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            response
        }
        Kind::Cut | Kind::Truncated | Kind::Slow | Kind::WrongType => {
            let (mut parts, body) = answer.into_parts();
            let bytes = to_bytes(body, LARGEST).await.unwrap_or_default();
            let half = bytes.slice(..bytes.len() / 2);
            parts.headers.remove(header::CONTENT_LENGTH);
            let body = match kind {
                Kind::Truncated => Body::from(half),
                Kind::WrongType => {
                    let html = HeaderValue::from_static("text/html");
                    parts.headers.insert(header::CONTENT_TYPE, html);
                    Body::from(bytes)
                }
                Kind::Slow => {
                    parts.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
                    let piece = bytes.len().div_ceil(DROPS).max(1);
                    let drops = bytes.chunks(piece).map(Bytes::copy_from_slice).collect();
                    Body::from_stream(Drops {
                        left: drops,
                        breaks: false,
                        gap: sim.pace.lasting(GAP).unsigned_abs(),
                        wait: None,
                    })
                }
                _ => {
                    // An empty answer is cut in its head's promise.
                    parts.headers.insert(header::CONTENT_LENGTH, bytes.len().max(1).into());
                    Body::from_stream(Drops {
                        left: VecDeque::from([half]),
                        breaks: true,
                        gap: std::time::Duration::ZERO,
                        wait: None,
                    })
                }
            };
            Response::from_parts(parts, body)
        }
        _ => answer,
    }
}

/// A body that comes in pieces, and may break off behind the last.
struct Drops {
    left: VecDeque<Bytes>,
    breaks: bool,
    gap: std::time::Duration,
    wait: Option<Pin<Box<Sleep>>>,
}

impl futures_util::Stream for Drops {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(wait) = &mut self.wait {
            if wait.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.wait = None;
        }
        match self.left.pop_front() {
            Some(piece) => {
                self.wait = Some(Box::pin(tokio::time::sleep(self.gap)));
                Poll::Ready(Some(Ok(piece)))
            }
            None if self.breaks => {
                self.breaks = false;
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
            }
            None => Poll::Ready(None),
        }
    }
}
