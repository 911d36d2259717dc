//! The client of one project, and what GitLab means by its answers.

use std::time::Duration;

use reqwest::{
    Method,
    header::{ACCEPT, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;

use super::{Fault, Settings};
use crate::ship::{
    blaxel::{retry::retry_after, wire::message},
    forge::{
        Pace,
        exchange::{self, Answer, Dialect, Exchange, Request, TRIES, growing, sensitive},
    },
};

/// Longest answer that is read, in bytes: a page of a hundred notes, of which GitLab takes a million characters each.
const BODY: usize = 128 << 20;

/// A client of one project.
#[derive(Debug)]
pub struct Client {
    exchange: Exchange,
    project: String,
}

/// A call, before it is made.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    request: Request<'a>,
    /// Whether its path is below the project, and not below the API.
    of_project: bool,
}

impl<'a> Call<'a> {
    /// A call without query and body.
    pub(super) fn new(method: Method, path: &[&'a str]) -> Self {
        let (path, query) = (path.to_vec(), Vec::new());
        Self {
            request: Request { method, path, query, body: None, tries: TRIES },
            of_project: true,
        }
    }

    /// The same below the API.
    pub(super) fn of_api(self) -> Self {
        Self { of_project: false, ..self }
    }

    pub(super) fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.request.query.push((name, value.into()));
        self
    }

    /// The same with a body, made once only: before another try, what is to be written may have changed.
    pub(super) fn sending(mut self, body: Value) -> Self {
        (self.request.body, self.request.tries) = (Some(body), 1);
        self
    }
}

pub(super) type Reply = exchange::Reply<Answer, Fault>;

/// What GitLab means by its answers.
pub(super) struct Lab;

impl Dialect for Lab {
    type Fault = Fault;
    const NAME: &'static str = "GitLab";

    /// A `message` that is text or tells of each field, or an `error` with its description.
    fn told(body: &[u8]) -> String {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let said =
            [&answer["error_description"], &answer["message"]].into_iter().find_map(|said| {
                match said {
                    Value::Object(_) | Value::Array(_) => Some(said.to_string()),
                    said => said.as_str().map(str::to_owned),
                }
            });
        // As long as every other message of a server, on one line.
        said.map_or_else(|| message(body), |said| message(said.as_bytes()))
    }

    fn limited(
        &self,
        answer: &Answer,
        number: u32,
        pause: &dyn Fn(Duration) -> Duration,
    ) -> Option<(Fault, Duration)> {
        if answer.status.as_u16() != 429 {
            return None;
        }
        let pause = pause(retry_after(&answer.headers).unwrap_or_else(|| growing(number)));
        let (call, message) = (answer.call.clone(), Self::told(&answer.body));
        Some((Fault::Limited { call, pause, message }, pause))
    }

    fn fault(&self, answer: Answer) -> Fault {
        let message = answer.elsewhere().unwrap_or_else(|| Self::told(&answer.body));
        let call = answer.call;
        match answer.status.as_u16() {
            401 => Fault::Token { call, message },
            403 => Fault::Permission { call, message },
            404 => Fault::Missing { call, message },
            status => Fault::Api { call, status, message },
        }
    }

    fn network(&self, call: String, why: String) -> Fault {
        Fault::Network { call, why }
    }
}

impl Client {
    /// Builds a client; no call is made.
    pub fn new(settings: Settings) -> Result<Self, Fault> {
        let Settings { door, project } = settings;
        let token = sensitive(door.token.expose()).ok_or_else(|| {
            Fault::usage("the token for GitLab holds a character that no token has: copy it again, without line ends")
        })?;
        let headers = HeaderMap::from_iter([
            (HeaderName::from_static("private-token"), token),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        let exchange = Exchange::new(door, headers, BODY)
            .map_err(|fault| Fault::usage(fault.into_error().to_string()))?;
        Ok(Self { exchange, project })
    }

    pub(super) fn pace(&self) -> Pace {
        self.exchange.pace()
    }

    /// Sleeps, but not past the deadline; false when there is no time left for it.
    pub(super) async fn sleep(&self, pause: Duration) -> bool {
        self.exchange.sleep(pause).await
    }

    /// Makes a call as often as its kind allows.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let mut request = call.request.clone();
        if call.of_project {
            request.path.splice(..0, ["projects", &self.project]);
        }
        self.exchange.call(&request, &Lab).await
    }

    /// A call whose repetition is harmless.
    pub(super) async fn sure(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        match self.call(call).await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Unsure(fault) => Err(fault),
        }
    }
}
