//! Between a client and a real platform: what passes is written down without its secrets.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
    response::Response,
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    Running,
    access::text,
    calls::harmless,
    front::Line,
    serve,
    sign::hex,
    tape::{Exchange, Mask, Redaction, Tape},
    wire::json_answer,
};

/// Largest answer that is passed on, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;
/// Longest text that is written down where it is not JSON, in characters.
const LONGEST: usize = 4096;
/// Headers of answers that are written down.
const KEPT: &[&str] =
    &["content-type", "retry-after", "x-blaxel-error-code", "x-blaxel-source", "x-should-retry"];
/// Headers that concern one connection alone, or that are set anew.
const OWN: &[&str] =
    &["accept-encoding", "connection", "content-length", "host", "keep-alive", "transfer-encoding"];
/// Where uploads are sent through.
pub(super) const UPLOAD: &str = "/_sim/upload/";

/// What is recorded, and where.
pub struct Recording {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The API of the platform, with its version: `https://…/v0`.
    pub upstream: String,
    /// The file.
    pub file: PathBuf,
    /// Finds credentials by their look.
    pub mask: Mask,
}

struct Recorder {
    address: SocketAddr,
    upstream: String,
    file: PathBuf,
    http: reqwest::Client,
    began: Instant,
    state: Mutex<Written>,
}

struct Written {
    tape: Tape,
    redaction: Redaction,
    /// Upload URLs as the platform gave them; their places are their numbers.
    uploads: Vec<String>,
}

/// Starts to record.
///
/// # Errors
/// The port is in use, the file cannot be written, there are no certificates, or the system refuses a thread.
pub fn record(recording: Recording) -> io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, recording.port))?;
    let address = listener.local_addr()?;
    let Recording { upstream, file, mask, .. } = recording;
    let mut written =
        Written { tape: Tape::new(), redaction: Redaction::new(mask), uploads: Vec::new() };
    written.tape.save(&file, &written.redaction)?;
    // Another part of the process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let plain = upstream.starts_with("http://");
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let http = if plain { http.no_proxy().tls_certs_only(std::iter::empty()) } else { http };
    let http = http.build().map_err(io::Error::other)?;
    let recorder = Arc::new(Recorder {
        address,
        upstream: upstream.trim_end_matches('/').to_owned(),
        file,
        http,
        began: Instant::now(),
        state: Mutex::new(written),
    });
    let router = Router::new().fallback(pass).with_state(recorder);
    serve(
        listener,
        address,
        Arc::default(),
        router.into_make_service_with_connect_info::<Line>(),
        None,
    )
}

/// A body that was sent, and what is written down of it.
enum Sent {
    Json(Bytes, Value),
    Stream(Body, Arc<Mutex<(Sha256, u64)>>),
}

impl Sent {
    async fn read(body: Body, upload: bool) -> Result<Self, axum::Error> {
        if !upload {
            let bytes = to_bytes(body, LARGEST).await?;
            let value = serde_json::from_slice(&bytes).unwrap_or_else(|_| counted(&bytes));
            return Ok(Self::Json(bytes, value));
        }
        let sum = Arc::new(Mutex::new((Sha256::new(), 0)));
        let counter = Arc::clone(&sum);
        let stream = body.into_data_stream().inspect(move |piece| {
            if let Ok(piece) = piece {
                let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
                counter.0.update(piece);
                counter.1 += piece.len() as u64;
            }
        });
        Ok(Self::Stream(Body::from_stream(stream), sum))
    }
}

/// What is told of bytes.
fn counted(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    json!({"bytes": bytes.len(), "sha256": hex(&Sha256::digest(bytes))})
}

async fn pass(State(recorder): State<Arc<Recorder>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let number = path.strip_prefix(UPLOAD).and_then(|number| number.parse::<usize>().ok());
    let target = match number {
        Some(number) => recorder.upload(number),
        None => path.strip_prefix("/v0").map(|path| {
            let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            format!("{}{path}{query}", recorder.upstream)
        }),
    };
    let Some(target) = target else {
        let told = "the recorder passes on what is below /v0";
        return json_answer(404, &json!({"code": 404, "error": "Not Found", "message": told}));
    };
    recorder.learn(&parts.headers);
    let Ok(sent) = Sent::read(body, number.is_some()).await else {
        let told = "the request could not be read";
        return json_answer(400, &json!({"code": 400, "error": "Bad Request", "message": told}));
    };
    recorder.exchange(&parts, &target, sent).await
}

impl Recorder {
    fn upload(&self, number: usize) -> Option<String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.uploads.get(number).cloned()
    }

    /// Remembers the key of a call.
    fn learn(&self, headers: &HeaderMap) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for name in ["authorization", "x-blaxel-authorization", "x-blaxel-preview-token"] {
            if let Some(sent) = text(headers, name) {
                state.redaction.learn(sent);
                if let Some((_, key)) = sent.split_once(' ') {
                    state.redaction.learn(key.trim());
                }
            }
        }
    }

    /// Passes a call on, and writes down what came of it.
    async fn exchange(&self, parts: &Parts, target: &str, sent: Sent) -> Response {
        let mut call = self.http.request(parts.method.clone(), target);
        for (name, value) in &parts.headers {
            if !OWN.contains(&name.as_str()) {
                call = call.header(name, value);
            }
        }
        let (value, sum) = match sent {
            Sent::Json(bytes, value) => {
                if !bytes.is_empty() || parts.method != Method::GET {
                    call = call.body(bytes);
                }
                (value, None)
            }
            Sent::Stream(body, sum) => {
                if let Some(length) = parts.headers.get(header::CONTENT_LENGTH) {
                    call = call.header(header::CONTENT_LENGTH, length);
                }
                call = call.body(reqwest::Body::wrap_stream(body.into_data_stream()));
                (Value::Null, Some(sum))
            }
        };
        let answer = match call.send().await {
            Ok(answer) => {
                let (status, headers) = (answer.status(), answer.headers().clone());
                answer.bytes().await.map(|bytes| (status.as_u16(), headers, bytes))
            }
            Err(err) => Err(err),
        };
        let value = match sum {
            Some(sum) => {
                let sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                json!({"bytes": sum.1, "sha256": hex(&sum.0.clone().finalize())})
            }
            None => value,
        };
        let (status, headers, bytes) = answer.unwrap_or_default();
        let response = self.write(parts, value, status, &headers, &bytes);
        if status == 0 {
            let told = "the recorder could not reach the platform";
            return json_answer(
                502,
                &json!({"code": 502, "error": "Bad Gateway", "message": told}),
            );
        }
        response.unwrap_or_default()
    }

    fn write(
        &self,
        parts: &Parts,
        mut sent: Value,
        status: u16,
        headers: &HeaderMap,
        bytes: &Bytes,
    ) -> Option<Response> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Written { tape, redaction, uploads } = &mut *state;
        let path = parts.uri.path();
        let path = path.strip_prefix("/v0").unwrap_or(path);
        let mut body = serde_json::from_slice(bytes).unwrap_or_else(|_| {
            let text = String::from_utf8_lossy(bytes);
            if text.is_empty() {
                Value::Null
            } else {
                json!(text.chars().take(LONGEST).collect::<String>())
            }
        });
        redaction.places(&mut sent);
        redaction.places(&mut body);
        let mut kept: Vec<(String, String)> = KEPT
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), text(headers, name)?.to_owned())))
            .collect();
        let mut given = Response::builder().status(if status == 0 { 502 } else { status });
        for (name, value) in headers {
            if !OWN.contains(&name.as_str()) && name.as_str() != "x-blaxel-upload-url" {
                given = given.header(name, value);
            }
        }
        if let Some(url) = text(headers, "x-blaxel-upload-url") {
            let place = format!("{UPLOAD}{}{}", uploads.len(), signed_headers(url));
            redaction.learn(url);
            uploads.push(url.to_owned());
            let through = format!("http://{}{place}", self.address);
            given = given.header(
                HeaderName::from_static("x-blaxel-upload-url"),
                HeaderValue::try_from(through).ok()?,
            );
            kept.push(("x-blaxel-upload-url".to_owned(), place));
        }
        tape.exchanges.push(Exchange {
            method: parts.method.to_string(),
            path: format!("{path}{}", harmless(&parts.uri)),
            version: text(&parts.headers, "blaxel-version").unwrap_or_default().to_owned(),
            sent,
            status,
            headers: kept,
            body,
            at: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        // A file that cannot be written costs the recording, never the call that is recorded.
        let _ = tape.save(&self.file, redaction);
        given.body(Body::from(bytes.clone())).ok()
    }
}

/// The names of the headers that an upload URL is signed with, as the query of another: clients read them.
fn signed_headers(url: &str) -> String {
    let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let signed = query.split('&').find(|pair| {
        pair.starts_with("X-Amz-SignedHeaders=") || pair.starts_with("X-Goog-SignedHeaders=")
    });
    signed.map(|pair| format!("?{pair}")).unwrap_or_default()
}
