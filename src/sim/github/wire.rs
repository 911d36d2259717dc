//! What goes over the wire at GitHub: people, errors, instants, and what stands in a body.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::HeaderValue,
    response::Response,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::access::{Actor, Level};
use crate::sim::{
    calls,
    wire::{BODY_LIMIT, Refusal, raw},
};

/// An answer with a JSON body.
pub(super) fn answer(status: u16, body: &Value) -> Response {
    raw(status, "application/json; charset=utf-8", body.to_string())
}

/// An error.
pub(super) fn refused(status: u16, message: &str) -> Refusal {
    answer(
        status,
        &json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.to_string(),
        }),
    )
    .into()
}

/// The error of what is not there, or is not shown.
pub(super) fn missing() -> Refusal {
    refused(404, "Not Found")
}

pub(super) async fn not_found(request: Request) -> Refusal {
    calls::finish(request.into_body()).await;
    missing()
}

/// The error of a token that lacks a permission.
pub(super) fn denied(actor: &Actor, kinds: &[&str], level: Level) -> Refusal {
    let whose = if actor.app { "integration" } else { "personal access token" };
    let mut refusal: Response = axum::response::IntoResponse::into_response(refused(
        403,
        &format!("Resource not accessible by {whose}"),
    ));
    let level = if level == Level::Write { "write" } else { "read" };
    let accepted: Vec<String> = kinds.iter().map(|kind| format!("{kind}={level}")).collect();
    if let Ok(accepted) = HeaderValue::from_str(&accepted.join("; ")) {
        refusal.headers_mut().insert("x-accepted-github-permissions", accepted);
    }
    refusal.into()
}

/// The error of a body that cannot be accepted.
pub(super) fn invalid(resource: &str, field: &str, code: &str, message: &str) -> Refusal {
    answer(
        422,
        &json!({
            "message": "Validation Failed",
            "errors": [{"resource": resource, "field": field, "code": code, "message": message}],
            "documentation_url": "https://docs.github.com/rest",
            "status": "422",
        }),
    )
    .into()
}

/// An instant as GitHub writes it: RFC 3339 with whole seconds.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A person or an app.
pub(super) fn person(root: &str, login: &str) -> Value {
    let api = format!("{root}/api/v3/users/{}", login.replace('[', "%5B").replace(']', "%5D"));
    let bot = login.ends_with("[bot]");
    // The same login is the same user.
    let id = login.bytes().fold(1_u64, |id, byte| (id * 31 + u64::from(byte)) % 100_000_000);
    json!({
        "login": login,
        "id": id,
        "node_id": format!("U_{id}"),
        "avatar_url": format!("{root}/avatars/{id}"),
        "gravatar_id": "",
        "url": api,
        "html_url": format!("{root}/{}", login.trim_end_matches("[bot]")),
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": if bot { "Bot" } else { "User" },
        "site_admin": false,
    })
}

/// A JSON object that was sent.
pub(super) async fn object(body: Body) -> Result<Map<String, Value>, Refusal> {
    let bytes =
        to_bytes(body, BODY_LIMIT).await.map_err(|_| refused(413, "Request body too large"))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(refused(400, "Body should be a JSON object")),
        Err(_) => Err(refused(400, "Problems parsing JSON")),
    }
}

/// A field that is text, if it is there.
pub(super) fn text(
    object: &Map<String, Value>,
    resource: &str,
    field: &str,
) -> Result<Option<String>, Refusal> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(resource, field, "invalid", &format!("{field} is not a string"))),
    }
}

/// A field that is text of at most so many characters, if it is there.
pub(super) fn short(
    object: &Map<String, Value>,
    resource: &str,
    field: &str,
    most: usize,
) -> Result<Option<String>, Refusal> {
    let found = text(object, resource, field)?;
    if found.as_ref().is_some_and(|text| text.chars().count() > most) {
        let told = format!("{field} is too long (maximum is {most} characters)");
        return Err(invalid(resource, field, "custom", &told));
    }
    Ok(found)
}

/// A field that is an address, if it is there.
pub(super) fn address(
    object: &Map<String, Value>,
    resource: &str,
    field: &str,
) -> Result<Option<String>, Refusal> {
    let found = text(object, resource, field)?.filter(|text| !text.is_empty());
    if found.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://"))
    {
        let told = format!("{field} must use http(s) scheme");
        return Err(invalid(resource, field, "custom", &told));
    }
    Ok(found)
}

/// A field that is true or false.
pub(super) fn flag(
    object: &Map<String, Value>,
    resource: &str,
    field: &str,
    otherwise: bool,
) -> Result<bool, Refusal> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(otherwise),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(invalid(resource, field, "invalid", &format!("{field} is not a boolean"))),
    }
}

/// A text that must be one of some.
pub(super) fn one_of(
    text: Option<String>,
    resource: &str,
    field: &str,
    known: &[&str],
) -> Result<String, Refusal> {
    text.filter(|text| known.contains(&text.as_str())).ok_or_else(|| {
        let told = format!("{field} is not included in the list: {}", known.join(", "));
        invalid(resource, field, "inclusion", &told)
    })
}

/// A full name of a commit.
pub(super) fn commit(resource: &str, sha: &str) -> Result<String, Refusal> {
    let whole = sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !whole {
        let told = format!("No commit found for SHA: {sha}");
        return Err(invalid(resource, "sha", "custom", &told));
    }
    Ok(sha.to_ascii_lowercase())
}

/// An id or a number in a path; what is none is not there.
pub(super) fn number(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| missing())
}

/// The answer without a body.
pub(super) fn nothing() -> Response {
    raw(204, "application/json; charset=utf-8", String::new())
}
