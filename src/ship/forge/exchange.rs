//! Calls of a forge: the token, tries of what is safe to repeat, redirects of the same host, one deadline over all. What an
//! answer means is the forge's own.

use std::time::Duration;

use reqwest::{
    Method, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use serde_json::Value;
use tokio::time::Instant;

use super::{Pace, door::Door};
use crate::ship::blaxel::{
    Fault as Transport,
    client::{transport, why},
    host::{loopback, shown},
    retry::retry_after,
};

/// Most tries of one call.
pub(super) const TRIES: u32 = 5;
/// Most redirects of one try.
const REDIRECTS: u32 = 3;
/// What is waited where a limit says nothing of it: at least a minute, and longer each time.
const MINUTE: Duration = Duration::from_mins(1);

/// Whether a status says that somebody on the way had a problem.
pub(super) fn transient(status: u16) -> bool {
    matches!(status, 408 | 500 | 502 | 503 | 504)
}

/// The pause before another try after a limit that says nothing of it; `number` counts the tries from 1.
pub(super) fn growing(number: u32) -> Duration {
    MINUTE * (1 << number.saturating_sub(1).min(4))
}

/// A call, before it is made.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Parts below the API.
    pub(super) path: Vec<&'a str>,
    pub(super) query: Vec<(&'a str, String)>,
    pub(super) body: Option<Value>,
    /// How often it is made at most.
    pub(super) tries: u32,
}

/// What a forge answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) call: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    value: Value,
}

impl Answer {
    /// The body of a success, null where there is none; a fault for every other status.
    pub(super) fn json<D: Dialect>(self, dialect: &D) -> Result<Value, D::Fault> {
        if self.status.is_success() { Ok(self.value) } else { Err(dialect.fault(self)) }
    }

    /// Where a redirect that is not followed leads, as it is shown.
    pub(super) fn elsewhere(&self) -> Option<String> {
        let to = self.headers.get(LOCATION)?.to_str().ok()?;
        let to = Url::parse(to).map_or_else(|_| "elsewhere".into(), |url| shown(&url));
        Some(format!("a redirect to {to}"))
    }

    /// Reads the body of a success; false where it cannot be read.
    fn read(&mut self) -> bool {
        if !self.status.is_success() || self.body.is_empty() {
            return true;
        }
        serde_json::from_slice(&self.body).map(|value| self.value = value).is_ok()
    }
}

/// What a forge means by its answers.
pub(super) trait Dialect {
    type Fault;
    /// Its name.
    const NAME: &'static str;

    /// What an error answer says, on one line.
    fn told(body: &[u8]) -> String;
    /// Whether an answer is a limit; `pause` makes of the server's time what is waited.
    fn limited(
        &self,
        answer: &Answer,
        number: u32,
        pause: &dyn Fn(Duration) -> Duration,
    ) -> Option<(Self::Fault, Duration)>;
    /// The fault that a status other than of a success is.
    fn fault(&self, answer: Answer) -> Self::Fault;
    /// The fault that no answer is.
    fn network(&self, call: String, why: String) -> Self::Fault;
}

/// What a fault means for what was to be done.
pub(super) trait Hindrance {
    /// Whether the same may succeed later: nothing of it is the caller's.
    fn passes(&self) -> bool;
    /// Of a limit, when it may be tried again, from now: nothing took effect.
    fn limit(&self) -> Option<Duration>;
}

/// What became of a call.
#[derive(Debug)]
pub(super) enum Reply<A, F> {
    Answer(A),
    /// It may have taken effect; this is what was seen instead of an answer.
    Unsure(F),
}

/// What an answer means for another try.
enum Judged<F> {
    Done(Answer),
    /// It did not take effect.
    Limited(F, Duration),
    /// None, in effect; with what the server asks to wait.
    Broken(F, Option<Duration>),
}

/// The way to one forge.
#[derive(Debug)]
pub(super) struct Exchange {
    http: reqwest::Client,
    door: Door,
    /// Sent with every call, the token among it.
    headers: HeaderMap,
    /// Longest answer that is read, in bytes.
    longest: usize,
}

impl Exchange {
    /// Makes no call yet.
    pub(super) fn new(door: Door, headers: HeaderMap, longest: usize) -> Result<Self, Transport> {
        let http = transport(loopback(&door.base))?;
        Ok(Self { http, door, headers, longest })
    }

    pub(super) fn pace(&self) -> Pace {
        self.door.pace
    }

    fn remaining(&self) -> Duration {
        self.door.deadline.saturating_duration_since(Instant::now())
    }

    /// Sleeps, but not past the deadline; false when there is no time left for it.
    pub(super) async fn sleep(&self, pause: Duration) -> bool {
        if pause >= self.remaining() {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }

    /// Makes a call as often as its kind allows.
    pub(super) async fn call<D: Dialect>(
        &self,
        request: &Request<'_>,
        dialect: &D,
    ) -> Result<Reply<Answer, D::Fault>, D::Fault> {
        let mut url = self.url(request);
        let told = format!("{} {}", request.method, shown(&url));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut number = 1;
        loop {
            let judged = match self.follow(request, url.clone(), &told).await {
                Ok(answer) => self.judge(answer, number, dialect),
                Err(why) => Judged::Broken(dialect.network(told.clone(), why), None),
            };
            let (fault, pause) = match judged {
                Judged::Done(answer) => return Ok(Reply::Answer(answer)),
                Judged::Broken(fault, _) if request.method == Method::POST => {
                    return Ok(Reply::Unsure(fault));
                }
                Judged::Broken(fault, asked) => {
                    (fault, asked.unwrap_or_else(|| self.pace().retry(number)))
                }
                Judged::Limited(fault, pause) => (fault, pause),
            };
            if number >= request.tries || !self.sleep(pause).await {
                return Err(fault);
            }
            number += 1;
        }
    }

    /// The URL of a call. Every part of its path is one segment, whatever it holds.
    fn url(&self, request: &Request<'_>) -> Url {
        let mut url = self.door.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(&request.path);
        }
        url
    }

    /// What an answer means for another try.
    fn judge<D: Dialect>(&self, mut answer: Answer, number: u32, dialect: &D) -> Judged<D::Fault> {
        // Jobs that were all told the same do not come back at once.
        let apart = |pause| self.pace().of(pause) + self.pace().retry(number);
        if let Some((fault, pause)) = dialect.limited(&answer, number, &apart) {
            return Judged::Limited(fault, pause);
        }
        if !answer.read() {
            let why = format!("what answered is not {}: {}", D::NAME, D::told(&answer.body));
            return Judged::Broken(dialect.network(answer.call, why), None);
        }
        if transient(answer.status.as_u16()) {
            let asked = retry_after(&answer.headers).map(|asked| self.pace().of(asked));
            return Judged::Broken(dialect.fault(answer), asked);
        }
        Judged::Done(answer)
    }

    /// One try, through redirects of the same host. The error says why there is no answer.
    async fn follow(
        &self,
        request: &Request<'_>,
        mut url: Url,
        told: &str,
    ) -> Result<Answer, String> {
        let mut left = REDIRECTS;
        loop {
            let answer = self.once(request, url.clone(), told).await?;
            match redirect(&request.method, &answer, &url).filter(|_| left > 0) {
                Some(to) => url = to,
                None => return Ok(answer),
            }
            left -= 1;
        }
    }

    async fn once(&self, request: &Request<'_>, url: Url, told: &str) -> Result<Answer, String> {
        let token = &self.door.token;
        let limit = self.pace().answer.min(self.remaining().max(Duration::from_millis(1)));
        let mut made = self
            .http
            .request(request.method.clone(), url)
            .headers(self.headers.clone())
            .timeout(limit);
        if let Some(body) = &request.body {
            made = made.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let read = async {
            let mut response = made.send().await.map_err(|err| why(&err))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|err| why(&err))? {
                if body.len() + chunk.len() > self.longest {
                    return Err("the answer is too long".to_owned());
                }
                body.extend_from_slice(&chunk);
            }
            // An error may repeat what was sent.
            if !status.is_success() {
                body = token.redact(&String::from_utf8_lossy(&body)).into_bytes();
            }
            Ok(Answer { call: told.to_owned(), status, headers, body, value: Value::Null })
        };
        read.await.map_err(|text| token.redact(&text))
    }
}

/// A value of a header that is shown nowhere; `None` where it holds what no header may.
pub(super) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Where a redirect leads that may be followed: one of the same host, so that the token stays there.
fn redirect(method: &Method, answer: &Answer, from: &Url) -> Option<Url> {
    let keeps = match answer.status.as_u16() {
        301 | 302 => *method == Method::GET,
        307 | 308 => true,
        _ => false,
    };
    let to = answer.headers.get(LOCATION)?.to_str().ok()?;
    let to = from.join(to).ok()?;
    let plain = to.username().is_empty() && to.password().is_none();
    (keeps && plain && to.origin() == from.origin()).then_some(to)
}
