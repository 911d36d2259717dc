//! Access tokens: fetched for client credentials, refreshed for a login, kept in memory alone.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    client::{Client, Credentials},
    fault::Fault,
    host,
    login::Session,
    secret::Secret,
    wire,
};

/// How long a token counts whose end nobody tells, in seconds. The platform refuses it earlier where it has to.
const UNTOLD: u64 = 3600;

/// What is held between two calls.
#[derive(Clone, Default)]
pub(super) struct Held {
    token: Option<Token>,
    /// What the next token of a login is asked for with: each answer may change it.
    refresh: Option<Secret>,
}

#[derive(Clone)]
struct Token {
    text: Secret,
    refresh_at: Instant,
}

impl Token {
    /// A token that counts for `life` from now on; the last fifth is left for the next one.
    fn new(text: Secret, life: Duration) -> Self {
        Self { text, refresh_at: Instant::now() + life.mul_f64(0.8) }
    }
}

impl Held {
    /// What is held before the first call.
    pub(super) fn of(credentials: &Credentials) -> Self {
        let Credentials::Login(session) = credentials else { return Self::default() };
        let token = session.access.as_ref().map(|access| {
            let life = remaining(access).unwrap_or(Duration::from_secs(UNTOLD));
            Token::new(access.clone(), life)
        });
        Self { token, refresh: session.refresh.clone() }
    }

    /// Forgets a token that the platform refuses.
    pub(super) fn forget(&mut self) {
        self.token = None;
    }

    pub(super) fn redact(&self, text: &str) -> String {
        let token = self.token.as_ref().map(|token| &token.text);
        let all = [token, self.refresh.as_ref()];
        all.into_iter().flatten().fold(text.to_owned(), |text, secret| secret.redact(&text))
    }
}

/// How long a token still counts, as it says itself.
fn remaining(token: &Secret) -> Option<Duration> {
    let body = token.expose().split('.').nth(1)?;
    let body = BASE64_URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    let left = body["exp"].as_i64()?.saturating_sub(Timestamp::now().as_second());
    Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
}

impl Client {
    /// The token of the credentials, asked for when there is none or it comes to its end. The outer error ends everything;
    /// the inner one is a network fault.
    pub(super) async fn bearer(&self) -> Result<Result<Secret, Fault>, Fault> {
        if let Some(token) = &self.held.borrow().token
            && Instant::now() < token.refresh_at
        {
            return Ok(Ok(token.text.clone()));
        }
        let url = self.host().url(&["oauth", "token"]);
        let call = format!("POST {}", host::shown(&url));
        let mut request = self.plain().post(url).header(CONTENT_TYPE, "application/json");
        let body = match self.credentials() {
            Credentials::Key(key) => return Ok(Ok(key.clone())),
            Credentials::Client(client) => {
                request = request.header(AUTHORIZATION, basic(client)?);
                json!({ "grant_type": "client_credentials" })
            }
            Credentials::Login(session) => self.refresh(session, &call)?,
        };
        let answer = match self.send(request.body(body.to_string()), &call).await {
            Ok(answer) => answer,
            Err(fault) => return Ok(Err(fault)),
        };
        if matches!(answer.status.as_u16(), 400 | 401 | 403) {
            let message = self.redact(&wire::message(&answer.body));
            return Err(self.refused(call, answer.status.as_u16(), message));
        }
        let value = match answer.json() {
            Ok(value) => value,
            Err(fault) => return Ok(Err(fault)),
        };
        let word = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
        let Some(text) = word("access_token") else {
            return Err(Fault::Answer {
                call,
                phase: None,
                what: "the platform gave no access token".into(),
                help: "check that the credentials belong to this platform".into(),
            });
        };
        let life = Duration::from_secs(value["expires_in"].as_u64().unwrap_or(UNTOLD));
        self.tell(text);
        let bearer = Secret::new(text);
        let mut held = self.held.borrow_mut();
        held.token = Some(Token::new(bearer.clone(), life));
        if let (Credentials::Login(_), Some(refresh)) = (self.credentials(), word("refresh_token"))
        {
            self.tell(refresh);
            held.refresh = Some(Secret::new(refresh));
        }
        Ok(Ok(bearer))
    }

    /// What the next token of a login is asked for with.
    fn refresh(&self, session: &Session, call: &str) -> Result<Value, Fault> {
        let held = self.held.borrow();
        let Some(refresh) = &held.refresh else {
            let message = "the access token is over, and no other can be asked for".to_owned();
            return Err(self.refused(call.to_owned(), 401, message));
        };
        let mut body = json!({
            "grant_type": "refresh_token",
            "refresh_token": refresh.expose(),
            "client_id": "blaxel",
        });
        if let Some(device) = &session.device {
            body["device_code"] = json!(device.expose());
        }
        Ok(body)
    }
}

fn basic(client: &Secret) -> Result<HeaderValue, Fault> {
    let mut basic = HeaderValue::from_str(&format!("Basic {}", client.expose())).map_err(|_| {
        Fault::usage(
            "BL_CLIENT_CREDENTIALS is not base64",
            "set it to base64 of `id:secret`, on one line",
        )
    })?;
    basic.set_sensitive(true);
    Ok(basic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_how_long_it_counts() {
        let token =
            |body: String| Secret::new(format!("e30.{}.sig", BASE64_URL_SAFE_NO_PAD.encode(body)));
        let now = Timestamp::now().as_second();
        let left = remaining(&token(format!("{{\"exp\":{}}}", now + 100))).unwrap();
        assert!((95..=100).contains(&left.as_secs()), "{left:?}");
        let over = remaining(&token(format!("{{\"exp\":{}}}", now - 100)));
        assert_eq!(over, Some(Duration::ZERO));
        for odd in ["", "a.b.c", "opaque-token"] {
            assert_eq!(remaining(&Secret::new(odd)), None, "{odd}");
        }
        assert_eq!(remaining(&token("{\"exp\":\"soon\"}".to_owned())), None);
    }
}
