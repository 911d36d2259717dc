//! Rate limits: calls in an hour, and what is written in a minute and in an hour.

use std::collections::VecDeque;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use jiff::{SignedDuration, Timestamp};

use super::{SECONDARY, access, wire::refused};
use crate::sim::{Platform, Sim, calls};

/// What a token may use up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Calls in an hour.
    pub(super) hour: usize,
    /// Calls that write, in a minute.
    pub(super) writes_minute: usize,
    /// Calls that write, in an hour.
    pub(super) writes_hour: usize,
    /// Points in a minute: a read is one, a write is five.
    pub(super) points_minute: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { hour: 1000, writes_minute: 80, writes_hour: 500, points_minute: 900 }
    }
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const WRITTEN: usize = 5;

/// What is left of a token's hour.
struct Left {
    limit: usize,
    remaining: usize,
    /// When the hour ends, in whole seconds of the clock.
    reset: i64,
}

/// What a call meets.
enum Met {
    Nothing,
    Primary,
    /// After so many seconds it may be tried again.
    Secondary(u64),
}

/// Counts a call, refuses it where a limit is used up, and tells in its answer what is left.
pub(super) async fn pass(State(sim): State<Sim>, request: Request, next: Next) -> Response {
    let token = access::token(request.headers()).unwrap_or_default().to_owned();
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let (left, met) = sim.count(&token, writes);
    let mut response = match met {
        Met::Nothing => next.run(request).await,
        Met::Primary => {
            calls::finish(request.into_body()).await;
            refused(403, "API rate limit exceeded for installation.").into_response()
        }
        Met::Secondary(seconds) => {
            calls::finish(request.into_body()).await;
            let mut response = refused(403, SECONDARY).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            response
        }
    };
    let used = left.limit - left.remaining;
    let headers = response.headers_mut();
    for (name, number) in [
        ("x-ratelimit-limit", left.limit.to_string()),
        ("x-ratelimit-remaining", left.remaining.to_string()),
        ("x-ratelimit-used", used.to_string()),
        ("x-ratelimit-reset", left.reset.to_string()),
        ("x-ratelimit-resource", "core".to_owned()),
        ("x-github-api-version-selected", "2022-11-28".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&number) {
            headers.insert(name, value);
        }
    }
    response
}

impl Platform {
    /// Counts a call.
    fn count(&self, token: &str, writes: bool) -> (Left, Met) {
        let now = self.now();
        let mut forge = self.forge();
        let limits = forge.limits;
        let calls = forge.calls.entry(token.to_owned()).or_default();
        let since =
            |seconds: f64| now.checked_sub(self.pace.lasting(seconds)).unwrap_or(Timestamp::MIN);
        let hour = since(HOUR);
        while calls.front().is_some_and(|(at, _)| *at < hour) {
            calls.pop_front();
        }
        let minute = since(MINUTE);
        let lately: Vec<bool> =
            calls.iter().filter(|(at, _)| *at >= minute).map(|(_, writes)| *writes).collect();
        let cost = |writes: bool| if writes { WRITTEN } else { 1 };
        let points: usize = lately.iter().map(|writes| cost(*writes)).sum();
        let written = |some: &mut dyn Iterator<Item = bool>| some.filter(|writes| *writes).count();
        let written_lately = written(&mut lately.iter().copied());
        let written_hour = written(&mut calls.iter().map(|(_, writes)| *writes));
        let met = if calls.len() >= limits.hour {
            Met::Primary
        } else if points + cost(writes) > limits.points_minute
            || writes && written_lately >= limits.writes_minute
        {
            Met::Secondary(self.seconds_until(calls, minute, MINUTE))
        } else if writes && written_hour >= limits.writes_hour {
            Met::Secondary(self.seconds_until(calls, hour, HOUR))
        } else {
            calls.push_back((now, writes));
            Met::Nothing
        };
        let first = calls.front().map_or(now, |(at, _)| *at);
        let reset = now.as_second() + self.unhurried(first.duration_since(hour));
        let remaining = limits.hour.saturating_sub(calls.len());
        (Left { limit: limits.hour, remaining, reset }, met)
    }

    /// How long it is, in seconds of the platform's own, until the first call of a span falls out of it.
    fn seconds_until(
        &self,
        calls: &VecDeque<(Timestamp, bool)>,
        begin: Timestamp,
        most: f64,
    ) -> u64 {
        let first = calls.iter().map(|(at, _)| *at).find(|at| *at >= begin).unwrap_or(begin);
        let seconds = self.unhurried(first.duration_since(begin)) + 1;
        let most = SignedDuration::from_secs_f64(most).as_secs();
        u64::try_from(seconds.min(most)).unwrap_or(1)
    }

    /// A span of this machine's, in whole seconds of an unhurried platform.
    fn unhurried(&self, span: SignedDuration) -> i64 {
        let seconds = span.as_secs_f64() / self.pace.0.max(1e-6);
        SignedDuration::from_secs_f64(seconds.clamp(0.0, HOUR)).as_secs()
    }
}
