//! Reading: one thing, or every page of a list.

use reqwest::StatusCode;
use serde_json::Value;

use super::{Client, Fault, client::Call, link};

/// As many rows at once as GitHub gives.
const SIZE: usize = 100;
/// The smallest page that a forge gives of a list that has more of them. Fewer rows than that are all, where nothing is
/// said of pages.
const SMALLEST: usize = 30;
/// Most pages of a list: one that leads in circles must end.
const PAGES: usize = 200;

/// One thing; `None` where there is none.
pub(super) async fn one(client: &Client, call: &Call<'_>) -> Result<Option<Value>, Fault> {
    let answer = client.sure(call).await?;
    if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE) {
        return Ok(None);
    }
    answer.json().map(Some)
}

/// The rows of the first page of a list.
pub(super) async fn first(client: &Client, call: &Call<'_>) -> Result<Vec<Value>, Fault> {
    let answer = client.sure(&call.clone().with("per_page", SIZE.to_string())).await?;
    let told = answer.call.clone();
    match answer.json()? {
        Value::Array(rows) => Ok(rows),
        _ => Err(Fault::Answer { call: told, what: "what came is no list".into() }),
    }
}

/// Every row of a list. `rows` finds them in an answer: they may stand in a field.
pub(super) async fn all(
    client: &Client,
    call: &Call<'_>,
    field: Option<&str>,
) -> Result<Vec<Value>, Fault> {
    let mut found: Vec<Value> = Vec::new();
    let mut told = String::new();
    for page in 1..=PAGES {
        let mut asked = call.clone().with("per_page", SIZE.to_string());
        if page > 1 {
            asked = asked.with("page", page.to_string());
        }
        let answer = client.sure(&asked).await?;
        told.clone_from(&answer.call);
        let goes_on = link::goes_on(&answer.headers);
        let count = answer.headers.get("x-total-count").and_then(|count| count.to_str().ok());
        let mut count: Option<usize> = count.and_then(|count| count.parse().ok());
        let mut answer = answer.json()?;
        let rows = match field {
            Some(field) => {
                let total = answer["total_count"].as_u64();
                count = count.or(total.and_then(|total| usize::try_from(total).ok()));
                answer[field].take()
            }
            None => answer,
        };
        let Value::Array(rows) = rows else {
            return Err(Fault::Answer { call: told, what: "what came is no list".into() });
        };
        // A forge that knows no pages gives the same one again.
        let again = page > 1 && rows.first().is_some_and(|row| found.iter().any(|one| one == row));
        if rows.is_empty() || again {
            return Ok(found);
        }
        let size = rows.len();
        found.extend(rows);
        let more = goes_on.unwrap_or(match count {
            Some(count) => found.len() < count,
            None => size >= SMALLEST,
        });
        if !more {
            return Ok(found);
        }
    }
    Err(Fault::Answer { call: told, what: "the list of GitHub has no end".into() })
}
