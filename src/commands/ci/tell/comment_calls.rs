//! The calls that a comment takes: rows are read before and after.

use super::super::scene::Scene;
use crate::ship::ci::{self, Event};

/// What happens to the comment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Comment {
    /// It is made, or brought up to date.
    Written,
    /// It is brought up to date where it is there.
    Kept,
    /// Nobody looks for it.
    None,
}

/// The calls, a line each.
pub(super) fn all(scene: &Scene, (at, sha): (&str, &str), comment: Comment) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rows = vec![format!("GET {at}/commits/{sha}/status")];
    let number = match (&scene.here.event, scene.pull) {
        (Event::Push(push), None) => {
            let named = ci::pull_requests_of(&push.message);
            lines.extend(named.iter().take(1).map(|one| format!("GET {at}/pulls/{one}")));
            lines.push(format!("GET {at}/commits/{sha}/pulls, where that is not its merge"));
            rows.insert(
                0,
                format!("GET {at}/commits/HEAD/status, of the pull request's last commit"),
            );
            named.first().map(u64::to_string)
        }
        (_, number) => number.map(|number| number.to_string()),
    };
    let number = number.unwrap_or_else(|| "NUMBER".to_owned());
    let comments = format!("GET {at}/issues/{number}/comments");
    lines.extend(rows.clone());
    lines.push(comments.clone());
    lines.push(match comment {
        Comment::Written => {
            format!("POST {at}/issues/{number}/comments, or PATCH where it is there")
        }
        _ => format!("PATCH {at}/issues/comments/ID, where it is there"),
    });
    let again = "again, where it was written: until it tells every row";
    let one = format!("GET {at}/issues/comments/ID");
    lines.extend(rows.into_iter().chain([comments, one]).map(|read| {
        let read = read.split(',').next().unwrap_or_default().to_owned();
        format!("{read}, {again}")
    }));
    lines
}
