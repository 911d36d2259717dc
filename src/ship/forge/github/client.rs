//! Calls of the API: the token, headers, retries, redirects, one deadline over all.

use std::time::Duration;

use reqwest::{
    Method, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use serde_json::Value;
use tokio::time::Instant;

use super::{Fault, Pace, Settings, limit};
use crate::ship::blaxel::{
    client::{transport, why},
    host::{loopback, shown},
    retry::retry_after,
    wire::message,
};

/// The version of the API that is asked for: what is used of it is in all of them.
const VERSION: &str = "2022-11-28";
/// GitHub's own type; the other is for those that know only that.
const ACCEPTED: &str = "application/vnd.github+json, application/json;q=0.9";
/// Longest answer that is read, in bytes: a page of a hundred comments of the longest kind.
const BODY: usize = 32 << 20;
/// Most tries of one call.
pub(super) const TRIES: u32 = 5;
/// Most redirects of one try.
const REDIRECTS: u32 = 3;

/// A client of one repository.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    settings: Settings,
}

/// A call, before it is made.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// Parts below the repository, or below the API where `of_repository` is false.
    pub(super) path: Vec<&'a str>,
    pub(super) of_repository: bool,
    pub(super) query: Vec<(&'a str, String)>,
    pub(super) body: Option<Value>,
    /// The permission that it takes.
    pub(super) needs: &'static str,
    /// How often it is made at most.
    pub(super) tries: u32,
}

impl<'a> Call<'a> {
    /// A call without query and body.
    pub(super) fn new(method: Method, path: &[&'a str], needs: &'static str) -> Self {
        Self {
            method,
            path: path.to_vec(),
            of_repository: true,
            query: Vec::new(),
            body: None,
            needs,
            tries: TRIES,
        }
    }

    pub(super) fn get(path: &[&'a str], needs: &'static str) -> Self {
        Self::new(Method::GET, path, needs)
    }

    pub(super) fn with(self, name: &'a str, value: impl Into<String>) -> Self {
        let mut query = self.query;
        query.push((name, value.into()));
        Self { query, ..self }
    }

    pub(super) fn sending(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The same, made once only.
    pub(super) fn once(self) -> Self {
        Self { tries: 1, ..self }
    }
}

/// An answer that is no failure of the network, the token or a limit.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) call: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
    value: Value,
    needs: &'static str,
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
        if !self.status.is_success() {
            return Err(self.fault());
        }
        Ok(self.value)
    }

    /// Reads the body of a success; false where it cannot be read.
    fn read(&mut self) -> bool {
        if !self.status.is_success() || self.body.is_empty() {
            return true;
        }
        let value = serde_json::from_slice(&self.body);
        value.map(|value| self.value = value).is_ok()
    }

    pub(super) fn fault(self) -> Fault {
        let (call, needs) = (self.call, self.needs);
        let message = told(&self.body);
        match self.status.as_u16() {
            401 => Fault::Token { call, message },
            403 => Fault::Permission { call, message, needs },
            404 => Fault::Missing { call, message, needs },
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

/// What an error answer says, with what it says of single fields.
fn told(body: &[u8]) -> String {
    let text = message(body);
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let errors = errors.iter().take(3).filter_map(|error| {
        let said = error["message"].as_str().or_else(|| error.as_str()).map(str::to_owned);
        said.or_else(|| Some(format!("{} {}", error["field"].as_str()?, error["code"].as_str()?)))
    });
    let errors: Vec<String> = errors.map(|text| message(text.as_bytes())).collect();
    if errors.is_empty() { text } else { format!("{text}: {}", errors.join(", ")) }
}

impl Client {
    /// Builds a client; no call is made.
    pub fn new(settings: Settings) -> Result<Self, Fault> {
        let http = transport(loopback(&settings.base)).map_err(|fault| Fault::Usage {
            what: fault.to_string(),
            help: fault.into_error().help.unwrap_or_default(),
        })?;
        Ok(Self { http, settings })
    }

    /// `OWNER/NAME`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.settings.owner, self.settings.name)
    }

    /// How long it waits.
    pub fn pace(&self) -> Pace {
        self.settings.pace
    }

    pub(in crate::ship::forge) fn remaining(&self) -> Duration {
        self.settings.deadline.saturating_duration_since(Instant::now())
    }

    /// Sleeps, but not past the deadline; false when there is no time left for it.
    pub(in crate::ship::forge) async fn sleep(&self, pause: Duration) -> bool {
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
            if call.of_repository {
                segments.extend(["repos", &self.settings.owner, &self.settings.name]);
            }
            segments.extend(&call.path);
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
            let got = self.follow(call, url.clone(), &told).await?;
            let (fault, pause, effect) = match got {
                Ok(answer) => match self.judge(answer, number) {
                    Judged::Done(answer) => return Ok(Reply::Answer(answer)),
                    // A limited call did not take effect.
                    Judged::Limited(fault, pause) => (fault, pause, false),
                    Judged::Broken(fault, asked) => {
                        (fault, asked.unwrap_or_else(|| self.pace().retry(number)), true)
                    }
                },
                Err(fault) => (fault, self.pace().retry(number), true),
            };
            if effect && call.method == Method::POST {
                return Ok(Reply::Unsure(fault));
            }
            if number >= call.tries || !self.sleep(pause).await {
                return Err(fault);
            }
            number += 1;
        }
    }

    /// What an answer means for another try.
    fn judge(&self, mut answer: Answer, number: u32) -> Judged {
        let status = answer.status.as_u16();
        if matches!(status, 403 | 429) {
            let message = told(&answer.body);
            if let Some((limit, pause)) =
                limit::of(answer.status, &answer.headers, &message, number)
            {
                // Legs that were all told the same do not come back at once.
                let pause = self.pace().of(pause) + self.pace().retry(number);
                let call = answer.call;
                return Judged::Limited(Fault::Limited { call, limit, pause, message }, pause);
            }
        }
        if !answer.read() {
            let why = format!("what answered is not GitHub: {}", told(&answer.body));
            return Judged::Broken(Fault::Network { call: answer.call, why }, None);
        }
        if transient(status) {
            let asked = retry_after(&answer.headers).map(|asked| self.pace().of(asked));
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
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| {
                Fault::Usage {
                    what: "the token for GitHub holds a character that no token has".into(),
                    help: "copy it again, without line ends".into(),
                }
            })?;
        bearer.set_sensitive(true);
        let limit = self.pace().answer.min(self.remaining().max(Duration::from_millis(1)));
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, ACCEPTED)
            .header("X-GitHub-Api-Version", VERSION)
            .timeout(limit);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let failed = |why: String| Fault::Network { call: told.to_owned(), why };
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
        Ok(match read.await {
            Ok((status, headers, body)) => {
                let (call, needs) = (told.to_owned(), call.needs);
                Ok(Answer { call, status, headers, body, value: Value::Null, needs })
            }
            Err(text) => Err(failed(token.redact(&text))),
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
