//! Lists in pages, with `X-Next-Page` and `Link`.

use axum::{
    http::{HeaderValue, header, request::Parts},
    response::Response,
};
use serde_json::{Value, json};

use super::wire::answer;
pub(super) use crate::sim::pages::query;
use crate::sim::{Platform, pages::Page};

/// The page of a list that a call asks for.
pub(super) fn page<T>(
    sim: &Platform,
    parts: &Parts,
    rows: &[T],
    told: impl Fn(&T) -> Value,
) -> Response {
    let query = query(parts);
    let Page { rows: some, number, size, last } = Page::of(&query, rows, 20);
    let mut response = answer(200, &json!(some.iter().map(told).collect::<Vec<Value>>()));
    let at = |other: Option<usize>| other.map(|number| number.to_string()).unwrap_or_default();
    let next = (number < last).then_some(number + 1);
    let before = (number > 1).then(|| number - 1);
    let link = |other: Option<usize>, name: &str| {
        let to = sim.other_page("/api/v4", parts, other?);
        Some(format!("<{to}>; rel=\"{name}\""))
    };
    let links = [
        link(before, "prev"),
        link(next, "next"),
        link(Some(1), "first"),
        link(Some(last), "last"),
    ];
    let links: Vec<String> = links.into_iter().flatten().collect();
    let headers = response.headers_mut();
    for (name, text) in [
        ("x-page", number.to_string()),
        ("x-per-page", size.to_string()),
        ("x-next-page", at(next)),
        ("x-prev-page", at(before)),
        ("x-total", rows.len().to_string()),
        ("x-total-pages", last.to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
    if let Ok(links) = HeaderValue::from_str(&links.join(", ")) {
        headers.insert(header::LINK, links);
    }
    response
}
