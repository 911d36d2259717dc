//! Notes of a merge request.

use jiff::Timestamp;
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use super::{
    Client, Fault, User,
    client::{Call, Lab},
};
use crate::ship::forge::exchange::Reply;

/// Most characters of a note.
pub const LONGEST: usize = 1_000_000;
/// As many at once as GitLab gives.
const SIZE: &str = "100";
/// Most pages of a list: one that leads in circles must end.
const PAGES: u32 = 200;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Ascending in the order in which they were made.
    pub id: u64,
    /// Markdown.
    pub body: String,
    /// Who wrote it.
    pub author: User,
    /// When it was made, by GitLab's clock.
    pub created: Option<Timestamp>,
}

impl Note {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: value["id"].as_u64()?,
            body: value["body"].as_str()?.to_owned(),
            author: User::read(&value["author"])?,
            created: value["created_at"].as_str().and_then(|at| at.parse().ok()),
        })
    }
}

/// Every note that people and programs wrote, of all pages, oldest first. A page may hold less than was asked for although
/// there are more of them: what is not shown to everybody is left out of it. Only the header tells.
pub async fn list(client: &Client, request: u64) -> Result<Vec<Note>, Fault> {
    let number = request.to_string();
    let call = Call::new(Method::GET, &["merge_requests", &number, "notes"])
        .with("sort", "asc")
        .with("order_by", "created_at")
        .with("per_page", SIZE);
    let mut found = Vec::new();
    let mut page = 1;
    for _ in 0..PAGES {
        let answer = client.sure(&call.clone().with("page", page.to_string())).await?;
        let (told, next) = (answer.call.clone(), next(&answer.headers));
        let Value::Array(rows) = answer.json(&Lab)? else {
            return Err(Fault::Answer { call: told, what: "what came is no list".into() });
        };
        let of_people = rows.iter().filter(|row| row["system"] != true);
        found.extend(of_people.filter_map(Note::read));
        match next {
            Some(next) if next > page => page = next,
            _ => return Ok(found),
        }
    }
    Err(Fault::Answer {
        call: format!("GET the notes of !{request}"),
        what: "the list of GitLab has no end".into(),
    })
}

/// The page after this one. Where it is, is never asked of a header: only its number is.
fn next(headers: &HeaderMap) -> Option<u32> {
    headers.get("x-next-page")?.to_str().ok()?.trim().parse().ok()
}

/// Makes a note. A lost answer is not looked after: only the caller knows its own note among others.
pub(super) async fn create(
    client: &Client,
    request: u64,
    body: &str,
) -> Result<Reply<Note, Fault>, Fault> {
    let number = request.to_string();
    let path = ["merge_requests", &number, "notes"];
    let call = Call::new(Method::POST, &path).sending(json!({"body": body}));
    match client.call(&call).await? {
        Reply::Answer(answer) => made(answer.call.clone(), &answer.json(&Lab)?).map(Reply::Answer),
        Reply::Unsure(fault) => Ok(Reply::Unsure(fault)),
    }
}

/// Replaces the text of a note, in one try. `None` where it is not there any more.
pub(super) async fn update(
    client: &Client,
    request: u64,
    id: u64,
    body: &str,
) -> Result<Option<Note>, Fault> {
    let (number, id) = (request.to_string(), id.to_string());
    let path = ["merge_requests", &number, "notes", &id];
    let call = Call::new(Method::PUT, &path).sending(json!({"body": body}));
    let answer = client.sure(&call).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    made(answer.call.clone(), &answer.json(&Lab)?).map(Some)
}

/// Deletes a note, where it is there.
pub(super) async fn delete(client: &Client, request: u64, id: u64) -> Result<(), Fault> {
    let (number, id) = (request.to_string(), id.to_string());
    let path = ["merge_requests", &number, "notes", &id];
    let answer = client.sure(&Call::new(Method::DELETE, &path)).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    answer.json(&Lab).map(drop)
}

/// GitLab answers without a note where all of it was commands.
fn made(call: String, answer: &Value) -> Result<Note, Fault> {
    let what = "GitLab does not say which note it wrote".into();
    Note::read(answer).ok_or(Fault::Answer { call, what })
}
