//! Lists in pages, with `Link`.

use std::collections::BTreeMap;

use axum::{
    extract::Query,
    http::{HeaderValue, header, request::Parts},
    response::Response,
};
use serde_json::{Value, json};

use super::wire::answer;
use crate::sim::{Platform, sign::encode};

/// The parameters of a query; the last of several of a name.
pub(super) fn query(parts: &Parts) -> BTreeMap<String, String> {
    Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri)
        .map(|Query(query)| query)
        .unwrap_or_default()
}

/// The page of a list that a call asks for; in a field with the count beside it, where the list has one.
pub(super) fn page<T>(
    sim: &Platform,
    parts: &Parts,
    rows: &[T],
    told: impl Fn(&T) -> Value,
    field: Option<(&str, Value)>,
) -> Response {
    let query = query(parts);
    let asked = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let size = asked("per_page").filter(|size| *size > 0).unwrap_or(30).min(100);
    let number = asked("page").filter(|number| *number > 0).unwrap_or(1);
    let last = rows.len().div_ceil(size).max(1);
    let from = (number - 1).saturating_mul(size).min(rows.len());
    let some = rows.get(from..(from + size).min(rows.len())).unwrap_or_default();
    let some: Vec<Value> = some.iter().map(told).collect();
    let mut response = match field {
        Some((field, mut whole)) => {
            whole["total_count"] = json!(rows.len());
            whole[field] = json!(some);
            answer(200, &whole)
        }
        None => answer(200, &json!(some)),
    };
    let url = |number: usize| {
        let mut query = query.clone();
        query.insert("page".into(), number.to_string());
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        format!("<{}{}?{}>", sim.pages_url(), path(parts), query.join("&"))
    };
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

/// The whole path: the router has taken the part before its own off.
fn path(parts: &Parts) -> String {
    format!("/api/v3{}", parts.uri.path().trim_start_matches("/api/v3"))
}
