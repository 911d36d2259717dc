//! Deployments and their statuses.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Client, Fault, client::Call, effect, pages, wire};

const READS: &str = "deployments: read";
const WRITES: &str = "deployments: write";
/// Most characters of a description.
pub const LONGEST: usize = 140;

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not begun.
    Queued,
    /// It has begun.
    InProgress,
    /// It is there.
    Success,
    /// It could not be made.
    Failure,
    /// It could not be found out.
    Error,
    /// It is not there any more.
    Inactive,
}

impl State {
    const ALL: [Self; 6] =
        [Self::Queued, Self::InProgress, Self::Success, Self::Failure, Self::Error, Self::Inactive];

    /// As GitHub writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Inactive => "inactive",
        }
    }
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Ascending in the order in which they were made.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// Where to.
    pub environment: String,
    /// Whose it is: [`New::id`], empty for another's deployment.
    pub key: String,
    /// [`New::record`], null for another's deployment.
    pub record: Value,
    /// When it was made, by GitHub's clock.
    pub created: Option<Timestamp>,
}

impl Deployment {
    fn read(value: &Value) -> Option<Self> {
        // GitHub keeps a payload as it was sent; others as text.
        let payload = match &value["payload"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            other => other.clone(),
        };
        Some(Self {
            id: value["id"].as_u64()?,
            sha: wire::text(&value["sha"]),
            environment: wire::text(&value["environment"]),
            key: wire::text(&payload["sandgate"]),
            record: payload["record"].clone(),
            created: wire::instant(&value["created_at"]),
        })
    }
}

/// A deployment that is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct New<'a> {
    /// The commit.
    pub sha: &'a str,
    /// Where to, such as `dev` or `pr-7`.
    pub environment: &'a str,
    /// In words; cut at [`LONGEST`] characters.
    pub description: &'a str,
    /// What tells this deployment from every other of the commit and environment, such as the run, its attempt and the
    /// image. One with the same id is not made twice.
    pub id: &'a str,
    /// What is kept with it. Display only: whoever may write deployments may write it.
    pub record: Value,
    /// It will be gone some day.
    pub transient: bool,
    /// Users meet it.
    pub production: bool,
}

/// A status of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Ascending in the order in which they were made.
    pub id: u64,
    /// How far it is; `None` for a state that GitHub had not yet when this was written.
    pub state: Option<State>,
    /// In words.
    pub description: String,
    /// Where its log is.
    pub log_url: Option<String>,
    /// Where it can be visited.
    pub environment_url: Option<String>,
}

impl Status {
    fn read(value: &Value) -> Option<Self> {
        let state = wire::text(&value["state"]);
        Some(Self {
            id: value["id"].as_u64()?,
            state: State::ALL.into_iter().find(|known| known.name() == state),
            description: wire::text(&value["description"]),
            log_url: wire::some(&value["log_url"]),
            environment_url: wire::some(&value["environment_url"]),
        })
    }
}

/// A status that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewStatus<'a> {
    /// How far it is.
    pub state: State,
    /// In words; cut at [`LONGEST`] characters.
    pub description: &'a str,
    /// Where its log is.
    pub log_url: Option<&'a str>,
    /// Where it can be visited.
    pub environment_url: Option<&'a str>,
    /// Whether earlier deployments of the environment become inactive by a success.
    pub auto_inactive: bool,
}

/// The deployments of a commit to an environment, of all pages, newest first. Without a commit, of every one.
pub async fn list(
    client: &Client,
    sha: Option<&str>,
    environment: &str,
) -> Result<Vec<Deployment>, Fault> {
    let mut call = Call::get(&["deployments"], READS).with("environment", environment);
    if let Some(sha) = sha {
        call = call.with("sha", sha);
    }
    let rows = pages::all(client, &call, None).await?;
    Ok(rows.iter().filter_map(Deployment::read).collect())
}

/// The newest hundred deployments to an environment, newest first, by one call.
pub async fn newest(client: &Client, environment: &str) -> Result<Vec<Deployment>, Fault> {
    let call = Call::get(&["deployments"], READS).with("environment", environment);
    let rows = pages::first(client, &call).await?;
    Ok(rows.iter().filter_map(Deployment::read).collect())
}

/// Makes a deployment: nothing is merged for it and no status is waited for. Where the answer is lost, the one with the
/// same id is it.
pub async fn create(client: &Client, new: &New<'_>) -> Result<Deployment, Fault> {
    let call = Call::new(Method::POST, &["deployments"], WRITES).sending(json!({
        "ref": new.sha,
        "environment": new.environment,
        "description": wire::cut(new.description, LONGEST),
        "auto_merge": false,
        "required_contexts": [],
        "transient_environment": new.transient,
        "production_environment": new.production,
        "payload": {"sandgate": new.id, "record": new.record},
    }));
    client.pause().await;
    // 202 says that something was merged instead, which was not asked for: nothing can be read from it.
    effect::post(client, &call, Deployment::read, async || {
        let there = list(client, Some(new.sha), new.environment).await?;
        Ok(there.into_iter().find(|one| one.key == new.id))
    })
    .await
}

/// The statuses of a deployment, of all pages, newest first.
pub async fn statuses(client: &Client, deployment: u64) -> Result<Vec<Status>, Fault> {
    let id = deployment.to_string();
    let call = Call::get(&["deployments", &id, "statuses"], READS);
    let rows = pages::all(client, &call, None).await?;
    Ok(rows.iter().filter_map(Status::read).collect())
}

/// Makes a status of a deployment. Where the answer is lost, one that says the same and is the newest is it.
pub async fn set(client: &Client, deployment: u64, new: &NewStatus<'_>) -> Result<Status, Fault> {
    let id = deployment.to_string();
    let description = wire::cut(new.description, LONGEST);
    let mut body = json!({
        "state": new.state.name(),
        "description": description,
        "auto_inactive": new.auto_inactive,
    });
    for (name, value) in [("log_url", new.log_url), ("environment_url", new.environment_url)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    let call = Call::new(Method::POST, &["deployments", &id, "statuses"], WRITES).sending(body);
    client.pause().await;
    effect::post(client, &call, Status::read, async || {
        let newest = statuses(client, deployment).await?.into_iter().max_by_key(|one| one.id);
        Ok(newest.filter(|one| {
            one.state == Some(new.state)
                && one.description == description
                && one.log_url.as_deref() == new.log_url
                && one.environment_url.as_deref() == new.environment_url
        }))
    })
    .await
}
