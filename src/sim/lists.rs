//! Lists: bare arrays in old versions; later pages, sorted, searched, with cursors that belong to their query.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    access::Caller,
    wire::{Refusal, Reply, error, json_answer, page},
};

/// A row of a list.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) created: Timestamp,
    pub(super) view: Value,
}

/// Longest text that can be searched for.
const LONGEST: usize = 200;

/// What rows are ordered by.
#[derive(Clone, Copy)]
struct Sort {
    by_name: bool,
    descending: bool,
}

impl Sort {
    fn read(text: &str) -> Option<Self> {
        let (by_name, descending) = match text {
            "createdAt:desc" => (false, true),
            "createdAt:asc" => (false, false),
            "name:asc" => (true, false),
            "name:desc" => (true, true),
            _ => return None,
        };
        Some(Self { by_name, descending })
    }

    /// What a row is compared by: the name settles what was created at once.
    fn key(self, row: &Row) -> (i128, &str) {
        (if self.by_name { 0 } else { row.created.as_nanosecond() }, &row.name)
    }
}

fn bad(message: &str) -> Refusal {
    error(400, "Bad Request", message)
}

/// Rows as a bare array, or as one page. `unless` is their order where the call asks for none.
pub(super) fn listed(caller: &Caller, mut rows: Vec<Row>, pages: bool, unless: &str) -> Reply {
    let text = |name: &str| caller.query.get(name).map(String::as_str).unwrap_or_default();
    let limit = match caller.query.get("limit").map(|limit| limit.parse::<usize>()) {
        None => 50,
        Some(Ok(limit)) if (1..=200).contains(&limit) => limit,
        Some(_) => return Err(bad("limit must be between 1 and 200")),
    };
    let asked = caller.query.get("sort").map_or(unless, String::as_str);
    let sort = Sort::read(asked)
        .ok_or_else(|| bad("sort must be createdAt:desc, createdAt:asc, name:asc or name:desc"))?;
    let search = text("q").trim().to_lowercase();
    if search.chars().count() > LONGEST {
        return Err(bad("q is longer than 200 characters"));
    }
    if !pages {
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        return Ok(json_answer(200, &rows.into_iter().map(|row| row.view).collect()));
    }
    // What is shorter than two characters finds everything.
    if search.chars().count() >= 2 {
        rows.retain(|row| found(&row.view, &search));
    }
    rows.sort_by(|a, b| {
        let order = sort.key(a).cmp(&sort.key(b));
        if sort.descending { order.reverse() } else { order }
    });
    let total = rows.len();
    let query = format!("{asked} {search} {} {}", text("status"), text("externalId"));
    let mut at = 0;
    match caller.query.get("anchor").map(String::as_str) {
        None => {}
        Some("end") if !sort.by_name => at = total.saturating_sub(limit),
        Some(_) => return Err(bad("anchor must be end, for a list sorted by createdAt")),
    }
    if !text("cursor").is_empty() {
        let last = opened(text("cursor"), &query)
            .ok_or_else(|| bad("the cursor does not belong to this query"))?;
        at = rows.partition_point(|row| {
            let key = sort.key(row);
            let last = (last.0, last.1.as_str());
            if sort.descending { key >= last } else { key <= last }
        });
    }
    let data: Vec<Value> = rows.iter().skip(at).take(limit).map(|row| row.view.clone()).collect();
    let last = at + data.len();
    let more = last < total;
    let next = rows.get(last.saturating_sub(1)).filter(|_| more);
    let next = next.map(|row| {
        let (created, name) = sort.key(row);
        let cursor = json!([query, created.to_string(), name]).to_string();
        BASE64_URL_SAFE_NO_PAD.encode(cursor)
    });
    Ok(json_answer(200, &page(&data, next.as_deref(), total)))
}

/// The key of the last row that a cursor has seen, if it belongs to the query.
fn opened(cursor: &str, query: &str) -> Option<(i128, String)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (of, created, name): (String, String, String) = serde_json::from_slice(&bytes).ok()?;
    (of == query).then_some((created.parse().ok()?, name))
}

/// Whether a text stands in the name, the display name, or a label of a resource.
fn found(view: &Value, search: &str) -> bool {
    let metadata = view.get("metadata");
    let text =
        |name: &str| metadata.and_then(|metadata| metadata.get(name)).and_then(Value::as_str);
    let labels = metadata.and_then(|metadata| metadata.get("labels")).and_then(Value::as_object);
    let labels = labels.into_iter().flatten();
    [text("name"), text("displayName"), view.get("name").and_then(Value::as_str)]
        .into_iter()
        .flatten()
        .chain(labels.flat_map(|(name, value)| [Some(name.as_str()), value.as_str()]).flatten())
        .any(|text| text.to_lowercase().contains(search))
}
