//! A preview for one pull request.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Form, at, lines,
    sandboxes::{SandboxV1, sandbox_v1},
};
use crate::ship::blaxel::{Preview, Sandbox};

/// What is told of a preview.
#[derive(Debug)]
pub struct Shown<'a> {
    /// Its sandbox.
    pub sandbox: &'a Sandbox,
    /// The preview.
    pub preview: &'a Preview,
    /// What opens it, where it is private, and until when.
    pub token: Option<(&'a str, Option<Timestamp>)>,
    /// What was done: `created`, `updated`, `unchanged`.
    pub change: &'static str,
}

/// One preview, with the URL that a browser opens. It holds the token of a private one: it is what was asked for.
pub fn preview(form: Form, shown: &Shown<'_>) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        change: &'static str,
        preview: PreviewV1<'a>,
        sandbox: SandboxV1<'a>,
    }
    #[derive(Serialize)]
    struct PreviewV1<'a> {
        name: &'a str,
        url: Option<&'a str>,
        /// With the token, where there is one.
        open: Option<String>,
        port: Option<u16>,
        public: bool,
        token: Option<&'a str>,
        token_expires: Option<String>,
    }
    let preview = shown.preview;
    let open = preview.url.as_ref().map(|url| match shown.token {
        Some((token, _)) => {
            let sign = if url.contains('?') { '&' } else { '?' };
            format!("{url}{sign}bl_preview_token={token}")
        }
        None => url.clone(),
    });
    let until = shown.token.and_then(|(_, expires)| at(expires));
    let data = Data {
        change: shown.change,
        preview: PreviewV1 {
            name: &preview.name,
            url: preview.url.as_deref(),
            open: open.clone(),
            port: preview.port,
            public: preview.public,
            token: shown.token.map(|(token, _)| token),
            token_expires: until.clone(),
        },
        sandbox: sandbox_v1(shown.sandbox),
    };
    form.write(data, || {
        lines(&[
            ("url", open),
            ("sandbox", Some(shown.sandbox.name.clone())),
            ("image", shown.sandbox.image.clone()),
            ("port", preview.port.map(|port| port.to_string())),
            ("access", Some(if preview.public { "public" } else { "with the token" }.to_owned())),
            ("token until", until),
        ])
    })
}

/// A preview that was deleted, and the image that went with it.
pub fn deleted_preview(form: Form, name: &str, existed: bool, image: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        kind: &'static str,
        name: &'a str,
        deleted: bool,
        image: Option<&'a str>,
    }
    form.write(Data { kind: "preview", name, deleted: existed, image }, String::new)
}
