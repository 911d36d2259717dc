//! Comments of a pull request (or an issue).

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Client, Fault,
    client::{Call, Reply},
    pages, wire,
};
use crate::ship::forge::exchange;

/// Whoever reads a comment means to write it: one line says what lacks. `issues: write` would do, too.
const NEEDS: &str = "pull-requests: write";
/// Most characters of a comment.
pub const LONGEST: usize = 65_536;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Ascending in the order in which they were made.
    pub id: u64,
    /// Markdown.
    pub body: String,
    /// Who wrote it: a login such as `github-actions[bot]`.
    pub author: String,
    /// Its page.
    pub url: Option<String>,
    /// When it was made, by GitHub's clock.
    pub created: Option<Timestamp>,
}

impl Comment {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: value["id"].as_u64()?,
            body: wire::text(&value["body"]),
            author: wire::text(&value["user"]["login"]),
            url: wire::some(&value["html_url"]),
            created: wire::instant(&value["created_at"]),
        })
    }
}

/// Every comment, of all pages, oldest first.
pub async fn list(client: &Client, issue: u64) -> Result<Vec<Comment>, Fault> {
    let number = issue.to_string();
    let call = Call::get(&["issues", &number, "comments"], NEEDS);
    let rows = pages::all(client, &call, None).await?;
    Ok(rows.iter().filter_map(Comment::read).collect())
}

/// One comment; `None` where it is not there any more.
pub async fn find(client: &Client, id: u64) -> Result<Option<Comment>, Fault> {
    let id = id.to_string();
    let call = Call::get(&["issues", "comments", &id], NEEDS);
    Ok(pages::one(client, &call).await?.as_ref().and_then(Comment::read))
}

/// Makes a comment. A lost answer is not looked after: only the caller knows its own comment among others.
pub(in crate::ship::forge) async fn create(
    client: &Client,
    issue: u64,
    body: &str,
) -> Result<exchange::Reply<Comment, Fault>, Fault> {
    let number = issue.to_string();
    let call = Call::new(Method::POST, &["issues", &number, "comments"], NEEDS)
        .sending(json!({"body": body}))
        .once();
    match client.call(&call).await? {
        Reply::Answer(answer) => {
            made(answer.call.clone(), &answer.json()?).map(exchange::Reply::Answer)
        }
        Reply::Unsure(fault) => Ok(exchange::Reply::Unsure(fault)),
    }
}

/// Replaces the text of a comment, in one try: before another, what is to be written may have changed. `None` where the
/// comment is not there any more.
pub(in crate::ship::forge) async fn update(
    client: &Client,
    id: u64,
    body: &str,
) -> Result<Option<Comment>, Fault> {
    let id = id.to_string();
    let call = Call::new(Method::PATCH, &["issues", "comments", &id], NEEDS)
        .sending(json!({"body": body}))
        .once();
    let answer = client.sure(&call).await?;
    if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE) {
        return Ok(None);
    }
    made(answer.call.clone(), &answer.json()?).map(Some)
}

/// Deletes a comment; false where it was not there any more.
pub async fn delete(client: &Client, id: u64) -> Result<bool, Fault> {
    let id = id.to_string();
    let call = Call::new(Method::DELETE, &["issues", "comments", &id], NEEDS);
    Ok(pages::one(client, &call).await?.is_some())
}

fn made(call: String, answer: &Value) -> Result<Comment, Fault> {
    let what = "GitHub does not say which comment it wrote".into();
    Comment::read(answer).ok_or(Fault::Answer { call, what })
}
