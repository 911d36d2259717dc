//! Who calls, for which workspace, in which version of the API.

use std::collections::BTreeMap;

use axum::{
    body::{Body, to_bytes},
    extract::{Query, Request, State},
    http::{HeaderMap, header, request::Parts},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use super::{
    Platform, Sim,
    scenario::Scenario,
    sign::mac,
    state::{Key, random_word},
    wire::{BODY_LIMIT, Refusal, Reply, error, json_answer},
};

/// How long an access token lives, in seconds. It is told, and not enforced.
const LIFETIME: i64 = 7200;

/// Versions of the API, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    /// Lists are bare arrays, images carry their tags.
    V20260416,
    /// Lists of sandboxes are pages.
    V20260428,
    /// Lists of images are pages too; tags have an endpoint of their own.
    V20260922,
}

/// Who calls.
#[derive(Debug)]
pub(super) struct Caller {
    workspace: Option<String>,
    pub(super) version: Version,
    pub(super) query: BTreeMap<String, String>,
    /// What the call itself says about the scenario.
    pub(super) asked: Option<Scenario>,
}

impl Caller {
    /// The workspace of the call.
    pub(super) fn workspace(&self) -> Result<&str, Refusal> {
        self.workspace.as_deref().ok_or_else(|| {
            error(400, "Bad Request", "the workspace is missing: send X-Blaxel-Workspace")
        })
    }

    /// A resource of the workspace.
    pub(super) fn key(&self, name: &str) -> Result<Key, Refusal> {
        Ok((self.workspace()?.to_owned(), name.to_owned()))
    }

    /// Whether a query parameter is true.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|value| value == "true")
    }
}

impl Platform {
    /// Lets a call in, or refuses it.
    pub(super) fn enter(&self, parts: &Parts) -> Result<Caller, Refusal> {
        let asked = match text(&parts.headers, "x-sandgate-scenario") {
            None => None,
            Some(name) => Some(
                Scenario::parse(name)
                    .map_err(|err| error(400, "unknown_scenario", &err.to_string()))?,
            ),
        };
        self.check_token(&parts.headers)?;
        let version = match text(&parts.headers, "blaxel-version") {
            None | Some("2026-04-16") => Version::V20260416,
            Some("2026-04-28") => Version::V20260428,
            Some("2026-09-22") => Version::V20260922,
            Some(_) => {
                return Err(json_answer(
                    400,
                    &json!({
                        "error": "invalid_api_version",
                        "message": "Blaxel-Version must be one of 2026-04-16, 2026-04-28, 2026-09-22",
                    }),
                )
                .into());
            }
        };
        let Query(query) = Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri)
            .map_err(|_| error(400, "Bad Request", "the query cannot be read"))?;
        let workspace = text(&parts.headers, "x-blaxel-workspace")
            .map(str::to_owned)
            .or_else(|| query.get("workspace").cloned())
            .filter(|name| !name.is_empty());
        if let Some(name) = &workspace {
            self.world().0.workspaces.insert(name.clone());
        }
        Ok(Caller { workspace, version, query, asked })
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let refused = |message| Err(error(401, "Unauthorized", message));
        let Some(sent) = text(headers, "x-blaxel-authorization")
            .or_else(|| text(headers, header::AUTHORIZATION.as_str()))
        else {
            return refused("no credentials: send Authorization: Bearer KEY");
        };
        let token = match sent.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return refused("the credentials are not of the form Bearer KEY"),
        };
        if token.is_empty() {
            return refused("the key is empty");
        }
        let known = match &self.config.key {
            None => true,
            Some(key) => key == token || self.world().0.tokens.contains(token),
        };
        if known { Ok(()) } else { refused("the key is not known") }
    }
}

/// A header, if it is there and is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A JSON body, within its limit.
pub(super) async fn json_body(body: Body) -> Result<Value, Refusal> {
    let bytes = to_bytes(body, BODY_LIMIT)
        .await
        .map_err(|_| error(413, "Request Entity Too Large", "the body is larger than 1 MiB"))?;
    serde_json::from_slice(&bytes)
        .map_err(|err| error(400, "Bad Request", &format!("the body is not JSON: {err}")))
}

/// An access token. It is a JWT, since clients read its end of life from it.
fn jwt(secret: &[u8; 32], now: i64) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({"alg": "HS256", "typ": "JWT"}));
    let body = part(&json!({
        "iss": "sandgate sim",
        "sub": "simulated",
        "jti": random_word(12),
        "iat": now,
        "exp": now + LIFETIME,
    }));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac(secret, format!("{head}.{body}").as_bytes()));
    format!("{head}.{body}.{signature}")
}

/// `POST /oauth/token`: client credentials and refresh.
pub(super) async fn token(State(sim): State<Sim>, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let body = json_body(body).await?;
    let oauth = |status, code: &str, message: &str| -> Refusal {
        json_answer(status, &json!({"error": code, "message": message, "code": status})).into()
    };
    let unknown = || oauth(401, "invalid_client", "the client is not known");
    if sim.config.scenario == Scenario::Unauthorized {
        return Err(unknown());
    }
    match body.get("grant_type").and_then(Value::as_str) {
        Some("client_credentials") => {
            let encoded = text(&parts.headers, "authorization")
                .and_then(|sent| sent.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
                .map(|(_, encoded)| encoded.trim())
                .ok_or_else(|| {
                    oauth(401, "invalid_client", "send Authorization: Basic base64(id:secret)")
                })?;
            let decoded = BASE64_STANDARD.decode(encoded).map_err(|_| unknown())?;
            let decoded = String::from_utf8(decoded).map_err(|_| unknown())?;
            let (id, secret) = decoded.split_once(':').ok_or_else(unknown)?;
            let known = sim.config.key.as_ref().is_none_or(|key| key == secret);
            if id.is_empty() || secret.is_empty() || !known {
                return Err(unknown());
            }
        }
        Some("refresh_token") => {
            let sent = body.get("refresh_token").and_then(Value::as_str).unwrap_or_default();
            if !sim.world().0.tokens.contains(&format!("refresh {sent}")) {
                return Err(oauth(400, "invalid_grant", "the refresh token is not known"));
            }
        }
        _ => {
            let message = "grant_type must be client_credentials or refresh_token";
            return Err(oauth(400, "unsupported_grant_type", message));
        }
    }
    let (mut world, now) = sim.world();
    let (access, refresh) = (jwt(&sim.secret, now.as_second()), random_word(32));
    world.tokens.insert(access.clone());
    // The space keeps a refresh token from passing as an access token.
    world.tokens.insert(format!("refresh {refresh}"));
    Ok(json_answer(
        200,
        &json!({
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": LIFETIME,
            "token_type": "Bearer",
        }),
    ))
}
