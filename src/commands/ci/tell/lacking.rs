//! What a token lacks, or what else kept something from being told.

use std::collections::BTreeSet;

use super::notice;
use crate::{shell::Shell, ship::forge::github::Fault};

/// One notice for each permission that lacks, and for each other fault.
pub(super) fn said(shell: &mut Shell, needs: &mut BTreeSet<String>, fault: &Fault) {
    let text = match fault.needs() {
        Some(line) => {
            // What is read of deployments here is read to say that it is over.
            let line = if line.starts_with("deployments") { "deployments: write" } else { line };
            format!("add `{line}` to the `permissions` of this job: {fault}")
        }
        None => format!("feedback is missing: {}", fault.detail()),
    };
    if needs.insert(text.clone()) {
        notice(shell, &text);
    }
}
