//! Lists in pages, as forges give them: `per_page` and `page`.

use std::collections::BTreeMap;

use axum::{extract::Query, http::request::Parts};

use super::{Platform, sign::encode};

/// The parameters of a query; the last of several of a name.
pub(super) fn query(parts: &Parts) -> BTreeMap<String, String> {
    Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri)
        .map(|Query(query)| query)
        .unwrap_or_default()
}

/// One page of a list; pages count from 1.
pub(super) struct Page<'a, T> {
    pub(super) rows: &'a [T],
    pub(super) number: usize,
    /// Rows of a full page.
    pub(super) size: usize,
    /// The number of the last page.
    pub(super) last: usize,
}

impl<'a, T> Page<'a, T> {
    /// The page that a query asks for, of `usual` rows where it does not say, of 100 at most.
    pub(super) fn of(query: &BTreeMap<String, String>, rows: &'a [T], usual: usize) -> Self {
        let asked = |name: &str| {
            let number = query.get(name).and_then(|text| text.parse::<usize>().ok());
            number.filter(|number| *number > 0)
        };
        let size = asked("per_page").unwrap_or(usual).min(100);
        let number = asked("page").unwrap_or(1);
        let last = rows.len().div_ceil(size).max(1);
        let from = (number - 1).saturating_mul(size).min(rows.len());
        let rows = rows.get(from..(from + size).min(rows.len())).unwrap_or_default();
        Self { rows, number, size, last }
    }
}

impl Platform {
    /// The address of the pages of its forges.
    pub(super) fn pages_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same call for another page of the list. The router has taken `root` off its path.
    pub(super) fn other_page(&self, root: &str, parts: &Parts, number: usize) -> String {
        let mut query = query(parts);
        query.insert("page".into(), number.to_string());
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let path = parts.uri.path().trim_start_matches(root);
        format!("{}{root}{path}?{}", self.pages_url(), query.join("&"))
    }
}
