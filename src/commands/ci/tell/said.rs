//! What could not be told, and what somebody should know of what was: a notice each.

use std::collections::BTreeSet;

use super::{forge::Told, notice};
use crate::{shell::Shell, ship::forge::github::Fault};

/// One notice for each permission that lacks, and for each other fault.
pub(super) fn all(shell: &mut Shell, told: &Told, faults: &[Fault]) {
    let mut said = BTreeSet::new();
    for fault in faults {
        let text = match fault.needs() {
            Some(line) => {
                // What is read of deployments here is read to say that it is over.
                let line =
                    if line.starts_with("deployments") { "deployments: write" } else { line };
                format!("add `{line}` to the `permissions` of this job: {fault}")
            }
            None => format!("feedback is missing: {}", fault.detail()),
        };
        if said.insert(text.clone()) {
            notice(shell, &text);
        }
    }
    if told.unfound {
        let text = "no pull request is known that was merged as this commit: the promotion is told in no comment";
        notice(shell, text);
    }
    if let Some(author) = &told.author {
        notice(
            shell,
            &format!(
                "the token writes as `{author}`: set `comment-author` to it, so that its comment is found again"
            ),
        );
    }
}
