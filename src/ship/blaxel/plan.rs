//! The calls of a deploy or a push, without one being made.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{host::Host, request::Request};

/// A call that would be made.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCall {
    /// `GET`, `PUT`, ...
    pub method: &'static str,
    /// The whole URL; of the upload, what stands for it until the platform gives it.
    pub url: String,
    /// The body, where there is one that is no archive.
    pub body: Option<Value>,
    /// When it is made, and what for.
    pub when: String,
}

const UPLOAD: &str = "(the upload URL that the platform answers)";

/// The calls of [`super::deploy`].
pub fn deploy(request: &Request, host: &Host) -> Vec<PlannedCall> {
    let name = request.name.as_str();
    let own = ["sandboxes", name];
    let query = if request.image.is_some() { "" } else { "?upload=true" };
    let url = |path: &[&str], query: &str| format!("{}{query}", host.url(path));
    let body = request.sandbox(&BTreeMap::new());
    let mut calls = vec![call("GET", url(&own, ""), None, "first: what is there already")];
    if request.recreate {
        calls.push(call(
            "DELETE",
            url(&own, ""),
            None,
            "if the environment variables differ; then until it is gone, GET of the same",
        ));
    }
    calls.push(call(
        "PUT",
        url(&own, query),
        Some(body.clone()),
        "to update it, if it is there; labels that it has already are kept beside these",
    ));
    calls.push(call("POST", url(&["sandboxes"], query), Some(body), "instead, if it is not"));
    upload(request, &mut calls);
    wait(request, url(&own, ""), "DEPLOYED or FAILED", host, &mut calls);
    calls
}

/// The calls of [`super::push`].
pub fn push(request: &Request, host: &Host) -> Vec<PlannedCall> {
    let name = request.name.as_str();
    let own = host.url(&["images", "sandbox", name]).to_string();
    let query = match &request.image {
        None => "?upload=true",
        Some(image) if image.skip_build => "?skip-build=true",
        Some(_) => "",
    };
    let all = format!("{}{query}", host.url(&["images"]));
    let mut calls = vec![
        call("GET", own.clone(), None, "first: which tags are there already"),
        call("POST", all, Some(request.image()), "to ask for the build"),
    ];
    upload(request, &mut calls);
    wait(request, own, "BUILT or FAILED", host, &mut calls);
    calls
}

fn upload(request: &Request, calls: &mut Vec<PlannedCall>) {
    if request.image.is_some() {
        return;
    }
    let settings: Vec<String> = request
        .settings_of_build()
        .into_iter()
        .map(|(name, value)| format!("x-amz-meta-{name}: {value}"))
        .collect();
    let headers = if settings.is_empty() {
        String::new()
    } else {
        format!(", with the headers {}", settings.join(", "))
    };
    let when = format!("the archive, without credentials{headers}");
    calls.push(call("PUT", UPLOAD.to_owned(), None, &when));
}

fn wait(request: &Request, url: String, until: &str, host: &Host, calls: &mut Vec<PlannedCall>) {
    if request.no_wait {
        return;
    }
    let every = format!("every second, after a minute every two, until it is {until}");
    calls.push(call("GET", url, None, &every));
    let logs = host.url(&["observability", "logs"]).to_string();
    calls.push(call("GET", logs, None, "after each of these: new lines of the build log"));
}

fn call(method: &'static str, url: String, body: Option<Value>, when: &str) -> PlannedCall {
    PlannedCall { method, url, body, when: when.to_owned() }
}
