//! Paths on their way through a CI system, as a list in one variable.

use crate::{
    escape,
    repo::affected::{Job, Plan},
};

/// What would not arrive as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncarried {
    /// Paths, each with the reason, escaped.
    Paths(Vec<(String, &'static str)>),
    /// An output that is larger than GitHub takes.
    TooLarge(String),
}

/// A path as a list in a variable holds it: no option and no command, whoever reads it.
pub(super) fn path(path: &str) -> Result<String, &'static str> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if path.contains(breaks) {
        return Err("holds a line end or another control character");
    }
    if path.contains(char::REPLACEMENT_CHARACTER) {
        return Err("is not UTF-8");
    }
    if path.contains(',') {
        return Err("holds a comma, which separates the paths of a list");
    }
    if path.trim() != path || path.is_empty() {
        return Err("begins or ends with a space");
    }
    Ok(if path.starts_with(['-', ':']) { format!("./{path}") } else { path.to_owned() })
}

/// The paths of each job; `more` says what else a system cannot carry.
pub(super) fn jobs<'a>(
    plan: &Plan,
    jobs: impl Iterator<Item = &'a Job>,
    more: &dyn Fn(&str) -> Option<&'static str>,
) -> Result<Vec<(&'a Job, Vec<String>)>, Uncarried> {
    let mut refused = Vec::new();
    let mut out = Vec::new();
    for job in jobs {
        let mut paths = Vec::new();
        for planned in job.planned(plan) {
            let given = planned.image.path.as_str();
            // The path alone would build the folder's own one.
            let other = planned.image.dockerfile.as_ref();
            let other =
                other.map(|_| "has a Dockerfile of another name, which a path does not tell");
            match (path(given), more(given).or(other)) {
                (Ok(path), None) => paths.push(path),
                (Err(why), _) | (_, Some(why)) => {
                    refused.push((escape::terminal(given, false).into_owned(), why));
                }
            }
        }
        out.push((job, paths));
    }
    if refused.is_empty() { Ok(out) } else { Err(Uncarried::Paths(refused)) }
}

/// Any path may pass.
pub(super) fn all(_: &str) -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn what_would_arrive_as_something_else_is_refused() {
        for good in ["images/a", ".", "a b/'c' \"d\" $(e) ${{ f }} `g` ;h", "日本", "-x/y"] {
            let carried = path(good).unwrap();
            assert!(carried.trim_start_matches("./") == good.trim_start_matches("./"), "{carried}");
            assert!(!carried.starts_with('-'));
        }
        for bad in ["", "a\nb", "a\u{1b}b", "a\u{2028}b", "a,b", " a", "a\t", "a\u{fffd}"] {
            assert!(path(bad).is_err(), "{bad:?}");
        }
    }
}
