//! Calls of the API: credentials, headers, retries, one deadline over all.

use std::{cell::RefCell, time::Duration};

use reqwest::{
    Method, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
    redirect::Policy,
};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    fault::Fault,
    host::{self, Host},
    login::Session,
    names::WorkspaceName,
    pace::Pace,
    retry::{self, Again},
    secret::Secret,
    token::Held,
    wire,
};

/// Versions of the API whose answers are understood, oldest first.
pub const VERSIONS: [&str; 3] = ["2026-04-16", "2026-04-28", "2026-09-22"];
/// The version that is asked for: the newest whose images carry their tags.
const VERSION: &str = VERSIONS[1];
/// Longest answer that is read, in bytes.
const BODY: usize = 16 << 20;

/// What the caller proves who they are with.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// `BL_API_KEY`.
    Key(Secret),
    /// `BL_CLIENT_CREDENTIALS`: base64 of `id:secret`.
    Client(Secret),
    /// A login with the official client.
    Login(Session),
}

/// A client of one workspace.
pub struct Client {
    http: reqwest::Client,
    host: Host,
    credentials: Credentials,
    workspace: String,
    hidden: RefCell<Vec<Secret>>,
    pub(super) held: RefCell<Held>,
    deadline: Instant,
    pace: Pace,
    version: &'static str,
    /// Told of each secret that the platform gives, before it is used.
    told: Option<fn(&str)>,
}

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) call: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// What became of a call.
pub(super) enum Reply {
    Answer(Answer),
    /// It may have taken effect; this is what was seen instead of an answer.
    Unsure(Fault),
}

impl Answer {
    /// The body of a success; a fault for every other status.
    pub(super) fn json(self) -> Result<Value, Fault> {
        if !self.status.is_success() {
            return Err(self.fault());
        }
        serde_json::from_slice(&self.body).map_err(|_| Fault::Network {
            // A part of an answer may hold what is not for a log; a page from elsewhere does not.
            why: if self.body.trim_ascii_start().starts_with(b"<") {
                format!("what answered is not the platform: {}", wire::message(&self.body))
            } else {
                "the answer is no JSON, or a part of it is missing".to_owned()
            },
            call: self.call,
        })
    }

    /// A success that cannot be read. Nothing at all is an answer, too.
    fn is_broken(&self) -> bool {
        self.status.is_success()
            && !self.body.is_empty()
            && serde_json::from_slice::<serde::de::IgnoredAny>(&self.body).is_err()
    }

    pub(super) fn fault(self) -> Fault {
        let mut message = wire::message(&self.body);
        if let Some(to) = self.headers.get(LOCATION).and_then(|to| to.to_str().ok()) {
            let to = Url::parse(to).map_or_else(|_| "elsewhere".into(), |url| host::shown(&url));
            message = format!("a redirect to {to}");
        }
        Fault::Api { call: self.call, status: self.status.as_u16(), message }
    }
}

impl Client {
    /// Builds a client; no call is made.
    pub fn new(
        host: Host,
        credentials: Credentials,
        workspace: &str,
        deadline: Instant,
    ) -> Result<Self, Fault> {
        let http = transport(host.is_loopback())?;
        let held = Held::of(&credentials);
        Ok(Self {
            http,
            host,
            credentials,
            workspace: workspace.to_owned(),
            hidden: RefCell::default(),
            held: RefCell::new(held),
            deadline,
            pace: Pace::default(),
            version: VERSION,
            told: None,
        })
    }

    /// The client that tells of each secret that it is given: a token, the query of an upload URL.
    #[must_use]
    pub fn telling(self, told: Option<fn(&str)>) -> Self {
        Self { told, ..self }
    }

    pub(super) fn tell(&self, secret: &str) {
        if let Some(told) = self.told.filter(|_| !secret.is_empty()) {
            told(secret);
        }
    }

    /// The client at another pace.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// The client with another of [`VERSIONS`].
    pub fn versioned(self, version: &str) -> Result<Self, Fault> {
        let Some(version) = VERSIONS.into_iter().find(|known| *known == version) else {
            return Err(Fault::usage(
                format!("`{version}` is no version of the API that is understood"),
                format!("set BL_API_VERSION to one of {}, or leave it unset", VERSIONS.join(", ")),
            ));
        };
        Ok(Self { version, ..self })
    }

    /// A client of another workspace of the same platform, under the same deadline: with the same credentials, or others.
    #[must_use]
    pub fn elsewhere(&self, workspace: &WorkspaceName, credentials: Option<Credentials>) -> Self {
        let (credentials, held) = match credentials {
            Some(others) => {
                let held = Held::of(&others);
                (others, held)
            }
            None => (self.credentials.clone(), self.held.borrow().clone()),
        };
        Self {
            http: self.http.clone(),
            host: self.host.clone(),
            credentials,
            workspace: workspace.to_string(),
            hidden: RefCell::default(),
            held: RefCell::new(held),
            ..*self
        }
    }

    /// The platform's address, as it is shown.
    pub fn shown(&self) -> String {
        self.host.shown()
    }

    pub(in crate::ship) fn pace(&self) -> Pace {
        self.pace
    }

    /// When everything has to have ended.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(in crate::ship) fn workspace(&self) -> &str {
        &self.workspace
    }

    /// Sleeps, but not past the deadline; false when there is no time left for it.
    pub(in crate::ship) async fn sleep(&self, pause: Duration) -> bool {
        if pause >= self.remaining() {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }

    /// Makes a call as often as its kind allows. 401 and 403 are faults at once.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, Fault> {
        self.tried(method, path, query, body, retry::TRIES).await
    }

    /// Makes a call at most `tries` times.
    pub(super) async fn tried(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
        tries: u32,
    ) -> Result<Reply, Fault> {
        let mut url = self.host.url(path);
        let call = format!("{method} {}", host::shown(&url));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut renewed = false;
        let mut number = 1;
        loop {
            let got = self.once(method.clone(), url.clone(), body, &call).await?;
            let status = got.as_ref().ok().map(|answer| answer.status);
            if status == Some(StatusCode::UNAUTHORIZED)
                && !matches!(self.credentials, Credentials::Key(_))
                && !std::mem::replace(&mut renewed, true)
            {
                // A token may be revoked before its time.
                self.held.borrow_mut().forget();
                continue;
            }
            // An answer that is no JSON is none: somebody on the way gave it, or it was cut.
            let broken = got.as_ref().is_ok_and(Answer::is_broken);
            let again = retry::judge(&method, status.filter(|_| !broken));
            if again == Again::Retry && number < tries {
                let asked =
                    got.as_ref().ok().and_then(|answer| retry::retry_after(&answer.headers));
                if self.sleep(asked.unwrap_or_else(|| self.pace.retry(number))).await {
                    number += 1;
                    continue;
                }
            }
            return match got {
                Ok(answer) if matches!(answer.status.as_u16(), 401 | 403) => {
                    let message = wire::message(&answer.body);
                    Err(self.refused(call, answer.status.as_u16(), message))
                }
                Ok(answer) if again == Again::ReadBack => {
                    let call = answer.call.clone();
                    Ok(Reply::Unsure(
                        answer
                            .json()
                            .err()
                            .unwrap_or(Fault::Network { call, why: "the answer was lost".into() }),
                    ))
                }
                Ok(answer) => Ok(Reply::Answer(answer)),
                Err(fault) if again == Again::ReadBack => Ok(Reply::Unsure(fault)),
                Err(fault) => Err(fault),
            };
        }
    }

    /// A call whose repetition is harmless.
    pub(super) async fn sure(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, Fault> {
        match self.call(method, path, query, body).await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Unsure(fault) => Err(fault),
        }
    }

    /// One try. The outer error ends everything; the inner one is a network fault.
    async fn once(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
        call: &str,
    ) -> Result<Result<Answer, Fault>, Fault> {
        let bearer = match self.bearer().await? {
            Ok(token) => token,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut value =
            HeaderValue::from_str(&format!("Bearer {}", bearer.expose())).map_err(|_| {
                Fault::usage(
                    "the API key holds a character that no key has",
                    "copy it again, without line ends",
                )
            })?;
        value.set_sensitive(true);
        let workspace = HeaderValue::from_str(&self.workspace).map_err(|_| {
            Fault::usage("the workspace holds a character that no name has", "check BL_WORKSPACE")
        })?;
        let mut request = self
            .http
            .request(method, url)
            .header("X-Blaxel-Authorization", value)
            .header("X-Blaxel-Workspace", workspace)
            .header("Blaxel-Version", self.version)
            .header(ACCEPT, "application/json");
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        Ok(self.send(request, call).await.map(|answer| self.clean(answer)))
    }

    /// An error answer without the credentials, which a server may repeat.
    fn clean(&self, mut answer: Answer) -> Answer {
        if !answer.status.is_success() {
            answer.body = self.redact(&String::from_utf8_lossy(&answer.body)).into_bytes();
            let to = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok());
            if let Some(to) = to.and_then(|to| HeaderValue::from_str(&self.redact(to)).ok()) {
                answer.headers.insert(LOCATION, to);
            }
        }
        answer
    }

    pub(super) async fn send(
        &self,
        request: reqwest::RequestBuilder,
        call: &str,
    ) -> Result<Answer, Fault> {
        let limit = self.pace.answer.min(self.remaining().max(Duration::from_millis(1)));
        let failed = |err: &reqwest::Error| Fault::Network {
            call: call.to_owned(),
            why: self.redact(&why(err)),
        };
        let mut response = request.timeout(limit).send().await.map_err(|err| failed(&err))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|err| failed(&err))? {
            if body.len() + chunk.len() > BODY {
                return Err(Fault::Network {
                    call: call.to_owned(),
                    why: "the answer is too long".into(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { call: call.to_owned(), status, headers, body })
    }

    /// Credentials that the platform refuses.
    pub(super) fn refused(&self, call: String, status: u16, message: String) -> Fault {
        let login = match &self.credentials {
            Credentials::Login(session) => Some(session.workspace.clone()),
            Credentials::Key(_) | Credentials::Client(_) => None,
        };
        Fault::Auth { call, status, message, login }
    }

    /// Hides more than the credentials in texts from elsewhere.
    pub(super) fn hide(&self, secrets: &[Secret]) {
        self.hidden.borrow_mut().extend_from_slice(secrets);
    }

    /// Text from elsewhere without the credentials.
    pub(super) fn redact(&self, text: &str) -> String {
        let text = match &self.credentials {
            Credentials::Key(secret) | Credentials::Client(secret) => secret.redact(text),
            Credentials::Login(session) => session.redact(text),
        };
        let text = self.hidden.borrow().iter().fold(text, |text, secret| secret.redact(&text));
        self.held.borrow().redact(&text)
    }

    /// The client without credentials, for the object store.
    pub(super) fn plain(&self) -> &reqwest::Client {
        &self.http
    }
}

/// The HTTP client. On this machine neither a proxy nor certificates have a part in it, so that it
/// works where there is no certificate store.
pub(in crate::ship) fn transport(local: bool) -> Result<reqwest::Client, Fault> {
    // Another part of the process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let agent = format!(
        "sandgate/{} ({}/{})",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .user_agent(agent);
    let builder =
        if local { builder.no_proxy().tls_certs_only(std::iter::empty()) } else { builder };
    builder.build().map_err(|err| Fault::Usage {
        what: format!("no TLS client can be made: {}", why(&err)),
        help: "install the system's CA certificates (Debian and Alpine: the package `ca-certificates`)".into(),
    })
}

/// An error with its causes, without the URL: that may be signed.
pub(in crate::ship) fn why(err: &reqwest::Error) -> String {
    use std::error::Error as _;
    if err.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut text = String::new();
    let mut source = err.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    if text.is_empty() { "the connection failed".to_owned() } else { text }
}
