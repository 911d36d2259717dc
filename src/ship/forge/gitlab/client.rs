//! Calls of the API: the token, retries of what is safe to repeat, one deadline over all. No redirect is followed but to
//! the same host.

use std::time::Duration;

use reqwest::{
    Method, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use serde_json::Value;
use tokio::time::Instant;

use super::{Fault, Settings};
use crate::ship::{
    blaxel::{
        client::{transport, why},
        host::{loopback, shown},
        retry::retry_after,
        wire::message,
    },
    forge::github::Pace,
};

/// Longest answer that is read, in bytes: a page of a hundred notes, of which GitLab takes a million characters each.
const BODY: usize = 128 << 20;
/// Most tries of one call.
const TRIES: u32 = 5;
/// Most redirects of one try.
const REDIRECTS: u32 = 3;
/// What is waited where a limit says nothing of it, and longer each time.
const MINUTE: Duration = Duration::from_mins(1);

/// A client of one project.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    settings: Settings,
}

/// A call, before it is made.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    method: Method,
    /// Parts below the API; [`PROJECT`] stands for the project.
    path: Vec<&'a str>,
    query: Vec<(&'a str, String)>,
    body: Option<Value>,
    tries: u32,
}

/// The part of a path that the project takes the place of.
pub(super) const PROJECT: &str = ":project";

impl<'a> Call<'a> {
    pub(super) fn new(method: Method, path: &[&'a str]) -> Self {
        Self { method, path: path.to_vec(), query: Vec::new(), body: None, tries: TRIES }
    }

    pub(super) fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The same with a body, made once only: before another try, what is to be written may have changed.
    pub(super) fn sending(self, body: Value) -> Self {
        Self { body: Some(body), tries: 1, ..self }
    }
}

/// An answer that is no failure of the network or a limit.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) call: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
    value: Value,
}

/// What became of a call.
#[derive(Debug)]
pub(super) enum Reply {
    Answer(Answer),
    /// It may have taken effect; this is what was seen instead of an answer.
    Unsure(Fault),
}

/// Whether a status says that somebody on the way had a problem.
pub(super) fn transient(status: u16) -> bool {
    matches!(status, 408 | 500 | 502 | 503 | 504)
}

impl Answer {
    /// The body of a success, null where there is none; a fault for every other status.
    pub(super) fn json(self) -> Result<Value, Fault> {
        if self.status.is_success() { Ok(self.value) } else { Err(self.fault()) }
    }

    /// Reads the body of a success; false where it cannot be read.
    fn read(&mut self) -> bool {
        if !self.status.is_success() || self.body.is_empty() {
            return true;
        }
        serde_json::from_slice(&self.body).map(|value| self.value = value).is_ok()
    }

    fn fault(self) -> Fault {
        let (call, message) = (self.call, told(&self.body));
        match self.status.as_u16() {
            401 => Fault::Token { call, message },
            403 => Fault::Permission { call, message },
            404 => Fault::Missing { call, message },
            status => {
                let to = self.headers.get(LOCATION).and_then(|to| to.to_str().ok());
                let message = to.map_or(message, |to| {
                    let to = Url::parse(to).map_or_else(|_| "elsewhere".into(), |url| shown(&url));
                    format!("a redirect to {to}")
                });
                Fault::Api { call, status, message }
            }
        }
    }
}

/// What an error says: a `message` that is text or tells of each field, or an `error` with its description.
fn told(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let said =
        [&answer["error_description"], &answer["message"]].into_iter().find_map(
            |said| match said {
                Value::Object(_) | Value::Array(_) => Some(said.to_string()),
                said => said.as_str().map(str::to_owned),
            },
        );
    // As long as every other message of a server, on one line.
    said.map_or_else(|| message(body), |said| message(said.as_bytes()))
}

impl Client {
    /// Builds a client; no call is made.
    pub fn new(settings: Settings) -> Result<Self, Fault> {
        let http = transport(loopback(&settings.base))
            .map_err(|fault| Fault::usage(fault.into_error().to_string()))?;
        Ok(Self { http, settings })
    }

    pub(super) fn pace(&self) -> Pace {
        self.settings.pace
    }

    fn remaining(&self) -> Duration {
        self.settings.deadline.saturating_duration_since(Instant::now())
    }

    /// Sleeps, but not past the deadline; false when there is no time left for it.
    pub(super) async fn sleep(&self, pause: Duration) -> bool {
        if pause >= self.remaining() {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }

    /// The URL of a call. Every part of its path is one segment, whatever it holds.
    fn url(&self, call: &Call<'_>) -> Url {
        let mut url = self.settings.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            let project = self.settings.project.as_str();
            segments
                .extend(call.path.iter().map(|part| if *part == PROJECT { project } else { part }));
        }
        url
    }

    /// Makes a call as often as its kind allows.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let mut url = self.url(call);
        let told = format!("{} {}", call.method, shown(&url));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut number = 1;
        loop {
            let judged = match self.follow(call, url.clone(), &told).await? {
                Ok(answer) => self.judge(answer, number),
                Err(fault) => Judged::Broken(fault, None),
            };
            let (fault, pause) = match judged {
                Judged::Done(answer) => return Ok(Reply::Answer(answer)),
                Judged::Broken(fault, _) if call.method == Method::POST => {
                    return Ok(Reply::Unsure(fault));
                }
                Judged::Broken(fault, asked) => {
                    (fault, asked.unwrap_or_else(|| self.pace().retry(number)))
                }
                // A limited call did not take effect.
                Judged::Limited(fault, pause) => (fault, pause),
            };
            if number >= call.tries || !self.sleep(pause).await {
                return Err(fault);
            }
            number += 1;
        }
    }

    /// What an answer means for another try.
    fn judge(&self, mut answer: Answer, number: u32) -> Judged {
        let asked = retry_after(&answer.headers).map(|asked| self.pace().of(asked));
        let status = answer.status.as_u16();
        if status == 429 {
            let growing = MINUTE * (1 << number.saturating_sub(1).min(4));
            // Jobs that were all told the same do not come back at once.
            let pause =
                asked.unwrap_or_else(|| self.pace().of(growing)) + self.pace().retry(number);
            let (call, message) = (answer.call, told(&answer.body));
            return Judged::Limited(Fault::Limited { call, pause, message }, pause);
        }
        if !answer.read() {
            let why = format!("what answered is not GitLab: {}", told(&answer.body));
            return Judged::Broken(Fault::Network { call: answer.call, why }, None);
        }
        if transient(status) {
            return Judged::Broken(answer.fault(), asked);
        }
        Judged::Done(answer)
    }

    /// A call whose repetition is harmless.
    pub(super) async fn sure(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        match self.call(call).await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Unsure(fault) => Err(fault),
        }
    }

    /// One try, through redirects of the same host. The outer error ends everything; the inner one is a network fault.
    async fn follow(
        &self,
        call: &Call<'_>,
        mut url: Url,
        told: &str,
    ) -> Result<Result<Answer, Fault>, Fault> {
        let mut left = REDIRECTS;
        loop {
            let answer = match self.once(call, url.clone(), told).await? {
                Ok(answer) => answer,
                Err(fault) => return Ok(Err(fault)),
            };
            let Some(to) = redirect(call, &answer, &url).filter(|_| left > 0) else {
                return Ok(Ok(answer));
            };
            left -= 1;
            url = to;
        }
    }

    async fn once(
        &self,
        call: &Call<'_>,
        url: Url,
        told: &str,
    ) -> Result<Result<Answer, Fault>, Fault> {
        let token = &self.settings.token;
        let mut sent = HeaderValue::from_str(token.expose()).map_err(|_| {
            Fault::usage("the token for GitLab holds a character that no token has: copy it again, without line ends")
        })?;
        sent.set_sensitive(true);
        let limit = self.pace().answer.min(self.remaining().max(Duration::from_millis(1)));
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .header("PRIVATE-TOKEN", sent)
            .header(ACCEPT, "application/json")
            .timeout(limit);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let read = async {
            let mut response = request.send().await.map_err(|err| why(&err))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|err| why(&err))? {
                if body.len() + chunk.len() > BODY {
                    return Err("the answer is too long".to_owned());
                }
                body.extend_from_slice(&chunk);
            }
            // An error may repeat what was sent.
            if !status.is_success() {
                body = token.redact(&String::from_utf8_lossy(&body)).into_bytes();
            }
            Ok((status, headers, body))
        };
        let call = told.to_owned();
        Ok(match read.await {
            Ok((status, headers, body)) => {
                Ok(Answer { call, status, headers, body, value: Value::Null })
            }
            Err(text) => Err(Fault::Network { call, why: token.redact(&text) }),
        })
    }
}

/// What an answer means for another try.
enum Judged {
    Done(Answer),
    Limited(Fault, Duration),
    /// None, in effect; with what the server asks to wait.
    Broken(Fault, Option<Duration>),
}

/// Where a redirect leads that may be followed: one of the same host, so that the token stays there.
fn redirect(call: &Call<'_>, answer: &Answer, from: &Url) -> Option<Url> {
    let keeps = match answer.status.as_u16() {
        301 | 302 => call.method == Method::GET,
        307 | 308 => true,
        _ => false,
    };
    let to = answer.headers.get(LOCATION)?.to_str().ok()?;
    let to = from.join(to).ok()?;
    let plain = to.username().is_empty() && to.password().is_none();
    (keeps && plain && to.origin() == from.origin()).then_some(to)
}
