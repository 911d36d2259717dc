//! The client of one repository, and what GitHub means by its answers.

use std::{ops::Deref, sync::OnceLock, time::Duration};

use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;

use super::{Fault, Pace, Settings, limit};
use crate::ship::{
    blaxel::wire::message,
    forge::{
        exchange::{self, Dialect, Exchange, Request, TRIES, sensitive},
        row::Others,
    },
};

/// The version of the API that is asked for: what is used of it is in all of them.
const VERSION: &str = "2022-11-28";
/// GitHub's own type; the other is for those that know only that.
const ACCEPTED: &str = "application/vnd.github+json, application/json;q=0.9";
/// Longest answer that is read, in bytes: a page of a hundred comments of the longest kind.
const BODY: usize = 32 << 20;

/// A client of one repository.
#[derive(Debug)]
pub struct Client {
    exchange: Exchange,
    owner: String,
    name: String,
    /// Among whom it writes, once that is known.
    others: OnceLock<Others>,
}

/// A call, before it is made.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    request: Request<'a>,
    /// Whether its path is below the repository, and not below the API.
    of_repository: bool,
    /// The permission that it takes.
    needs: &'static str,
}

impl<'a> Call<'a> {
    /// A call without query and body.
    pub(super) fn new(method: Method, path: &[&'a str], needs: &'static str) -> Self {
        let (path, query) = (path.to_vec(), Vec::new());
        let request = Request { method, path, query, body: None, tries: TRIES };
        Self { request, of_repository: true, needs }
    }

    pub(super) fn get(path: &[&'a str], needs: &'static str) -> Self {
        Self::new(Method::GET, path, needs)
    }

    /// The same below the API.
    pub(super) fn of_api(self) -> Self {
        Self { of_repository: false, ..self }
    }

    pub(super) fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.request.query.push((name, value.into()));
        self
    }

    pub(super) fn sending(mut self, body: Value) -> Self {
        self.request.body = Some(body);
        self
    }

    /// The same, made once only.
    pub(super) fn once(mut self) -> Self {
        self.request.tries = 1;
        self
    }
}

/// An answer that is no failure of the network, the token or a limit.
#[derive(Debug)]
pub(super) struct Answer {
    all: exchange::Answer,
    needs: &'static str,
}

impl Deref for Answer {
    type Target = exchange::Answer;

    fn deref(&self) -> &exchange::Answer {
        &self.all
    }
}

impl Answer {
    /// The body of a success, null where there is none; a fault for every other status.
    pub(super) fn json(self) -> Result<Value, Fault> {
        self.all.json(&Hub { needs: self.needs })
    }
}

pub(super) type Reply = exchange::Reply<Answer, Fault>;

/// What GitHub means by the answer to a call that takes a permission.
struct Hub {
    needs: &'static str,
}

impl Dialect for Hub {
    type Fault = Fault;
    const NAME: &'static str = "GitHub";

    /// With what it says of single fields.
    fn told(body: &[u8]) -> String {
        let text = message(body);
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let errors = errors.iter().take(3).filter_map(|error| {
            let said = error["message"].as_str().or_else(|| error.as_str()).map(str::to_owned);
            said.or_else(|| {
                Some(format!("{} {}", error["field"].as_str()?, error["code"].as_str()?))
            })
        });
        let errors: Vec<String> = errors.map(|text| message(text.as_bytes())).collect();
        if errors.is_empty() { text } else { format!("{text}: {}", errors.join(", ")) }
    }

    fn limited(
        &self,
        answer: &exchange::Answer,
        number: u32,
        pause: &dyn Fn(Duration) -> Duration,
    ) -> Option<(Fault, Duration)> {
        if !matches!(answer.status.as_u16(), 403 | 429) {
            return None;
        }
        let (call, message) = (answer.call.clone(), Self::told(&answer.body));
        let (limit, asked) = limit::of(answer.status, &answer.headers, &message, number)?;
        let pause = pause(asked);
        Some((Fault::Limited { call, limit, pause, message }, pause))
    }

    fn fault(&self, answer: exchange::Answer) -> Fault {
        let needs = self.needs;
        let message = answer.elsewhere().unwrap_or_else(|| Self::told(&answer.body));
        let call = answer.call;
        match answer.status.as_u16() {
            401 => Fault::Token { call, message },
            403 => Fault::Permission { call, message, needs },
            404 => Fault::Missing { call, message, needs },
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
        let Settings { door, owner, name } = settings;
        let bearer = sensitive(&format!("Bearer {}", door.token.expose()));
        let bearer = bearer.ok_or_else(|| Fault::Usage {
            what: "the token for GitHub holds a character that no token has".into(),
            help: "copy it again, without line ends".into(),
        })?;
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, bearer),
            (ACCEPT, HeaderValue::from_static(ACCEPTED)),
            (HeaderName::from_static("x-github-api-version"), HeaderValue::from_static(VERSION)),
        ]);
        let exchange = Exchange::new(door, headers, BODY).map_err(|fault| Fault::Usage {
            what: fault.to_string(),
            help: fault.into_error().help.unwrap_or_default(),
        })?;
        Ok(Self { exchange, owner, name, others: OnceLock::new() })
    }

    /// `OWNER/NAME`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Says among whom this leg writes: they share what a token may write in a minute. What was said first holds.
    pub fn among(&self, others: Others) {
        let _ = self.others.set(others);
    }

    /// What [`Self::among`] was told.
    pub(in crate::ship::forge) fn others(&self) -> Option<Others> {
        self.others.get().copied()
    }

    /// Keeps the pause that they leave each other, before something is written, or before what is there is read for that. Where
    /// no time is left for it there is none.
    pub async fn pause(&self) {
        let legs = self.others().map_or(1, |others| others.legs);
        self.sleep(self.pace().between(legs)).await;
    }

    /// How long it waits.
    pub fn pace(&self) -> Pace {
        self.exchange.pace()
    }

    /// Sleeps, but not past the deadline; false when there is no time left for it.
    pub(in crate::ship::forge) async fn sleep(&self, pause: Duration) -> bool {
        self.exchange.sleep(pause).await
    }

    /// Makes a call as often as its kind allows.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let needs = call.needs;
        let mut request = call.request.clone();
        if call.of_repository {
            request.path.splice(..0, ["repos", &self.owner, &self.name]);
        }
        Ok(match self.exchange.call(&request, &Hub { needs }).await? {
            exchange::Reply::Answer(all) => Reply::Answer(Answer { all, needs }),
            exchange::Reply::Unsure(fault) => Reply::Unsure(fault),
        })
    }

    /// A call whose repetition is harmless.
    pub(super) async fn sure(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        match self.call(call).await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Unsure(fault) => Err(fault),
        }
    }
}
