//! What goes over the wire at GitLab: users, errors, instants, and what stands in a body.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::access::User;
use crate::sim::{
    Platform, calls,
    wire::{Refusal, raw},
};

pub(super) use crate::sim::wire::json_answer as answer;

/// Largest body that is read, in bytes: a note of a million characters.
const BODY: usize = 8 << 20;

/// The answer without a body.
pub(super) fn nothing() -> Response {
    raw(204, "application/json", String::new())
}

/// An error.
pub(super) fn refused(status: u16, message: &str) -> Refusal {
    answer(status, &json!({"message": message})).into()
}

/// The error of what is not there, or is not shown.
pub(super) fn missing(what: &str) -> Refusal {
    refused(404, &format!("404 {what}Not Found"))
}

pub(super) async fn not_found(request: Request) -> Refusal {
    calls::finish(request.into_body()).await;
    answer(404, &json!({"error": "404 Not Found"})).into()
}

/// The error of a token without the scope `api`.
pub(super) fn denied() -> Refusal {
    answer(
        403,
        &json!({
            "error": "insufficient_scope",
            "error_description": "The request requires higher privileges than provided by the access token.",
            "scope": "api",
        }),
    )
    .into()
}

/// The error of a parameter.
pub(super) fn invalid(what: &str) -> Refusal {
    answer(400, &json!({"error": what})).into()
}

/// What a rate limit says: it is no JSON.
pub(in crate::sim) fn limited() -> Response {
    raw(429, "text/plain", "Retry later\n".to_owned())
}

/// An instant as GitLab writes it: RFC 3339 with milliseconds.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A user.
pub(super) fn user_of(sim: &Platform, user: &User) -> Value {
    json!({
        "id": user.id,
        "username": user.name,
        "public_email": null,
        "name": user.name,
        "state": "active",
        "locked": false,
        "avatar_url": null,
        "web_url": format!("{}/{}", sim.pages_url(), user.name),
    })
}

/// A JSON object that was sent.
pub(super) async fn object(body: Body) -> Result<Map<String, Value>, Refusal> {
    let bytes =
        to_bytes(body, BODY).await.map_err(|_| refused(413, "413 Request Entity Too Large"))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(invalid("Problems parsing JSON")),
    }
}
