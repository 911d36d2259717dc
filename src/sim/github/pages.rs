//! Lists in pages, with `Link`.

use axum::{
    http::{HeaderValue, header, request::Parts},
    response::Response,
};
use serde_json::{Value, json};

use super::wire::answer;
pub(super) use crate::sim::pages::query;
use crate::sim::{Platform, pages::Page};

/// The page of a list that a call asks for; in a field with the count beside it, where the list has one.
pub(super) fn page<T>(
    sim: &Platform,
    parts: &Parts,
    rows: &[T],
    told: impl Fn(&T) -> Value,
    field: Option<(&str, Value)>,
) -> Response {
    let query = query(parts);
    let Page { rows: some, number, last, .. } = Page::of(&query, rows, 30);
    let some: Vec<Value> = some.iter().map(told).collect();
    let mut response = match field {
        Some((field, mut whole)) => {
            whole["total_count"] = json!(rows.len());
            whole[field] = json!(some);
            answer(200, &whole)
        }
        None => answer(200, &json!(some)),
    };
    let url = |number| format!("<{}>", sim.other_page("/api/v3", parts, number));
    let mut links = Vec::new();
    if number > 1 {
        links.push(format!("{}; rel=\"prev\"", url(number - 1)));
    }
    if number < last {
        links.push(format!("{}; rel=\"next\"", url(number + 1)));
        links.push(format!("{}; rel=\"last\"", url(last)));
    }
    if number > 1 {
        links.push(format!("{}; rel=\"first\"", url(1)));
    }
    if let Ok(links) = HeaderValue::from_str(&links.join(", "))
        && !links.is_empty()
    {
        response.headers_mut().insert(header::LINK, links);
    }
    response
}
