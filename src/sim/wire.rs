//! What goes over the wire: answers, the shapes of errors, pages of lists. Nothing here is shared with the client.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// Largest JSON body that is read, in bytes.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

/// A refused call: the answer that says so.
#[derive(Debug)]
pub(super) struct Refusal(Box<Response>);

/// What a handler answers.
pub(super) type Reply = Result<Response, Refusal>;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

/// An answer with a JSON body.
pub(super) fn json_answer(status: u16, body: &Value) -> Response {
    raw(status, "application/json", body.to_string())
}

/// An answer with any body.
pub(super) fn raw(status: u16, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The ordinary error of the control plane: `{"code", "error", "message"}`.
pub(super) fn error(status: u16, error: &str, message: &str) -> Refusal {
    json_answer(status, &json!({"code": status, "error": error, "message": message})).into()
}

/// The error of `POST /sandboxes`, whose `code` is a string.
pub(super) fn sandbox_error(
    status: u16,
    code: &str,
    message: &str,
    workspace: &str,
    name: &str,
) -> Refusal {
    sandbox_error_with(status, code, message, &(workspace.to_owned(), name.to_owned()), None)
}

/// The same for a sandbox, with details where there are any.
pub(super) fn sandbox_error_with(
    status: u16,
    code: &str,
    message: &str,
    key: &(String, String),
    details: Option<Value>,
) -> Refusal {
    let mut body = json!({
        "code": code,
        "message": message,
        "sandbox_name": key.1,
        "status_code": status,
        "step": "validate_and_prepare",
        "timestamp": instant(Timestamp::now()),
        "workspace": key.0,
    });
    if let Some(details) = details {
        body["details"] = details;
    }
    json_answer(status, &body).into()
}

/// The error of the platform's edge, whose `error` is an object.
pub(super) fn gateway_error(status: u16, code: &str, message: &str, retryable: bool) -> Refusal {
    let mut response = json_answer(
        status,
        &json!({"error": {
            "action": "check the account",
            "code": code,
            "do_not": "retry without a change",
            "docs_url": "https://docs.blaxel.ai/troubleshooting",
            "message": message,
            "origin": "platform",
            "retryable": retryable,
            "status": status,
            "timestamp": instant(Timestamp::now()),
        }}),
    );
    let headers = response.headers_mut();
    headers.insert("x-blaxel-source", HeaderValue::from_static("platform"));
    headers.insert(
        "x-should-retry",
        HeaderValue::from_static(if retryable { "true" } else { "false" }),
    );
    if let Ok(code) = HeaderValue::from_str(code) {
        headers.insert("x-blaxel-error-code", code);
    }
    response.into()
}

/// The error of the object store.
pub(super) fn store_error(status: u16, code: &str, message: &str) -> Refusal {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    raw(
        status,
        "application/xml",
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>\
             <RequestId>SIMULATED</RequestId></Error>",
            escape(code),
            escape(message)
        ),
    )
    .into()
}

/// An instant as the platform writes it: RFC 3339 with nanoseconds.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// One thing that happened to a sandbox or an image.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Event {
    /// `ai.blaxel.controlplane.…`
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) message: String,
    /// RFC 3339 with nanoseconds; set when it happens.
    pub(super) time: String,
    pub(super) revision: String,
    #[serde(rename = "canaryRevision")]
    pub(super) canary_revision: String,
}

impl Event {
    /// An event that has not happened yet: its time is set when it does.
    pub(super) fn new(kind: &str, status: &str, message: &str, revision: &str) -> Self {
        Self {
            kind: format!("ai.blaxel.controlplane.{kind}"),
            status: status.to_owned(),
            message: message.to_owned(),
            time: String::new(),
            revision: revision.to_owned(),
            canary_revision: String::new(),
        }
    }
}

/// One page of a list: `{"data", "meta"}`.
pub(super) fn page(data: &[Value], next: Option<&str>, total: usize) -> Value {
    json!({
        "data": data,
        "meta": {"hasMore": next.is_some(), "nextCursor": next.unwrap_or(""), "total": total},
    })
}
