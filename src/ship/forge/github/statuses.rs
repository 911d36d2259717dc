//! Statuses of a commit.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Client, Fault, client::Call, effect, pages, wire};

/// Most characters of a description.
pub const LONGEST: usize = 140;

/// What a status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is being worked on.
    Pending,
    /// Well.
    Success,
    /// Not well.
    Failure,
    /// It could not be found out.
    Error,
}

impl State {
    /// As GitHub writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
        }
    }

    fn read(text: &str) -> Option<Self> {
        let all = [Self::Pending, Self::Success, Self::Failure, Self::Error];
        all.into_iter().find(|state| state.name() == text)
    }
}

/// A status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Ascending in the order in which they were made.
    pub id: u64,
    /// What it is about: of several with the same one, the newest counts.
    pub context: String,
    /// What it says.
    pub state: State,
    /// The same in words.
    pub description: String,
    /// Where there is more.
    pub target_url: Option<String>,
    /// Who wrote it, where that is told.
    pub author: Option<String>,
    /// When, by GitHub's clock.
    pub created: Option<Timestamp>,
}

impl Status {
    fn read(value: &Value) -> Option<Self> {
        // Another forge calls it `status`.
        let state = value["state"].as_str().or_else(|| value["status"].as_str())?;
        Some(Self {
            id: value["id"].as_u64()?,
            context: wire::text(&value["context"]),
            state: State::read(state)?,
            description: wire::text(&value["description"]),
            target_url: wire::some(&value["target_url"]),
            author: wire::some(&value["creator"]["login"]),
            created: wire::instant(&value["created_at"]),
        })
    }
}

/// A status that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New<'a> {
    /// What it is about.
    pub context: &'a str,
    /// What it says.
    pub state: State,
    /// The same in words; cut at [`LONGEST`] characters.
    pub description: &'a str,
    /// Where there is more.
    pub target_url: Option<&'a str>,
}

/// The newest status of each context of a commit, by one call for each hundred of them.
pub async fn newest(client: &Client, sha: &str) -> Result<Vec<Status>, Fault> {
    let call = Call::get(&["commits", sha, "status"], "statuses: read");
    let rows = pages::all(client, &call, Some("statuses")).await?;
    Ok(rows.iter().filter_map(Status::read).collect())
}

/// Makes a status. Where the answer is lost, one that says the same and is the newest is it.
pub async fn create(client: &Client, sha: &str, new: &New<'_>) -> Result<Status, Fault> {
    let description = wire::cut(new.description, LONGEST);
    let mut body = json!({
        "context": new.context,
        "state": new.state.name(),
        "description": description,
    });
    if let Some(url) = new.target_url {
        body["target_url"] = json!(url);
    }
    let call = Call::new(Method::POST, &["statuses", sha], "statuses: write").sending(body);
    let same = |status: &Status| {
        status.context == new.context
            && status.state == new.state
            && status.description == description
            && status.target_url.as_deref() == new.target_url
    };
    effect::post(client, &call, Status::read, async || {
        Ok(newest(client, sha).await?.into_iter().find(&same))
    })
    .await
}
