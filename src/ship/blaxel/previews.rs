//! Previews of a sandbox, and the tokens that open private ones.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    client::Client,
    effect::{self, Effect},
    fault::Fault,
    names::{PreviewName, SandboxName},
    read, sandboxes,
    wire::{Preview, PreviewToken},
};

/// How often a preview without a URL is looked at again.
const LOOKS: u32 = 10;

/// What a preview leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The port inside the sandbox.
    pub port: u16,
    /// Whether everybody may open it.
    pub public: bool,
}

impl Wanted {
    /// What it is made from.
    pub(super) fn body(self, name: &PreviewName) -> Value {
        json!({
            "metadata": { "name": name.as_str() },
            "spec": { "port": self.port, "public": self.public },
        })
    }
}

/// Every preview of a sandbox.
pub async fn list(client: &Client, sandbox: &SandboxName) -> Result<Vec<Preview>, Fault> {
    let path = ["sandboxes", sandbox.as_str(), "previews"];
    match read::all(client, &path, &[]).await? {
        Some(rows) => Ok(rows.iter().filter_map(Preview::read).collect()),
        None => Err(sandboxes::missing(client, sandbox).await),
    }
}

/// A preview; `None` where there is none.
pub async fn find(
    client: &Client,
    sandbox: &SandboxName,
    name: &PreviewName,
) -> Result<Option<Preview>, Fault> {
    let path = ["sandboxes", sandbox.as_str(), "previews", name.as_str()];
    Ok(read::one(client, &path, &[]).await?.as_ref().and_then(Preview::read))
}

/// Makes a preview what is wanted, whether it is there or not, and waits a little where its URL is not known at once.
pub async fn ensure(
    client: &Client,
    sandbox: &SandboxName,
    name: &PreviewName,
    wanted: Wanted,
) -> Result<Preview, Fault> {
    let mut preview = settled(client, sandbox, name, wanted).await?;
    for _ in 0..LOOKS {
        if preview.url.is_some() || !client.sleep(client.pace().look).await {
            break;
        }
        if let Some(found) = find(client, sandbox, name).await? {
            preview = found;
        }
    }
    Ok(preview)
}

async fn settled(
    client: &Client,
    sandbox: &SandboxName,
    name: &PreviewName,
    wanted: Wanted,
) -> Result<Preview, Fault> {
    let fits =
        |preview: &Preview| preview.port == Some(wanted.port) && preview.public == wanted.public;
    let body = wanted.body(name);
    match find(client, sandbox, name).await? {
        Some(known) if fits(&known) => return Ok(known),
        Some(_) => return change(client, sandbox, name, &body).await,
        None => (),
    }
    let path = ["sandboxes", sandbox.as_str(), "previews"];
    let landed = async || find(client, sandbox, name).await;
    match effect::post(client, &path, &[], Some(&body), landed).await? {
        Effect::ReadBack(preview) => Ok(preview),
        Effect::Answer(answer) if answer.status == StatusCode::CONFLICT => {
            change(client, sandbox, name, &body).await
        }
        Effect::Answer(answer) => parsed(client, answer, Preview::read, "a preview"),
    }
}

async fn change(
    client: &Client,
    sandbox: &SandboxName,
    name: &PreviewName,
    body: &Value,
) -> Result<Preview, Fault> {
    let path = ["sandboxes", sandbox.as_str(), "previews", name.as_str()];
    let answer = client.sure(Method::PUT, &path, &[], Some(body)).await?;
    parsed(client, answer, Preview::read, "a preview")
}

/// Deletes a preview. False where there is none.
pub async fn delete(
    client: &Client,
    sandbox: &SandboxName,
    name: &PreviewName,
) -> Result<bool, Fault> {
    let path = ["sandboxes", sandbox.as_str(), "previews", name.as_str()];
    let answer = client.sure(Method::DELETE, &path, &[], None).await?;
    match answer.status {
        StatusCode::NOT_FOUND => Ok(false),
        status if status.is_success() => Ok(true),
        _ => Err(answer.fault()),
    }
}

/// The tokens of a preview.
pub async fn tokens(
    client: &Client,
    sandbox: &SandboxName,
    name: &PreviewName,
) -> Result<Vec<PreviewToken>, Fault> {
    let path = ["sandboxes", sandbox.as_str(), "previews", name.as_str(), "tokens"];
    let rows = read::all(client, &path, &[]).await?.unwrap_or_default();
    Ok(rows.iter().filter_map(PreviewToken::read).collect())
}

/// Makes a token that opens a private preview until an instant. It is named for that instant, so that one whose answer is
/// lost is found again.
pub async fn make_token(
    client: &Client,
    sandbox: &SandboxName,
    name: &PreviewName,
    expires: Timestamp,
) -> Result<PreviewToken, Fault> {
    let path = ["sandboxes", sandbox.as_str(), "previews", name.as_str(), "tokens"];
    let token = format!("sandgate-{}", expires.as_second());
    let body = json!({
        "metadata": { "name": token },
        "spec": { "expiresAt": format!("{expires:.0}") },
    });
    let landed = async || {
        let known = tokens(client, sandbox, name).await?;
        Ok(known.into_iter().find(|known| known.name == token && known.expose().is_some()))
    };
    let made = match effect::post(client, &path, &[], Some(&body), landed).await? {
        Effect::ReadBack(token) => token,
        Effect::Answer(answer) if answer.status == StatusCode::CONFLICT => {
            landed().await?.ok_or_else(|| answer.fault())?
        }
        Effect::Answer(answer) => parsed(client, answer, PreviewToken::read, "a token")?,
    };
    client.tell(made.expose().unwrap_or_default());
    Ok(made)
}

fn parsed<T>(
    client: &Client,
    answer: super::client::Answer,
    read: impl FnOnce(&Value) -> Option<T>,
    what: &str,
) -> Result<T, Fault> {
    let call = answer.call.clone();
    let value = read::value(client, answer)?;
    read(&value).ok_or_else(|| Fault::Answer {
        call,
        phase: None,
        what: format!("the platform answered something else than {what}"),
        help: "run it again; this is worth a report to the platform".into(),
    })
}
