//! `/oauth/token` and `/login/device`: tokens for client credentials, for a person at a browser, and for a token that
//! is about to expire.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Request, State},
    response::IntoResponse as _,
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Platform, Sim,
    access::{json_body, text},
    keys::{Credential, Role},
    scenario::Scenario,
    sign::mac,
    state::{World, random_word},
    wire::{Refusal, Reply, json_answer, raw},
};

/// How long a device login can be completed, in seconds.
const DEVICE: i64 = 600;
/// How often a client may ask whether the login is done, in seconds.
const INTERVAL: u32 = 1;
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What was given out.
#[derive(Default)]
pub(super) struct Tokens {
    access: BTreeMap<String, (Credential, Timestamp)>,
    refresh: BTreeMap<String, Credential>,
    devices: BTreeMap<String, Device>,
}

/// A login that somebody began.
struct Device {
    user_code: String,
    expires: Timestamp,
    allowed: bool,
}

impl Tokens {
    /// Whose access token it is; an error once it has expired; nothing for what is no access token.
    pub(super) fn access(&self, token: &str, now: Timestamp) -> Option<Result<Credential, ()>> {
        let (credential, expires) = self.access.get(token)?;
        Some(if now < *expires { Ok(credential.clone()) } else { Err(()) })
    }
}

/// An access token. It is a JWT, since clients read its end of life from it.
fn jwt(secret: &[u8; 32], now: i64, lifetime: u32) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({"alg": "HS256", "typ": "JWT"}));
    let body = part(&json!({
        "iss": "sandgate sim",
        "sub": "simulated",
        "jti": random_word(12),
        "iat": now,
        "exp": now + i64::from(lifetime),
    }));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac(secret, format!("{head}.{body}").as_bytes()));
    format!("{head}.{body}.{signature}")
}

/// An error as OAuth writes it.
fn oauth(status: u16, code: &str, message: &str) -> Refusal {
    let body = json!({
        "error": code, "error_description": message, "message": message, "code": status,
    });
    json_answer(status, &body).into()
}

impl Platform {
    /// Gives out an access token and one that renews it.
    fn grant(&self, world: &mut World, credential: Credential, now: Timestamp) -> Value {
        let lifetime = self.config.token_lifetime;
        let (access, refresh) = (jwt(&self.secret, now.as_second(), lifetime), random_word(32));
        let expires =
            now.checked_add(SignedDuration::from_secs(i64::from(lifetime))).unwrap_or(now);
        world.tokens.access.insert(access.clone(), (credential.clone(), expires));
        world.tokens.refresh.insert(refresh.clone(), credential);
        json!({
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": lifetime,
            "token_type": "Bearer",
        })
    }
}

/// `POST /oauth/token`.
pub(super) async fn token(State(sim): State<Sim>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let body = json_body(body).await?;
    if sim.config.scenario == Scenario::Unauthorized {
        return Err(unknown());
    }
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    for name in ["client_id", "refresh_token", "device_code"] {
        if body.get(name).is_some_and(|value| !value.is_string()) {
            return Err(oauth(400, "invalid_request", &format!("{name} must be a string")));
        }
    }
    let (mut world, now) = sim.world();
    let credential = match field("grant_type") {
        "client_credentials" => {
            let sent = text(&parts.headers, "authorization").unwrap_or_default();
            sim.client(sent)?
        }
        "refresh_token" => world
            .tokens
            .refresh
            .get(field("refresh_token"))
            .cloned()
            .ok_or_else(|| oauth(400, "invalid_grant", "the refresh token is not known"))?,
        DEVICE_GRANT => device_grant(&mut world, field("device_code"), now)?,
        _ => {
            let message =
                format!("grant_type must be client_credentials, refresh_token or {DEVICE_GRANT}");
            return Err(oauth(400, "unsupported_grant_type", &message));
        }
    };
    Ok(json_answer(200, &sim.grant(&mut world, credential, now)))
}

fn unknown() -> Refusal {
    oauth(401, "invalid_client", "the client is not known")
}

impl Platform {
    /// The client whose credentials a header holds.
    fn client(&self, sent: &str) -> Result<Credential, Refusal> {
        let encoded = sent
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .map(|(_, encoded)| encoded.trim())
            .ok_or_else(|| {
                oauth(401, "invalid_client", "send Authorization: Basic base64(id:secret)")
            })?;
        let decoded = BASE64_STANDARD.decode(encoded).map_err(|_| unknown())?;
        let decoded = String::from_utf8(decoded).map_err(|_| unknown())?;
        let (id, secret) = decoded.split_once(':').ok_or_else(unknown)?;
        if id.is_empty() || secret.is_empty() {
            return Err(unknown());
        }
        self.known(secret).ok_or_else(unknown)
    }
}

/// Ends a device login that was allowed.
fn device_grant(world: &mut World, code: &str, now: Timestamp) -> Result<Credential, Refusal> {
    let devices = &mut world.tokens.devices;
    let device = devices
        .get(code)
        .ok_or_else(|| oauth(400, "invalid_grant", "the device code is not known"))?;
    if now >= device.expires {
        devices.remove(code);
        return Err(oauth(400, "expired_token", "the login was not completed in time"));
    }
    if !device.allowed {
        return Err(oauth(400, "authorization_pending", "nobody has allowed the login yet"));
    }
    devices.remove(code);
    Ok(Credential::new("", Role::Admin))
}

/// `POST /login/device`: begins a login.
pub(super) async fn device(State(sim): State<Sim>, request: Request) -> Reply {
    let body = json_body(request.into_body()).await?;
    if body.get("client_id").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(oauth(400, "invalid_client", "client_id is missing"));
    }
    if body.get("scope").is_some_and(|scope| !scope.is_string()) {
        return Err(oauth(400, "invalid_scope", "scope must be a string"));
    }
    let (mut world, now) = sim.world();
    let (code, user_code) = (random_word(32), random_word(8).to_ascii_uppercase());
    let expires = now.checked_add(SignedDuration::from_secs(DEVICE)).unwrap_or(now);
    let page = format!("http://{}/device", sim.address);
    let answer = json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}/{user_code}"),
        "expires_in": DEVICE,
        "interval": INTERVAL,
    });
    world.tokens.devices.insert(code, Device { user_code, expires, allowed: false });
    Ok(json_answer(200, &answer))
}

/// `GET /device/{code}`: what a person does in the browser. A visit allows the login.
pub(super) async fn allow(State(sim): State<Sim>, Path(code): Path<String>) -> Reply {
    let (mut world, now) = sim.world();
    let device = world
        .tokens
        .devices
        .values_mut()
        .find(|device| device.user_code == code && now < device.expires)
        .ok_or_else(|| oauth(404, "not_found", "there is no login with this code"))?;
    device.allowed = true;
    Ok(raw(200, "text/html", "<p>The simulated login is allowed; go back.</p>\n".to_owned())
        .into_response())
}
