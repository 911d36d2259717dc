//! The calls of a deploy, a push, a preview, its end, a promotion or an audit, without one being made.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    host::Host,
    names::{ImageName, PreviewName, SandboxName, WorkspaceName},
    previews,
    request::Request,
    sandboxes::Create,
};

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

const DEPLOYED: &str = "DEPLOYED or FAILED";
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
    wait(request, url(&own, ""), DEPLOYED, host, &mut calls);
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

/// The calls that build a preview's sandbox.
pub fn built_preview(request: &Request, host: &Host) -> Vec<PlannedCall> {
    let name = request.name.as_str();
    let mut calls = replaced(name, host);
    let url = |path: &[&str]| host.url(path).to_string();
    let (image, share) = (["images", "sandbox", name], ["images", "sandbox", name, "share"]);
    let whose = "whether an image of its name is there: it stays when the preview goes, and `sandgate-preview` is `true`";
    calls.push(call("GET", url(&image), None, whose));
    let shared = "if it is: to refuse an image that another workspace sees";
    calls.push(call("GET", url(&share), None, shared));
    calls.extend(deploy(request, host));
    calls
}

/// The calls that make a preview's sandbox of an image that is there.
pub fn given_preview(create: &Create, host: &Host) -> Vec<PlannedCall> {
    let name = create.name.as_str();
    let own = host.url(&["sandboxes", name]).to_string();
    let mut calls = replaced(name, host);
    let all = host.url(&["sandboxes"]).to_string();
    calls.push(call("POST", all, Some(create.body()), "to create it, if it is not there"));
    let change = "instead, if it is there with another image: what it has, with this one";
    calls.push(call("PUT", own.clone(), None, change));
    follow(own, DEPLOYED, host, &mut calls);
    calls
}

/// The look for the sandbox of a preview, and the end of one that cannot stay.
fn replaced(name: &str, host: &Host) -> Vec<PlannedCall> {
    let own = host.url(&["sandboxes", name]).to_string();
    vec![
        call("GET", own.clone(), None, "first: a sandbox that no preview made is left alone"),
        call(
            "DELETE",
            own,
            None,
            "if its variables or ports differ; then until it is gone, GET of the same",
        ),
    ]
}

/// The calls of [`super::previews::ensure`], and those for the token of a private one.
pub fn preview(
    sandbox: &SandboxName,
    name: &PreviewName,
    wanted: previews::Wanted,
    host: &Host,
) -> Vec<PlannedCall> {
    let all = ["sandboxes", sandbox.as_str(), "previews"];
    let own = [&all[..], &[name.as_str()]].concat();
    let url = |path: &[&str]| host.url(path).to_string();
    let body = wanted.body(name);
    let mut calls = vec![
        call("GET", url(&own), None, "what its URL is"),
        call("POST", url(&all), Some(body.clone()), "to make the URL, if there is none"),
        call("PUT", url(&own), Some(body), "instead, if it leads elsewhere"),
    ];
    if !wanted.public {
        let tokens = url(&[&own[..], &["tokens"]].concat());
        calls.push(call("GET", tokens.clone(), None, "a token that opens it long enough"));
        calls.push(call("POST", tokens, None, "to make one, if there is none"));
    }
    calls
}

/// The calls that delete a preview, and the image that was built for it.
pub fn removal(preview: &SandboxName, host: &Host) -> Vec<PlannedCall> {
    let sandbox = host.url(&["sandboxes", preview.as_str()]).to_string();
    let image = host.url(&["images", "sandbox", preview.as_str()]).to_string();
    vec![
        call(
            "GET",
            sandbox.clone(),
            None,
            "first: whether it is there; a sandbox that no preview made is left alone",
        ),
        call("DELETE", sandbox, None, "if it is; then until it is gone, GET of the same"),
        call("GET", image.clone(), None, "whether the image is there that was built for it"),
        call("DELETE", image, None, "if it is"),
    ]
}

/// The calls that compare how images are shared with what is declared for some of them.
pub fn audit(declared: &[ImageName], host: &Host) -> Vec<PlannedCall> {
    let url = |path: &[&str]| host.url(path).to_string();
    let mut calls = vec![call("GET", url(&["images"]), None, "which images the workspace has")];
    for image in declared {
        let share = url(&["images", image.kind(), image.name(), "share"]);
        calls.push(call("GET", share, None, "how it is shared, if the workspace owns it"));
    }
    let other = "of each other image, if the workspace owns it: how it is shared";
    calls.push(call("GET", url(&["images", "sandbox", "NAME", "share"]), None, other));
    calls
}

/// The calls that tell how an image is shared.
pub fn shares(image: &ImageName, host: &Host) -> Vec<PlannedCall> {
    let own = ["images", image.kind(), image.name()];
    let share = host.url(&[&own[..], &["share"]].concat()).to_string();
    vec![
        call("GET", share, None, "how the image is shared"),
        call("GET", host.url(&own).to_string(), None, "if it is not: whether there is one"),
        call(
            "GET",
            host.url(&["images"]).to_string(),
            None,
            "if there is none: whether another workspace has it",
        ),
    ]
}

/// The calls that promote an image to workspaces, each with the account that it is of where that is another one, and with
/// whether it is looked there for the tag.
pub fn promotion(
    image: &ImageName,
    targets: &[(&WorkspaceName, Option<&str>, bool)],
    host: &Host,
) -> Vec<PlannedCall> {
    let own = ["images", image.kind(), image.name()];
    let (own, share) = (host.url(&own), host.url(&[&own[..], &["share"]].concat()));
    let mut calls = vec![call("GET", own.to_string(), None, "first: whether it has the tag")];
    for (target, account, seen) in targets {
        let mut body = json!({ "targetWorkspace": target.as_str() });
        if let Some(account) = account {
            body["targetAccountId"] = json!(account);
        }
        let how = format!("how it is shared with `{target}`");
        calls.push(call("GET", share.to_string(), None, &how));
        let to = format!("to share it with `{target}`, if it is not yet");
        calls.push(call("POST", share.to_string(), Some(body), &to));
        if *seen {
            if account.is_some() {
                calls.push(call("GET", share.to_string(), None, "until an admin has accepted it"));
            }
            let until = format!("in the workspace `{target}`, until the tag is seen there");
            calls.push(call("GET", own.to_string(), None, &until));
        }
    }
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
    if !request.no_wait {
        follow(url, until, host, calls);
    }
}

fn follow(url: String, until: &str, host: &Host, calls: &mut Vec<PlannedCall>) {
    let every = format!("every second, after a minute every two, until it is {until}");
    calls.push(call("GET", url, None, &every));
    let logs = host.url(&["observability", "logs"]).to_string();
    calls.push(call("GET", logs, None, "after each of these: new lines of the build log"));
}

fn call(method: &'static str, url: String, body: Option<Value>, when: &str) -> PlannedCall {
    PlannedCall { method, url, body, when: when.to_owned() }
}
