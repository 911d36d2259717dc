//! Reading: one thing, or every page of a list.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{
    client::{Answer, Client},
    fault::Fault,
    wire,
};

/// Asks for as many rows at once as the platform allows, where a list has pages.
pub(super) const LIMIT: (&str, &str) = ("limit", "200");
/// Most pages of a list: a cursor that leads in circles must end.
const PAGES: usize = 500;

/// What an answer says, without the credentials, which a server may repeat.
pub(super) fn value(client: &Client, mut answer: Answer) -> Result<Value, Fault> {
    answer.body = client.redact(&String::from_utf8_lossy(&answer.body)).into_bytes();
    answer.json()
}

/// One thing; `None` where there is none.
pub(super) async fn one(
    client: &Client,
    path: &[&str],
    query: &[(&str, &str)],
) -> Result<Option<Value>, Fault> {
    let answer = client.sure(Method::GET, path, query, None).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    value(client, answer).map(Some)
}

/// Every row of a list, in either shape; `None` where there is no such list.
pub(super) async fn all(
    client: &Client,
    path: &[&str],
    query: &[(&str, &str)],
) -> Result<Option<Vec<Value>>, Fault> {
    let mut rows = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let mut asked = query.to_vec();
        if let Some(cursor) = &cursor {
            asked.push(("cursor", cursor));
        }
        let Some(answer) = one(client, path, &asked).await? else {
            return Ok(None);
        };
        let (page, next) = wire::page(&answer);
        rows.extend(page.into_iter().cloned());
        match next {
            Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
            _ => return Ok(Some(rows)),
        }
    }
    Err(Fault::Answer {
        call: format!("GET {}", path.join("/")),
        phase: None,
        what: "the list of the platform has no end".into(),
        help: "its pages lead in circles: this is worth a report to the platform".into(),
    })
}
